// exp and log in float without libm: newlib's take errno's RAM and, on chips without an FPU, double arithmetic.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_EXPONENTIAL_HPP
#define EMLEARN_DETAIL_EXPONENTIAL_HPP

#include <string.h>

#include "../config.hpp"

namespace emlearn { namespace detail {

/// a * 2^n for a in [0.5, 2) and -126 < n < 128: n joins the exponent's bits.
inline float scaled_by_power(float a, int n) {
  uint32_t bits;
  memcpy(&bits, &a, sizeof bits);
  bits += static_cast<uint32_t>(static_cast<int32_t>(n)) << 23;
  memcpy(&a, &bits, sizeof a);
  return a;
}

/// exp(x), relative error at most 2^-22 (tests/cpp/exponential.cpp asks every float); 0 below -87, where exp(x) < 2^-125; infinite
/// above 88.
inline float exponential(float x) {
  if (!(x >= -87.0f)) return x < 0.0f ? 0.0f : x;
  if (x > 88.0f) return x * 3e38f;
  const int n = static_cast<int>(x * 1.44269504f + (x < 0.0f ? -0.5f : 0.5f));
  const float whole = static_cast<float>(n);
  // log(2) in two parts, the first of 9 bits: whole times it is exact.
  const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  const float tail = (((1.38637819e-3f * r + 8.36748071e-3f) * r + 4.16672379e-2f) * r + 1.66665345e-1f) * r + 0.5f;
  return scaled_by_power(tail * (r * r) + r + 1.0f, n);
}

/// log(x) for a positive, finite and normal x: relative error at most 2^-21.
inline float logarithm(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  // The mantissa in [0.7071, 1.4142), so that x near 1 keeps n = 0.
  const uint32_t from_root = bits - 0x3f3504f3u;
  const int n = static_cast<int>(static_cast<int32_t>(from_root) >> 23);
  bits = (from_root & 0x007fffffu) + 0x3f3504f3u;
  float m;
  memcpy(&m, &bits, sizeof m);
  const float s = (m - 1.0f) / (m + 1.0f);
  const float t = s * s;
  const float tail = ((0.29871431f * t + 0.399775565f) * t + 0.666667759f) * t;
  const float whole = static_cast<float>(n);
  return whole * 0.693359375f + ((s * tail - whole * 2.12194440e-4f) + 2.0f * s);
}

}}  // namespace emlearn::detail

#endif
