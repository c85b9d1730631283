// Hidden layers of bytes with the DSP instructions of ARMv7E-M and ARMv8-M: the sums of a tile become answers in registers.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_DSP_LAYERS_HPP
#define EMLEARN_MLP_DSP_LAYERS_HPP

#include "dsp.hpp"

namespace emlearn { namespace mlp {

namespace detail {

/// What a layer works on; the order is that of the assembly.
struct dsp_task {
  const void* bias;
  const uint16_t* factor;
  uint8_t* out;
  const uint8_t* x;
  const uint8_t* end;  // of the answers
};

#define EMLEARN_DSP_BIAS16       \
  "ldr r12, [r8], #4\n"          \
  "ldr lr, [r8], #4\n"           \
  "sxtah r4, r4, r12\n"          \
  "sxtah r5, r5, r12, ror #16\n" \
  "sxtah r6, r6, lr\n"           \
  "sxtah r7, r7, lr, ror #16\n"
#define EMLEARN_DSP_BIAS32        \
  "ldm r8!, {r3, r11, r12, lr}\n" \
  "adds r4, r4, r3\n"             \
  "add r5, r11\n"                 \
  "add r6, r12\n"                 \
  "add r7, lr\n"

/// Tile after tile: 39 instructions beside the products of its four outputs.
#define EMLEARN_DSP_LAYER(bias, shift)                \
  __asm__(                                            \
      ".syntax unified\n"                             \
      "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n" \
      "ldm r3, {r4, r5, r6, r7, r8}\n"                \
      "push {r4, r5, r6, r7, r8}\n"                   \
      "3:\n" EMLEARN_DSP_BYTES                        \
      "ldm sp, {r8, r9, r10, r11}\n"                  \
      "mov r1, r11\n" bias                            \
      "ldrh r3, [r9], #8\n"                           \
      "ldrh r11, [r9, #-6]\n"                         \
      "ldrh r12, [r9, #-4]\n"                         \
      "ldrh lr, [r9, #-2]\n"                          \
      "muls r4, r3, r4\n"                             \
      "mul r5, r5, r11\n"                             \
      "mul r6, r6, r12\n"                             \
      "mul r7, r7, lr\n"                              \
      "usat r4, #8, r4, asr #" #shift                 \
      "\n"                                            \
      "usat r5, #8, r5, asr #" #shift                 \
      "\n"                                            \
      "usat r6, #8, r6, asr #" #shift                 \
      "\n"                                            \
      "usat r7, #8, r7, asr #" #shift                 \
      "\n"                                            \
      "orr r4, r4, r5, lsl #8\n"                      \
      "orr r6, r6, r7, lsl #8\n"                      \
      "orr r4, r4, r6, lsl #16\n"                     \
      "str r4, [r10], #4\n"                           \
      "ldr r12, [sp, #16]\n"                          \
      "stm sp, {r8, r9, r10}\n"                       \
      "cmp r10, r12\n"                                \
      "bne 3b\n"                                      \
      "add sp, #20\n"                                 \
      "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n")

/// The layer for biases B and a shift of rescaling: (weights, inputs, their end, task). Others are for the portable one.
template <class B, int shift> struct dsp_layer {
  static constexpr bool known = false;
  static void run(const int8_t*, const uint8_t*, const uint8_t*, const dsp_task*) {}
};
#define EMLEARN_DSP_DEFINE(B, bias, shift)                                                                                               \
  template <> struct dsp_layer<B, shift> {                                                                                               \
    static constexpr bool known = true;                                                                                                  \
    EMLEARN_ASSEMBLY static void run(const int8_t*, const uint8_t*, const uint8_t*, const dsp_task*) { EMLEARN_DSP_LAYER(bias, shift); } \
  };
EMLEARN_DSP_DEFINE(int16_t, EMLEARN_DSP_BIAS16, 8)
EMLEARN_DSP_DEFINE(int16_t, EMLEARN_DSP_BIAS16, 16)
EMLEARN_DSP_DEFINE(int16_t, EMLEARN_DSP_BIAS16, 24)
EMLEARN_DSP_DEFINE(int32_t, EMLEARN_DSP_BIAS32, 8)
EMLEARN_DSP_DEFINE(int32_t, EMLEARN_DSP_BIAS32, 16)
EMLEARN_DSP_DEFINE(int32_t, EMLEARN_DSP_BIAS32, 24)
#undef EMLEARN_DSP_DEFINE
#undef EMLEARN_DSP_LAYER
#undef EMLEARN_DSP_BIAS32
#undef EMLEARN_DSP_BIAS16

/// Products of a row from which on a kernel beside that of sums is worth its 170 bytes.
enum { dsp_worth = 4096 };

/// How often a row asks for the layer: at each place of a convolution's window.
template <class V> constexpr auto asked(const V& v, int) -> decltype(v.n_places()) { return v.n_places(); }
template <class V> constexpr int asked(const V&, long) { return 1; }

template <class V, class B> inline bool dsp_hidden(const V& v, const B* bias, const uint8_t* x, uint8_t* out) {
  using layer = dsp_layer<B, V::shift()>;
  if (!layer::known || static_cast<int64_t>(asked(v, 0)) * v.n_in() * v.n_out() < dsp_worth || v.wide() || v.bits() > 24 || v.top() != 255)
    return false;
  const dsp_task task = {bias, v.factor(), out, x, out + v.n_out()};
  layer::run(v.weights(), x, x + v.n_in(), &task);
  return true;
}

}  // namespace detail

struct clamp;

/// See integer.hpp: a hidden layer whose answers are clamped to bytes.
template <class V> inline bool whole_layer(const dsp&, const clamp&, const V& v, const uint8_t* x, uint8_t* out) {
  return detail::dsp_hidden(v, v.bias(), x, out);
}

}}  // namespace emlearn::mlp

#endif
