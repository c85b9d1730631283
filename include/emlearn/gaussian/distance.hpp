// One Gaussian without classes: the squared Mahalanobis distance of a row, and whether it is within a limit.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_GAUSSIAN_DISTANCE_HPP
#define EMLEARN_GAUSSIAN_DISTANCE_HPP

#include "../gaussian.hpp"

namespace emlearn { namespace gaussian {

/// The squared distance from the mean in units of the covariance; `scratch` has room for F numbers.
template <class C, class P, class Reader, class V, class X>
EMLEARN_CONSTEXPR void mahalanobis(const V& v, const X* x, float* out, typename P::number* scratch) {
  out[0] = P::rounded(detail::squares<C, P, Reader>(v, 0, x, scratch, detail::saturation()));
}

/// Minus that: the larger, the more normal.
template <class C, class P, class Reader, class V, class X>
EMLEARN_CONSTEXPR void nearness(const V& v, const X* x, float* out, typename P::number* scratch) {
  mahalanobis<C, P, Reader>(v, x, out, scratch);
  out[0] = -out[0];
}

/// By how much the distance is below the limit, which is minus the cost.
template <class C, class P, class Reader, class V, class X>
EMLEARN_CONSTEXPR void decision_function(const V& v, const X* x, float* out, typename P::number* scratch) {
  out[0] = -P::rounded(detail::loss<C, P, Reader>(v, 0, x, scratch, detail::saturation()));
}

/// +1 for a row within the limit, else -1.
template <class C, class P, class Reader, class V, class X>
EMLEARN_CONSTEXPR int detect(const V& v, const X* x, typename P::number* scratch) {
  return P::less(P::zero(), detail::loss<C, P, Reader>(v, 0, x, scratch, detail::saturation())) ? -1 : 1;
}

}}  // namespace emlearn::gaussian

#endif
