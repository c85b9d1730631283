// Kernel machines: weighted sums of kernels between a row and support vectors, votes of pairs of classes.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SVM_HPP
#define EMLEARN_SVM_HPP

#include "detail/cores/distances.hpp"
#include "detail/halves.hpp"
#include "linear/lanes.hpp"
#include "neighbors.hpp"

namespace emlearn { namespace svm {

/// What a kernel is given besides a support vector: constants of a type, as the members of neighbors::view are.
/// gamma() (of rbf: what makes a distance's sum the exponent of a half, in steps of 2^-22), coef0(), degree(); of near ones: reach(),
/// limit(); of those in integers (svm/fixed.hpp, svm/products.hpp): scale(), lift(), shift(), start(), and weights() of 16 bits.

/// Kernels and their products with coefficients in float. A kernel's of() is false where it counts as zero.
struct in_float {
  typedef float value;
  static float product(float coefficient, float value) { return coefficient * value; }
  /// How many numbers a vector takes.
  template <class V> static constexpr int stride(const V& v) { return v.n_features(); }
};

/// Where kernels of a larger exponent count as zero: 40 in steps of 2^-22.
constexpr float far_exponent = 167772160.0f;

/// exp(-gamma |x - v|^2).
template <class A> struct rbf : in_float {
  template <class Reader, class V, class P, class X> static bool of(const V& v, const P* point, const X* x, float* kernel) {
    const float sum = neighbors::detail::to_float(neighbors::distance_to<neighbors::euclidean, A, Reader>(v, point, x, false, 0));
    const float steps = v.gamma() * sum;
    if (!(steps < far_exponent)) return false;
    *kernel = emlearn::detail::half_power<Reader>(static_cast<uint32_t>(steps));
    return true;
  }
};

namespace detail {

/// The sum of squared differences between integers, or the largest where one difference alone exceeds reach(), whose square is limit(): so
/// 32 bits hold any sum that counts.
template <class Gaps, class Reader, class V, class P, class X> inline uint32_t near_sum(const V& v, const P* point, const X* x) {
  uint32_t sum = 0;
  for (int i = 0; i < v.n_features(); ++i) {
    const auto gap = Gaps::template of<Reader>(v, i, x[i], Reader::read(point + i));
    if (gap > v.reach()) return 0xffffffffu;
    sum += neighbors::detail::square(static_cast<uint16_t>(gap));
  }
  return sum;
}

}  // namespace detail

/// Sizes of differences in raw counts, all features alike.
struct counts {
  template <class Reader, class V, class X, class Point> static auto of(const V& v, int i, X x, Point p)
      -> decltype(neighbors::detail::size(neighbors::whole<uint32_t>::difference<Reader>(v, i, x, p))) {
    return neighbors::detail::size(neighbors::whole<uint32_t>::difference<Reader>(v, i, x, p));
  }
};

namespace detail {

/// near_sum() of these; some cores take four of them at a time, where no difference that counts exceeds 32,767.
template <class Reader, class V, class P, class X> EMLEARN_INLINE inline uint32_t near_counts(const V& v, const P* point, const X* x) {
  return emlearn::detail::has_halfwords<P, X>::value && v.limit() < 32767u * 32767u
             ? emlearn::detail::squares_of_halfwords<Reader>(point, x, v.n_features())
             : near_sum<counts, Reader>(v, point, x);
}

}  // namespace detail

/// The same of integer rows and vectors, whose sums fit 32 bits as far as they count.
struct near : in_float {
  template <class Reader, class V, class P, class X> static bool of(const V& v, const P* point, const X* x, float* kernel) {
    const uint32_t sum = detail::near_counts<Reader>(v, point, x);
    if (sum > v.limit()) return false;
    *kernel = emlearn::detail::half_power<Reader>(static_cast<uint32_t>(v.gamma() * static_cast<float>(sum)));
    return true;
  }
};

namespace detail {

template <class Reader, class V, class P, class X> EMLEARN_CONSTEXPR float dot(const V& v, const P* point, const X* x) {
  float sum = 0.0f;
  for (int i = 0; i < v.n_features(); ++i) sum += static_cast<float>(x[i]) * Reader::read(point + i);
  return sum;
}

}  // namespace detail

/// (gamma x . v + coef0)^degree
struct polynomial : in_float {
  template <class Reader, class V, class P, class X> static bool of(const V& v, const P* point, const X* x, float* kernel) {
    const float base = v.gamma() * detail::dot<Reader>(v, point, x) + v.coef0();
    float power = 1.0f;
    for (int i = 0; i < v.degree(); ++i) power *= base;
    *kernel = power;
    return true;
  }
};

/// tanh(gamma x . v + coef0)
struct sigmoid : in_float {
  template <class Reader, class V, class P, class X> static bool of(const V& v, const P* point, const X* x, float* kernel) {
    const float z = v.gamma() * detail::dot<Reader>(v, point, x) + v.coef0();
    const float e = emlearn::detail::exponential(-2.0f * (z < 0.0f ? -z : z));
    const float size = (1.0f - e) / (1.0f + e);
    *kernel = z < 0.0f ? -size : size;
    return true;
  }
};

namespace detail {

/// Sums of coefficients times kernels, from zero on: N of them in registers, or, of any number, in memory.
template <class K, class Sum, int N, bool IsHeld = (N > 0 && N <= linear::detail::lanes_of<Sum>::width)> struct partial_sums {
  linear::detail::lanes<Sum, N> held;

  EMLEARN_INLINE partial_sums(Sum*, int) : held() {}
  template <class Reader, class C> EMLEARN_INLINE void start(const C* intercept) { held.template add<Reader>(intercept, Sum(1)); }
  template <class Reader, class C> EMLEARN_INLINE void add(const C* coefficients, typename K::value value) {
    held.template add<Reader>(coefficients, value);
  }
  EMLEARN_INLINE void finish(Sum* out) const { held.finish(out); }
};
template <class K, class Sum, int N> struct partial_sums<K, Sum, N, false> {
  Sum* sums;
  int n;

  EMLEARN_INLINE partial_sums(Sum* out, int count) : sums(out), n(count) {
    for (int f = 0; f < n; ++f) sums[f] = 0;
  }
  template <class Reader, class C> EMLEARN_INLINE void start(const C* intercept) {
    for (int f = 0; f < n; ++f) sums[f] = Reader::read(intercept + f);
  }
  template <class Reader, class C> EMLEARN_INLINE void add(const C* coefficients, typename K::value value) {
    for (int f = 0; f < n; ++f) sums[f] += K::product(Reader::read(coefficients + f), value);
  }
  EMLEARN_INLINE void finish(Sum*) const {}
};

/// Adds the kernels of the vectors from `point` to `end`, and leaves both pointers behind the last one.
template <class K, class Reader, class V, class P, class X, class C, class Sums>
EMLEARN_INLINE inline void add_kernels(const V& v, const X* x, int n, const P* end, const P*& point, const C*& coefficients, Sums& sums) {
  if (point == end) return;
  do {
    typename K::value value = 0;
    if (K::template of<Reader>(v, point, x, &value)) sums.template add<Reader>(coefficients, value);
    point += K::stride(v);
    coefficients += n;
  } while (point != end);
}

}  // namespace detail

/// out[f] = intercept[f] + sum over v of coefficient[v][f] * kernel(x, v): regressors, detectors, two classes. Sums are float, or int32_t
/// of kernels in integers. N is n_functions where the compiler knows it, else 0.
template <class K, class Reader, int N, class V, class X, class Sum>
inline void functions(const V& v, const X* x, int n_functions, Sum* out) {
  detail::partial_sums<K, Sum, N> sums(out, n_functions);
  sums.template start<Reader>(v.intercept());
  auto point = v.points();
  auto coefficients = v.coefficients();
  detail::add_kernels<K, Reader>(v, x, n_functions, point + v.n_points() * K::stride(v), point, coefficients, sums);
  sums.finish(out);
}

/// The same of the linear kernel, whose vectors have been added up: one row of weights per function.
template <class Reader, class V, class X> EMLEARN_CONSTEXPR void weighted_sums(const V& v, const X* x, int n_functions, float* out) {
  for (int f = 0; f < n_functions; ++f)
    out[f] = Reader::read(v.intercept() + f) + detail::dot<Reader>(v, v.points() + static_cast<ptrdiff_t>(f) * v.n_features(), x);
}

/// Decisions of all pairs (0, 1), (0, 2), ... (1, 2), ...: the vectors of a class, from ends[c - 1] to ends[c], take part in those with it,
/// and each kernel is evaluated once. A coefficient per vector and other class; a class's sums, n_classes - 1 of them, are made in `own`.
/// N is n_classes - 1 where the compiler knows it, else 0.
template <class K, class Reader, int N, class V, class X, class Sum>
inline void pairs(const V& v, const X* x, int n_classes, Sum* own, Sum* out) {
  const int n_pairs = n_classes * (n_classes - 1) / 2;
  for (int p = 0; p < n_pairs; ++p) out[p] = Reader::read(v.intercept() + p);
  auto point = v.points();
  auto coefficients = v.coefficients();
  int first = 0;  // the pair (c, c + 1)
  for (int c = 0; c < n_classes; ++c) {
    detail::partial_sums<K, Sum, N> sums(own, n_classes - 1);
    const auto end = v.points() + static_cast<ptrdiff_t>(Reader::read(v.ends() + c)) * K::stride(v);
    detail::add_kernels<K, Reader>(v, x, n_classes - 1, end, point, coefficients, sums);
    sums.finish(own);
    EMLEARN_STORED(own);
    int pair = c - 1;  // (0, c), then (1, c), ...
    for (int k = 0; k < c; pair += n_classes - 2 - k, ++k) out[pair] += own[k];
    for (int k = c; k < n_classes - 1; ++k, ++first) out[first] += own[k];
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

/// The same of three classes.
template <class D> EMLEARN_CONSTEXPR int winner_of_three(const D* decisions) {
  if (!(decisions[0] > 0) && decisions[2] > 0) return 1;
  return !(decisions[1] > 0) && !(decisions[2] > 0) ? 2 : 0;
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

/// Sums of integers as decisions: each times what one of them means.
template <class Reader, class Sum> inline void in_units(const Sum* sums, const float* units, int n, float* out) {
  for (int f = 0; f < n; ++f) out[f] = static_cast<float>(sums[f]) * Reader::read(units + f);
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
