// Features as the B-splines that are not zero there.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_PREPROCESS_SPLINES_HPP
#define EMLEARN_PREPROCESS_SPLINES_HPP

#include "../flash.hpp"

namespace emlearn { namespace preprocess {

/// What features beyond the outermost knots give: what they give there, a straight line from there on, or the polynomial going on.
enum class beyond : uint8_t { constant, linear, polynomial };

constexpr uint16_t most_spline_degree = 8;

namespace detail {

/// The degree + 1 splines that are not zero between knots at and at + 1: one degree after the other, by positive sums.
template <class Reader> EMLEARN_CONSTEXPR void basis(const float* knots, uint16_t at, uint16_t degree, float x, float* out) {
  out[0] = 1.0f;
  for (uint16_t j = 1; j <= degree; ++j) {
    float saved = 0.0f;
    for (uint16_t r = 0; r != j; ++r) {
      const float left = Reader::read(knots + at + 1 + r - j), right = Reader::read(knots + at + r + 1);
      const float share = out[r] / (right - left);
      out[r] = saved + (right - x) * share;
      saved = (x - left) * share;
    }
    out[j] = saved;
  }
}

}  // namespace detail

/// `width` columns per feature: its splines, the last left out where there is one more. n_knots knots per feature, of which the first and
/// the last `degree` lie outside; of `linear`, slopes of the columns below and above. 1 <= degree <= most_spline_degree.
template <beyond Beyond, class Reader, class X> EMLEARN_CONSTEXPR void splines(const X* x, const float* knots, const float* slopes,
                                                                               uint16_t n, uint16_t n_knots, uint16_t degree,
                                                                               uint16_t width, float* out) {
  float basis[most_spline_degree + 1] = {};
  for (uint16_t i = 0; i != n; ++i, knots += n_knots, slopes += 2 * width, out += width) {
    const float value = static_cast<float>(x[i]);
    const uint16_t last = static_cast<uint16_t>(n_knots - degree - 1);
    const float low = Reader::read(knots + degree), high = Reader::read(knots + last);
    const float inside = value < low ? low : value > high ? high : value;
    uint16_t at = degree;
    while (at + 1 < last && !(inside < Reader::read(knots + at + 1))) ++at;
    detail::basis<Reader>(knots, at, degree, Beyond == beyond::polynomial ? value : inside, basis);
    for (uint16_t j = 0; j != width; ++j) {
      const uint16_t first = static_cast<uint16_t>(at - degree);
      out[j] = j >= first && j <= at ? basis[j - first] : 0.0f;
      if (Beyond == beyond::linear && value != inside) out[j] += (value - inside) * Reader::read(slopes + (value < low ? j : width + j));
    }
  }
}

}}  // namespace emlearn::preprocess

#endif
