// Raw rows of positions that are all taken in alike.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_POSITIONS_HPP
#define EMLEARN_NETWORKS_POSITIONS_HPP

namespace emlearn { namespace networks {

/// Positions of v.n_features() raw values each, by Take::all() at once or one by one.
template <class Take, class V, class X, class Q> inline void take_positions(const V& v, const X* x, int positions, Q* out) {
  if (Take::all(v, x, positions, out)) return;
  for (; positions > 0; --positions, x += v.n_features(), out += v.n_features()) Take::of(v, x, out);
}

}}  // namespace emlearn::networks

#endif
