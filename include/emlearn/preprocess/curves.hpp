// Features by learned curves: Yeo and Johnson's and Box and Cox' powers, quantiles.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_PREPROCESS_CURVES_HPP
#define EMLEARN_PREPROCESS_CURVES_HPP

#include "../flash.hpp"
#include "../functions.hpp"

namespace emlearn { namespace preprocess {

namespace detail {

/// exp(power l) - 1, and l itself where the power is 0.
inline float grown(float power, float l) { return power == 0.0f ? l : functions::expm1::of(power * l); }

/// (exp(power l) - 1) / power, and its limit l where the power is 0.
inline float raised(float power, float l) { return power == 0.0f ? l : grown(power, l) / power; }

/// log((base + size) / (base + middle)), by the difference where they are close: nothing cancels.
inline float log_ratio(float base, float size, float middle) {
  const float part = (size - middle) / (base + middle);
  return part > -0.5f ? functions::log1p::of(part) : functions::log::of((base + size) / (base + middle));
}

}  // namespace detail

/// Box and Cox: of positive features, a power each.
template <class Reader, class X> inline void box_cox(const X* x, const float* powers, uint16_t n, float* out) {
  for (uint16_t i = 0; i != n; ++i) out[i] = detail::raised(Reader::read(powers + i), functions::log::of(static_cast<float>(x[i])));
}

/// Yeo and Johnson: the same of 1 + |x|, with the sign of x, and two powers for each feature: of values from 0 on, and of those below.
template <class Reader, class X> inline void yeo_johnson(const X* x, const float* powers, uint16_t n, float* out) {
  for (uint16_t i = 0; i != n; ++i, powers += 2) {
    const float value = static_cast<float>(x[i]);
    const bool below = value < 0.0f;
    const float size = detail::raised(Reader::read(powers + (below ? 1 : 0)), functions::log1p::of(below ? -value : value));
    out[i] = below ? -size : size;
  }
}

/// Powers less their means, over their deviations, in no more digits than the result has: each is
/// factor (exp(power log((base + |x|) / (base + middle))) - 1) + offset, the power of a row's middle being close to the mean. Rows of four
/// numbers, middle, power, factor and offset: one for each feature (Box and Cox, base 0), or two (Yeo and Johnson, base 1), of values from
/// 0 on and of those below.
template <class Reader, class X> inline void standardized(const X* x, const float* rows, bool is_signed, uint16_t n, float* out) {
  const float base = is_signed ? 1.0f : 0.0f;
  for (uint16_t i = 0; i != n; ++i) {
    const float value = static_cast<float>(x[i]);
    const bool below = is_signed && value < 0.0f;
    const float* row = below ? rows + 4 : rows;
    const float ratio = detail::log_ratio(base, below ? -value : value, Reader::read(row));
    out[i] = Reader::read(row + 2) * detail::grown(Reader::read(row + 1), ratio) + Reader::read(row + 3);
    rows += is_signed ? 8 : 4;
  }
}

/// A share of what was seen, as it is.
struct uniform {
  static float of(float share, float) { return share; }
};

/// The normal distribution's quantile of it, from the smaller of the share and the rest to one.
struct normal {
  static float of(float share, float rest) {
    return share < rest ? -functions::normal_quantile::of(share) : functions::normal_quantile::of(rest);
  }
};

/// Which share of what was seen is below: each feature has knots, ascending, and the ranks that the curve has before and behind each; it
/// is linear between two knots, and on a knot the mean of both.
template <class Out, class Reader, class X> inline void quantiles(const X* x, const float* knots, const uint16_t* starts,
                                                                  const uint16_t* ranks, uint16_t most, uint16_t n, float* out) {
  const float all = static_cast<float>(most);
  for (uint16_t i = 0; i != n; ++i) {
    const float value = static_cast<float>(x[i]);
    const uint16_t end = Reader::read(starts + i + 1);
    const uint16_t first = Reader::read(starts + i);
    uint16_t low = first, high = end;
    while (low != high) {  // the first knot that is not below the value
      const uint16_t middle = static_cast<uint16_t>(low + (high - low) / 2);
      if (Reader::read(knots + middle) < value)
        low = static_cast<uint16_t>(middle + 1);
      else
        high = middle;
    }
    if (low == end || low == first) {  // beyond the last knot; not beyond the first
      const bool above = low == end && low != first;
      out[i] = Out::of(above ? 1.0f : 0.0f, above ? 0.0f : 1.0f);
      continue;
    }
    const float knot = Reader::read(knots + low), before = static_cast<float>(Reader::read(ranks + 2 * low));
    float rank = 0.0f, part = 0.0f;  // the share is rank + part, the rest to one is all - rank - part
    if (!(value < knot)) {
      rank = before;
      part = low + 1 == end ? all - before : (static_cast<float>(Reader::read(ranks + 2 * low + 1)) - before) * 0.5f;
    } else {
      const float from = Reader::read(knots + low - 1);
      rank = static_cast<float>(Reader::read(ranks + 2 * low - 1));
      part = (before - rank) * ((value - from) / (knot - from));
    }
    out[i] = Out::of((rank + part) / all, ((all - rank) - part) / all);
  }
}

}}  // namespace emlearn::preprocess

#endif
