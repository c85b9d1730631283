// Kernels of products on integer rows without float: polynomials, sigmoids and weighted sums, in 16 or 32 bits.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SVM_PRODUCTS_HPP
#define EMLEARN_SVM_PRODUCTS_HPP

#include "../detail/chords.hpp"
#include "../svm.hpp"
#include "numbers.hpp"

namespace emlearn { namespace svm {

namespace detail {

/// 2^b exp(-2 z) of z in steps of 2^(3 - b), b being the bits of a positive Number: 15 or 31.
template <class Reader> inline int16_t falling(int16_t z) {
  const uint32_t t = static_cast<uint32_t>(z) * 94548u;  // 2 / log(2) in steps of 2^-27
  return t < (static_cast<uint32_t>(15) << 27) ? emlearn::detail::short_power<Reader>(t) : static_cast<int16_t>(0);
}
template <class Reader> inline int32_t falling(int32_t z) {
  return emlearn::detail::long_power<Reader>(
      static_cast<uint32_t>((static_cast<uint64_t>(static_cast<uint32_t>(z)) * 0xb8aa3b29u) >> 36));  // in steps of 2^-22
}

/// start + the sum of products of a row and a vector: no row of the raw type makes it leave its type, nor any part of it.
template <class Number, class Reader, class V, class P, class X>
EMLEARN_CONSTEXPR typename wide_of<Number>::type whole_dot(typename wide_of<Number>::type start, const V& v, const P* point, const X* x) {
  typedef typename wide_of<Number>::type wide;
  for (int i = 0; i < v.n_features(); ++i) start += static_cast<wide>(x[i]) * static_cast<wide>(Reader::read(point + i));
  return start;
}

/// gamma x . v + coef0 as a Number: (the start + the products) / 2^shift(), beyond the range as at its edge.
template <class Number, class Start, class Reader, class V, class P, class X>
EMLEARN_CONSTEXPR Number argument(const V& v, const P* point, const X* x) {
  typedef typename wide_of<Number>::type wide;
  const wide start = Start::template of<Number, Reader>(v, point);
  const wide z = whole_dot<Number, Reader>(start, v, point + Start::width, x) >> v.shift();
  const wide most = static_cast<wide>((static_cast<uint64_t>(1) << (8 * sizeof(Number) - 1)) - 1);
  return static_cast<Number>(z > most ? most : z < -most ? -most : z);
}

}  // namespace detail

/// Sums that all start at start().
struct one_start {
  enum { width = 0 };
  template <class N, class Reader, class V, class P> static EMLEARN_CONSTEXPR typename detail::wide_of<N>::type of(const V& v, const P*) {
    return static_cast<typename detail::wide_of<N>::type>(v.start());
  }
};

/// Sums that start at a number of each vector, which stands before it in two halves, the lower first.
struct own_start {
  enum { width = 2 };
  template <class N, class Reader, class V, class P>
  static EMLEARN_CONSTEXPR typename detail::wide_of<N>::type of(const V&, const P* point) {
    typedef typename detail::wide_of<N>::type wide;
    const wide half = static_cast<wide>(1) << (8 * sizeof(N));
    const N low = static_cast<N>(Reader::read(point));
    return static_cast<wide>(Reader::read(point + 1)) * half + (low < 0 ? low + half : low);
  }
};

/// A power of the argument, whose largest counts as one.
template <class N, class Start = one_start> struct polynomial_fixed : in_numbers<N> {
  template <class V> static constexpr int stride(const V& v) { return v.n_features() + Start::width; }
  template <class Reader, class V, class P, class X> static bool of(const V& v, const P* point, const X* x, N* kernel) {
    typedef typename in_numbers<N>::wide wide;
    const int bits = 8 * sizeof(N) - 1;
    const N z = detail::argument<N, Start, Reader>(v, point, x);
    N power = z;
    for (int i = 1; i < v.degree(); ++i)
      power = static_cast<N>((static_cast<wide>(power) * z + (static_cast<wide>(1) << (bits - 1))) >> bits);
    *kernel = power;
    return true;
  }
};

/// tanh of the argument, which has steps of 2^-12 or 2^-28.
template <class N, class Start = one_start> struct sigmoid_fixed : in_numbers<N> {
  template <class V> static constexpr int stride(const V& v) { return v.n_features() + Start::width; }
  template <class Reader, class V, class P, class X> static bool of(const V& v, const P* point, const X* x, N* kernel) {
    typedef typename in_numbers<N>::wide wide;
    const int bits = 8 * sizeof(N) - 1;
    const N z = detail::argument<N, Start, Reader>(v, point, x);
    const wide e = detail::falling<Reader>(static_cast<N>(z < 0 ? -z : z)), one = static_cast<wide>(1) << bits;
    const wide size = ((one - e) * (one / 2)) / ((one + e) / 2);
    const N most = static_cast<N>(one - 1);
    const N found = size > most ? most : static_cast<N>(size);
    *kernel = z < 0 ? static_cast<N>(-found) : found;
    return true;
  }
};

/// The linear kernel's rows of whole weights: one sum per function.
template <class Number, class Reader, class V, class X, class Sum>
EMLEARN_CONSTEXPR void whole_sums(const V& v, const X* x, int n_functions, Sum* out) {
  for (int f = 0; f < n_functions; ++f)
    out[f] =
        detail::whole_dot<Number, Reader>(Reader::read(v.intercept() + f), v, v.points() + static_cast<ptrdiff_t>(f) * v.n_features(), x);
}

}}  // namespace emlearn::svm

#endif
