// Regressors whose leaves are whole numbers of 2^-shift: payloads are added up, and one number is made a float at the end.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_FIXED_HPP
#define EMLEARN_TREES_FIXED_HPP

#include <string.h>

#include "../config.hpp"

namespace emlearn { namespace trees {

/// Adds payloads up.
struct add_payloads {
  uint32_t* sum;
  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) const { *sum += payload; }
};

/// value * 2^-shift, rounded to nearest, without a library for floats.
inline float assembled(int32_t value, int16_t shift) {
  if (value == 0) return 0.0f;
  uint32_t mantissa = value < 0 ? 0u - static_cast<uint32_t>(value) : static_cast<uint32_t>(value);
  uint32_t exponent = static_cast<uint32_t>(127 + 31 - shift);
  for (; (mantissa & 0x80000000u) == 0; --exponent) mantissa <<= 1;
  const uint32_t rest = mantissa & 0xff;
  mantissa >>= 8;
  if (rest > 0x80 || (rest == 0x80 && (mantissa & 1) != 0)) ++mantissa;
  uint32_t bits = (exponent << 23) + (mantissa - 0x800000u);  // a carry out of the mantissa goes into the exponent, as it must
  if (value < 0) bits |= 0x80000000u;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

/// value * unit, where unit is 2^-shift: the same number either way.
EMLEARN_CONSTEXPR float scaled(int32_t value, int16_t shift, float unit) {
  return EMLEARN_SOFT_FLOAT && !EMLEARN_IS_CONSTANT() ? assembled(value, shift) : static_cast<float>(value) * unit;
}

/// The sum of all trees' leaves, each a payload above `least`, in units of 2^-shift.
/// @param bias  the number of trees times `least`
template <class Walk> EMLEARN_CONSTEXPR float fixed_sum(Walk walk, int32_t bias, int16_t shift, float unit) {
  uint32_t sum = static_cast<uint32_t>(bias);
  walk.each(add_payloads{&sum});
  return scaled(static_cast<int32_t>(sum), shift, unit);
}

}}  // namespace emlearn::trees

#endif
