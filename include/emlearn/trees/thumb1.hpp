// Cortex-M0's own way through nodes of one word: 11 cycles a level to the left, 15 to the right.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_THUMB1_HPP
#define EMLEARN_TREES_THUMB1_HPP

#include "words.hpp"

namespace emlearn { namespace trees {

template <bool Signed, class X> struct thumb1_descend;

// One shift brings the flag of a leaf into the carry and the feature to the top, another one down again, times the size of a value. What
// stands below the link in the end are the other flags, which are zero without a leaf.
#define EMLEARN_TREES_THUMB1(is_signed, X, load, shift)                                                                 \
  template <> struct thumb1_descend<is_signed, X> {                                                                     \
    template <class Format> static EMLEARN_INLINE node_found<Format> run(const uint32_t* p, const X* x) {               \
      uint32_t word, a, b;                                                                                              \
      __asm__ volatile(                                                                                                 \
          ".syntax unified\n"                                                                                           \
          "1: ldmia %[p]!, {%[word]}\n"                                                                                 \
          "lsls %[a], %[word], #25\n"                                                                                   \
          "bcs 2f\n"                                                                                                    \
          "lsrs %[a], %[a], %[index]\n" load " %[a], [%[x], %[a]]\n" shift                                              \
          " %[b], %[word], %[threshold]\n"                                                                              \
          "cmp %[a], %[b]\n"                                                                                            \
          "ble 1b\n"                                                                                                    \
          "lsls %[b], %[word], %[up]\n"                                                                                 \
          "lsrs %[b], %[b], %[down]\n"                                                                                  \
          "adds %[p], %[p], %[b]\n"                                                                                     \
          "b 1b\n"                                                                                                      \
          "2:"                                                                                                          \
          : [p] "+l"(p), [word] "=&l"(word), [a] "=&l"(a), [b] "=&l"(b)                                                 \
          : [x] "l"(x),                                                                                                 \
            [index] "n"(sizeof(X) == 1   ? 25                                                                           \
                        : sizeof(X) == 2 ? 24                                                                           \
                                         : 23),                                                                         \
            [threshold] "n"(Format::threshold_at), [up] "n"(24 - Format::link_bits), [down] "n"(30 - Format::link_bits) \
          : "cc", "memory");                                                                                            \
      return {word, word, p};                                                                                           \
    }                                                                                                                   \
  };

EMLEARN_TREES_THUMB1(true, int8_t, "ldrsb", "asrs")
EMLEARN_TREES_THUMB1(false, uint8_t, "ldrb", "lsrs")
EMLEARN_TREES_THUMB1(true, int16_t, "ldrsh", "asrs")
EMLEARN_TREES_THUMB1(false, int16_t, "ldrsh", "lsrs")
EMLEARN_TREES_THUMB1(false, uint16_t, "ldrh", "lsrs")
EMLEARN_TREES_THUMB1(true, int32_t, "ldr", "asrs")
EMLEARN_TREES_THUMB1(false, int32_t, "ldr", "lsrs")
#undef EMLEARN_TREES_THUMB1

template <class Key, uint8_t LeafBits, class X> struct node_walk<words_format<Key, LeafBits, false, never_missing>, flash, X> {
  using format = words_format<Key, LeafBits, false, never_missing>;
  static EMLEARN_INLINE EMLEARN_CONSTEXPR node_found<format> descend(const uint32_t* p, int32_t missing, const X* x) {
    return EMLEARN_IS_CONSTANT() ? plain_node_walk<format, flash, X>::descend(p, missing, x)
                                 : thumb1_descend<(static_cast<Key>(-1) < 0), X>::template run<format>(p, x);
  }
};
/// Nodes of two words go the plain way.
template <uint8_t LeafBits, class X> struct node_walk<words_format<int32_t, LeafBits, false, never_missing>, flash, X>
    : plain_node_walk<words_format<int32_t, LeafBits, false, never_missing>, flash, X> {};

}}  // namespace emlearn::trees

#endif
