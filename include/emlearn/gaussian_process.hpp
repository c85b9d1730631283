// Gaussian processes: covariances with training points, the mean, the deviation, and probabilities of two classes.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_GAUSSIAN_PROCESS_HPP
#define EMLEARN_GAUSSIAN_PROCESS_HPP

#include <math.h>

#include "detail/exponential.hpp"
#include "flash.hpp"
#include "functions.hpp"

namespace emlearn { namespace gaussian_process {

/// sum ((x_i - p_i) s_i)^2 over the features, at most 1e30, which NaN becomes too; s_i is scale[step * i].
template <class Reader, class X> EMLEARN_CONSTEXPR float distance(const X* x, const float* point, const float* scale, int step, int n) {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) {
    const float z = (static_cast<float>(x[i]) - Reader::read(point + i)) * Reader::read(scale + step * i);
    sum += z * z;
  }
  return sum < 1e30f ? sum : 1e30f;
}

/// sum (x_i s_i) (p_i s_i).
template <class Reader, class X> EMLEARN_CONSTEXPR float product(const X* x, const float* point, const float* scale, int step, int n) {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) {
    const float s = Reader::read(scale + step * i);
    sum += (static_cast<float>(x[i]) * s) * (Reader::read(point + i) * s);
  }
  return sum;
}

/// sum (x_i s_i)^2.
template <class Reader, class X> EMLEARN_CONSTEXPR float length(const X* x, const float* scale, int step, int n) {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) {
    const float z = static_cast<float>(x[i]) * Reader::read(scale + step * i);
    sum += z * z;
  }
  return sum;
}

/// Covariances of distances whose scale has the constants: exp(-d).
inline float rbf(float d) { return emlearn::detail::exponential(-d); }
/// Matern's of nu = 1/2, exp(-r), r being the root of d.
inline float matern1(float d) { return emlearn::detail::exponential(-::sqrtf(d)); }
/// Of nu = 3/2.
inline float matern3(float d) {
  const float r = ::sqrtf(d);
  return (1.0f + r) * emlearn::detail::exponential(-r);
}
/// Of nu = 5/2.
inline float matern5(float d) {
  const float r = ::sqrtf(d);
  return (1.0f + r + d * (1.0f / 3.0f)) * emlearn::detail::exponential(-r);
}
/// (1 + d)^-alpha
inline float rational(float d, float alpha) { return emlearn::detail::exponential(-alpha * emlearn::detail::logarithm(1.0f + d)); }

/// exp(-parameter (1 - cos(2 pi r)))
inline float periodic(float d, float parameter) {
  return emlearn::detail::exponential(-parameter * (1.0f - functions::cosine_of_turns::of(::sqrtf(d))));
}

/// out[j] = offset[j] + sum over the points t of weight[t][j] * kernel(x, t).
/// K has of<Reader>(x, t), the covariance of a row with training point t, and itself<Reader>(x), that with itself.
template <class K, class Reader, class V, class X> inline void means(const V& v, const K& kernel, const X* x, float* out) {
  const int n = v.n_outputs();
  for (int j = 0; j < n; ++j) out[j] = Reader::read(v.offset() + j);
  ptrdiff_t entry = 0;
  for (int t = 0; t < v.n_points(); ++t) {
    const float value = kernel.template of<Reader>(x, t);
    for (int j = 0; j < n; ++j, ++entry) out[j] += Reader::read(v.weights() + entry) * value;
  }
}

/// kernel(x, x) - |W k|^2, k being the covariances with all points (room for them in `scratch`) and W the triangle of rows
/// 0, 0 to 1, 0 to 2, ...; zero where rounding makes it negative.
template <class K, class Reader, class V, class X> inline float variance(const V& v, const K& kernel, const X* x, float* scratch) {
  float sum = 0.0f;
  const float* entry = v.whitening();
  for (int j = 0; j < v.n_points(); ++j) {
    scratch[j] = kernel.template of<Reader>(x, j);
    float z = 0.0f;
    for (int t = 0; t <= j; ++t, ++entry) z += Reader::read(entry) * scratch[t];
    sum += z * z;
  }
  const float left = kernel.template itself<Reader>(x) - sum;
  return left > 0.0f ? left : 0.0f;
}

/// The standard deviation of each output; `scratch` has room for n_points() floats.
template <class K, class Reader, class V, class X>
inline void deviations(const V& v, const K& kernel, const X* x, float* out, float* scratch) {
  const float root = ::sqrtf(variance<K, Reader>(v, kernel, x, scratch));
  for (int j = 0; j < v.n_outputs(); ++j) out[j] = root * Reader::read(v.unit() + j);
}

namespace detail {

/// erf(x), off by at most 6e-7: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 7.1.26.
inline float error_function(float x) {
  const float size = x < 0.0f ? -x : x;
  const float t = 1.0f / (1.0f + 0.3275911f * size);
  const float tail = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t;
  const float value = 1.0f - tail * emlearn::detail::exponential(-size * size);
  return x < 0.0f ? -value : value;
}

}  // namespace detail

/// The probability of the second class: the mean of a squashed normal variable. scikit-learn's squashing function is a sum of error
/// functions whose weights nearly cancel; the one here is within 1.2e-6 of it, and so are all means, since a mean is no further apart.
/// `squash` has erf's lambda, then six pairs (mu^2, b) of terms b x exp(-mu^2 x^2).
template <class Reader> inline float probability(float mean, float variance, const float* squash) {
  const float lambda = Reader::read(squash);
  float sum = detail::error_function(lambda * mean / ::sqrtf(1.0f + 2.0f * lambda * lambda * variance));
  for (int k = 0; k < 6; ++k) {
    const float square = Reader::read(squash + 1 + 2 * k);
    const float wide = 1.0f + 2.0f * square * variance;
    sum += Reader::read(squash + 2 + 2 * k) * mean / (wide * ::sqrtf(wide)) * emlearn::detail::exponential(-square * mean * mean / wide);
  }
  const float p = 0.5f + 0.5f * sum;
  return p < 0.0f ? 0.0f : p > 1.0f ? 1.0f : p;
}

/// Whether n values are finite.
EMLEARN_CONSTEXPR bool finite(const float* values, long n) {
  for (long i = 0; i < n; ++i)
    if (!(values[i] >= -3.402823466e38f && values[i] <= 3.402823466e38f)) return false;
  return true;
}

}}  // namespace emlearn::gaussian_process

#endif
