// Four depthwise sums of bytes at a place with the DSP instructions of ARMv7E-M and ARMv8-M: 14 instructions for four products.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_DSP_FOUR_HPP
#define EMLEARN_NETWORKS_DSP_FOUR_HPP

#include "four.hpp"

namespace emlearn { namespace networks { namespace integer { namespace detail {

/// The taps of a window at a place. The order is that of the assembly.
struct dsp_taps {
  int32_t rows;
  int32_t width;         // bytes from a row's first value to the one behind its last
  int32_t x_step;        // from one value to the next in a row
  int32_t w_step;        // and of weights
  int32_t x_row, w_row;  // from behind a row's last to the next row's first
  uint32_t pads;         // what stands for zero, in both halves
};

/// Bytes 0 and 2, and 1 and 3, of four become halves; `less` takes off what stands for zero. `taps` brings the taps' address into r11 at a
/// row's end, `left` is where the rows left are counted.
#define EMLEARN_DSP_WINDOW(keep, less, taps, left, leave) \
  ".syntax unified\n"                                     \
  "push {r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"     \
  "ldrd r12, r7, [r0]\n"                                  \
  "ldrd lr, r3, [r0, #8]\n" keep                          \
  "movs r4, #0\n"                                         \
  "movs r5, #0\n"                                         \
  "movs r6, #0\n"                                         \
  "adds r12, r2, r7\n"                                    \
  "movs r7, #0\n"                                         \
  "1:\n"                                                  \
  "ldr r8, [r1]\n"                                        \
  "ldr r9, [r2]\n"                                        \
  "add r1, r3\n"                                          \
  "add r2, lr\n"                                          \
  "sxtb16 r10, r8\n"                                      \
  "uxtb16 r11, r9\n"                                      \
  "sxtb16 r8, r8, ror #8\n"                               \
  "uxtb16 r9, r9, ror #8\n" less                          \
  "smlabb r4, r10, r11, r4\n"                             \
  "smlatt r6, r10, r11, r6\n"                             \
  "smlabb r5, r8, r9, r5\n"                               \
  "smlatt r7, r8, r9, r7\n"                               \
  "cmp r2, r12\n"                                         \
  "bne 1b\n" taps                                         \
  "ldrd r9, r10, [r11, #16]\n"                            \
  "ldr r11, [r11, #4]\n"                                  \
  "ldr r8, " left                                         \
  "\n"                                                    \
  "add r2, r9\n"                                          \
  "add r1, r10\n"                                         \
  "adds r12, r2, r11\n"                                   \
  "subs r8, r8, #1\n"                                     \
  "str r8, " left                                         \
  "\n"                                                    \
  "bne 1b\n" leave                                        \
  "pop {r3}\n"                                            \
  "stm r3, {r4, r5, r6, r7}\n"                            \
  "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n"

/// (taps, weights, values, sums).
EMLEARN_ASSEMBLY inline void dsp_window(const dsp_taps*, const int8_t*, const uint8_t*, int32_t*) {
  __asm__(EMLEARN_DSP_WINDOW("push {r12}\n", "", "mov r11, r0\n", "[sp]", "pop {r8}\n"));
}

/// The same where something else than 0 stands for zero: two instructions more for four products.
EMLEARN_ASSEMBLY inline void dsp_window_above(const dsp_taps*, const int8_t*, const uint8_t*, int32_t*) {
  __asm__(EMLEARN_DSP_WINDOW("push {r0, r12}\n ldr r0, [r0, #24]\n", "ssub16 r11, r11, r0\n ssub16 r9, r9, r0\n", "ldr r11, [sp]\n",
                             "[sp, #4]", "pop {r0, r8}\n"));
}
#undef EMLEARN_DSP_WINDOW

template <> struct own_four<int8_t, uint8_t> {
  template <class V> own_four(const V& v, const networks::detail::span& ys, const networks::detail::span& xs)
      : plain(v.pad() == 0),
        taps{ys.end - ys.first,
             (xs.end - xs.first) * v.dilation_x() * v.channels(),
             v.dilation_x() * v.channels(),
             v.answers(),
             (v.dilation_y() * v.width() - (xs.end - xs.first) * v.dilation_x()) * v.channels(),
             (v.columns() - (xs.end - xs.first)) * v.answers(),
             static_cast<uint32_t>(v.pad()) * 0x10001u} {}
  bool sums(const int8_t* w, const uint8_t* x, int32_t* s) const {
    if (taps.rows <= 0 || taps.width <= 0) return false;  // nothing but padding
    plain ? dsp_window(&taps, w, x, s) : dsp_window_above(&taps, w, x, s);
    return true;
  }
  bool plain;
  dsp_taps taps;
};

}}}}  // namespace emlearn::networks::integer::detail

#endif
