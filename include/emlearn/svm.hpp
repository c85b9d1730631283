// Kernel machines: weighted sums of kernels between a row and support vectors, votes of pairs of classes.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SVM_HPP
#define EMLEARN_SVM_HPP

#include "detail/halves.hpp"
#include "neighbors.hpp"

namespace emlearn { namespace svm {

/// What a kernel is given besides a support vector: constants of a type, as the members of neighbors::view are.
/// gamma() (of rbf: what makes a distance's sum the exponent of a half, in steps of 2^-22), coef0(), degree(); of near ones: reach(),
/// limit(); of near_fixed: scale(), lift(), shift(), and weights() of 16 bits.

/// Kernels and their products with coefficients in float.
struct in_float {
  typedef float value;
  static float product(float coefficient, float value) { return coefficient * value; }
};

/// Where kernels of a larger exponent count as zero: 40 in steps of 2^-22.
constexpr float far_exponent = 167772160.0f;

/// exp(-gamma |x - v|^2).
template <class A> struct rbf : in_float {
  template <class Reader, class V, class X> static float of(const V& v, long at, const X* x) {
    const float sum = neighbors::detail::to_float(neighbors::distance<neighbors::euclidean, A, Reader>(v, at, x, false, 0));
    const float steps = v.gamma() * sum;
    return steps < far_exponent ? emlearn::detail::half_power<Reader>(static_cast<uint32_t>(steps)) : 0.0f;
  }
};

namespace detail {

/// The sum of squared differences between integers, or the largest where one difference alone exceeds reach(), whose square is limit(): so
/// 32 bits hold any sum that counts.
template <class Gaps, class Reader, class V, class X> inline uint32_t near_sum(const V& v, long at, const X* x) {
  uint32_t sum = 0;
  ptrdiff_t entry = static_cast<ptrdiff_t>(at) * v.n_features();
  for (int i = 0; i < v.n_features(); ++i, ++entry) {
    const auto gap = Gaps::template of<Reader>(v, i, x[i], Reader::read(v.points() + entry));
    if (gap > v.reach()) return 0xffffffffu;
    sum += neighbors::detail::square(static_cast<uint16_t>(gap));
  }
  return sum;
}

}  // namespace detail

/// Differences in raw counts, all features alike.
struct counts {
  template <class Reader, class V, class X, class Point> static auto of(const V& v, int i, X x, Point p)
      -> decltype(neighbors::whole<uint32_t>::difference<Reader>(v, i, x, p)) {
    return neighbors::whole<uint32_t>::difference<Reader>(v, i, x, p);
  }
};

/// Differences of 16 bits, each times the weight of its feature, of which the last shift() bits are cut off.
struct scaled {
  template <class Reader, class V, class X, class Point> static uint32_t of(const V& v, int i, X x, Point p) {
    return static_cast<uint32_t>(counts::of<Reader>(v, i, x, p)) * Reader::read(v.weights() + i) >> v.shift();
  }
};

/// The same of integer rows and vectors, whose sums fit 32 bits as far as they count.
struct near : in_float {
  template <class Reader, class V, class X> static float of(const V& v, long at, const X* x) {
    const uint32_t sum = detail::near_sum<counts, Reader>(v, at, x);
    if (sum > v.limit()) return 0.0f;
    return emlearn::detail::half_power<Reader>(static_cast<uint32_t>(v.gamma() * static_cast<float>(sum)));
  }
};

/// The same in integers alone: 2^15 times the kernel, times whole coefficients. Sums up to limit(), lifted by lift() bits, take at most 32
/// bits, and scale() makes them the exponent in steps of 2^-27, at most 16.
template <class Gaps> struct near_fixed {
  typedef uint16_t value;
  static int32_t product(int16_t coefficient, uint16_t value) { return static_cast<int32_t>(coefficient) * value; }
  template <class Reader, class V, class X> static uint16_t of(const V& v, long at, const X* x) {
    const uint32_t sum = detail::near_sum<Gaps, Reader>(v, at, x);
    if (sum > v.limit()) return 0;
    const uint32_t lifted = sum << v.lift();
    const uint32_t high = static_cast<uint32_t>(static_cast<uint16_t>(lifted >> 16)) * v.scale();
    const uint32_t low = v.lift() >= 16 ? 0 : (static_cast<uint32_t>(static_cast<uint16_t>(lifted)) * v.scale()) >> 16;
    const uint32_t exponent = (high + low) >> 5;
    const uint32_t whole = emlearn::detail::halved<Reader>(exponent & 0x3fffffu) >> 16;
    return static_cast<uint16_t>(((whole >> (exponent >> emlearn::detail::halves_bits)) + 1) >> 1);
  }
};

namespace detail {

template <class Reader, class V, class X> EMLEARN_CONSTEXPR float dot(const V& v, long at, const X* x) {
  float sum = 0.0f;
  ptrdiff_t entry = static_cast<ptrdiff_t>(at) * v.n_features();
  for (int i = 0; i < v.n_features(); ++i, ++entry) sum += static_cast<float>(x[i]) * Reader::read(v.points() + entry);
  return sum;
}

}  // namespace detail

/// (gamma x . v + coef0)^degree
struct polynomial : in_float {
  template <class Reader, class V, class X> static float of(const V& v, long at, const X* x) {
    const float base = v.gamma() * detail::dot<Reader>(v, at, x) + v.coef0();
    float power = 1.0f;
    for (int i = 0; i < v.degree(); ++i) power *= base;
    return power;
  }
};

/// tanh(gamma x . v + coef0)
struct sigmoid : in_float {
  template <class Reader, class V, class X> static float of(const V& v, long at, const X* x) {
    const float z = v.gamma() * detail::dot<Reader>(v, at, x) + v.coef0();
    const float e = emlearn::detail::exponential(-2.0f * (z < 0.0f ? -z : z));
    const float size = (1.0f - e) / (1.0f + e);
    return z < 0.0f ? -size : size;
  }
};

/// out[f] = intercept[f] + sum over v of coefficient[v][f] * kernel(x, v): regressors, detectors, two classes. Sums are float, or int32_t
/// of kernels in integers.
template <class K, class Reader, class V, class X, class Sum> inline void functions(const V& v, const X* x, int n_functions, Sum* out) {
  for (int f = 0; f < n_functions; ++f) out[f] = Reader::read(v.intercept() + f);
  ptrdiff_t entry = 0;
  for (long at = 0; at < v.n_points(); ++at) {
    const typename K::value value = K::template of<Reader>(v, at, x);
    for (int f = 0; f < n_functions; ++f, ++entry) out[f] += K::product(Reader::read(v.coefficients() + entry), value);
  }
}

/// The same of the linear kernel, whose vectors have been added up: one row of weights per function.
template <class Reader, class V, class X> EMLEARN_CONSTEXPR void weighted_sums(const V& v, const X* x, int n_functions, float* out) {
  for (int f = 0; f < n_functions; ++f) out[f] = Reader::read(v.intercept() + f) + detail::dot<Reader>(v, f, x);
}

/// Decisions of all pairs (0, 1), (0, 2), ... (1, 2), ...: the vectors of a class, from ends[c - 1] to ends[c], take part in those with it,
/// and each kernel is evaluated once. A coefficient per vector and other class; a class's sums, n_classes - 1 of them, are made in `own`.
template <class K, class Reader, class V, class X, class Sum> inline void pairs(const V& v, const X* x, int n_classes, Sum* own, Sum* out) {
  const int n_pairs = n_classes * (n_classes - 1) / 2;
  for (int p = 0; p < n_pairs; ++p) out[p] = Reader::read(v.intercept() + p);
  ptrdiff_t entry = 0;
  long at = 0;
  int first = 0;  // the pair (c, c + 1)
  for (int c = 0; c < n_classes; ++c) {
    for (int k = 0; k < n_classes - 1; ++k) own[k] = 0;
    for (const long end = static_cast<long>(Reader::read(v.ends() + c)); at < end; ++at) {
      const typename K::value value = K::template of<Reader>(v, at, x);
      for (int k = 0; k < n_classes - 1; ++k, ++entry) own[k] += K::product(Reader::read(v.coefficients() + entry), value);
    }
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
template <class Reader> inline void in_units(const int32_t* sums, const float* units, int n, float* out) {
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
