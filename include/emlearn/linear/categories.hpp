// Sums of weights that features choose by their category, instead of being multiplied with them.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_LINEAR_CATEGORIES_HPP
#define EMLEARN_LINEAR_CATEGORIES_HPP

#include "../linear.hpp"

namespace emlearn { namespace linear {

namespace detail {

/// The category of a raw value, cut to a whole number as scikit-learn cuts it; -1 for what none of `count` categories is.
template <class X> EMLEARN_CONSTEXPR int category(X x, int count) {
  // NOLINTNEXTLINE(bugprone-signed-char-misuse): a number, not a character
  const int32_t whole = static_cast<int32_t>(x);
  return whole >= 0 && whole < count ? static_cast<int>(whole) : -1;
}
EMLEARN_CONSTEXPR int category(float x, int count) { return x > -1.0f && x < static_cast<float>(count) ? static_cast<int>(x) : -1; }
EMLEARN_CONSTEXPR int category(double x, int count) { return x > -1.0 && x < static_cast<double>(count) ? static_cast<int>(x) : -1; }

}  // namespace detail

/// out[j] = bias[j] + sum over the features f of weights[starts[f] + category of x[f]][j]; an unknown category counts for nothing.
/// V is a view with n_features() and starts(), of n_features() + 1 entries, besides.
template <class Reader, class V, class X> EMLEARN_CONSTEXPR void category_sums(const V& v, const X* x, typename V::sum* out) {
  typedef typename V::sum sum;
  const int n = v.n_rows();
  for (int j = 0; j < n; ++j) out[j] = detail::bias<Reader>(v, j);
  int start = 0;
  for (int f = 0; f < v.n_features(); ++f) {
    const int end = static_cast<int>(Reader::read(v.starts() + f + 1));
    const int category = detail::category(x[f], end - start);
    if (category >= 0) {
      auto weights = v.weights() + static_cast<ptrdiff_t>(start + category) * n;
      for (int j = 0; j < n; ++j) out[j] += static_cast<sum>(Reader::read(weights + j));
    }
    start = end;
  }
}

/// Whether each feature's categories follow those of the one before, and all have weights.
template <class V> EMLEARN_CONSTEXPR bool valid_starts(const V& v) {
  if (*v.starts() != 0) return false;
  for (int f = 0; f < v.n_features(); ++f)
    if (*(v.starts() + f + 1) < *(v.starts() + f)) return false;
  return static_cast<int>(*(v.starts() + v.n_features())) == v.n_terms();
}

}}  // namespace emlearn::linear

#endif
