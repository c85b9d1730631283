// Dense layers in integers on AVR: weights from flash, 7.8 cycles for a product in 16 bits, 9.8 in 24, 29 of 16-bit numbers in 32.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_AVR_HPP
#define EMLEARN_MLP_AVR_HPP

#include "../flash.hpp"
#include "avr_layers.hpp"

namespace emlearn { namespace mlp {

namespace detail {

#define EMLEARN_AVR_EXTEND(low, high, top) \
  "st X+, " low "\n st X+, " high "\n st X+, " top "\n mov r0, " top "\n lsl r0\n sbc r0, r0\n st X+, r0\n"
#define EMLEARN_AVR_EXTEND16(low, high) "st X+, " low "\n st X+, " high "\n lsl " high "\n sbc r0, r0\n st X+, r0\n st X+, r0\n"

/// The sums of a tile's four outputs over 4 `quads` inputs, which fit 16 bits: (weights, x, quads, sums).
#define EMLEARN_AVR_SUMS16(each)                                                                                  \
  "push r12\n push r13\n push r14\n push r15\n push r16\n push r17\n"                                             \
  "movw r30, r24\n movw r26, r22\n movw r24, r20\n movw r20, r18\n" EMLEARN_AVR_CLEAR16                           \
  each(EMLEARN_AVR_ROW16) "movw r26, r20\n" EMLEARN_AVR_EXTEND16("r12", "r13") EMLEARN_AVR_EXTEND16("r14", "r15") \
      EMLEARN_AVR_EXTEND16("r16", "r17")                                                                          \
          EMLEARN_AVR_EXTEND16("r18", "r19") "clr r1\n pop r17\n pop r16\n pop r15\n pop r14\n pop r13\n pop r12\n ret\n"

/// The same with sums that fit 24 bits.
#define EMLEARN_AVR_SUMS24(each)                                                                                          \
  "push r2\n push r3\n push r4\n push r5\n push r6\n push r12\n push r13\n push r14\n push r15\n push r16\n push r17\n"   \
  "movw r30, r24\n movw r26, r22\n movw r24, r20\n movw r20, r18\n clr r2\n" EMLEARN_AVR_CLEAR24                          \
  each(EMLEARN_AVR_ROW24) "movw r26, r20\n" EMLEARN_AVR_EXTEND("r12", "r13", "r3") EMLEARN_AVR_EXTEND("r14", "r15", "r4") \
      EMLEARN_AVR_EXTEND("r16", "r17", "r5") EMLEARN_AVR_EXTEND(                                                          \
          "r18", "r19",                                                                                                   \
          "r6") "clr r1\n pop r17\n pop r16\n pop r15\n pop r14\n pop r13\n pop r12\n pop r6\n pop r5\n pop r4\n pop r3\n pop r2\n ret\n"

EMLEARN_ASSEMBLY inline void avr_sums16(const int8_t*, const uint8_t*, uint16_t, int32_t*) {
  __asm__(EMLEARN_AVR_SUMS16(EMLEARN_AVR_EACH));
}
EMLEARN_ASSEMBLY inline void avr_sums16_nonzero(const int8_t*, const uint8_t*, uint16_t, int32_t*) {
  __asm__(EMLEARN_AVR_SUMS16(EMLEARN_AVR_NONZERO));
}
EMLEARN_ASSEMBLY inline void avr_sums24(const int8_t*, const uint8_t*, uint16_t, int32_t*) {
  __asm__(EMLEARN_AVR_SUMS24(EMLEARN_AVR_EACH));
}
EMLEARN_ASSEMBLY inline void avr_sums24_nonzero(const int8_t*, const uint8_t*, uint16_t, int32_t*) {
  __asm__(EMLEARN_AVR_SUMS24(EMLEARN_AVR_NONZERO));
}

/// One product of a 16-bit weight and input r21:r20, which is not negative, into a 32-bit sum; r2 is zero.
#define EMLEARN_AVR_MUL32(b0, b1, b2, b3)                                                                 \
  "lpm r22, Z+\n lpm r23, Z+\n mul r22, r20\n add " b0 ", r0\n adc " b1 ", r1\n adc " b2 ", r2\n adc " b3 \
  ", r2\n"                                                                                                \
  "mul r22, r21\n add " b1 ", r0\n adc " b2 ", r1\n adc " b3                                              \
  ", r2\n"                                                                                                \
  "mulsu r23, r20\n sbc " b3 ", r2\n add " b1 ", r0\n adc " b2 ", r1\n adc " b3 ", r2\n muls r23, r21\n add " b2 ", r0\n adc " b3 ", r1\n"
#define EMLEARN_AVR_STORE32(b0, b1, b2, b3) "st X+, " b0 "\n st X+, " b1 "\n st X+, " b2 "\n st X+, " b3 "\n"

/// The sums of a tile's four outputs over `n` inputs of 16 bits, which fit 32 bits; an input of zero costs 16 cycles.
EMLEARN_ASSEMBLY inline void avr_sums32(const int16_t*, const uint16_t*, uint16_t, int32_t*) {
  __asm__(
      "push r2\n push r3\n push r4\n push r5\n push r6\n push r7\n push r8\n push r9\n push r10\n push r11\n push r12\n push r13\n"
      "push r14\n push r15\n push r16\n push r17\n push r18\n push r19\n"
      "movw r30, r24\n movw r26, r22\n movw r24, r20\n"
      "clr r2\n clr r3\n clr r4\n clr r5\n movw r6, r4\n movw r8, r4\n movw r10, r4\n movw r12, r4\n movw r14, r4\n movw r16, r4\n clr r18\n"
      "rjmp 1f\n"
      "3:\n adiw r30, 8\n rjmp 4f\n"
      "1:\n ld r20, X+\n ld r21, X+\n mov r0, r20\n or r0, r21\n breq 3b\n" EMLEARN_AVR_MUL32("r3", "r4", "r5", "r6")
          EMLEARN_AVR_MUL32("r7", "r8", "r9", "r10") EMLEARN_AVR_MUL32("r11", "r12", "r13", "r14")
              EMLEARN_AVR_MUL32("r15", "r16", "r17", "r18") "4:\n" EMLEARN_AVR_NEXT
      "2:\n pop r27\n pop r26\n" EMLEARN_AVR_STORE32("r3", "r4", "r5", "r6") EMLEARN_AVR_STORE32("r7", "r8", "r9", "r10")
          EMLEARN_AVR_STORE32("r11", "r12", "r13", "r14") EMLEARN_AVR_STORE32("r15", "r16", "r17", "r18")
      "clr r1\n pop r17\n pop r16\n pop r15\n pop r14\n pop r13\n pop r12\n pop r11\n pop r10\n pop r9\n pop r8\n pop r7\n pop r6\n"
      "pop r5\n pop r4\n pop r3\n pop r2\n ret\n");
}

#undef EMLEARN_AVR_EXTEND
#undef EMLEARN_AVR_EXTEND16
#undef EMLEARN_AVR_MUL32
#undef EMLEARN_AVR_STORE32
#undef EMLEARN_AVR_SUMS16
#undef EMLEARN_AVR_SUMS24

}  // namespace detail

/// A tile is [4 inputs][4 outputs]: an input is loaded once for four products, and may be skipped with them.
struct avr {
  template <class Reader, class W> static constexpr int32_t weight(const W* w, int n_in, int j, int i) {
    return Reader::read(w + static_cast<ptrdiff_t>(j / 4) * 4 * n_in + i * 4 + j % 4);
  }

  template <class Reader, class V, class Q> class sums {
   public:
    enum { width = 4 };
    sums(const V& v, const Q* x) : v_(v), x_(x) {}
    void at(int j, int32_t* s) const { all(v_.weights() + static_cast<ptrdiff_t>(j) * v_.n_in(), x_, s); }

   private:
    void all(const int8_t* w, const uint8_t* x, int32_t* s) const {
      const uint16_t quads = static_cast<uint16_t>(v_.n_in() / 4);
      if (v_.bits() == 16) {
        v_.often_zero() ? detail::avr_sums16_nonzero(w, x, quads, s) : detail::avr_sums16(w, x, quads, s);
      } else if (v_.bits() == 24) {
        v_.often_zero() ? detail::avr_sums24_nonzero(w, x, quads, s) : detail::avr_sums24(w, x, quads, s);
      } else {
        each(w, x, s);
      }
    }
    void all(const int16_t* w, const uint16_t* x, int32_t* s) const { detail::avr_sums32(w, x, static_cast<uint16_t>(v_.n_in()), s); }

    template <class W> void each(const W* w, const Q* x, int32_t* s) const {
      for (int o = 0; o < 4; ++o) s[o] = 0;
      for (int i = 0; i < v_.n_in(); ++i)
        for (int o = 0; o < 4; ++o) s[o] += static_cast<int32_t>(Reader::read(w++)) * static_cast<int32_t>(x[i]);
    }

    const V& v_;
    const Q* x_;
  };
};

struct clamp;

/// See integer.hpp: a hidden layer whose answers are clamped, and a classifier's last layer, where 24 bits hold all that is added up.
template <class V> inline bool whole_layer(const avr&, const clamp&, const V& v, const uint8_t* x, uint8_t* out) {
  return detail::avr_layer(v, v.weights(), x, v.bias(), out);
}
template <class V> inline bool whole_best(const avr&, const V& v, const uint8_t* x, int n, int* found) {
  *found = detail::avr_best(v, v.weights(), x, v.bias(), n);
  return *found >= 0;
}

}}  // namespace emlearn::mlp

#endif
