// Columns scaled and clipped in integers; each answer is one whole number times what one of it means.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SCALER_FIXED_HPP
#define EMLEARN_SCALER_FIXED_HPP

#include "../flash.hpp"

namespace emlearn { namespace scaler {

/// Tables of n_columns; low and high, of sums, may be null. Sum is int32_t, or int64_t where a sum may need it. Emitted headers have the
/// same members as constants of a type, because a constant object of this one would lie in RAM.
template <class Weight, class Sum> struct whole_view {
  const uint16_t* columns_;
  const Weight* weights_;
  const int32_t* bias_;
  const float* unit_;
  const Sum* low_;
  const Sum* high_;
  Sum bias_unit_;
  uint16_t n_columns_;

  typedef Sum sum;
  constexpr const Weight* weights() const { return weights_; }
  constexpr const int32_t* bias() const { return bias_; }
  /// What one of a bias is in units of the sum.
  constexpr Sum bias_unit() const { return bias_unit_; }
  /// What one of a sum means.
  constexpr const float* unit() const { return unit_; }
  constexpr const Sum* low() const { return low_; }
  constexpr const Sum* high() const { return high_; }
  constexpr uint16_t n_columns() const { return n_columns_; }
  template <class Reader> constexpr uint16_t column(uint16_t i) const { return Reader::read(columns_ + i); }
};

/// out[i] = unit[i] * min(max(weight[i] * x[column i] + bias[i] * bias_unit, low[i]), high[i]), all but the unit's product in integers.
template <class Reader, class V, class X> EMLEARN_CONSTEXPR void transform_whole(const V& v, const X* x, float* out) {
  typedef typename V::sum sum;
  for (uint16_t i = 0; i != v.n_columns(); ++i) {
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): numbers, not characters
    sum y = static_cast<sum>(Reader::read(v.weights() + i)) * static_cast<sum>(x[v.template column<Reader>(i)]);
    y += static_cast<sum>(Reader::read(v.bias() + i)) * v.bias_unit();
    if (v.low() != nullptr) {
      const sum low = Reader::read(v.low() + i);
      const sum high = Reader::read(v.high() + i);
      y = y < low ? low : y > high ? high : y;
    }
    out[i] = static_cast<float>(y) * Reader::read(v.unit() + i);
  }
}

/// Whether the tables have the lengths that transform_whole() reads, columns are features, and no raw value up to `largest` in size makes a
/// sum leave its type.
template <class V>
EMLEARN_CONSTEXPR bool valid_whole(const V& v, long n_weights, long n_bias, long n_unit, uint32_t n_features, uint32_t largest) {
  typedef typename V::sum sum;
  if (n_weights != v.n_columns() || n_bias != n_weights || n_unit != n_weights || v.bias_unit() < 1) return false;
  const uint64_t room = sizeof(sum) == 4 ? 0x7fffffffu : static_cast<uint64_t>(3) << 61;
  for (uint16_t i = 0; i != v.n_columns(); ++i) {
    const int64_t weight = v.weights()[i], bias = v.bias()[i];
    const uint64_t size = static_cast<uint64_t>(weight < 0 ? -weight : weight) * largest;
    const uint64_t shift = static_cast<uint64_t>(bias < 0 ? -bias : bias);
    if (v.template column<direct>(i) >= n_features || size > room) return false;
    if (shift > (room - size) / static_cast<uint64_t>(v.bias_unit())) return false;
  }
  return true;
}

}}  // namespace emlearn::scaler

#endif
