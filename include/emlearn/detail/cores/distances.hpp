// Squared distances between rows and points of bytes: with the DSP instructions of ARMv7E-M and ARMv8-M, where there are some.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_DISTANCES_HPP
#define EMLEARN_DETAIL_CORES_DISTANCES_HPP

#include <string.h>

#include "../../flash.hpp"

namespace emlearn { namespace detail {

/// The sum of squared differences between n bytes of a table and of a row.
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

#else

template <class Reader, class P, class X> inline uint32_t squares_of_bytes(const P* points, const X* x, int n) {
  return squares_one_by_one<Reader>(points, x, n, 0);
}

#endif

}}  // namespace emlearn::detail

#endif
