// The points within a radius of a row, and what is made of their targets: votes or means.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NEIGHBORS_RADIUS_HPP
#define EMLEARN_NEIGHBORS_RADIUS_HPP

#include "search.hpp"

namespace emlearn { namespace neighbors {

/// The first point from `at` on whose sum is not above `limit`, which is put into `sum`; n_points where there is none.
template <class M, class A, class Reader, class V, class X>
EMLEARN_CONSTEXPR long next_within(const V& v, const X* x, typename A::sum limit, long at, typename A::sum* sum) {
  for (; at < v.n_points(); ++at) {
    *sum = distance<M, A, Reader>(v, at, x, true, limit);
    if (!detail::less(limit, *sum)) break;
  }
  return at;
}

/// All points within count alike.
struct each_alike {
  static bool alone(float) { return false; }
  static float weight(float) { return 1.0f; }
};

/// Points within count by 1 / distance; those at no distance, where there are some, count alone.
struct each_by_distance {
  static bool alone(float distance) { return distance < 1.2e-38f; }
  static float weight(float distance) { return 1.0f / distance; }
};

/// The class that most of the points within have, the lowest of several, or `none` where there are none; `votes` has room for n_classes.
template <class M, class A, class Reader, class V, class X, class Label>
EMLEARN_CONSTEXPR int majority_within(const V& v, const X* x, typename A::sum limit, const Label* labels, int n_classes, int none,
                                      int* votes) {
  typename A::sum sum = 0;
  bool found = false;
  for (int c = 0; c < n_classes; ++c) votes[c] = 0;
  for (long at = next_within<M, A, Reader>(v, x, limit, 0, &sum); at < v.n_points();
       at = next_within<M, A, Reader>(v, x, limit, at + 1, &sum)) {
    ++votes[Reader::read(labels + at)];
    found = true;
  }
  return found ? largest(votes, n_classes) : none;
}

namespace detail {

EMLEARN_CONSTEXPR void clear(float* out, int n) {
  for (int j = 0; j < n; ++j) out[j] = 0.0f;
}

/// Sums over points of what they count, which start anew with the first point that counts alone.
template <class W> struct tally {
  float total;
  bool alone;
  bool found;
  /// What a point at `distance` counts; `out` has the n sums so far.
  float add(float distance, int n, float* out) {
    const bool mine = W::alone(distance);
    if (mine && !alone) {
      clear(out, n);
      total = 0.0f;
    }
    found = true;
    alone = alone || mine;
    const float weight = !alone ? W::weight(distance) : mine ? 1.0f : 0.0f;
    total += weight;
    return weight;
  }
};

/// What a point adds to n sums: its weight to that of its class, or to each its value, of `n`, times the weight.
template <class Reader, class Label> struct add_share {
  const Label* labels;
  void operator()(long at, float weight, int, float* out) const { out[Reader::read(labels + at)] += weight; }
};
template <class Reader> struct add_values {
  const float* values;
  void operator()(long at, float weight, int n, float* out) const {
    const float* value = values + static_cast<ptrdiff_t>(at) * n;
    for (int j = 0; j < n; ++j) out[j] += weight * Reader::read(value + j);
  }
};

/// The n sums of what the points within add, by the sum of their weights; false, and zeros, where there are none.
template <class M, class W, class A, class Reader, class V, class X, class Add>
inline bool mean_of(const V& v, const X* x, typename A::sum limit, const Add& add, int n, float* out) {
  tally<W> count = {0.0f, false, false};
  typename A::sum sum = 0;
  clear(out, n);
  for (long at = next_within<M, A, Reader>(v, x, limit, 0, &sum); at < v.n_points();
       at = next_within<M, A, Reader>(v, x, limit, at + 1, &sum)) {
    const float weight = count.add(M::root(to_float(sum)) * v.unit(), n, out);
    add(at, weight, n, out);
  }
  for (int j = 0; count.found && j < n; ++j) out[j] /= count.total;
  return count.found;
}

}  // namespace detail

/// The share of each class among the points within; false, and zeros, where there are none.
template <class M, class W, class A, class Reader, class V, class X, class Label>
inline bool shares_within(const V& v, const X* x, typename A::sum limit, const Label* labels, int n_classes, float* out) {
  return detail::mean_of<M, W, A, Reader>(v, x, limit, detail::add_share<Reader, Label>{labels}, n_classes, out);
}

/// The mean of the values, n_outputs each, of the points within; false, and zeros, where there are none.
template <class M, class W, class A, class Reader, class V, class X>
inline bool mean_within(const V& v, const X* x, typename A::sum limit, const float* values, int n_outputs, float* out) {
  return detail::mean_of<M, W, A, Reader>(v, x, limit, detail::add_values<Reader>{values}, n_outputs, out);
}

}}  // namespace emlearn::neighbors

#endif
