// Stands in where the compiler comes without a C library: what the library's headers call.
// SPDX-License-Identifier: MIT
#ifndef LIBC_MATH_H
#define LIBC_MATH_H

#define NAN __builtin_nanf("")
#define INFINITY __builtin_inff()
#define HUGE_VALF __builtin_huge_valf()
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)

extern "C" {
float acosf(float), asinf(float), atanf(float), atan2f(float, float), ceilf(float), cosf(float), coshf(float), exp2f(float), expf(float),
    expm1f(float), fabsf(float), floorf(float), fmaf(float, float, float), fmaxf(float, float), fminf(float, float), fmodf(float, float),
    frexpf(float, int*), hypotf(float, float), ldexpf(float, int), log1pf(float), log2f(float), logf(float), powf(float, float),
    rintf(float), roundf(float), sinf(float), sinhf(float), sqrtf(float), tanf(float), tanhf(float), truncf(float);
double ceil(double), exp(double), fabs(double), floor(double), fma(double, double, double), log(double), log1p(double), pow(double, double),
    sqrt(double), tanh(double);
}

#endif
