// Kernel machines: weighted sums of kernels between a row and support vectors, votes of pairs of classes.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SVM_HPP
#define EMLEARN_SVM_HPP

#include "neighbors.hpp"

namespace emlearn { namespace svm {

/// What a kernel is given besides a support vector: constants of a type, as the members of neighbors::view are.
/// gamma() (of rbf: times unit()^2, since its distances are in raw counts), coef0(), degree().

/// exp(-gamma |x - v|^2).
template <class A> struct rbf {
  template <class Reader, class V, class X> static float of(const V& v, long at, const X* x) {
    const float sum = neighbors::detail::to_float(neighbors::distance<neighbors::euclidean, A, Reader>(v, at, x, false, 0));
    return emlearn::detail::exponential(-v.gamma() * sum);
  }
};

namespace detail {

template <class Reader, class V, class X> EMLEARN_CONSTEXPR float dot(const V& v, long at, const X* x) {
  float sum = 0.0f;
  ptrdiff_t entry = static_cast<ptrdiff_t>(at) * v.n_features();
  for (int i = 0; i < v.n_features(); ++i, ++entry) sum += static_cast<float>(x[i]) * Reader::read(v.points() + entry);
  return sum;
}

}  // namespace detail

/// (gamma x . v + coef0)^degree
struct polynomial {
  template <class Reader, class V, class X> static float of(const V& v, long at, const X* x) {
    const float base = v.gamma() * detail::dot<Reader>(v, at, x) + v.coef0();
    float power = 1.0f;
    for (int i = 0; i < v.degree(); ++i) power *= base;
    return power;
  }
};

/// tanh(gamma x . v + coef0)
struct sigmoid {
  template <class Reader, class V, class X> static float of(const V& v, long at, const X* x) {
    const float z = v.gamma() * detail::dot<Reader>(v, at, x) + v.coef0();
    const float e = emlearn::detail::exponential(-2.0f * (z < 0.0f ? -z : z));
    const float size = (1.0f - e) / (1.0f + e);
    return z < 0.0f ? -size : size;
  }
};

/// out[f] = intercept[f] + sum over v of coefficient[v][f] * kernel(x, v): regressors, detectors, two classes.
template <class K, class Reader, class V, class X> inline void functions(const V& v, const X* x, int n_functions, float* out) {
  for (int f = 0; f < n_functions; ++f) out[f] = Reader::read(v.intercept() + f);
  ptrdiff_t entry = 0;
  for (long at = 0; at < v.n_points(); ++at) {
    const float value = K::template of<Reader>(v, at, x);
    for (int f = 0; f < n_functions; ++f, ++entry) out[f] += Reader::read(v.coefficients() + entry) * value;
  }
}

/// The same of the linear kernel, whose vectors have been added up: one row of weights per function.
template <class Reader, class V, class X> EMLEARN_CONSTEXPR void weighted_sums(const V& v, const X* x, int n_functions, float* out) {
  for (int f = 0; f < n_functions; ++f) out[f] = Reader::read(v.intercept() + f) + detail::dot<Reader>(v, f, x);
}

/// Decisions of all pairs (0, 1), (0, 2), ... (1, 2), ...: the vectors of a class, from ends[c - 1] to ends[c], take part in those with it,
/// and each kernel is evaluated once. A coefficient per vector and other class.
template <class K, class Reader, class V, class X> inline void pairs(const V& v, const X* x, int n_classes, float* out) {
  const int n_pairs = n_classes * (n_classes - 1) / 2;
  for (int p = 0; p < n_pairs; ++p) out[p] = Reader::read(v.intercept() + p);
  ptrdiff_t entry = 0;
  int own = 0;
  for (long at = 0; at < v.n_points(); ++at) {
    while (at >= static_cast<long>(Reader::read(v.ends() + own))) ++own;
    const float value = K::template of<Reader>(v, at, x);
    int pair = own - 1;  // of (0, own)
    for (int other = 0; other < n_classes; ++other) {
      if (other == own) {
        pair += 1;  // to (own, own + 1)
        continue;
      }
      out[pair] += Reader::read(v.coefficients() + entry) * value;
      ++entry;
      pair += other < own ? n_classes - 2 - other : 1;
    }
  }
}

/// The class that wins most pairs, the lowest of several; `votes` has room for n_classes. A decision above 0 is for the first of a pair.
template <class D> EMLEARN_CONSTEXPR int winner(const D* decisions, int n_classes, uint8_t* votes) {
  for (int c = 0; c < n_classes; ++c) votes[c] = 0;
  for (int i = 0, p = 0; i < n_classes; ++i)
    for (int j = i + 1; j < n_classes; ++j, ++p) ++votes[decisions[p] > 0 ? i : j];
  int best = 0;
  for (int c = 1; c < n_classes; ++c)
    if (votes[c] > votes[best]) best = c;
  return best;
}

/// One value per class: votes, and the sum of its decisions brought between -1/3 and 1/3.
inline void one_against_rest(const float* decisions, int n_classes, float* out) {
  for (int c = 0; c < n_classes; ++c) {
    float sum = 0.0f, votes = 0.0f;
    for (int i = 0, p = 0; i < n_classes; ++i) {
      for (int j = i + 1; j < n_classes; ++j, ++p) {
        if (c == i) sum += decisions[p];
        if (c == j) sum -= decisions[p];
        if (c == (decisions[p] < 0.0f ? j : i)) votes += 1.0f;
      }
    }
    out[c] = votes + sum / (3.0f * ((sum < 0.0f ? -sum : sum) + 1.0f));
  }
}

/// Whether n values are finite.
EMLEARN_CONSTEXPR bool finite(const float* values, long n) {
  for (long i = 0; i < n; ++i)
    if (!(values[i] >= -3.402823466e38f && values[i] <= 3.402823466e38f)) return false;
  return true;
}

/// Whether the classes' ends rise to the number of vectors.
EMLEARN_CONSTEXPR bool valid_ends(const uint16_t* ends, int n_classes, long n_points) {
  long before = 0;
  for (int c = 0; c < n_classes; ++c) {
    if (ends[c] < before) return false;
    before = ends[c];
  }
  return before == n_points;
}

}}  // namespace emlearn::svm

#endif
