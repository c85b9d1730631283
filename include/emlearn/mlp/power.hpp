// Powers of two in fixed point: probabilities and positive answers from integer scores, equal to the bit on all chips.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_POWER_HPP
#define EMLEARN_MLP_POWER_HPP

#include <string.h>

#include "../flash.hpp"

namespace emlearn { namespace mlp {

/// 2^(-t / 2048) * 2^15 for t of 0 to 16 powers, rounded down: a cubic, at most 1.3e-4 of the power off.
EMLEARN_CONSTEXPR uint32_t power(uint32_t t) {
  const uint32_t f = t & 2047u;
  const uint32_t e = 32765u - ((f * (22639u - ((f * (7527u - ((f * 1271u) >> 11))) >> 11))) >> 11);
  return e >> (t >> 11);
}

/// How scores become steps of the power: min(d >> pre, limit) * factor >> 16.
template <class S> EMLEARN_CONSTEXPR uint32_t power_steps(const S& s, uint32_t d) {
  const uint32_t cut = d >> s.pre();
  return ((cut < s.limit() ? cut : s.limit()) * s.factor()) >> 16;
}

/// Probabilities of n scores, whole multiples of 2^-16: z becomes the powers.
template <class S> inline void softmax(const S& s, int32_t* z, int n, float* out) {
  int32_t largest = z[0];
  for (int j = 1; j < n; ++j) {
    if (z[j] > largest) largest = z[j];
  }
  uint32_t sum = 0;
  for (int j = 0; j < n; ++j) {
    const uint32_t e = power(power_steps(s, static_cast<uint32_t>(largest) - static_cast<uint32_t>(z[j])));
    z[j] = static_cast<int32_t>(e);
    sum += e;
  }
  // NOLINTNEXTLINE(bugprone-integer-division): rounded to 16 bits on purpose
  for (int j = 0; j < n; ++j) out[j] = static_cast<float>(((static_cast<uint32_t>(z[j]) << 16) + (sum >> 1)) / sum) * 1.52587890625e-5f;
}

/// The probabilities of not and of yes, from one score: a softmax with a score of zero.
template <class S> inline void chances(const S& s, int32_t z, float* out) {
  int32_t both[2] = {0, z};
  softmax(s, both, 2, out);
}

/// The probability of yes alone.
template <class S> inline float chance(const S& s, int32_t z) {
  float both[2];
  chances(s, z, both);
  return both[1];
}

/// 2^n as a float, n from -126 to 127: ldexpf of avr-libc 2.0 crashed where this was tried.
inline float two_to(int n) {
  const uint32_t bits = static_cast<uint32_t>(n + 127) << 23;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// exp(value), by a power of two with 11 fractional bits: the mean of a Poisson regression. No rounding: 15 bits times powers.
inline float mean_of(float value) {
  float steps = value * 2954.63940f;
  steps = steps < -256000.0f ? -256000.0f : steps > 260096.0f ? 260096.0f : steps;
  const int32_t t = static_cast<int32_t>(steps);
  const int whole = static_cast<int>(t >> 11);
  const float part = static_cast<float>(power(2048u - (static_cast<uint32_t>(t) & 2047u)));
  return part * two_to(-14) * two_to(whole);
}

}}  // namespace emlearn::mlp

#endif
