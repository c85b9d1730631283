// Depthwise sums and answers at a place with the vectors of ARMv8.1-M (Helium): 10 instructions for eight products.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_MVE_PLACE_HPP
#define EMLEARN_NETWORKS_MVE_PLACE_HPP

#include "../mlp/mve.hpp"
#include "four.hpp"

namespace emlearn { namespace networks { namespace integer { namespace detail {

/// The taps of a window at a place, in bytes. The order is that of the assembly.
struct mve_place_task {
  int32_t rows, columns;
  int32_t x_step, w_step;  // from one tap to the next in a row
  int32_t x_row, w_row;    // from behind a row's last to the next row's first
  int32_t pad;             // what stands for zero
  int32_t groups;          // of eight channels
  const void* bias;
  const uint16_t* factor;
  mlp::detail::mve_scale scale;
};

/// (task, weights, x, out). q0 has the sums of channels 0, 2, 4, 6, q1 of the others.
#define EMLEARN_MVE_PLACE(load_x, load_w, size, bias, store) \
  ".syntax unified\n"                                        \
  "push {r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n"       \
  "vpush {d8-d15}\n"                                         \
  "ldr r4, [r0, #24]\n"                                      \
  "vdup.16 q7, r4\n"                                         \
  "ldr r4, [r0, #48]\n"                                      \
  "vdup.32 q6, r4\n"                                         \
  "ldr r12, [r0, #28]\n"                                     \
  "ldrd r6, r7, [r0, #32]\n"                                 \
  "10:\n"                                                    \
  "vmov.i32 q0, #0\n"                                        \
  "vmov.i32 q1, #0\n"                                        \
  "mov r4, r1\n"                                             \
  "mov r5, r2\n"                                             \
  "ldr r11, [r0]\n"                                          \
  "2:\n"                                                     \
  "ldr lr, [r0, #4]\n"                                       \
  "ldrd r8, r9, [r0, #8]\n"                                  \
  "dls lr, lr\n"                                             \
  "1:\n" load_x " q2, [r5]\n" load_w                         \
  " q3, [r4]\n"                                              \
  "vsub.i16 q2, q2, q7\n"                                    \
  "vmullb.s16 q4, q2, q3\n"                                  \
  "vmullt.s16 q5, q2, q3\n"                                  \
  "vadd.i32 q0, q0, q4\n"                                    \
  "vadd.i32 q1, q1, q5\n"                                    \
  "add r5, r8\n"                                             \
  "add r4, r9\n"                                             \
  "le lr, 1b\n"                                              \
  "ldrd r8, r9, [r0, #16]\n"                                 \
  "add r5, r8\n"                                             \
  "add r4, r9\n"                                             \
  "subs r11, r11, #1\n"                                      \
  "bne 2b\n" bias                                            \
  "vadd.i32 q0, q0, q2\n"                                    \
  "vadd.i32 q1, q1, q3\n"                                    \
  "vldrh.u16 q4, [r7], #16\n"                                \
  "vmovlb.u16 q2, q4\n"                                      \
  "vmovlt.u16 q3, q4\n"                                      \
  "ldrd r4, r5, [r0, #40]\n"                                 \
  ".irp q, 0, 1\n"                                           \
  "vqshlu.s32 q\\q, q\\q, #0\n"                              \
  "vshl.u32 q\\q, r5\n"                                      \
  ".endr\n"                                                  \
  "vshl.u32 q2, r4\n"                                        \
  "vshl.u32 q3, r4\n"                                        \
  "vmulh.u32 q0, q0, q2\n"                                   \
  "vmulh.u32 q1, q1, q3\n"                                   \
  "vmin.u32 q0, q0, q6\n"                                    \
  "vmin.u32 q1, q1, q6\n"                                    \
  "vmovnt.i32 q0, q1\n" store " q0, [r3], #" size            \
  "\n"                                                       \
  "adds r1, #" size                                          \
  "\n"                                                       \
  "adds r2, #" size                                          \
  "\n"                                                       \
  "subs r12, r12, #1\n"                                      \
  "bne 10b\n"                                                \
  "vpop {d8-d15}\n"                                          \
  "pop {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}\n"
#define EMLEARN_MVE_BYTES(bias) EMLEARN_MVE_PLACE("vldrb.u16", "vldrb.s16", "8", bias, "vstrb.16")
#define EMLEARN_MVE_HALVES(bias) EMLEARN_MVE_PLACE("vldrh.u16", "vldrh.u16", "16", bias, "vstrh.16")
#define EMLEARN_MVE_BIAS16 "vldrh.u16 q4, [r6], #16\n vmovlb.s16 q2, q4\n vmovlt.s16 q3, q4\n"
#define EMLEARN_MVE_BIAS32 "vld20.32 {q2, q3}, [r6]\n vld21.32 {q2, q3}, [r6]!\n"

EMLEARN_ASSEMBLY inline void mve_place(const mve_place_task*, const int8_t*, const uint8_t*, uint8_t*, const int16_t*) {
  __asm__(EMLEARN_MVE_BYTES(EMLEARN_MVE_BIAS16));
}
EMLEARN_ASSEMBLY inline void mve_place(const mve_place_task*, const int8_t*, const uint8_t*, uint8_t*, const int32_t*) {
  __asm__(EMLEARN_MVE_BYTES(EMLEARN_MVE_BIAS32));
}
EMLEARN_ASSEMBLY inline void mve_place(const mve_place_task*, const int16_t*, const uint16_t*, uint16_t*, const int16_t*) {
  __asm__(EMLEARN_MVE_HALVES(EMLEARN_MVE_BIAS16));
}
EMLEARN_ASSEMBLY inline void mve_place(const mve_place_task*, const int16_t*, const uint16_t*, uint16_t*, const int32_t*) {
  __asm__(EMLEARN_MVE_HALVES(EMLEARN_MVE_BIAS32));
}
#undef EMLEARN_MVE_PLACE
#undef EMLEARN_MVE_BYTES
#undef EMLEARN_MVE_HALVES
#undef EMLEARN_MVE_BIAS16
#undef EMLEARN_MVE_BIAS32

/// The first outputs at a place, in groups of eight channels that have one each: how many there are.
template <class V, class W, class Q> inline int whole_place(const mlp::clamp&, const V& v, const networks::detail::span& ys,
                                                            const networks::detail::span& xs, const W* w, const Q* x, Q* out) {
  const int rows = ys.end - ys.first, columns = xs.end - xs.first, size = static_cast<int>(sizeof(Q)), groups = v.answers() / 8;
  if (v.multiplier() != 1 || groups == 0 || rows <= 0 || columns <= 0 || !mlp::detail::mve_scale::exact(v)) return 0;
  const mve_place_task all = {rows,
                              columns,
                              v.dilation_x() * v.channels() * size,
                              v.answers() * size,
                              (v.dilation_y() * v.width() - columns * v.dilation_x()) * v.channels() * size,
                              (v.columns() - columns) * v.answers() * size,
                              v.pad(),
                              groups,
                              v.bias(),
                              v.factor(),
                              mlp::detail::mve_scale::of(v)};
  mve_place(&all, w, x, out, v.bias());
  return groups * 8;
}

}}}}  // namespace emlearn::networks::integer::detail

#endif
