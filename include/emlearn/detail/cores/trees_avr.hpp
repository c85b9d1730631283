// AVR's own ways to add the shares of a leaf, and through nodes of one word or of bits.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_TREES_AVR_HPP
#define EMLEARN_DETAIL_CORES_TREES_AVR_HPP

#include "../../trees/bits.hpp"
#include "../../trees/entries.hpp"
#include "../../trees/words.hpp"

#if defined(__AVR__)

namespace emlearn { namespace trees {

/// 27 cycles for an entry, where the compiler's loop takes 50: sums are read and written in the order in which the shares come.
template <> struct entry_adder<flash> {
  static EMLEARN_INLINE unsigned add(const uint8_t* p, unsigned* votes) {
    uint8_t head, share, sum, grown = 0;
    unsigned* at;
    __asm__ volatile(
        "1: lpm %[head], Z+\n"
        "movw %[at], %[votes]\n"
        "bst %[head], 7\n"
        "andi %[head], 0x7f\n"
        "add %A[at], %[head]\n"
        "adc %B[at], __zero_reg__\n"
        "lpm %[share], Z+\n"
        "ld %[sum], X\n"
        "add %[sum], %[share]\n"
        "st X+, %[sum]\n"
        "lpm %[share], Z+\n"
        "ld %[sum], X\n"
        "adc %[sum], %[share]\n"
        "st X, %[sum]\n"
        "or %[grown], %[sum]\n"
        "brtc 1b"
        : [head] "=&d"(head), [share] "=&r"(share), [sum] "=&r"(sum), [at] "=&x"(at), [grown] "+r"(grown), "+z"(p)
        : [votes] "r"(votes)
        : "memory");
    return static_cast<unsigned>(grown << 8);
  }
};

/// Shifts r22 bits at Z into r24, a bit in ten cycles. r23 has what is left of the last byte, and a one behind it.
template <class T> struct avr_bits {
  static EMLEARN_ASSEMBLY void shift() {
    __asm__(
        "clr r24\n"
        "clr r25\n"
        "1: lsl r23\n"
        "brne 2f\n"
        "lpm r23, Z+\n"
        "rol r23\n"
        "2: rol r24\n"
        "rol r25\n"
        "dec r22\n"
        "brne 1b\n"
        "ret");
  }
};

/// No template: gcc 5 does not heed the registers of variables there.
EMLEARN_INLINE inline uint16_t avr_take(const uint8_t*& bytes, uint8_t& left, uint8_t count) {
  register uint16_t value __asm__("r24");
  register uint8_t number __asm__("r22") = count;
  register uint8_t rest __asm__("r23") = left;
  __asm__("%~call %x[shift]" : "=r"(value), "+r"(number), "+r"(rest), "+z"(bytes) : [shift] "i"(&avr_bits<void>::shift));
  left = rest;
  return value;
}

/// A pointer and a byte, in place of a number of bits, whose remainders take shifts by 0 to 7.
template <class Word> struct bit_place<flash, Word> {
  using value_type = uint16_t;
  const uint8_t* bytes;
  uint8_t left;

  static EMLEARN_INLINE bit_place first_of(const uint8_t* bytes) { return {bytes, 0x80}; }

  EMLEARN_INLINE uint16_t take(uint8_t count) { return avr_take(bytes, left, count); }
  EMLEARN_INLINE uint32_t take_wide(uint8_t count) {
    if (count <= 16) return take(count);
    const uint16_t high = take(static_cast<uint8_t>(count - 16));
    return static_cast<uint32_t>(high) << 16 | take(16);
  }
  EMLEARN_INLINE void skip(uint8_t count) { take(count); }
  EMLEARN_INLINE void skip_bytes(uint16_t count) {
    bytes += count;
    left = 0x80;
  }
};

/// Inlined: the compiler calls a function for each word.
template <> struct word_reader<flash> {
  static EMLEARN_INLINE uint32_t read(const uint32_t* p) {
    uint32_t word;
    __asm__("lpm %A0, Z+\n\tlpm %B0, Z+\n\tlpm %C0, Z+\n\tlpm %D0, Z+" : "=&r"(word), "+z"(p));
    return word;
  }
};

/// Key and value of a node in 16 bits; the link's 8 or 16 bits.
template <class Key, class X> struct avr_descend;

// The bytes of a word come in the order head, link, threshold.
#define EMLEARN_TREES_AVR(Key, X, index, rest, load)                                                      \
  template <> struct avr_descend<Key, X> {                                                                \
    template <class Format> static EMLEARN_INLINE node_found<Format> run(const uint32_t* p, const X* x) { \
      uint32_t word;                                                                                      \
      uint16_t threshold;                                                                                 \
      const X* at;                                                                                        \
      __asm__ volatile(                                                                                   \
          "1: lpm %A[word], Z+\n"                                                                         \
          "sbrc %A[word], 7\n"                                                                            \
          "rjmp 2f\n"                                                                                     \
          "movw %[at], %[x]\n" index rest load                                                            \
          "cp %A[threshold], %C[word]\n"                                                                  \
          "cpc %B[threshold], %D[word]\n"                                                                 \
          "brge 1b\n"                                                                                     \
          "lsl %A[word]\n"                                                                                \
          "rol %B[word]\n"                                                                                \
          "lsl %A[word]\n"                                                                                \
          "rol %B[word]\n"                                                                                \
          "add r30, %A[word]\n"                                                                           \
          "adc r31, %B[word]\n"                                                                           \
          "rjmp 1b\n"                                                                                     \
          "2: lpm %B[word], Z+\n"                                                                         \
          "lpm %C[word], Z+\n"                                                                            \
          "lpm %D[word], Z+"                                                                              \
          : [word] "=&r"(word), [threshold] "=&r"(threshold), [at] "=&x"(at), "+z"(p)                     \
          : [x] "r"(x)                                                                                    \
          : "memory");                                                                                    \
      return {word, word, p};                                                                             \
    }                                                                                                     \
  };
#define EMLEARN_TREES_AVR_INDEX "add r26, %A[word]\nadc r27, __zero_reg__\n"
#define EMLEARN_TREES_AVR_BYTE "lpm %A[word], Z+\nlpm %B[word], Z+\nlpm %A[threshold], Z+\nclr %B[threshold]\n"
#define EMLEARN_TREES_AVR_SIGNED "sbrc %A[threshold], 7\ncom %B[threshold]\n"
#define EMLEARN_TREES_AVR_WORD "lpm %A[word], Z+\nclr %B[word]\nlpm %A[threshold], Z+\nlpm %B[threshold], Z+\n"

EMLEARN_TREES_AVR(uint8_t, uint8_t, EMLEARN_TREES_AVR_INDEX, EMLEARN_TREES_AVR_BYTE, "ld %C[word], X\nclr %D[word]\n")
EMLEARN_TREES_AVR(int8_t, int16_t, EMLEARN_TREES_AVR_INDEX EMLEARN_TREES_AVR_INDEX, EMLEARN_TREES_AVR_BYTE EMLEARN_TREES_AVR_SIGNED,
                  "ld %C[word], X+\nld %D[word], X\n")
EMLEARN_TREES_AVR(uint8_t, int16_t, EMLEARN_TREES_AVR_INDEX EMLEARN_TREES_AVR_INDEX, EMLEARN_TREES_AVR_BYTE,
                  "ld %C[word], X+\nld %D[word], X\n")
EMLEARN_TREES_AVR(int16_t, int16_t, EMLEARN_TREES_AVR_INDEX EMLEARN_TREES_AVR_INDEX, EMLEARN_TREES_AVR_WORD,
                  "ld %C[word], X+\nld %D[word], X\n")
#undef EMLEARN_TREES_AVR
#undef EMLEARN_TREES_AVR_INDEX
#undef EMLEARN_TREES_AVR_BYTE
#undef EMLEARN_TREES_AVR_SIGNED
#undef EMLEARN_TREES_AVR_WORD

#define EMLEARN_TREES_AVR(Key, X)                                                                             \
  template <uint8_t LeafBits> struct node_walk<words_format<Key, LeafBits, false, never_missing>, flash, X> { \
    using format = words_format<Key, LeafBits, false, never_missing>;                                         \
    static EMLEARN_INLINE node_found<format> descend(const uint32_t* p, int32_t, const X* x) {                \
      return avr_descend<Key, X>::template run<format>(p, x);                                                 \
    }                                                                                                         \
  };
EMLEARN_TREES_AVR(uint8_t, uint8_t)
EMLEARN_TREES_AVR(int8_t, int16_t)
EMLEARN_TREES_AVR(uint8_t, int16_t)
EMLEARN_TREES_AVR(int16_t, int16_t)
#undef EMLEARN_TREES_AVR

}}  // namespace emlearn::trees
#endif

#endif
