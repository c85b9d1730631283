// Whole layers of dense networks in integers on AVR: sums, and what becomes of them.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_AVR_LAYERS_HPP
#define EMLEARN_MLP_AVR_LAYERS_HPP

#include "avr_rows.hpp"

namespace emlearn { namespace mlp { namespace detail {

/// A hidden layer whose sums fit 16 bits with their biases, and whose answers are clamped: (weights, x, quads, out, bias, factor, tiles,
/// shift of 8, 16 or 24 + 256 top). An answer takes 58 cycles, 30 where it is zero.
/// r3 is top, r4 shift, r5 tiles left, r7:r6 factor, r9:r8 bias, r11:r10 out, r21:r20 quads, Y x.
#define EMLEARN_AVR_LAYER16(each) \
  EMLEARN_AVR_ENTER               \
  "movw r30, r24\n movw r28, r22\n mov r4, r10\n mov r3, r11\n movw r10, r18\n movw r8, r16\n movw r6, r14\n mov r5, r12\n"  \
  "20:\n movw r26, r28\n movw r24, r20\n" EMLEARN_AVR_CLEAR16 each(EMLEARN_AVR_ROW16)                                        \
  "movw r26, r10\n movw r24, r30\n"                                                                                          \
  "movw r22, r12\n rcall 21f\n movw r22, r14\n rcall 21f\n movw r22, r16\n rcall 21f\n movw r22, r18\n rcall 21f\n"          \
  "movw r10, r26\n movw r30, r24\n dec r5\n breq 26f\n rjmp 20b\n"                                                           \
  "26:\n" EMLEARN_AVR_LEAVE                                                                                                  \
  "21:\n movw r30, r8\n lpm r12, Z+\n lpm r13, Z+\n movw r8, r30\n add r22, r12\n adc r23, r13\n" /* the sum and its bias */  \
  "movw r30, r6\n lpm r12, Z+\n lpm r13, Z+\n movw r6, r30\n brmi 25f\n"                                                     \
  "mul r23, r13\n movw r30, r0\n mul r22, r12\n mov r10, r1\n" /* r31:r30:r10 is the product / 2^8 */                        \
  "mul r23, r12\n add r10, r0\n adc r30, r1\n adc r31, r2\n mul r22, r13\n add r10, r0\n adc r30, r1\n adc r31, r2\n"        \
  "sbrs r4, 4\n rjmp 22f\n mov r10, r30\n mov r30, r31\n clr r31\n sbrs r4, 3\n rjmp 22f\n mov r10, r30\n clr r30\n"         \
  "22:\n or r30, r31\n brne 23f\n cp r3, r10\n brcc 24f\n"                                                                   \
  "23:\n mov r10, r3\n"                                                                                                      \
  "24:\n st X+, r10\n ret\n"                                                                                                 \
  "25:\n st X+, r2\n ret\n"

EMLEARN_ASSEMBLY inline void avr_layer16(const int8_t*, const uint8_t*, uint16_t, uint8_t*, const int16_t*, const uint16_t*, uint8_t,
                                         uint16_t) {
  __asm__(EMLEARN_AVR_LAYER16(EMLEARN_AVR_EACH));
}
EMLEARN_ASSEMBLY inline void avr_layer16_nonzero(const int8_t*, const uint8_t*, uint16_t, uint8_t*, const int16_t*, const uint16_t*,
                                                 uint8_t, uint16_t) {
  __asm__(EMLEARN_AVR_LAYER16(EMLEARN_AVR_NONZERO));
}
#undef EMLEARN_AVR_LAYER16

/// A layer that does not fit the registers. The order is that of the assembly.
struct avr_task {
  const uint8_t* x;        // Y + 0
  uint16_t quads;          // Y + 2
  const void* bias;        // Y + 4
  const uint16_t* factor;  // Y + 6
  uint8_t* out;            // Y + 8
  uint8_t left;            // Y + 10: tiles of a hidden layer, or outputs of the last one and of sparse ones
  uint8_t shift, top;      // Y + 11
  uint8_t index, found;    // Y + 13
  uint32_t largest;        // Y + 15: a score's bits
};
static_assert(sizeof(void*) != 2 || sizeof(avr_task) == 19, "emlearn: the assembly below has these offsets");

/// r0:r21:r7 becomes the bias that r9:r8 walk to, of 16 bits or of 32 of which 24 count.
#define EMLEARN_AVR_BIAS16 "movw r30, r8\n lpm r7, Z+\n lpm r21, Z+\n movw r8, r30\n clr r0\n sbrc r21, 7\n dec r0\n"
#define EMLEARN_AVR_BIAS32 "movw r30, r8\n lpm r7, Z+\n lpm r21, Z+\n lpm r0, Z+\n adiw r30, 1\n movw r8, r30\n"

/// r20:r23:r22 becomes a sum and its bias; r21:r7 is the factor, of the table that r25:r24 walk.
#define EMLEARN_AVR_NUMBERS24(bias)                 \
  bias "add r22, r7\n adc r23, r21\n adc r20, r0\n" \
       "movw r30, r24\n lpm r7, Z+\n lpm r21, Z+\n movw r24, r30\n"

/// Their product's upper bytes into r31:r30:r12, or all but the lowest.
#define EMLEARN_AVR_SCALE24                                                                                          \
  "mul r23, r21\n movw r30, r0\n mul r22, r7\n mov r12, r1\n mov r13, r0\n"                                          \
  "mul r23, r7\n add r12, r0\n adc r30, r1\n adc r31, r2\n mul r22, r21\n add r12, r0\n adc r30, r1\n adc r31, r2\n" \
  "mul r20, r7\n add r30, r0\n adc r31, r1\n mul r20, r21\n add r31, r0\n"

#define EMLEARN_AVR_SIGN(top, high) "mov " top ", " high "\n lsl " top "\n sbc " top ", " top "\n"
#define EMLEARN_AVR_SIGNS \
  EMLEARN_AVR_SIGN("r3", "r13") EMLEARN_AVR_SIGN("r4", "r15") EMLEARN_AVR_SIGN("r5", "r17") EMLEARN_AVR_SIGN("r6", "r19")
#define EMLEARN_AVR_TILE(rows)                                             \
  "20:\n ldd r26, Y+0\n ldd r27, Y+1\n ldd r24, Y+2\n ldd r25, Y+3\n" rows \
  "movw r10, r30\n ldd r8, Y+4\n ldd r9, Y+5\n ldd r24, Y+6\n ldd r25, Y+7\n"
#define EMLEARN_AVR_TILE_DONE "std Y+4, r8\n std Y+5, r9\n std Y+6, r24\n std Y+7, r25\n movw r30, r10\n"
#define EMLEARN_AVR_FOUR(after)                                                                       \
  "movw r22, r12\n mov r20, r3\n rcall 21f\n" after "movw r22, r14\n mov r20, r4\n rcall 21f\n" after \
  "movw r22, r16\n mov r20, r5\n rcall 21f\n" after "movw r22, r18\n mov r20, r6\n rcall 21f\n" after

/// The sum r20:r23:r22 becomes the answer of a hidden layer at X, or one that `found` is compared with: the task lies at Y, the tables' as
/// above. Called as 21.
#define EMLEARN_AVR_ANSWER24(bias)                                                                                                        \
  "21:\n" EMLEARN_AVR_NUMBERS24(bias) "tst r20\n brmi 25f\n" EMLEARN_AVR_SCALE24                                                          \
                                      "ldd r7, Y+11\n sbrs r7, 4\n rjmp 22f\n mov r12, r30\n mov r30, r31\n clr r31\n sbrs r7, 3\n rjmp " \
                                      "22f\n mov r12, r30\n clr r30\n"                                                                    \
                                      "22:\n ldd r7, Y+12\n or r30, r31\n brne 23f\n cp r7, r12\n brcc 24f\n"                             \
                                      "23:\n mov r12, r7\n"                                                                               \
                                      "24:\n st X+, r12\n ret\n"                                                                          \
                                      "25:\n st X+, r2\n ret\n"
#define EMLEARN_AVR_COMPARE24                                                                                                              \
  "21:\n" EMLEARN_AVR_NUMBERS24(EMLEARN_AVR_BIAS16) EMLEARN_AVR_SCALE24                                                                    \
      "sbrc r20, 7\n sub r31, r7\n"                                                                                                        \
      "ldd r23, Y+13\n ldd r7, Y+15\n cp r7, r13\n ldd r7, Y+16\n cpc r7, r12\n ldd r7, Y+17\n cpc r7, r30\n ldd r7, Y+18\n cpc r7, r31\n" \
      "brge 22f\n std Y+15, r13\n std Y+16, r12\n std Y+17, r30\n std Y+18, r31\n std Y+14, r23\n"                                         \
      "22:\n inc r23\n std Y+13, r23\n ldd r7, Y+10\n dec r7\n std Y+10, r7\n ret\n"

/// A hidden layer whose sums fit 24 bits with their biases: (weights, task). An answer takes 80 cycles, 44 where it is zero.
#define EMLEARN_AVR_LAYER24(each, bias)                                                                                       \
  EMLEARN_AVR_ENTER "movw r30, r24\n movw r28, r22\n" EMLEARN_AVR_TILE(                                                       \
      EMLEARN_AVR_CLEAR24 each(EMLEARN_AVR_ROW24)) "ldd r26, Y+8\n ldd r27, Y+9\n" EMLEARN_AVR_FOUR("") EMLEARN_AVR_TILE_DONE \
      "std Y+8, r26\n std Y+9, r27\n ldd r24, Y+10\n dec r24\n std Y+10, r24\n breq 26f\n rjmp 20b\n"                         \
      "26:\n" EMLEARN_AVR_LEAVE                                                                                               \
      EMLEARN_AVR_ANSWER24(bias)

/// The last layer of a classifier with several classes, of which the task's `found` becomes the best: (weights, task). 90 cycles each.
#define EMLEARN_AVR_BEST(rows)                                                                                                    \
  EMLEARN_AVR_ENTER "movw r30, r24\n movw r28, r22\n" EMLEARN_AVR_TILE(rows) EMLEARN_AVR_FOUR("breq 26f\n") EMLEARN_AVR_TILE_DONE \
      "rjmp 20b\n"                                                                                                                \
      "26:\n" EMLEARN_AVR_LEAVE EMLEARN_AVR_COMPARE24

EMLEARN_ASSEMBLY inline void avr_layer24(const int8_t*, avr_task*, const int16_t*) {
  __asm__(EMLEARN_AVR_LAYER24(EMLEARN_AVR_EACH, EMLEARN_AVR_BIAS16));
}
EMLEARN_ASSEMBLY inline void avr_layer24(const int8_t*, avr_task*, const int32_t*) {
  __asm__(EMLEARN_AVR_LAYER24(EMLEARN_AVR_EACH, EMLEARN_AVR_BIAS32));
}
EMLEARN_ASSEMBLY inline void avr_layer24_nonzero(const int8_t*, avr_task*, const int16_t*) {
  __asm__(EMLEARN_AVR_LAYER24(EMLEARN_AVR_NONZERO, EMLEARN_AVR_BIAS16));
}
EMLEARN_ASSEMBLY inline void avr_layer24_nonzero(const int8_t*, avr_task*, const int32_t*) {
  __asm__(EMLEARN_AVR_LAYER24(EMLEARN_AVR_NONZERO, EMLEARN_AVR_BIAS32));
}
EMLEARN_ASSEMBLY inline void avr_best16(const int8_t*, avr_task*) {
  __asm__(EMLEARN_AVR_BEST(EMLEARN_AVR_CLEAR16 EMLEARN_AVR_EACH(EMLEARN_AVR_ROW16) EMLEARN_AVR_SIGNS));
}
EMLEARN_ASSEMBLY inline void avr_best16_nonzero(const int8_t*, avr_task*) {
  __asm__(EMLEARN_AVR_BEST(EMLEARN_AVR_CLEAR16 EMLEARN_AVR_NONZERO(EMLEARN_AVR_ROW16) EMLEARN_AVR_SIGNS));
}
EMLEARN_ASSEMBLY inline void avr_best24(const int8_t*, avr_task*) {
  __asm__(EMLEARN_AVR_BEST(EMLEARN_AVR_CLEAR24 EMLEARN_AVR_EACH(EMLEARN_AVR_ROW24)));
}
EMLEARN_ASSEMBLY inline void avr_best24_nonzero(const int8_t*, avr_task*) {
  __asm__(EMLEARN_AVR_BEST(EMLEARN_AVR_CLEAR24 EMLEARN_AVR_NONZERO(EMLEARN_AVR_ROW24)));
}
#undef EMLEARN_AVR_BEST
#undef EMLEARN_AVR_FOUR
#undef EMLEARN_AVR_LAYER24
#undef EMLEARN_AVR_SIGN
#undef EMLEARN_AVR_SIGNS
#undef EMLEARN_AVR_TILE
#undef EMLEARN_AVR_TILE_DONE

template <class V> inline uint16_t quads(const V& v) { return static_cast<uint16_t>(v.n_in() / 4); }

template <class V> inline void avr_layer16(const V& v, const int8_t* w, const uint8_t* x, const int16_t* bias, uint8_t* out) {
  const uint8_t tiles = static_cast<uint8_t>(v.n_out() / 4);
  const uint16_t ends = static_cast<uint16_t>(v.shift() | v.top() << 8);
  v.often_zero() ? avr_layer16_nonzero(w, x, quads(v), out, bias, v.factor(), tiles, ends)
                 : avr_layer16(w, x, quads(v), out, bias, v.factor(), tiles, ends);
}
template <class V> inline void avr_layer16(const V&, const int8_t*, const uint8_t*, const int32_t*, uint8_t*) {}  // no bias of theirs

/// Whether a hidden layer has a kernel of its own, which then has done it.
template <class V, class B> inline bool avr_layer(const V& v, const int8_t* w, const uint8_t* x, const B* bias, uint8_t* out) {
  if (v.total() > 24 || (v.total() == 16 && sizeof(B) > 2) || v.wide() || v.shift() < 8 || v.shift() > 24 || v.n_out() > 1020) return false;
  if (v.total() == 16) {
    avr_layer16(v, w, x, bias, out);
    return true;
  }
  avr_task task = {x,
                   quads(v),
                   bias,
                   v.factor(),
                   out,
                   static_cast<uint8_t>(v.n_out() / 4),
                   static_cast<uint8_t>(v.shift()),
                   static_cast<uint8_t>(v.top()),
                   0,
                   0,
                   0};
  v.often_zero() ? avr_layer24_nonzero(w, &task, bias) : avr_layer24(w, &task, bias);
  return true;
}

/// The class of the last layer, or -1 where it has no kernel of its own.
template <class V> inline int avr_best(const V& v, const int8_t* w, const uint8_t* x, const int16_t* bias, int n) {
  if (v.total() > 24 || v.wide() || v.shift() != 0 || n > 255) return -1;
  avr_task task = {x, quads(v), bias, v.factor(), nullptr, static_cast<uint8_t>(n), 0, 0, 0, 0, 0x80000000u};
  if (v.bits() == 16) {
    v.often_zero() ? avr_best16_nonzero(w, &task) : avr_best16(w, &task);
  } else {
    v.often_zero() ? avr_best24_nonzero(w, &task) : avr_best24(w, &task);
  }
  return task.found;
}
template <class V> inline int avr_best(const V&, const int8_t*, const uint8_t*, const int32_t*, int) { return -1; }

}}}  // namespace emlearn::mlp::detail

#endif
