// Four depthwise sums at a place with DSP instructions (ARMv7E-M, ARMv8-M): 14 for four products of bytes, 12 of halfwords.
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

/// `load` brings the weights of four into the halves of r10 and r8, the values into r11 and r9: what the upper half of r10 adds to is
/// `second`, the lower one of r8 `third`. `less` takes off what stands for zero. `taps` brings the taps' address into r11 at a row's end,
/// `left` is where the rows left are counted.
#define EMLEARN_DSP_WINDOW(load, second, third, keep, less, taps, left, leave) \
  ".syntax unified\n"                                                          \
  "push {r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"                          \
  "ldrd r12, r7, [r0]\n"                                                       \
  "ldrd lr, r3, [r0, #8]\n" keep                                               \
  "movs r4, #0\n"                                                              \
  "movs r5, #0\n"                                                              \
  "movs r6, #0\n"                                                              \
  "adds r12, r2, r7\n"                                                         \
  "movs r7, #0\n"                                                              \
  "1:\n" load                                                                  \
  "add r1, r3\n"                                                               \
  "add r2, lr\n" less                                                          \
  "smlabb r4, r10, r11, r4\n"                                                  \
  "smlatt " second ", r10, r11, " second                                       \
  "\n"                                                                         \
  "smlabb " third ", r8, r9, " third                                           \
  "\n"                                                                         \
  "smlatt r7, r8, r9, r7\n"                                                    \
  "cmp r2, r12\n"                                                              \
  "bne 1b\n" taps                                                              \
  "ldrd r9, r10, [r11, #16]\n"                                                 \
  "ldr r11, [r11, #4]\n"                                                       \
  "ldr r8, " left                                                              \
  "\n"                                                                         \
  "add r2, r9\n"                                                               \
  "add r1, r10\n"                                                              \
  "adds r12, r2, r11\n"                                                        \
  "subs r8, r8, #1\n"                                                          \
  "str r8, " left                                                              \
  "\n"                                                                         \
  "bne 1b\n" leave                                                             \
  "pop {r3}\n"                                                                 \
  "stm r3, {r4, r5, r6, r7}\n"                                                 \
  "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n"

/// Bytes 0 and 2, and 1 and 3, become halves; halfwords are.
#define EMLEARN_DSP_FOUR_BYTES \
  "ldr r8, [r1]\n ldr r9, [r2]\n sxtb16 r10, r8\n uxtb16 r11, r9\n sxtb16 r8, r8, ror #8\n uxtb16 r9, r9, ror #8\n", "r6", "r5"
#define EMLEARN_DSP_FOUR_HALVES "ldr r10, [r1]\n ldr r8, [r1, #4]\n ldr r11, [r2]\n ldr r9, [r2, #4]\n", "r5", "r6"

/// Where zero stands for itself; or where something else does: two instructions more for four products.
#define EMLEARN_DSP_PLAIN "push {r12}\n", "", "mov r11, r0\n", "[sp]", "pop {r8}\n"
#define EMLEARN_DSP_ABOVE \
  "push {r0, r12}\n ldr r0, [r0, #24]\n", "ssub16 r11, r11, r0\n ssub16 r9, r9, r0\n", "ldr r11, [sp]\n", "[sp, #4]", "pop {r0, r8}\n"
#define EMLEARN_DSP_FOUR(...) __asm__(EMLEARN_DSP_WINDOW(__VA_ARGS__))

/// (taps, weights, values, sums).
EMLEARN_ASSEMBLY inline void dsp_window(const dsp_taps*, const int8_t*, const uint8_t*, int32_t*) {
  EMLEARN_DSP_FOUR(EMLEARN_DSP_FOUR_BYTES, EMLEARN_DSP_PLAIN);
}
EMLEARN_ASSEMBLY inline void dsp_window(const dsp_taps*, const int16_t*, const uint16_t*, int32_t*) {
  EMLEARN_DSP_FOUR(EMLEARN_DSP_FOUR_HALVES, EMLEARN_DSP_PLAIN);
}
EMLEARN_ASSEMBLY inline void dsp_window_above(const dsp_taps*, const int8_t*, const uint8_t*, int32_t*) {
  EMLEARN_DSP_FOUR(EMLEARN_DSP_FOUR_BYTES, EMLEARN_DSP_ABOVE);
}
EMLEARN_ASSEMBLY inline void dsp_window_above(const dsp_taps*, const int16_t*, const uint16_t*, int32_t*) {
  EMLEARN_DSP_FOUR(EMLEARN_DSP_FOUR_HALVES, EMLEARN_DSP_ABOVE);
}
#undef EMLEARN_DSP_FOUR
#undef EMLEARN_DSP_ABOVE
#undef EMLEARN_DSP_PLAIN
#undef EMLEARN_DSP_FOUR_HALVES
#undef EMLEARN_DSP_FOUR_BYTES
#undef EMLEARN_DSP_WINDOW

/// Of weights W and values Q, which are as wide.
template <class W, class Q> struct dsp_four {
  template <class V> dsp_four(const V& v, const networks::detail::span& ys, const networks::detail::span& xs)
      : plain(v.pad() == 0),
        taps{ys.end - ys.first,
             bytes((xs.end - xs.first) * v.dilation_x() * v.channels()),
             bytes(v.dilation_x() * v.channels()),
             bytes(v.answers()),
             bytes((v.dilation_y() * v.width() - (xs.end - xs.first) * v.dilation_x()) * v.channels()),
             bytes((v.columns() - (xs.end - xs.first)) * v.answers()),
             static_cast<uint32_t>(v.pad()) * 0x10001u} {}
  EMLEARN_INLINE bool sums(const W* w, const Q* x, int32_t* s) const {
    if (taps.rows <= 0 || taps.width <= 0) return false;  // nothing but padding
    plain ? dsp_window(&taps, w, x, s) : dsp_window_above(&taps, w, x, s);
    return true;
  }
  bool plain;
  dsp_taps taps;

 private:
  static constexpr int32_t bytes(int n) { return n * static_cast<int32_t>(sizeof(Q)); }
};

template <> struct own_four<int8_t, uint8_t> : dsp_four<int8_t, uint8_t> {
  using dsp_four<int8_t, uint8_t>::dsp_four;
};
template <> struct own_four<int16_t, uint16_t> : dsp_four<int16_t, uint16_t> {
  using dsp_four<int16_t, uint16_t>::dsp_four;
};

}}}}  // namespace emlearn::networks::integer::detail

#endif
