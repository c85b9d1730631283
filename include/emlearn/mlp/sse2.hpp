// Dense layers in integers with the vectors of x86: 17 instructions for 16 products of bytes, 11 of halfwords.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_SSE2_HPP
#define EMLEARN_MLP_SSE2_HPP

#include <string.h>

#include "plain.hpp"

namespace emlearn { namespace mlp {

namespace detail {

typedef int16_t sse2_halves __attribute__((vector_size(16)));
typedef uint16_t sse2_unsigned_halves __attribute__((vector_size(16)));
typedef int32_t sse2_words __attribute__((vector_size(16)));
typedef int64_t sse2_doubles __attribute__((vector_size(16)));

template <class T> EMLEARN_INLINE inline T sse2_load(const void* from) {
  T value;
  memcpy(&value, from, sizeof value);
  return value;
}

/// Products of neighbours, added up. A template, as are its callers, so that other chips' compilers take this header.
template <class Halves> EMLEARN_INLINE inline sse2_words sse2_products(sse2_unsigned_halves w, sse2_unsigned_halves x) {
  return __builtin_ia32_pmaddwd128(reinterpret_cast<Halves>(w), reinterpret_cast<Halves>(x));
}

/// The sums of a tile's four outputs over n inputs, where 24 bits hold them. A halfword of weights has those of inputs 2 k and 2 k + 1:
/// each by itself in the upper byte is 256 times as much, which is taken off at the end.
template <class Halves = sse2_halves> inline void sse2_sums(const int8_t* w, const uint8_t* x, int n, int32_t* s) {
  sse2_words even = {0, 0, 0, 0}, odd = {0, 0, 0, 0};
  for (const uint8_t* const end = x + n; x != end; x += 4, w += 16) {
    const int32_t four = sse2_load<int32_t>(x);
    const sse2_unsigned_halves inputs = reinterpret_cast<sse2_unsigned_halves>(sse2_words{four, four, four, four});
    const sse2_unsigned_halves weights = sse2_load<sse2_unsigned_halves>(w);
    even += sse2_products<Halves>(weights << 8, inputs & 0xff);
    odd += sse2_products<Halves>(weights & 0xff00, inputs >> 8);
  }
  even = (even + odd) >> 8;
  memcpy(s, &even, sizeof even);
}

/// The same for halfwords, whose inputs have 15 bits, where 32 bits hold the sums.
template <class Halves = sse2_halves> inline void sse2_sums(const int16_t* w, const uint16_t* x, int n, int32_t* s) {
  sse2_words first = {0, 0, 0, 0}, second = {0, 0, 0, 0};
  for (const uint16_t* const end = x + n; x != end; x += 4, w += 16) {
    const int64_t four = sse2_load<int64_t>(x);
    const sse2_unsigned_halves inputs = reinterpret_cast<sse2_unsigned_halves>(sse2_doubles{four, four});
    first += sse2_products<Halves>(sse2_load<sse2_unsigned_halves>(w), inputs);
    second += sse2_products<Halves>(sse2_load<sse2_unsigned_halves>(w + 8), inputs);
  }
  for (int o = 0; o < 2; ++o) {
    s[o] = first[2 * o] + first[2 * o + 1];
    s[o + 2] = second[2 * o] + second[2 * o + 1];
  }
}

}  // namespace detail

/// Tiles as they are written.
struct sse2 : tiles {
  template <class Reader, class V, class Q> class sums : tiles::sums<Reader, V, Q> {
    using portable = tiles::sums<Reader, V, Q>;

   public:
    enum { width = 4 };
    sums(const V& v, const Q* x) : portable(v, x), v_(v), x_(x) {}
    void at(int j, int32_t* s) const {
      if (sizeof(Q) == 2 || v_.bits() <= 24) {
        detail::sse2_sums(v_.weights() + static_cast<ptrdiff_t>(j) * v_.n_in(), x_, v_.n_in(), s);
      } else {
        portable::at(j, s);
      }
    }

   private:
    const V& v_;
    const Q* x_;
  };
};

}}  // namespace emlearn::mlp

#endif
