// How the values of a channel under a window join, and whether a core has kernels of its own for it: the portable answer is no.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_FOLDS_HPP
#define EMLEARN_NETWORKS_FOLDS_HPP

#include "places.hpp"

namespace emlearn { namespace networks { namespace integer { namespace detail {

/// How one value Q joins those before it, which begin with zero.
template <class Q> struct add_up {
  using type = uint32_t;
  EMLEARN_INLINE static uint32_t of(uint32_t sum, Q x) { return sum + x; }
};
template <class Q> struct keep_most {
  using type = Q;
  EMLEARN_INLINE static Q of(Q most, Q x) { return x > most ? x : most; }
};

/// Whether a core's own kernel has made s[0] to s[3] of the values of four channels, of which those of the first tap lie at x: it has not.
template <class Fold, class V, class Q, class T>
constexpr bool own_pool(const Fold&, const V&, const networks::detail::span&, const networks::detail::span&, const Q*, T*) {
  return false;
}

}}}}  // namespace emlearn::networks::integer::detail

#endif
