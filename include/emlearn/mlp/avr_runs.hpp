// The sum of a run of sparse.hpp on AVR: 18.5 cycles for a weight that is not zero.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_AVR_RUNS_HPP
#define EMLEARN_MLP_AVR_RUNS_HPP

#include "avr_layers.hpp"
#include "runs.hpp"

namespace emlearn { namespace mlp {

struct clamp;
struct sparse;

namespace detail {

/// The run at Z into the sum r20:r19:r18, its pairs counted down in a register; r2 is zero. No block of 256 inputs has more than 128 pairs.
#define EMLEARN_AVR_ENTRY(x) \
  "movw r26, " x "\n lpm r22, Z+\n add r26, r22\n adc r27, r2\n ld r23, X\n" EMLEARN_AVR_PRODUCT24("r18", "r19", "r20")
#define EMLEARN_AVR_RUN(x, pairs)                            \
  "clr r18\n clr r19\n clr r20\n lpm " pairs                 \
  ", Z+\n adiw r30, 1\n" EMLEARN_AVR_ENTRY(x) "tst " pairs   \
                                              "\n breq 3f\n" \
                                              "1:\n" EMLEARN_AVR_ENTRY(x) EMLEARN_AVR_ENTRY(x) "dec " pairs "\n brne 1b\n 3:\n"

/// (run, x), for sums that fit 24 bits.
EMLEARN_ASSEMBLY inline int32_t avr_run24(const uint16_t*, const uint8_t*) {
  __asm__("push r2\n push r17\n movw r30, r24\n movw r24, r22\n clr r2\n" EMLEARN_AVR_RUN(
      "r24", "r17") "clr r1\n movw r22, r18\n mov r24, r20\n mov r25, r20\n lsl r25\n sbc r25, r25\n pop r17\n pop r2\n ret\n");
}

/// A layer of one block of inputs: (runs, task). Y is the task, r15:r14 x, r17:r16 out, r9:r8 bias, r25:r24 factor, r11:r10 the next run.
#define EMLEARN_AVR_SPARSE(after, answer)                                                                                                  \
  EMLEARN_AVR_ENTER                                                                                                                        \
  "movw r30, r24\n movw r28, r22\n ldd r14, Y+0\n ldd r15, Y+1\n ldd r8, Y+4\n ldd r9, Y+5\n ldd r24, Y+6\n ldd r25, Y+7\n ldd r16, Y+8\n" \
  "ldd r17, Y+9\n"                                                                                                                         \
  "20:\n" EMLEARN_AVR_RUN("r14", "r4") "movw r10, r30\n movw r22, r18\n movw r26, r16\n rcall 21f\n" after                                 \
                                       "movw r16, r26\n movw r30, r10\n rjmp 20b\n"                                                        \
                                       "26:\n" EMLEARN_AVR_LEAVE answer

/// A hidden layer, and the last one of a classifier with several classes, whose sums fit 24 bits with their biases.
EMLEARN_ASSEMBLY inline void avr_sparse_layer(const uint16_t*, avr_task*) {
  __asm__(EMLEARN_AVR_SPARSE("ldd r4, Y+10\n dec r4\n std Y+10, r4\n breq 26f\n", EMLEARN_AVR_ANSWER24(EMLEARN_AVR_BIAS16)));
}
EMLEARN_ASSEMBLY inline void avr_sparse_best(const uint16_t*, avr_task*) {
  __asm__(EMLEARN_AVR_SPARSE("breq 26f\n", EMLEARN_AVR_COMPARE24));
}
#undef EMLEARN_AVR_ENTRY
#undef EMLEARN_AVR_RUN
#undef EMLEARN_AVR_SPARSE

template <class V> constexpr bool fits_sparse(const V& v) { return v.total() <= 24 && !v.wide() && v.n_in() <= 256 && v.n_out() <= 255; }

template <class V> inline bool sparse_layer(const V& v, const uint16_t* w, const uint8_t* x, const int16_t* bias, uint8_t* out) {
  if (!fits_sparse(v) || v.shift() < 8 || v.shift() > 24) return false;
  avr_task task = {
      x, 0, bias, v.factor(), out, static_cast<uint8_t>(v.n_out()), static_cast<uint8_t>(v.shift()), static_cast<uint8_t>(v.top()),
      0, 0, 0};
  avr_sparse_layer(w, &task);
  return true;
}
template <class V> inline bool sparse_layer(const V&, const uint16_t*, const uint8_t*, const int32_t*, uint8_t*) { return false; }

template <class V> inline int sparse_best(const V& v, const uint16_t* w, const uint8_t* x, const int16_t* bias, int n) {
  if (!fits_sparse(v) || v.shift() != 0) return -1;
  avr_task task = {x, 0, bias, v.factor(), nullptr, static_cast<uint8_t>(n), 0, 0, 0, 0, 0x80000000u};
  avr_sparse_best(w, &task);
  return task.found;
}
template <class V> inline int sparse_best(const V&, const uint16_t*, const uint8_t*, const int32_t*, int) { return -1; }

}  // namespace detail

/// See integer.hpp.
template <class V> inline bool whole_layer(const sparse&, const clamp&, const V& v, const uint8_t* x, uint8_t* out) {
  return detail::sparse_layer(v, v.weights(), x, v.bias(), out);
}
template <class V> inline bool whole_best(const sparse&, const V& v, const uint8_t* x, int n, int* found) {
  *found = detail::sparse_best(v, v.weights(), x, v.bias(), n);
  return *found >= 0;
}

}}  // namespace emlearn::mlp

#endif
