// Depthwise sums and answers at a place with the vectors of ARMv8.1-M (Helium): 15 instructions for 16 products, 17 above a zero point.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_MVE_PLACE_HPP
#define EMLEARN_NETWORKS_MVE_PLACE_HPP

#include "../mlp/mve.hpp"
#include "four.hpp"

namespace emlearn { namespace networks { namespace integer { namespace detail {

/// What is the same at all places of a layer; steps in bytes. The order is that of the assembly.
struct mve_place_task {
  int32_t x_step, w_step;  // from one tap to the next in a row
  int32_t pad;             // what stands for zero
  int32_t groups;          // of channels
  const void* bias;
  const uint16_t* factor;
  mlp::detail::mve_scale scale;
};

/// The taps of a place that are no padding. The order is that of the assembly.
struct mve_taps {
  int32_t rows, columns;
  int32_t x_row, w_row;  // bytes from behind a row's last to the next row's first
};

/// (task, taps, weights, x, out). `pads` brings what stands for zero into q7, `clear` makes sums zero, `taps` adds up, `answers` makes
/// answers with r4 and r5, the scale's shifts, and q7, top.
#define EMLEARN_MVE_PLACE(pads, clear, taps, answers, size) \
  ".syntax unified\n"                                       \
  "push {r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n"      \
  "vpush {d8-d15}\n"                                        \
  "ldr r6, [sp, #104]\n"                                    \
  "ldr r12, [r0, #12]\n"                                    \
  "ldrd r10, r7, [r0, #16]\n"                               \
  "10:\n" pads clear                                        \
  "mov r4, r2\n"                                            \
  "mov r5, r3\n"                                            \
  "ldr r11, [r1]\n"                                         \
  "2:\n"                                                    \
  "ldr lr, [r1, #4]\n"                                      \
  "ldrd r8, r9, [r0]\n"                                     \
  "dls lr, lr\n"                                            \
  "1:\n" taps                                               \
  "add r5, r8\n"                                            \
  "add r4, r9\n"                                            \
  "le lr, 1b\n"                                             \
  "ldrd r8, r9, [r1, #8]\n"                                 \
  "add r5, r8\n"                                            \
  "add r4, r9\n"                                            \
  "subs r11, r11, #1\n"                                     \
  "bne 2b\n"                                                \
  "ldr r4, [r0, #32]\n"                                     \
  "vdup.32 q7, r4\n"                                        \
  "ldrd r4, r5, [r0, #24]\n" answers "adds r2, #" size      \
  "\n"                                                      \
  "adds r3, #" size                                         \
  "\n"                                                      \
  "subs r12, r12, #1\n"                                     \
  "bne 10b\n"                                               \
  "vpop {d8-d15}\n"                                         \
  "pop {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}\n"

#define EMLEARN_MVE_PADS "ldr r4, [r0, #8]\n vdup.16 q7, r4\n"
#define EMLEARN_MVE_LESS "vsub.i16 q4, q4, q7\n"

/// Eight channels: the sums of even ones are in q(a), of odd ones in q(b).
#define EMLEARN_MVE_CLEAR(a, b) "vmov.i32 q" #a ", #0\n vmov.i32 q" #b ", #0\n"
#define EMLEARN_MVE_TAP(load_x, load_w, less, at, a, b)                                                                               \
  load_x " q4, [r5" at "]\n" load_w " q5, [r4" at "]\n" less "vmullb.s16 q6, q4, q5\n vmullt.s16 q4, q4, q5\n vadd.i32 q" #a ", q" #a \
         ", q6\n vadd.i32 q" #b ", q" #b ", q4\n"
#define EMLEARN_MVE_RAISE(a) "vqshlu.s32 q" #a ", q" #a ", #0\n vshl.u32 q" #a ", r5\n"
#define EMLEARN_MVE_ANSWER(bias, store, a, b)                                                                              \
  bias "vadd.i32 q" #a ", q" #a ", q4\n vadd.i32 q" #b ", q" #b                                                            \
       ", q5\n vldrh.u16 q6, [r7], #16\n vmovlb.u16 q4, q6\n vmovlt.u16 q5, q6\n"                                          \
       "vshl.u32 q4, r4\n vshl.u32 q5, r4\n" EMLEARN_MVE_RAISE(a)                                                          \
           EMLEARN_MVE_RAISE(b) "vmulh.u32 q" #a ", q" #a ", q4\n vmulh.u32 q" #b ", q" #b ", q5\n vmin.u32 q" #a ", q" #a \
                                ", q7\n vmin.u32 q" #b ", q" #b ", q7\n vmovnt.i32 q" #a ", q" #b "\n" store(a)
#define EMLEARN_MVE_BIAS16 "vldrh.u16 q6, [r10], #16\n vmovlb.s16 q4, q6\n vmovlt.s16 q5, q6\n"
#define EMLEARN_MVE_BIAS32 "vld20.32 {q4, q5}, [r10]\n vld21.32 {q4, q5}, [r10]!\n"
#define EMLEARN_MVE_STORE8(a) "vstrb.16 q" #a ", [r6], #8\n"
#define EMLEARN_MVE_STORE16(a) "vstrh.16 q" #a ", [r6], #16\n"

/// Groups of eight channels and of 16, of values of `size` bytes.
#define EMLEARN_MVE_EIGHT(pads, less, load_x, load_w, size, bias, store)                                                                   \
  EMLEARN_MVE_PLACE(pads, EMLEARN_MVE_CLEAR(0, 1), EMLEARN_MVE_TAP(load_x, load_w, less, "", 0, 1), EMLEARN_MVE_ANSWER(bias, store, 0, 1), \
                    size)
#define EMLEARN_MVE_SIXTEEN(pads, less, load_x, load_w, half, size, bias, store)                                             \
  EMLEARN_MVE_PLACE(pads, EMLEARN_MVE_CLEAR(0, 1) EMLEARN_MVE_CLEAR(2, 3),                                                   \
                    EMLEARN_MVE_TAP(load_x, load_w, less, "", 0, 1) EMLEARN_MVE_TAP(load_x, load_w, less, ", #" half, 2, 3), \
                    EMLEARN_MVE_ANSWER(bias, store, 0, 1) EMLEARN_MVE_ANSWER(bias, store, 2, 3), size)

/// Or their sums alone, of bytes.
#define EMLEARN_MVE_SUMS(a, b) "vst20.32 {q" #a ", q" #b "}, [r6]\n vst21.32 {q" #a ", q" #b "}, [r6]!\n"
#define EMLEARN_MVE_EIGHT_SUMS(pads, less) \
  EMLEARN_MVE_PLACE(pads, EMLEARN_MVE_CLEAR(0, 1), EMLEARN_MVE_TAP("vldrb.u16", "vldrb.s16", less, "", 0, 1), EMLEARN_MVE_SUMS(0, 1), "8")
#define EMLEARN_MVE_SIXTEEN_SUMS(pads, less)                                           \
  EMLEARN_MVE_PLACE(pads, EMLEARN_MVE_CLEAR(0, 1) EMLEARN_MVE_CLEAR(2, 3),             \
                    EMLEARN_MVE_TAP("vldrb.u16", "vldrb.s16", less, "", 0, 1)          \
                        EMLEARN_MVE_TAP("vldrb.u16", "vldrb.s16", less, ", #8", 2, 3), \
                    EMLEARN_MVE_SUMS(0, 1) EMLEARN_MVE_SUMS(2, 3), "16")

/// The kernel for biases B, groups of so many channels, and whether zero stands for itself; sums where B is void.
template <class B, int channels, bool plain> struct mve_place;
#define EMLEARN_MVE_DEFINE(plain, channels, text)                                                                                        \
  template <> struct mve_place<void, channels, plain> {                                                                                  \
    EMLEARN_ASSEMBLY static void run(const mve_place_task*, const mve_taps*, const int8_t*, const uint8_t*, int32_t*) { __asm__(text); } \
  };
EMLEARN_MVE_DEFINE(true, 8, EMLEARN_MVE_EIGHT_SUMS("", ""))
EMLEARN_MVE_DEFINE(true, 16, EMLEARN_MVE_SIXTEEN_SUMS("", ""))
EMLEARN_MVE_DEFINE(false, 8, EMLEARN_MVE_EIGHT_SUMS(EMLEARN_MVE_PADS, EMLEARN_MVE_LESS))
EMLEARN_MVE_DEFINE(false, 16, EMLEARN_MVE_SIXTEEN_SUMS(EMLEARN_MVE_PADS, EMLEARN_MVE_LESS))
#undef EMLEARN_MVE_DEFINE
#undef EMLEARN_MVE_SIXTEEN_SUMS
#undef EMLEARN_MVE_EIGHT_SUMS
#undef EMLEARN_MVE_SUMS
#define EMLEARN_MVE_DEFINE(B, bias, plain, pads, less)                                                                     \
  template <> struct mve_place<B, 8, plain> {                                                                              \
    EMLEARN_ASSEMBLY static void run(const mve_place_task*, const mve_taps*, const int8_t*, const uint8_t*, uint8_t*) {    \
      __asm__(EMLEARN_MVE_EIGHT(pads, less, "vldrb.u16", "vldrb.s16", "8", bias, EMLEARN_MVE_STORE8));                     \
    }                                                                                                                      \
    EMLEARN_ASSEMBLY static void run(const mve_place_task*, const mve_taps*, const int16_t*, const uint16_t*, uint16_t*) { \
      __asm__(EMLEARN_MVE_EIGHT(pads, less, "vldrh.u16", "vldrh.u16", "16", bias, EMLEARN_MVE_STORE16));                   \
    }                                                                                                                      \
  };                                                                                                                       \
  template <> struct mve_place<B, 16, plain> {                                                                             \
    EMLEARN_ASSEMBLY static void run(const mve_place_task*, const mve_taps*, const int8_t*, const uint8_t*, uint8_t*) {    \
      __asm__(EMLEARN_MVE_SIXTEEN(pads, less, "vldrb.u16", "vldrb.s16", "8", "16", bias, EMLEARN_MVE_STORE8));             \
    }                                                                                                                      \
    EMLEARN_ASSEMBLY static void run(const mve_place_task*, const mve_taps*, const int16_t*, const uint16_t*, uint16_t*) { \
      __asm__(EMLEARN_MVE_SIXTEEN(pads, less, "vldrh.u16", "vldrh.u16", "16", "32", bias, EMLEARN_MVE_STORE16));           \
    }                                                                                                                      \
  };
EMLEARN_MVE_DEFINE(int16_t, EMLEARN_MVE_BIAS16, true, "", "")
EMLEARN_MVE_DEFINE(int32_t, EMLEARN_MVE_BIAS32, true, "", "")
EMLEARN_MVE_DEFINE(int16_t, EMLEARN_MVE_BIAS16, false, EMLEARN_MVE_PADS, EMLEARN_MVE_LESS)
EMLEARN_MVE_DEFINE(int32_t, EMLEARN_MVE_BIAS32, false, EMLEARN_MVE_PADS, EMLEARN_MVE_LESS)
#undef EMLEARN_MVE_DEFINE
#undef EMLEARN_MVE_SIXTEEN
#undef EMLEARN_MVE_EIGHT
#undef EMLEARN_MVE_STORE16
#undef EMLEARN_MVE_STORE8
#undef EMLEARN_MVE_BIAS32
#undef EMLEARN_MVE_BIAS16
#undef EMLEARN_MVE_ANSWER
#undef EMLEARN_MVE_RAISE
#undef EMLEARN_MVE_TAP
#undef EMLEARN_MVE_CLEAR
#undef EMLEARN_MVE_LESS
#undef EMLEARN_MVE_PADS
#undef EMLEARN_MVE_PLACE

/// The task of the layer with view V, whose members are static, for values Q.
template <class V, class Q> struct mve_place_of {
  enum : int { channels = V::answers() % 16 == 0 ? 16 : 8, groups = V::answers() / channels };
  static const mve_place_task value;
};
template <class V, class Q>
const mve_place_task mve_place_of<V, Q>::value = {V::dilation_x() * V::channels() * static_cast<int32_t>(sizeof(Q)),
                                                  V::answers() * static_cast<int32_t>(sizeof(Q)),
                                                  V::pad(),
                                                  mve_place_of<V, Q>::groups,
                                                  V::bias(),
                                                  V::factor(),
                                                  mlp::detail::mve_scale::of(V())};

template <class B, class V, class W, class Q>
inline void mve_answer(const V&, const B*, const mve_taps& taps, const W* w, const Q* x, Q* out) {
  mve_place<B, mve_place_of<V, Q>::channels, V::pad() == 0>::run(&mve_place_of<V, Q>::value, &taps, w, x, out);
}

/// The sums of one group of bytes.
template <class V> struct mve_place_sums {
  enum : int { channels = mve_place_of<V, uint8_t>::channels };
  static void run(const mve_taps& taps, const int8_t* w, const uint8_t* x, int32_t* s) {
    mve_place<void, channels, V::pad() == 0>::run(&task, &taps, w, x, s);
  }

 private:
  static const mve_place_task task;
};
template <class V>
const mve_place_task mve_place_sums<V>::task = {V::dilation_x() * V::channels(), V::answers(), V::pad(), 1, nullptr, nullptr, {0, 0, 0}};

/// The taps in ys and xs, of values of `size` bytes.
template <class V>
EMLEARN_INLINE inline mve_taps mve_taps_of(const V& v, const networks::detail::span& ys, const networks::detail::span& xs, int size) {
  const int columns = xs.end - xs.first;
  return {ys.end - ys.first, columns, (v.dilation_y() * v.width() - columns * v.dilation_x()) * v.channels() * size,
          (v.columns() - columns) * v.answers() * size};
}

/// The first outputs at a place, in groups of channels that have one each: how many there are.
template <class V, class W, class Q> inline int whole_place(const mlp::clamp&, const V& v, const networks::detail::span& ys,
                                                            const networks::detail::span& xs, const W* w, const Q* x, Q* out) {
  using task = mve_place_of<V, Q>;
  const mve_taps taps = mve_taps_of(v, ys, xs, static_cast<int>(sizeof(Q)));
  if (v.multiplier() != 1 || task::groups == 0 || taps.rows <= 0 || taps.columns <= 0 || !mlp::detail::mve_scale::exact(v)) return 0;
  mve_answer(v, v.bias(), taps, w, x, out);
  return task::groups * task::channels;
}

}}}}  // namespace emlearn::networks::integer::detail

#endif
