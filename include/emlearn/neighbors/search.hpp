// The k nearest points of a row, and what is made of their targets: votes or means.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NEIGHBORS_SEARCH_HPP
#define EMLEARN_NEIGHBORS_SEARCH_HPP

#include "../neighbors.hpp"

namespace emlearn { namespace neighbors {

/// A point and its sum.
template <class Sum> struct neighbor {
  Sum sum;
  int32_t at;
};

/// The k nearest points in order, the earlier first where several are as near; k <= n_points.
template <class M, class A, class Reader, class V, class X>
EMLEARN_CONSTEXPR void search(const V& v, const X* x, int k, neighbor<typename A::sum>* found) {
  int filled = 0;
  for (long at = 0; at < v.n_points(); ++at) {
    const bool full = filled == k;
    const typename A::sum sum = distance<M, A, Reader>(v, at, x, full, full ? found[k - 1].sum : 0);
    if (full && !detail::less(sum, found[k - 1].sum)) continue;
    int place = full ? k - 1 : filled++;
    for (; place > 0 && detail::less(sum, found[place - 1].sum); --place) found[place] = found[place - 1];
    found[place].sum = sum;
    found[place].at = static_cast<int32_t>(at);
  }
}

/// All neighbours count alike.
struct uniform {
  enum { is_uniform = 1 };
  template <class M, class Sum> static float weight(const neighbor<Sum>*, int, float) { return 1.0f; }
};

/// Neighbours count by 1 / distance; those at no distance, where there are some, count alone.
struct by_distance {
  enum { is_uniform = 0 };
  template <class M, class Sum> static float weight(const neighbor<Sum>* found, int i, float unit) {
    const float own = M::root(detail::to_float(found[i].sum)) * unit;
    if (M::root(detail::to_float(found[0].sum)) * unit < 1.2e-38f) return own < 1.2e-38f ? 1.0f : 0.0f;
    return 1.0f / own;
  }
};

/// The class that most of the neighbours have, the lowest of several; `votes` has room for n_classes counts.
template <class Reader, class Sum, class Label>
EMLEARN_CONSTEXPR int majority(const neighbor<Sum>* found, int k, const Label* labels, int n_classes, int* votes) {
  for (int c = 0; c < n_classes; ++c) votes[c] = 0;
  for (int i = 0; i < k; ++i) ++votes[Reader::read(labels + found[i].at)];
  int best = 0;
  for (int c = 1; c < n_classes; ++c)
    if (votes[c] > votes[best]) best = c;
  return best;
}

/// The share of each class among the neighbours.
template <class M, class W, class Reader, class Sum, class Label>
inline void shares(const neighbor<Sum>* found, int k, float unit, const Label* labels, int n_classes, float* out) {
  for (int c = 0; c < n_classes; ++c) out[c] = 0.0f;
  float total = 0.0f;
  for (int i = 0; i < k; ++i) {
    const float weight = W::template weight<M>(found, i, unit);
    out[Reader::read(labels + found[i].at)] += weight;
    total += weight;
  }
  for (int c = 0; c < n_classes; ++c) out[c] /= total;
}

/// The index of the largest of n values, the lowest where several are.
template <class T> EMLEARN_CONSTEXPR int largest(const T* values, int n) {
  int best = 0;
  for (int c = 1; c < n; ++c)
    if (values[c] > values[best]) best = c;
  return best;
}

/// The mean of the neighbours' values, n_outputs of them.
template <class M, class W, class Reader, class Sum>
inline void mean(const neighbor<Sum>* found, int k, float unit, const float* values, int n_outputs, float* out) {
  for (int j = 0; j < n_outputs; ++j) out[j] = 0.0f;
  float total = 0.0f;
  for (int i = 0; i < k; ++i) {
    const float weight = W::template weight<M>(found, i, unit);
    const ptrdiff_t row = static_cast<ptrdiff_t>(found[i].at) * n_outputs;
    for (int j = 0; j < n_outputs; ++j) out[j] += weight * Reader::read(values + row + j);
    total += weight;
  }
  for (int j = 0; j < n_outputs; ++j) out[j] /= total;
}

/// How much denser the neighbours lie than the row, negative: the mean of their densities times the mean distance, none of which counts as
/// less than its neighbour's own to its k-th. `values` has that distance and the density of each point.
template <class M, class Reader, class Sum> inline float outlying(const neighbor<Sum>* found, int k, float unit, const float* values) {
  float reach = 0.0f, density = 0.0f;
  for (int i = 0; i < k; ++i) {
    const ptrdiff_t row = static_cast<ptrdiff_t>(found[i].at) * 2;
    const float own = M::root(detail::to_float(found[i].sum)) * unit, least = Reader::read(values + row);
    reach += own > least ? own : least;
    density += Reader::read(values + row + 1);
  }
  const float count = static_cast<float>(k);
  return -(density / count) * (reach / count + 1e-10f);
}

/// Whether every point has a class below n_classes.
template <class Label> EMLEARN_CONSTEXPR bool valid_labels(const Label* labels, long n, long n_points, int n_classes) {
  if (n != n_points || n_classes < 1) return false;
  for (long i = 0; i < n; ++i)
    if (labels[i] >= n_classes) return false;
  return true;
}

}}  // namespace emlearn::neighbors

#endif
