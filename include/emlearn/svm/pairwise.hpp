// Probabilities of classes from the decisions of pairs: Platt's sigmoids, and libsvm's way of coupling them.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SVM_PAIRWISE_HPP
#define EMLEARN_SVM_PAIRWISE_HPP

#include "../detail/exponential.hpp"
#include "../flash.hpp"

namespace emlearn { namespace svm {

namespace detail {

/// 1 / (1 + exp(z)), kept 1e-7 away from 0 and 1, as libsvm does it.
inline float share(float z) {
  const float e = emlearn::detail::exponential(z < 0.0f ? z : -z);
  const float p = (z < 0.0f ? 1.0f : e) / (1.0f + e);
  return p < 1e-7f ? 1e-7f : p > 0.9999999f ? 0.9999999f : p;
}

/// The probability of class i against class j, from those of the first of each pair (0, 1), (0, 2), ... (1, 2), ...
EMLEARN_CONSTEXPR float against(const float* pairs, uint16_t n, uint16_t i, uint16_t j) {
  const uint16_t low = i < j ? i : j, high = i < j ? j : i;
  const float p = pairs[static_cast<uint16_t>(low * (2u * n - low - 1u) / 2u) + (high - low - 1)];
  return i < j ? p : 1.0f - p;
}

/// Column j of row t of the matrix Q of the quadratic form that the probabilities make least; the diagonal apart.
EMLEARN_CONSTEXPR float coupling(const float* pairs, uint16_t n, uint16_t t, uint16_t j) {
  const float p = against(pairs, n, t, j);
  return -(p * (1.0f - p));
}

/// Its diagonal.
EMLEARN_CONSTEXPR float diagonal(const float* pairs, uint16_t n, uint16_t t) {
  float sum = 0.0f;
  for (uint16_t j = 0; j != n; ++j) {
    if (j == t) continue;
    const float p = against(pairs, n, j, t);
    sum += p * p;
  }
  return sum;
}

/// One class after the other is brought to where its derivative is the mean of all.
inline void sweep(const float* pairs, uint16_t n, float mean, float* slope, float* out) {
  for (uint16_t t = 0; t != n; ++t) {
    const float own = diagonal(pairs, n, t), change = (mean - slope[t]) / own;
    const float whole = 1.0f + change;
    out[t] += change;
    mean = (mean + change * (change * own + 2.0f * slope[t])) / whole / whole;
    for (uint16_t j = 0; j != n; ++j) {
      slope[j] = (slope[j] + change * (j == t ? own : coupling(pairs, n, t, j))) / whole;
      out[j] /= whole;
    }
  }
}

}  // namespace detail

/// The probability of the first class of each pair from its decision d: `sigmoids` has a and b of 1 / (1 + exp(a d + b)) one after the
/// other.
template <class Reader> inline void shares_of_pairs(float* decisions, const float* sigmoids, uint16_t n_pairs) {
  for (uint16_t p = 0; p != n_pairs; ++p)
    decisions[p] = detail::share(Reader::read(sigmoids + 2 * p) * decisions[p] + Reader::read(sigmoids + 2 * p + 1));
}

/// Probabilities of n classes from those of pairs, in libsvm's steps: from equal ones on, until no derivative is further than 0.005 / n
/// from the mean of all, at most 100 times. `slope` has room for n.
inline void couple(const float* pairs, uint16_t n, float* slope, float* out) {
  for (uint16_t t = 0; t != n; ++t) out[t] = 1.0f / static_cast<float>(n);
  for (int round = 0; round < 100; ++round) {
    float total = 0.0f, mean = 0.0f, worst = 0.0f;
    for (uint16_t t = 0; t != n; ++t) total += out[t];
    for (uint16_t t = 0; t != n; ++t) out[t] /= total;
    for (uint16_t t = 0; t != n; ++t) {
      slope[t] = detail::diagonal(pairs, n, t) * out[t];
      for (uint16_t j = 0; j != n; ++j)
        if (j != t) slope[t] += detail::coupling(pairs, n, t, j) * out[j];
      mean += out[t] * slope[t];
    }
    for (uint16_t t = 0; t != n; ++t) {
      const float off = slope[t] < mean ? mean - slope[t] : slope[t] - mean;
      worst = off > worst ? off : worst;
    }
    if (!(worst >= 0.005f / static_cast<float>(n))) break;
    detail::sweep(pairs, n, mean, slope, out);
  }
}

}}  // namespace emlearn::svm

#endif
