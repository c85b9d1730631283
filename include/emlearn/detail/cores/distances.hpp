// Squared distances between rows and points of bytes or halfwords: with the DSP instructions of ARMv7E-M and ARMv8-M, where there are some.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_DISTANCES_HPP
#define EMLEARN_DETAIL_CORES_DISTANCES_HPP

#include <string.h>

#include "../../flash.hpp"

namespace emlearn { namespace detail {

/// Whether rows of X and points of P have squares_of_halfwords() on this core.
template <class P, class X> struct has_halfwords {
  enum { value = 0 };
};

/// The sum of squared differences between n values of a table and of a row, differences of 16 bits.
template <class Reader, class P, class X> inline uint32_t squares_one_by_one(const P* points, const X* x, int n, uint32_t sum) {
  for (int i = 0; i < n; ++i) {
    const int16_t gap = static_cast<int16_t>(x[i] - Reader::read(points + i));
    sum += static_cast<uint32_t>(static_cast<int32_t>(gap) * gap);
  }
  return sum;
}

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && defined(__thumb2__) && defined(__ARMEL__)

/// The squares of the differences of two halfwords.
EMLEARN_INLINE inline uint32_t two_squares(uint32_t a, uint32_t b) {
  uint32_t gaps, sum;
  __asm__("ssub16 %0, %1, %2" : "=r"(gaps) : "r"(a), "r"(b));
  __asm__("smuad %0, %1, %1" : "=r"(sum) : "r"(gaps));
  return sum;
}

/// The same, added to a sum.
EMLEARN_INLINE inline uint32_t two_squares(uint32_t a, uint32_t b, uint32_t sum) {
  uint32_t gaps;
  __asm__("ssub16 %0, %1, %2" : "=r"(gaps) : "r"(a), "r"(b));
  __asm__("smlad %0, %1, %1, %2" : "=r"(sum) : "r"(gaps), "r"(sum));
  return sum;
}

/// Bytes 1 and 3 of a word as halfwords: in one instruction, of which compilers make two.
EMLEARN_INLINE inline uint32_t odd_bytes(uint32_t word) {
  uint32_t halves;
  __asm__("uxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(word));
  return halves;
}

/// Four bytes of any address as numbers without a sign: signed ones 128 higher, which leaves differences as they are.
template <class Row, class T> EMLEARN_INLINE inline uint32_t four_bytes(const T* bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return static_cast<Row>(-1) < 0 ? word ^ 0x80808080u : word;
}

template <class Reader, class P, class X> EMLEARN_INLINE inline uint32_t squares_of_bytes(const P* points, const X* x, int n) {
  const uint32_t even = 0x00ff00ffu;
  uint32_t sum = 0;
  for (int left = n / 4; left > 0; --left, points += 4, x += 4) {
    const uint32_t a = four_bytes<X>(x), b = four_bytes<X>(points);
    sum += two_squares((a >> 8) & even, odd_bytes(b), two_squares(a & even, b & even));
  }
  return squares_one_by_one<Reader>(points, x, n % 4, sum);
}

template <> struct has_halfwords<uint8_t, int16_t> {
  enum { value = 1 };
};
template <> struct has_halfwords<int8_t, int16_t> {
  enum { value = 1 };
};
template <> struct has_halfwords<uint16_t, int16_t> {
  enum { value = 1 };
};
template <> struct has_halfwords<int16_t, int16_t> {
  enum { value = 1 };
};

/// Adds the squares of the differences of two halfwords, each at most 32,767 in size, to a sum of 64 bits, which nothing overflows.
EMLEARN_INLINE inline uint64_t add_squares(uint32_t a, uint32_t b, uint64_t sum) {
  uint32_t gaps;
  __asm__("qsub16 %0, %1, %2" : "=r"(gaps) : "r"(a), "r"(b));
  __asm__("smlald %Q0, %R0, %1, %1" : "+r"(sum) : "r"(gaps));
  return sum;
}

/// Two halfwords of any address.
template <class T> EMLEARN_INLINE inline uint32_t two_halfwords(const T* values) {
  uint32_t word;
  memcpy(&word, values, sizeof word);
  return word;
}

/// Four differences between points and a row.
template <class P> EMLEARN_INLINE inline uint64_t four_squares(const P* points, const int16_t* x, uint64_t sum) {
  static_assert(sizeof(P) == 2, "points of 16 bits");
  return add_squares(two_halfwords(x + 2), two_halfwords(points + 2), add_squares(two_halfwords(x), two_halfwords(points), sum));
}

/// The same of points of bytes: 0 and 2, then 1 and 3.
EMLEARN_INLINE inline uint64_t four_squares(uint32_t even_points, uint32_t odd_points, const int16_t* x, uint64_t sum) {
  const uint32_t low = two_halfwords(x), high = two_halfwords(x + 2);
  uint32_t even, odd;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(even) : "r"(low), "r"(high));
  __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(odd) : "r"(high), "r"(low));
  return add_squares(odd, odd_points, add_squares(even, even_points, sum));
}
EMLEARN_INLINE inline uint64_t four_squares(const uint8_t* points, const int16_t* x, uint64_t sum) {
  const uint32_t bytes = four_bytes<uint8_t>(points);
  return four_squares(bytes & 0x00ff00ffu, odd_bytes(bytes), x, sum);
}
EMLEARN_INLINE inline uint64_t four_squares(const int8_t* points, const int16_t* x, uint64_t sum) {
  const uint32_t bytes = four_bytes<uint8_t>(points);
  uint32_t even, odd;
  __asm__("sxtb16 %0, %1" : "=r"(even) : "r"(bytes));
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(bytes));
  return four_squares(even, odd, x, sum);
}

/// The sum of squared differences between n values of a table and of a row, or more than 2^30 where one of them is larger than 32,767,
/// and at most 2^32 - 1.
template <class Reader, class P> EMLEARN_INLINE inline uint32_t squares_of_halfwords(const P* points, const int16_t* x, int n) {
  uint64_t sum = 0;
  for (int left = n / 4; left > 0; --left, points += 4, x += 4) sum = four_squares(points, x, sum);
  for (int left = n % 4; left > 0; --left, ++points, ++x) {
    const int32_t gap = *x - static_cast<int16_t>(Reader::read(points));
    sum += static_cast<uint64_t>(static_cast<int64_t>(gap) * gap);
  }
  return sum >> 32 != 0 ? 0xffffffffu : static_cast<uint32_t>(sum);
}

#else

/// Never called: has_halfwords says so.
template <class Reader, class P, class X> inline uint32_t squares_of_halfwords(const P*, const X*, int) { return 0; }

template <class Reader, class P, class X> inline uint32_t squares_of_bytes(const P* points, const X* x, int n) {
  return squares_one_by_one<Reader>(points, x, n, 0);
}

#endif

}}  // namespace emlearn::detail

#endif
