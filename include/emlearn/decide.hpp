// One answer made of several models' answers: thresholds, one against the rest, pairs, code words, calibration.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DECIDE_HPP
#define EMLEARN_DECIDE_HPP

#include <math.h>

#include "flash.hpp"

namespace emlearn { namespace decide {

/// Divides n values by their sum; all become `otherwise` where it is 0, or stay as they are where that is negative.
EMLEARN_CONSTEXPR void normalize(float* values, uint16_t n, float otherwise) {
  float sum = 0.0f;
  for (uint16_t i = 0; i != n; ++i) sum = sum + values[i];
  for (uint16_t i = 0; i != n; ++i) {
    if (sum != 0.0f)
      values[i] = values[i] / sum;
    else if (otherwise >= 0.0f)
      values[i] = otherwise;
  }
}

/// Copies n values.
EMLEARN_CONSTEXPR void copy(const float* x, uint16_t n, float* out) {
  for (uint16_t i = 0; i != n; ++i) out[i] = x[i];
}

/// Which of n scores reach a threshold.
EMLEARN_CONSTEXPR void labels(const float* x, float least, uint16_t n, int32_t* out) {
  for (uint16_t i = 0; i != n; ++i) out[i] = x[i] >= least ? 1 : 0;
}

/// Votes of models for pairs of n classes, (0, 1), (0, 2), ..., with their confidences as what decides between equals:
/// x has a class (0 or 1) per pair, then a confidence per pair; out has n values.
EMLEARN_CONSTEXPR void pairs(const float* x, uint16_t n, float* out) {
  const uint16_t n_pairs = static_cast<uint16_t>(n * (n - 1) / 2);
  for (uint16_t k = 0; k != n; ++k) {
    float votes = 0.0f, sum = 0.0f;
    uint16_t pair = 0;
    for (uint16_t i = 0; i + 1 < n; ++i)
      for (uint16_t j = static_cast<uint16_t>(i + 1); j < n; ++j, ++pair) {
        if (i != k && j != k) continue;
        const bool second = x[pair] > 0.5f;
        if (second == (j == k)) votes = votes + 1.0f;
        sum = j == k ? sum + x[n_pairs + pair] : sum - x[n_pairs + pair];
      }
    out[k] = votes + sum / (3.0f * ((sum < 0.0f ? -sum : sum) + 1.0f));
  }
}

/// The row of a table [n_rows][n] that is nearest to x; of equally near ones the first.
template <class Reader> EMLEARN_CONSTEXPR int nearest(const float* x, const float* table, uint16_t n_rows, uint16_t n) {
  uint16_t best = 0;
  float least = 0.0f;
  for (uint16_t k = 0; k != n_rows; ++k) {
    float sum = 0.0f;
    for (uint16_t i = 0; i != n; ++i) {
      const float d = x[i] - Reader::read(table + static_cast<size_t>(k) * n + i);
      sum = sum + d * d;
    }
    if (k == 0 || sum < least) {
      best = k;
      least = sum;
    }
  }
  return static_cast<int>(best);
}

/// 1 / (1 + exp(z)), by a power that is never larger than one.
inline float falling(float z) {
  const float e = expf(z > 0.0f ? -z : z);
  return (z > 0.0f ? e : 1.0f) / (1.0f + e);
}

/// Straight lines between knots (x ascending), level beyond the ends.
template <class Reader> EMLEARN_CONSTEXPR float interpolate(float at, const float* x, const float* y, uint16_t n) {
  uint16_t low = 0, high = static_cast<uint16_t>(n - 1);
  if (!(at > Reader::read(x))) return Reader::read(y);
  if (at >= Reader::read(x + high)) return Reader::read(y + high);
  while (high - low > 1) {
    const uint16_t middle = static_cast<uint16_t>(low + (high - low) / 2);
    if (Reader::read(x + middle) <= at)
      low = middle;
    else
      high = middle;
  }
  const float left = Reader::read(x + low), width = Reader::read(x + high) - left;
  const float bottom = Reader::read(y + low), step = Reader::read(y + high) - bottom;
  return bottom + (at - left) / width * step;
}

/// What 1 is made of: the other class's share of a probability.
EMLEARN_CONSTEXPR void both(float p, float* out) {
  out[0] = 1.0f - p;
  out[1] = p;
}

}}  // namespace emlearn::decide

#endif
