// Functions of one number, from what every chip's <math.h> has.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_FUNCTIONS_HPP
#define EMLEARN_FUNCTIONS_HPP

#include <math.h>

#include "config.hpp"
#include "detail/exponential.hpp"

namespace emlearn { namespace functions {

/// f(x) = x.
struct identity {
  static constexpr float of(float x) { return x; }
};

/// f(x) = x x.
struct square {
  static constexpr float of(float x) { return x * x; }
};

/// f(x) = |x|.
struct absolute {
  static constexpr float of(float x) { return x < 0.0f ? -x : x; }
};

/// f(x) = 1 / x.
struct reciprocal {
  static constexpr float of(float x) { return 1.0f / x; }
};

/// f(x) = sqrt(x).
struct sqrt {
  static float of(float x) { return ::sqrtf(x); }
};

/// f(x) = exp(x).
struct exp {
  static float of(float x) { return ::expf(x); }
};

/// f(x) = log(x).
struct log {
  static float of(float x) { return ::logf(x); }
};

/// f(x) = log(1 + x), right for small x (avr-libc has none): the rounding of 1 + x cancels in the quotient.
struct log1p {
  static float of(float x) {
    const float u = 1.0f + x, d = u - 1.0f;
    if (d == 0.0f || x - x != 0.0f) return x + 0.0f;
    const float l = static_cast<float>(::logf(u));  // avr-libc's is that of double
    return u > 0.0f ? l * (x / d) : l;
  }
};

/// f(x) = exp(x) - 1, right for small x (avr-libc has none): the series where the difference would cancel.
struct expm1 {
  static float of(float x) {
    if (x > -0.35f && x < 0.35f) {
      const float p = 1.0f / 120.0f + x * (1.0f / 720.0f + x * (1.0f / 5040.0f));
      return x + x * x * (0.5f + x * (1.0f / 6.0f + x * (1.0f / 24.0f + x * p)));
    }
    return static_cast<float>(::expf(x)) - 1.0f;
  }
};

/// f(x) = 1 / (1 + exp(-x)), no exponential beyond 1.
struct logistic {
  static float of(float x) {
    const float e = static_cast<float>(::expf(x < 0.0f ? x : -x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
  }
};

/// f(x) = cos(2 pi x) of turns, absolute error at most 2^-21 (tests/cpp/functions.cpp); 1 from 2^21 on, where floats are far apart, NaN of
/// what is no number.
struct cosine_of_turns {
  static float of(float x) {
    if (!(x > -2097152.0f && x < 2097152.0f)) return x - x + 1.0f;
    const float part = x - static_cast<float>(static_cast<int32_t>(x + (x < 0.0f ? -0.5f : 0.5f)));  // exact
    const float q = 0.25f - (part < 0.0f ? -part : part);                                            // sin(2 pi q)
    const float s = q * q;
    return ((((39.536705f * s - 76.5497818f) * s + 81.6010056f) * s - 41.3416557f) * s + 6.28318501f) * q;
  }
};

/// The normal distribution's quantile, negative, of a p up to 0.5: -z with P(Z < z) = p; of less than 1e-7 that of 1e-7. Absolute error at
/// most 2^-18: a polynomial in sqrt(-2 log p), which is nearly a line.
struct normal_quantile {
  static float of(float p) {
    const float t = ::sqrtf(-2.0f * emlearn::detail::logarithm(p > 1e-7f ? p : 1e-7f));
    const float s = 0.442594488f * t - 1.52111519f;
    const float high = ((((-1.88723428e-3f * s + 2.45222053e-3f) * s + 2.01458903e-3f) * s - 1.25707034e-3f) * s - 5.61776804e-3f) * s;
    const float low = ((((high + 7.36324349e-3f) * s - 8.42037424e-3f) * s + 1.67016815e-2f) * s - 3.25567722e-2f) * s;
    return (((low + 6.20583668e-2f) * s - 0.123428017f) * s + 2.52212548f) * s + 2.77933979f;
  }
};

}}  // namespace emlearn::functions

#endif
