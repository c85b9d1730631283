// Sums of weighted features, several rows side by side in registers.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_LINEAR_LANES_HPP
#define EMLEARN_LINEAR_LANES_HPP

#include <string.h>

#include "../flash.hpp"

namespace emlearn { namespace linear {

namespace detail {

/// How the sums of a type are added up.
template <class Sum> struct lanes_of {
  enum {
    // NOLINTNEXTLINE(bugprone-branch-clone): the lanes are 1 on some cores
    width = sizeof(Sum) > 4 ? 1 : EMLEARN_INTEGER_LANES,  ///< how many are kept in registers
    // NOLINTNEXTLINE(bugprone-branch-clone): as above
    unroll = sizeof(Sum) > 4 ? 1 : EMLEARN_INTEGER_UNROLL,  ///< of those in memory, how many in one pass of the loop
    skips = 1,                                              ///< whether a feature that is zero is skipped: a branch for N products
    pairs = 0,                                              ///< whether two features are taken in one pass of the loop
    vectors = 0                                             ///< whether in_vectors adds them up
  };
};
template <> struct lanes_of<float> {
  enum {
    width = EMLEARN_HARD_FLOAT ? 12 : 1,
    unroll = 1,
    skips = !EMLEARN_HARD_FLOAT,
    pairs = EMLEARN_HARD_FLOAT,
    vectors = EMLEARN_FLOAT_VECTORS && !EMLEARN_SEPARATE_FLASH
  };
};

/// The bias of a row, in units of the sum.
template <class Reader, class V> EMLEARN_CONSTEXPR typename V::sum bias(const V& v, int row) {
  return static_cast<typename V::sum>(Reader::read(v.bias() + row)) * v.bias_unit();
}

/// N sums.
template <class Sum, int N> struct lanes {
  Sum first;
  lanes<Sum, N - 1> others;

  template <class Reader, class V> EMLEARN_INLINE EMLEARN_CONSTEXPR void start(const V& v, int row) {
    first = bias<Reader>(v, row);
    others.template start<Reader>(v, row + 1);
  }
  template <class Reader, class Weight> EMLEARN_INLINE EMLEARN_CONSTEXPR void add(const Weight* weights, Sum value) {
    first += static_cast<Sum>(Reader::read(weights)) * value;
    others.template add<Reader>(weights + 1, value);
  }
  EMLEARN_INLINE EMLEARN_CONSTEXPR void finish(Sum* out) const {
    *out = first;
    others.finish(out + 1);
  }
};
template <class Sum> struct lanes<Sum, 0> {
  template <class Reader, class V> EMLEARN_INLINE EMLEARN_CONSTEXPR void start(const V&, int) {}
  template <class Reader, class Weight> EMLEARN_INLINE EMLEARN_CONSTEXPR void add(const Weight*, Sum) {}
  EMLEARN_INLINE EMLEARN_CONSTEXPR void finish(Sum*) const {}
};

/// One feature, times the weights of N rows.
template <class Reader, class V, class X, class Lanes>
EMLEARN_INLINE EMLEARN_CONSTEXPR void term(const V& v, const X* x, int i, decltype(V().weights()) weights, Lanes& held) {
  typedef typename V::sum sum;
  const sum value = v.template value<Reader>(x, i);
  if (lanes_of<sum>::skips && value == sum(0)) return;
  held.template add<Reader>(weights, value);
}

/// One type or another.
template <bool First, class A, class B> struct choice {
  typedef A type;
};
template <class A, class B> struct choice<false, A, B> {
  typedef B type;
};

/// The same sums by vectors, in the same order; the last vector has some rows of the one before where they do not fill it.
template <int N> struct vectors {
  typedef EMLEARN_VECTOR(float) vector;
  enum { width = sizeof(vector) / sizeof(float), count = (N + width - 1) / width };
  vector sums[count];

  static constexpr int first_of(int k) { return k + 1 < count ? k * static_cast<int>(width) : N - static_cast<int>(width); }

  template <class Reader, class V> void start(const V& v, int row) {
    lanes<float, N> one_by_one = {};
    float bias[N];
    one_by_one.template start<Reader>(v, row);
    one_by_one.finish(bias);
    for (int k = 0; k < count; ++k) memcpy(&sums[k], bias + first_of(k), sizeof(vector));
  }
  template <class Reader> EMLEARN_INLINE void add(const float* weights, float value) {
    for (int k = 0; k < count; ++k) {
      vector own;
      memcpy(&own, weights + first_of(k), sizeof own);
      sums[k] += own * value;
    }
  }
  void finish(float* out) const {
    for (int k = 0; k < count; ++k) memcpy(out + first_of(k), &sums[k], sizeof(vector));
  }
};

/// N features, times the weights of all rows that are held.
template <int N> struct terms {
  template <class Reader, class V, class X, class Held>
  static EMLEARN_INLINE void add(const V& v, const X* x, int i, const float* weights, Held& held) {
    term<Reader>(v, x, i, weights, held);
    terms<N - 1>::template add<Reader>(v, x, i + 1, weights + v.n_rows(), held);
  }
};
template <> struct terms<0> {
  template <class Reader, class V, class X, class Held> static EMLEARN_INLINE void add(const V&, const X*, int, const float*, Held&) {}
};

/// Sums of N rows on processors that have vectors of floats: several features in one pass of the loop.
template <int N, bool HasVectors> struct in_vectors {
  template <class V, class X, class Sum> static void add_up(const V&, const X*, int, Sum*) {}
};
template <int N> struct in_vectors<N, true> {
  typedef typename choice<(N * sizeof(float) < sizeof(EMLEARN_VECTOR(float))), lanes<float, N>, vectors<N>>::type held_type;
  enum { each = 6 };

  template <class V, class X> static void add_up(const V& v, const X* x, int row, float* out) {
    held_type held = {};
    held.template start<direct>(v, row);
    const float* weights = v.weights();
    int i = 0;
    for (; i + each <= v.n_terms(); i += each, weights += each * v.n_rows())
      terms<each>::template add<direct>(v, x, i, weights + row, held);
    for (; i < v.n_terms(); ++i, weights += v.n_rows()) term<direct>(v, x, i, weights + row, held);
    held.finish(out + row);
  }
};

/// The sums of N rows from `row` on.
template <int N, class Reader, class V, class X> EMLEARN_CONSTEXPR void block(const V& v, const X* x, int row, typename V::sum* out) {
  typedef typename V::sum sum;
  if (lanes_of<sum>::vectors && !EMLEARN_IS_CONSTANT()) return in_vectors<N, lanes_of<sum>::vectors>::add_up(v, x, row, out);
  lanes<sum, N> held = {};
  held.template start<Reader>(v, row);
  auto weights = v.weights();  // of the first row: that of another one would end behind the table
  int i = 0;
  for (; lanes_of<sum>::pairs && i + 1 < v.n_terms(); i += 2, weights += 2 * v.n_rows()) {
    term<Reader>(v, x, i, weights + row, held);
    term<Reader>(v, x, i + 1, weights + v.n_rows() + row, held);
  }
  for (; i < v.n_terms(); ++i, weights += v.n_rows()) term<Reader>(v, x, i, weights + row, held);
  held.finish(out + row);
}

/// out[j] += weights[j] * value for N rows, without a loop.
template <int N> struct in_memory {
  template <class Reader, class Weight, class Sum>
  static EMLEARN_INLINE EMLEARN_CONSTEXPR void add(const Weight* weights, Sum value, Sum* out) {
    *out += static_cast<Sum>(Reader::read(weights)) * value;
    in_memory<N - 1>::template add<Reader>(weights + 1, value, out + 1);
  }
};
template <> struct in_memory<0> {
  template <class Reader, class Weight, class Sum> static EMLEARN_INLINE EMLEARN_CONSTEXPR void add(const Weight*, Sum, Sum*) {}
};

/// All sums in memory, Each rows in one pass of the inner loop and Rest at its end.
template <class Reader, int Each, int Rest, class V, class X>
EMLEARN_CONSTEXPR void sums_in_memory(const V& v, const X* x, typename V::sum* out) {
  typedef typename V::sum sum;
  const int n = v.n_rows();
  for (int j = 0; j < n; ++j) out[j] = bias<Reader>(v, j);
  auto weights = v.weights();
  for (int i = 0; i < v.n_terms(); ++i, weights += n) {
    const sum value = v.template value<Reader>(x, i);
    if (value == sum(0)) continue;
    int j = 0;
    for (; j < n - Rest; j += Each) in_memory<Each>::template add<Reader>(weights + j, value, out + j);
    in_memory<Rest>::template add<Reader>(weights + j, value, out + j);
  }
}

}  // namespace detail

/// Rows in blocks of at most Width, as equal as they can be.
template <int Rows, int Width> struct blocks {
  enum { count = (Rows + Width - 1) / Width, each = (Rows + count - 1) / count, rest = Rows % each };

  template <class Reader, class V, class X> static EMLEARN_CONSTEXPR void add_up(const V& v, const X* x, typename V::sum* out) {
    for (int row = 0; row + each <= Rows; row += each) detail::block<each, Reader>(v, x, row, out);
    if (rest > 0) detail::block<rest, Reader>(v, x, Rows - rest, out);
  }
};

template <int Rows> struct blocks<Rows, 1> {
  template <class Reader, class V, class X> static EMLEARN_CONSTEXPR void add_up(const V& v, const X* x, typename V::sum* out) {
    const int each = detail::lanes_of<typename V::sum>::unroll;
    detail::sums_in_memory<Reader, each, Rows % each>(v, x, out);
  }
};

/// Any number of rows, with the sums in memory.
struct one_by_one {
  template <class Reader, class V, class X> static EMLEARN_CONSTEXPR void add_up(const V& v, const X* x, typename V::sum* out) {
    detail::sums_in_memory<Reader, 1, 0>(v, x, out);
  }
};
template <int Width> struct blocks<0, Width> : one_by_one {};
template <> struct blocks<0, 1> : one_by_one {};

}}  // namespace emlearn::linear

#endif
