// Rows as whole numbers, each feature in steps of its own, for stages that count in integers.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SCALER_GRID_HPP
#define EMLEARN_SCALER_GRID_HPP

#include "../flash.hpp"

namespace emlearn { namespace scaler {

/// Tables of n_features; answers are 0 to top. Emitted headers have the same members as constants of a type, because a constant object of
/// this one would lie in RAM.
template <class Low, class Factor> struct grid_view {
  int n_features_;
  uint32_t top_;
  const Low* low_;
  const Factor* factor_;
  const uint8_t* shift_;
  const uint32_t* tops_;

  constexpr int n_features() const { return n_features_; }
  constexpr uint32_t top() const { return top_; }
  /// The largest answer of a feature, at most top().
  template <class Reader> constexpr uint32_t limit(int i) const { return tops_ != nullptr ? Reader::read(tops_ + i) : top_; }
  /// [n_features]: what becomes zero.
  constexpr const Low* low() const { return low_; }
  /// [n_features]: steps per raw count, times 2^shift of integers.
  constexpr const Factor* factor() const { return factor_; }
  constexpr const uint8_t* shift() const { return shift_; }
};

namespace detail {

/// How far an integer lies above another, and that times a factor below 2^15 or 2^31: 32 bits hold it for rows of 16, 64 for others.
template <class Factor, bool IsNarrow> struct above {
  typedef uint64_t product;
  typedef uint32_t distance;
};
template <> struct above<uint16_t, true> {
  typedef uint32_t product;
  typedef uint16_t distance;
};

/// Steps of integers: (x - low) * factor / 2^shift, rounded down.
template <class Factor> struct steps {
  template <class Reader, class V, class X> static EMLEARN_CONSTEXPR uint32_t of(const V& v, int i, X x) {
    typedef above<Factor, sizeof(X) <= 2> kind;
    typedef typename kind::distance distance;
    const X low = Reader::read(v.low() + i);
    if (x <= low) return 0;
    const distance d = static_cast<distance>(static_cast<distance>(x) - static_cast<distance>(low));
    const typename kind::product p = (static_cast<typename kind::product>(d) * Reader::read(v.factor() + i)) >> Reader::read(v.shift() + i);
    const uint32_t limit = v.template limit<Reader>(i);
    return p < limit ? static_cast<uint32_t>(p) : limit;
  }
};

/// Of floats. No sum of a product, which a chip may fuse; NaN is zero.
template <> struct steps<float> {
  template <class Reader, class V, class X> static EMLEARN_CONSTEXPR uint32_t of(const V& v, int i, X x) {
    const float t = (static_cast<float>(x) - Reader::read(v.low() + i)) * Reader::read(v.factor() + i);
    const uint32_t limit = v.template limit<Reader>(i);
    return t >= static_cast<float>(limit) ? limit : t > 0.0f ? static_cast<uint32_t>(t) : 0;
  }
};

constexpr bool is_below(float value, float limit) { return value >= 0.0f && value <= limit; }

}  // namespace detail

/// out[i] = steps from low[i] to x[i], at least 0 and at most limit(i).
template <class Reader, class V, class X, class Q> EMLEARN_CONSTEXPR void place(const V& v, const X* x, Q* out) {
  typedef decltype(Reader::read(v.factor())) factor;
  for (int i = 0; i < v.n_features(); ++i) out[i] = static_cast<Q>(detail::steps<factor>::template of<Reader>(v, i, x[i]));
}

/// Whether the tables of integers have the lengths that place() reads, no product can leave its type, and `most` holds every answer.
template <class V> EMLEARN_CONSTEXPR bool valid_grid(const V& v, long n_low, long n_factor, long n_shift, uint32_t most) {
  typedef decltype(direct::read(v.factor())) factor;
  const int room = 8 * static_cast<int>(sizeof(factor)) - 1;
  if (v.n_features() < 1 || n_low != v.n_features() || n_factor != n_low || n_shift != n_low || v.top() > most) return false;
  for (int i = 0; i < v.n_features(); ++i) {
    if (v.factor()[i] >> room != 0 || v.shift()[i] > 2 * room || v.template limit<direct>(i) > v.top()) return false;
  }
  return true;
}

/// The same of floats, which have no shifts.
template <class V> EMLEARN_CONSTEXPR bool valid_real_grid(const V& v, long n_low, long n_factor, uint32_t most) {
  if (v.n_features() < 1 || n_low != v.n_features() || n_factor != n_low || v.top() > most || v.top() > uint32_t{1} << 24) return false;
  for (int i = 0; i < v.n_features(); ++i) {
    const float low = v.low()[i];
    if (v.template limit<direct>(i) > v.top()) return false;
    if (!detail::is_below(v.factor()[i], 3.402823466e38f) || !detail::is_below(low < 0.0f ? -low : low, 3.402823466e38f)) return false;
  }
  return true;
}

}}  // namespace emlearn::scaler

#endif
