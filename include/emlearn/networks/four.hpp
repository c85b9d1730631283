// Whether a core has kernels of its own for depthwise sums at a place: the portable answer is no.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_FOUR_HPP
#define EMLEARN_NETWORKS_FOUR_HPP

#include "places.hpp"

namespace emlearn { namespace networks { namespace integer { namespace detail {

/// Made at each place from the window and its taps that are no padding, for weights W and values Q.
template <class W, class Q> struct own_four {
  template <class V> own_four(const V&, const networks::detail::span&, const networks::detail::span&) {}
  /// The sums of four outputs into s, from the first tap's weights and values.
  static constexpr bool sums(const W*, const Q*, int32_t*) { return false; }
};

/// The first outputs at a place that a core's own kernel has answered, all that it takes: none.
template <class Step, class V, class W, class Q>
constexpr int whole_place(const Step&, const V&, const networks::detail::span&, const networks::detail::span&, const W*, const Q*, Q*) {
  return 0;
}

/// The type for these pointers; only asked for its type.
template <class W, class Q> own_four<W, Q> own_for(const W*, const Q*);

}}}}  // namespace emlearn::networks::integer::detail

#endif
