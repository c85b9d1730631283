// Distances from a row to the points of a model: the nearest one, all of them, the way down a tree of centres.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NEIGHBORS_HPP
#define EMLEARN_NEIGHBORS_HPP

#include <math.h>

#include "detail/exponential.hpp"
#include "detail/two_float.hpp"
#include "flash.hpp"

namespace emlearn { namespace neighbors {

/// n_points rows of n_features; Point is float, or an integer type where rows are integers and the points lie among them.
/// Emitted headers have the same members as constants of a type, because a constant object of this one would lie in RAM.
template <class Point> struct view {
  int n_features_;
  long n_points_;
  float unit_;
  const Point* points_;
  const float* weights_;

  constexpr int n_features() const { return n_features_; }
  constexpr long n_points() const { return n_points_; }
  /// What a distance between rows is multiplied by.
  constexpr float unit() const { return unit_; }
  constexpr const Point* points() const { return points_; }
  /// One factor per feature, for `weighted` alone.
  constexpr const float* weights() const { return weights_; }
};

/// Differences in float, of either sign.
struct real {
  typedef float sum;
  template <class Reader, class V, class X, class Point> static EMLEARN_CONSTEXPR sum difference(const V&, int, X x, Point p) {
    return static_cast<float>(x) - p;
  }
};

/// The same with a factor per feature.
struct weighted {
  typedef float sum;
  template <class Reader, class V, class X, class Point> static EMLEARN_CONSTEXPR sum difference(const V& v, int i, X x, Point p) {
    return (static_cast<float>(x) - p) * Reader::read(v.weights() + i);
  }
};

namespace detail {

/// The size of a difference between integers, in a type that holds any.
template <class Sum, bool IsNarrow, bool IsShort> struct gap {
  template <class X> static EMLEARN_CONSTEXPR Sum of(X x, X p) {
    return x < p ? static_cast<Sum>(p) - static_cast<Sum>(x) : static_cast<Sum>(x) - static_cast<Sum>(p);
  }
};
/// Of values of at most 16 bits where an int has no more.
template <class Sum> struct gap<Sum, true, true> {
  template <class X> static EMLEARN_CONSTEXPR uint16_t of(X x, X p) {
    return static_cast<uint16_t>(x < p ? static_cast<uint16_t>(p) - static_cast<uint16_t>(x)
                                       : static_cast<uint16_t>(x) - static_cast<uint16_t>(p));
  }
};
/// The same where it has: with its sign, since squares need none taken off.
template <class Sum> struct gap<Sum, true, false> {
  template <class X> static EMLEARN_CONSTEXPR int32_t of(X x, X p) { return static_cast<int32_t>(x) - static_cast<int32_t>(p); }
};

/// |d| of a difference, which unsigned ones are already.
EMLEARN_CONSTEXPR float size(float d) { return d < 0.0f ? -d : d; }
EMLEARN_CONSTEXPR uint32_t size(int32_t d) { return static_cast<uint32_t>(d < 0 ? -d : d); }
template <class D> EMLEARN_CONSTEXPR D size(D d) { return d; }

/// a < b of sums: neither is negative.
template <class S> EMLEARN_CONSTEXPR bool less(S a, S b) { return a < b; }
EMLEARN_CONSTEXPR bool less(float a, float b) { return emlearn::detail::floats::below(a, b); }

EMLEARN_CONSTEXPR float square(float d) { return d * d; }
EMLEARN_CONSTEXPR uint32_t square(uint16_t d) { return static_cast<uint32_t>(d) * d; }
EMLEARN_CONSTEXPR uint32_t square(uint32_t d) { return d * d; }
EMLEARN_CONSTEXPR uint32_t square(int32_t d) { return static_cast<uint32_t>(d) * static_cast<uint32_t>(d); }
EMLEARN_CONSTEXPR uint64_t square(uint64_t d) { return d * d; }

EMLEARN_CONSTEXPR float to_float(float sum) { return sum; }
EMLEARN_CONSTEXPR float to_float(uint32_t sum) { return static_cast<float>(sum); }
/// In halves: the library's conversion of 64 bits takes kilobytes on Cortex-M0+.
EMLEARN_CONSTEXPR float to_float(uint64_t sum) {
  return static_cast<float>(static_cast<uint32_t>(sum >> 32)) * 4294967296.0f + static_cast<float>(static_cast<uint32_t>(sum));
}

}  // namespace detail

/// Differences of integers; the converter proves that sums fit Sum, which is uint32_t or uint64_t.
template <class Sum> struct whole {
  typedef Sum sum;
  template <class Reader, class V, class X, class Point> static EMLEARN_CONSTEXPR auto difference(const V&, int, X x, Point p)
      -> decltype(detail::gap<Sum, sizeof(X) <= 2, sizeof(int) == 2>::of(x, x)) {
    return detail::gap<Sum, sizeof(X) <= 2, sizeof(int) == 2>::of(x, static_cast<X>(p));  // points are values of the row's type
  }
};

/// Metrics: how the sizes of differences add up, and the distance that a sum stands for.
struct manhattan {
  template <class S, class D> static EMLEARN_CONSTEXPR S add(S sum, D d) { return sum + detail::size(d); }
  static float root(float sum) { return sum; }
};
struct euclidean {
  template <class S, class D> static EMLEARN_CONSTEXPR S add(S sum, D d) { return sum + detail::square(d); }
  static EMLEARN_CONSTEXPR uint64_t add(uint64_t sum, int32_t d) {
    return sum + (EMLEARN_LONG_PRODUCTS ? static_cast<uint64_t>(static_cast<int64_t>(d) * d) : detail::square(d));
  }
  static float root(float sum) { return sqrtf(sum); }
};
struct chebyshev {
  template <class S, class D> static EMLEARN_CONSTEXPR S add(S sum, D d) {
    return detail::less(sum, static_cast<S>(detail::size(d))) ? static_cast<S>(detail::size(d)) : sum;
  }
  static float root(float sum) { return sum; }
};
/// Of power P.
template <int P> struct minkowski {
  template <class S, class D> static EMLEARN_CONSTEXPR S add(S sum, D d) {
    const S size = static_cast<S>(detail::size(d));
    S power = size;
    for (int i = 1; i < P; ++i) power *= size;
    return sum + power;
  }
  static EMLEARN_CONSTEXPR float add(float sum, float d) {
    const float size = P % 2 == 0 ? d : detail::size(d);
    float power = size;
    for (int i = 1; i < P; ++i) power *= size;
    return sum + power;
  }
  static float root(float sum) { return sum > 1.2e-38f ? emlearn::detail::exponential(emlearn::detail::logarithm(sum) / P) : 0.0f; }
};

/// The sum of a point; may stop early, with a smaller sum, once it is beyond `limit`.
template <class M, class A, class Reader, class V, class P, class X>
EMLEARN_CONSTEXPR typename A::sum distance_to(const V& v, const P* point, const X* x, bool limited, typename A::sum limit) {
  typename A::sum sum = 0;
  for (int i = 0; i < v.n_features(); ++i, ++point) {
    sum = M::add(sum, A::template difference<Reader>(v, i, x[i], Reader::read(point)));
    if (limited && detail::less(limit, sum)) break;
  }
  return sum;
}

/// The same of point `at`.
template <class M, class A, class Reader, class V, class X>
EMLEARN_CONSTEXPR typename A::sum distance(const V& v, long at, const X* x, bool limited, typename A::sum limit) {
  return distance_to<M, A, Reader>(v, v.points() + static_cast<ptrdiff_t>(at) * v.n_features(), x, limited, limit);
}

/// The nearest of `count` points from `first` on; the lowest where several are.
template <class M, class A, class Reader, class V, class X> EMLEARN_CONSTEXPR int nearest(const V& v, const X* x, long first, int count) {
  int best = 0;
  typename A::sum least = distance<M, A, Reader>(v, first, x, false, 0);
  for (int k = 1; k < count; ++k) {
    const typename A::sum sum = distance<M, A, Reader>(v, first + k, x, true, least);
    if (detail::less(sum, least)) {
      least = sum;
      best = k;
    }
  }
  return best;
}

/// The cluster at the end of the way down: node n compares points 2 n and 2 n + 1, whose children are nodes, or ~clusters.
template <class M, class A, class Reader, class V, class X> EMLEARN_CONSTEXPR int descend(const V& v, const X* x, const int16_t* children) {
  int node = 0;
  do {
    node = Reader::read(children + 2 * node + nearest<M, A, Reader>(v, x, 2L * node, 2));
  } while (node >= 0);
  return -node - 1;
}

/// Whether each node of descend() is met on the way from one before it, so that every way ends, in one of n_clusters.
EMLEARN_CONSTEXPR bool valid_tree(const int16_t* children, long n_children, int n_clusters) {
  if (n_children < 2 || n_children % 2 != 0) return false;
  for (long i = 0; i < n_children; ++i) {
    if (children[i] >= 0 ? children[i] <= i / 2 || children[i] >= n_children / 2 : -children[i] - 1 >= n_clusters) return false;
  }
  return true;
}

/// The distance to point `at`.
template <class M, class A, class Reader, class V, class X> inline float far(const V& v, long at, const X* x) {
  return M::root(detail::to_float(distance<M, A, Reader>(v, at, x, false, 0))) * v.unit();
}

/// Whether the tables have the lengths that the kernels read, and finite numbers only.
template <class V> EMLEARN_CONSTEXPR bool valid(const V& v, ptrdiff_t n_points, ptrdiff_t n_weights) {
  if (v.n_features() < 1 || v.n_points() < 1 || n_points != static_cast<ptrdiff_t>(v.n_points()) * v.n_features()) return false;
  if (!(v.unit() > 0.0f) || (n_weights != 0 && n_weights != v.n_features())) return false;
  for (ptrdiff_t i = 0; i < n_points; ++i) {
    const float value = static_cast<float>(v.points()[i]);
    if (!(value >= -3.402823466e38f && value <= 3.402823466e38f)) return false;
  }
  for (ptrdiff_t i = 0; i < n_weights; ++i) {
    if (!(v.weights()[i] > 0.0f && v.weights()[i] <= 3.402823466e38f)) return false;
  }
  return true;
}

}}  // namespace emlearn::neighbors

#endif
