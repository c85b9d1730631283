// Chosen columns, filled, scaled and clipped one by one, for what cannot be folded into the stage behind it.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SCALER_HPP
#define EMLEARN_SCALER_HPP

#include "flash.hpp"

namespace emlearn { namespace scaler {

/// Tables of n_segments rows of n_columns each; fill may be null. Emitted headers have the same members as constants of a
/// type, because a constant object of this one would lie in RAM.
struct view {
  const uint16_t* columns_;
  const float* scale_;
  const float* offset_;
  const float* low_;
  const float* high_;
  const float* fill_;
  uint16_t n_segments_;
  uint16_t n_columns_;

  constexpr const float* scale() const { return scale_; }
  constexpr const float* offset() const { return offset_; }
  constexpr const float* low() const { return low_; }
  constexpr const float* high() const { return high_; }
  constexpr const float* fill() const { return fill_; }
  constexpr uint16_t n_segments() const { return n_segments_; }
  constexpr uint16_t n_columns() const { return n_columns_; }
  template <class Reader> constexpr uint16_t column(uint16_t i) const { return Reader::read(columns_ + i); }
};

/// Writes y = min(max(y * scale + offset, low), high), segment after segment, for each column of x; NaN becomes the fill value,
/// or passes through where there is none.
template <class Reader, class V, class X> EMLEARN_CONSTEXPR void transform(const V& v, const X* x, float* out) {
  for (uint16_t i = 0; i != v.n_columns(); ++i) {
    float y = static_cast<float>(x[v.template column<Reader>(i)]);
    size_t at = i;
    for (uint16_t s = 0; s != v.n_segments(); ++s, at += v.n_columns()) {
      if (v.fill() != nullptr && !(y == y)) y = Reader::read(v.fill() + at);
      const float scaled = y * Reader::read(v.scale() + at) + Reader::read(v.offset() + at);
      const float low = Reader::read(v.low() + at);
      const float high = Reader::read(v.high() + at);
      y = scaled < low ? low : scaled > high ? high : scaled;
    }
    out[i] = y;
  }
}

}}  // namespace emlearn::scaler

#endif
