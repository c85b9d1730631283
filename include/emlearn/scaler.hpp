// Per-feature scaling and clipping, for what cannot be folded into the stage behind it.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SCALER_HPP
#define EMLEARN_SCALER_HPP

#include "flash.hpp"

namespace emlearn { namespace scaler {

/// Tables of n_segments rows of n_features each.
struct view {
  const float* scale;
  const float* offset;
  const float* low;
  const float* high;
  uint16_t n_segments;
  uint16_t n_features;
};

/// Writes y = min(max(y * scale + offset, low), high), segment after segment, for each feature; NaN passes through.
template <class Reader, class X> EMLEARN_CONSTEXPR void transform(const view& v, const X* x, float* out) {
  for (uint16_t i = 0; i != v.n_features; ++i) {
    float y = static_cast<float>(x[i]);
    size_t at = i;
    for (uint16_t s = 0; s != v.n_segments; ++s, at += v.n_features) {
      const float scaled = y * Reader::read(v.scale + at) + Reader::read(v.offset + at);
      const float low = Reader::read(v.low + at);
      const float high = Reader::read(v.high + at);
      y = scaled < low ? low : scaled > high ? high : scaled;
    }
    out[i] = y;
  }
}

}}  // namespace emlearn::scaler

#endif
