// Linear models: sums of weighted features, and the classes, probabilities or values that come of them.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_LINEAR_HPP
#define EMLEARN_LINEAR_HPP

#include "mlp.hpp"

namespace emlearn { namespace linear {

/// The tables of n_rows sums over n_terms features: weights feature by feature, one bias per row, and the features that are read.
/// Emitted headers have the same members as constants of a type, because a constant object of this one would lie in RAM.
struct view {
  int n_terms_;
  int n_rows_;
  const float* weights_;
  const float* bias_;
  const uint16_t* columns_;

  typedef float sum;
  constexpr int n_terms() const { return n_terms_; }
  constexpr int n_rows() const { return n_rows_; }
  /// [n_terms][n_rows].
  constexpr const float* weights() const { return weights_; }
  /// [n_rows].
  constexpr const float* bias() const { return bias_; }
  /// The feature of a term.
  template <class Reader> EMLEARN_CONSTEXPR int column(int term) const { return static_cast<int>(Reader::read(columns_ + term)); }
};

/// out[j] = bias[j] + sum over the terms i of weights[i][j] * x[column(i)], added up in the order of i. A feature that is zero adds
/// nothing, and costs nothing.
template <class Reader, class V, class X> EMLEARN_CONSTEXPR void sums(const V& v, const X* x, typename V::sum* out) {
  typedef typename V::sum sum;
  for (int j = 0; j < v.n_rows(); ++j) out[j] = Reader::read(v.bias() + j);
  auto weights = v.weights();
  for (int i = 0; i < v.n_terms(); ++i, weights += v.n_rows()) {
    const sum value = static_cast<sum>(x[v.template column<Reader>(i)]);
    if (value == sum(0)) continue;
    for (int j = 0; j < v.n_rows(); ++j) out[j] += static_cast<sum>(Reader::read(weights + j)) * value;
  }
}

/// The class from the scores of all but the first, whose score is zero: the index of the largest, the lowest where several are.
template <class Sum> EMLEARN_CONSTEXPR int largest(const Sum* scores, int n) {
  int best = 0;
  Sum most = Sum(0);
  for (int j = 0; j < n; ++j) {
    if (scores[j] > most) {
      best = j + 1;
      most = scores[j];
    }
  }
  return best;
}

/// Per label 1 where its score is positive, else 0.
template <class Sum> EMLEARN_CONSTEXPR void labels(const Sum* scores, int n, int32_t* out) {
  for (int j = 0; j < n; ++j) out[j] = scores[j] > Sum(0) ? 1 : 0;
}

/// Adds to the scores of n classes, relative to the first one, that one's own score; scores[0] is zero before.
EMLEARN_CONSTEXPR void add_first(float first, float* scores, int n) {
  for (int k = 0; k < n; ++k) scores[k] += first;
}

/// n values divided by their sum.
inline void shares(float* values, int n) {
  float sum = 0.0f;
  for (int k = 0; k < n; ++k) sum += values[k];
  for (int k = 0; k < n; ++k) values[k] /= sum;
}

/// The logistic function of n scores, divided by their sum; in units of exp(largest) where all scores are negative, so that none vanishes.
inline void one_vs_rest(float* scores, int n) {
  const float most = scores[mlp::argmax(scores, n)];
  const float unit = most < 0.0f ? most : 0.0f;
  for (int k = 0; k < n; ++k) {
    const float z = scores[k];
    const float power = expf(z < 0.0f ? z : -z);
    const float share = expf(z - unit);  // a variable first: avr-libc's expf is exp, a double to the compiler
    scores[k] = (z < 0.0f ? share : 1.0f) / (1.0f + power);
  }
  shares(scores, n);
}

/// (1 + z) / 2 within 0 and 1: the probability of a modified Huber loss.
inline float half(float z) {
  const float p = (z + 1.0f) * 0.5f;
  return p < 0.0f ? 0.0f : p > 1.0f ? 1.0f : p;
}

/// half() of n scores, divided by their sum; all the same where every one is zero.
inline void clipped(float* scores, int n) {
  bool none = true;
  for (int k = 0; k < n; ++k) {
    scores[k] = half(scores[k]);
    none = none && !(scores[k] > 0.0f);
  }
  if (none) {
    for (int k = 0; k < n; ++k) scores[k] = 1.0f;
  }
  shares(scores, n);
}

/// The same of two classes, from their one score.
inline void clipped_proba(float z, float* out) {
  out[1] = half(z);
  out[0] = 1.0f - out[1];
}

/// Whether the tables have the sizes that sums() reads, finite numbers only, and no feature beyond n_features.
template <class V, class Size> EMLEARN_CONSTEXPR bool valid(const V& v, Size n_weights, Size n_bias, int n_features) {
  if (v.n_rows() < 1 || n_bias != static_cast<Size>(v.n_rows())) return false;
  if (n_weights != static_cast<Size>(v.n_rows()) * static_cast<Size>(v.n_terms() > 0 ? v.n_terms() : 0) && v.n_terms() != 0) return false;
  for (int i = 0; i < v.n_terms(); ++i) {
    const int column = v.template column<direct>(i);
    if (column < 0 || column >= n_features) return false;
  }
  const unsigned long n = static_cast<unsigned long>(v.n_rows());
  return mlp::finite<direct>(v.weights(), n * static_cast<unsigned long>(v.n_terms())) && mlp::finite<direct>(v.bias(), n);
}

}}  // namespace emlearn::linear

#endif
