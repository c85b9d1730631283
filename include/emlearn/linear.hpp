// Linear models: sums of weighted features, and the classes, probabilities or values that come of them.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_LINEAR_HPP
#define EMLEARN_LINEAR_HPP

#include "linear/lanes.hpp"
#include "mlp.hpp"

namespace emlearn { namespace linear {

/// The tables of n_rows sums over n_terms features: weights feature by feature, one bias per row, and the features that are read.
/// Weights are floats, added up in float, or integers, added up in Sum: int32_t, or int64_t where a sum may need it.
/// Emitted headers have the same members as constants of a type, because a constant object of this one would lie in RAM.
template <class Weight, class Bias, class Sum> struct view {
  int n_terms_;
  int n_rows_;
  const Weight* weights_;
  const Bias* bias_;
  const uint16_t* columns_;
  Sum bias_unit_;

  typedef Sum sum;
  /// How many rows are known to the compiler, to be added up side by side; 0: none.
  enum { fixed_rows = 0 };
  constexpr int n_terms() const { return n_terms_; }
  constexpr int n_rows() const { return n_rows_; }
  /// [n_terms][n_rows].
  constexpr const Weight* weights() const { return weights_; }
  /// [n_rows].
  constexpr const Bias* bias() const { return bias_; }
  /// What one of a bias is in units of the sum.
  constexpr Sum bias_unit() const { return bias_unit_; }
  /// The feature of a term.
  template <class Reader> EMLEARN_CONSTEXPR int column(int term) const { return static_cast<int>(Reader::read(columns_ + term)); }
  /// What is multiplied by a term's weights.
  template <class Reader, class X> EMLEARN_CONSTEXPR Sum value(const X* x, int term) const {
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): a number, not a character
    return static_cast<Sum>(x[column<Reader>(term)]);
  }
};

/// The same of features that count as one above their threshold, and as zero else.
template <class View, class X> struct binary_view : View {
  const X* above_;

  constexpr binary_view(const View& view, const X* above) : View(view), above_(above) {}
  template <class Reader, class Y> EMLEARN_CONSTEXPR typename View::sum value(const Y* x, int term) const {
    const int feature = this->template column<Reader>(term);
    return x[feature] > Reader::read(above_ + feature) ? typename View::sum(1) : typename View::sum(0);
  }
};

/// out[j] = bias[j] + sum over the terms i of weights[i][j] * value(x, i), added up in the order of i.
template <class Reader, class V, class X> EMLEARN_CONSTEXPR void sums(const V& v, const X* x, typename V::sum* out) {
  blocks<V::fixed_rows, detail::lanes_of<typename V::sum>::width>::template add_up<Reader>(v, x, out);
}

/// Integer sums as the numbers that they stand for; a row's unit is unit[step * row].
template <class Reader, class Sum> EMLEARN_CONSTEXPR void scale(const Sum* sums, int n, const float* unit, int step, float* out) {
  for (int j = 0; j < n; ++j) out[j] = static_cast<float>(sums[j]) * Reader::read(unit + step * j);
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

/// Whether n floats are finite.
EMLEARN_CONSTEXPR bool finite(const float* values, unsigned long n) { return mlp::finite<direct>(values, n); }
template <class Integer> constexpr bool finite(const Integer*, unsigned long) { return true; }

/// |value| as an unsigned number.
constexpr uint64_t size_of(int64_t value) { return value < 0 ? ~static_cast<uint64_t>(value) + 1u : static_cast<uint64_t>(value); }

/// Whether no sum, nor any part of it, can leave its type while |x| <= largest.
template <class Sum> struct room {
  template <class V> static EMLEARN_CONSTEXPR bool suffices(const V& v, uint64_t largest) {
    const uint64_t most = (uint64_t(1) << (8 * sizeof(Sum) - 1)) - 1u;
    for (int j = 0; j < v.n_rows(); ++j) {
      uint64_t total = size_of(*(v.bias() + j)) * static_cast<uint64_t>(v.bias_unit());
      for (int i = 0; i < v.n_terms() && total <= most; ++i) {
        total += size_of(*(v.weights() + static_cast<ptrdiff_t>(i) * v.n_rows() + j)) * largest;
      }
      if (total > most) return false;
    }
    return true;
  }
};
template <> struct room<float> {
  template <class V> static EMLEARN_CONSTEXPR bool suffices(const V&, uint64_t) { return true; }
};

/// Whether the tables have the sizes that sums() reads, finite numbers only, no feature beyond n_features, and integer sums that cannot
/// overflow while |x| <= largest.
template <class V, class Size> EMLEARN_CONSTEXPR bool valid(const V& v, Size n_weights, Size n_bias, int n_features, uint64_t largest) {
  if (v.n_rows() < 1 || n_bias != static_cast<Size>(v.n_rows()) || v.n_terms() < 0) return false;
  if (v.n_terms() > 0 && n_weights != static_cast<Size>(v.n_rows()) * static_cast<Size>(v.n_terms())) return false;
  for (int i = 0; i < v.n_terms(); ++i) {
    const int column = v.template column<direct>(i);
    if (column < 0 || column >= n_features) return false;
  }
  const unsigned long n = static_cast<unsigned long>(v.n_rows());
  if (!finite(v.weights(), n * static_cast<unsigned long>(v.n_terms())) || !finite(v.bias(), n)) return false;
  return room<typename V::sum>::suffices(v, largest);
}

}}  // namespace emlearn::linear

#endif
