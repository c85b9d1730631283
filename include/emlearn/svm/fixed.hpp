// Kernel machines on integer rows without float: radial kernels of 15 bits, times whole coefficients, the same on every chip.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SVM_FIXED_HPP
#define EMLEARN_SVM_FIXED_HPP

#include "../detail/chords.hpp"
#include "../svm.hpp"
#include "numbers.hpp"

namespace emlearn { namespace svm {

/// Differences of 16 bits, each times the weight of its feature, of which the last shift() bits are cut off.
struct scaled {
  template <class Reader, class V, class X, class Point> static uint32_t of(const V& v, int i, X x, Point p) {
    return static_cast<uint32_t>(counts::of<Reader>(v, i, x, p)) * Reader::read(v.weights() + i) >> v.shift();
  }
};

/// Sums of squares of differences of Gaps, as far as they count.
template <class Gaps> struct within_reach {
  template <class Reader, class V, class P, class X> static uint32_t of(const V& v, const P* point, const X* x) {
    return detail::near_sum<Gaps, Reader>(v, point, x);
  }
};

/// The same of differences in raw counts.
template <> struct within_reach<counts> {
  template <class Reader, class V, class P, class X> static EMLEARN_INLINE uint32_t of(const V& v, const P* point, const X* x) {
    return detail::near_counts<Reader>(v, point, x);
  }
};

/// The same of rows and vectors of bytes, all features alike: 32 bits hold any sum.
struct of_bytes {
  template <class Reader, class V, class P, class X> static EMLEARN_INLINE uint32_t of(const V& v, const P* point, const X* x) {
    return emlearn::detail::squares_of_bytes<Reader>(point, x, v.n_features());
  }
};

/// The same of steps of a grid, up to 32,767, of which 32 bits hold any sum; where an int has 16 bits, leaving far vectors early saves
/// more.
struct of_steps {
  template <class Reader, class V, class P, class X> static EMLEARN_INLINE uint32_t of(const V& v, const P* point, const X* x) {
    return emlearn::detail::has_halfwords<P, X>::value || sizeof(int) == 2
               ? detail::near_counts<Reader>(v, point, x)
               : emlearn::detail::squares_one_by_one<Reader>(point, x, v.n_features(), 0);
  }
};

/// exp(-gamma |x - v|^2) in integers alone: 2^15 times the kernel, times whole coefficients. A sum up to limit() times scale() is the
/// exponent in steps of 2^-27, below 15; where limit() takes more than 16 bits, the sum lifted by lift() bits, times scale() / 2^16.
template <class Sums> struct near_fixed : in_numbers<int16_t> {
  template <class Reader, class V, class P, class X>
  static EMLEARN_INLINE bool of(const V& v, const P* point, const X* x, int16_t* kernel) {
    const uint32_t sum = Sums::template of<Reader>(v, point, x);
    if (sum > v.limit()) return false;
    *kernel = emlearn::detail::short_power<Reader>(exponent(v, sum));
    return true;
  }

 private:
  template <class V> static EMLEARN_INLINE uint32_t exponent(const V& v, uint32_t sum) {
    if (v.limit() <= 0xffffu) return static_cast<uint16_t>(sum) * v.scale();
    const uint32_t lifted = sum << v.lift();
    const uint32_t high = static_cast<uint32_t>(static_cast<uint16_t>(lifted >> 16)) * static_cast<uint16_t>(v.scale());
    return high + ((static_cast<uint32_t>(static_cast<uint16_t>(lifted)) * static_cast<uint16_t>(v.scale())) >> 16);
  }
};

/// The same of 31 bits, in sums of 64: the exponent, of a lifted sum times scale() / 2^32, has steps of 2^-22 and is at most 31.
template <class Sums> struct near_wide : in_numbers<int32_t> {
  template <class Reader, class V, class P, class X> static bool of(const V& v, const P* point, const X* x, int32_t* kernel) {
    const uint32_t sum = Sums::template of<Reader>(v, point, x);
    if (sum > v.limit()) return false;
    *kernel = emlearn::detail::long_power<Reader>(static_cast<uint32_t>((static_cast<uint64_t>(sum << v.lift()) * v.scale()) >> 32));
    return true;
  }
};

}}  // namespace emlearn::svm

#endif
