// Layers of TensorFlow Lite's with the vectors of ARMv8.1-M (Helium): sums of 16 outputs, and 16 instructions that rescale four of them.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TFLITE_MVE_HPP
#define EMLEARN_TFLITE_MVE_HPP

#include "../networks/mve_place.hpp"
#include "layers.hpp"

namespace emlearn { namespace tflite {

namespace detail {

/// What sums become answers by: M and P are numbers, or where those of each output are. The order is that of the assembly.
template <class M, class P> struct mve_numbers {
  const void* bias;
  M multiplier;
  P power;
  int32_t zero, least, top;
};

/// (sums, answers, their number, numbers). A multiplier comes into q2, a power into q1; `rescale` brings q0 from sum to answer, with
/// what is zero in q5. Loops end by themselves where vectors are not filled (dlstp).
#define EMLEARN_MVE_RESCALE(bias, power, multiplier, before, rescale)                      \
  ".syntax unified\n"                                                                      \
  "push {r4, r5, r6, r7, r8, lr}\n"                                                        \
  "vpush {d8-d11}\n"                                                                       \
  "ldm r3, {r3, r4, r5, r6, r7, r8}\n"                                                     \
  "vdup.32 q3, r7\n"                                                                       \
  "vdup.32 q4, r8\n"                                                                       \
  "vmov.i32 q5, #0\n"                                                                      \
  "dlstp.32 lr, r2\n"                                                                      \
  "1:\n"                                                                                   \
  "vldrw.u32 q0, [r0], #16\n" bias "vadd.i32 q0, q0, q1\n" power before multiplier rescale \
  "vadd.i32 q0, q0, r6\n"                                                                  \
  "vmax.s32 q0, q0, q3\n"                                                                  \
  "vmin.s32 q0, q0, q4\n"                                                                  \
  "vstrb.32 q0, [r1], #4\n"                                                                \
  "letp lr, 1b\n"                                                                          \
  "vpop {d8-d11}\n"                                                                        \
  "pop {r4, r5, r6, r7, r8, pc}\n"

/// Up by the power, if it is positive; times the multiplier, to the nearest, halves up; down by it, if negative, halves away from zero.
#define EMLEARN_MVE_UP "vmax.s32 q2, q1, q5\n vshl.s32 q0, q0, q2\n"
#define EMLEARN_MVE_TWICE \
  "vqrdmulh.s32 q0, q0, q2\n vmin.s32 q1, q1, q5\n vand q2, q0, q1\n vshr.s32 q2, q2, #31\n vqadd.s32 q0, q0, q2\n vrshl.s32 q0, q0, q1\n"

/// The upper half of the product, then down to the nearest, halves up: the lower half cannot decide that where it is one place at least.
#define EMLEARN_MVE_ONCE "vmulh.s32 q0, q0, q2\n vrshl.s32 q0, q0, q1\n"

#define EMLEARN_MVE_EACH(before, rescale, bias) \
  EMLEARN_MVE_RESCALE(bias, "vldrb.s32 q1, [r5], #4\n", "vldrw.u32 q2, [r4], #16\n", before, rescale)
#define EMLEARN_MVE_ALL(before, rescale, bias) EMLEARN_MVE_RESCALE(bias, "vdup.32 q1, r5\n", "vdup.32 q2, r4\n", before, rescale)
#define EMLEARN_MVE_BIAS16 "vldrh.s32 q1, [r3], #8\n"
#define EMLEARN_MVE_BIAS32 "vldrw.u32 q1, [r3], #16\n"

/// How the sums of a layer whose factor is F are rescaled, with biases of 16 or 32 bits.
template <class F> struct mve_rescale {
  template <class V> static constexpr bool known(const V&) { return false; }
  template <class V, class B> static void run(const V&, int, const int32_t*, int, uint8_t*, const B*) {}
};
template <> struct mve_rescale<each<twice>> {
  template <class V> static constexpr bool known(const V&) { return true; }
  template <class V, class B> static void run(const V& v, int first, const int32_t* s, int n, uint8_t* out, const B* bias) {
    const mve_numbers<const int32_t*, const int8_t*> all = {
        bias + first, v.factor().multiplier + first, v.factor().power + first, v.zero(), v.least(), v.top()};
    rescale(s, out, n, &all, bias);
  }

 private:
  EMLEARN_ASSEMBLY static void rescale(const int32_t*, uint8_t*, int, const void*, const int16_t*) {
    __asm__(EMLEARN_MVE_EACH(EMLEARN_MVE_UP, EMLEARN_MVE_TWICE, EMLEARN_MVE_BIAS16));
  }
  EMLEARN_ASSEMBLY static void rescale(const int32_t*, uint8_t*, int, const void*, const int32_t*) {
    __asm__(EMLEARN_MVE_EACH(EMLEARN_MVE_UP, EMLEARN_MVE_TWICE, EMLEARN_MVE_BIAS32));
  }
};
template <> struct mve_rescale<uniform<twice>> {
  template <class V> static constexpr bool known(const V&) { return true; }
  template <class V, class B> static void run(const V& v, int first, const int32_t* s, int n, uint8_t* out, const B* bias) {
    const mve_numbers<int32_t, int32_t> all = {bias + first, v.fixed(), v.power(), v.zero(), v.least(), v.top()};
    rescale(s, out, n, &all, bias);
  }

 private:
  EMLEARN_ASSEMBLY static void rescale(const int32_t*, uint8_t*, int, const void*, const int16_t*) {
    __asm__(EMLEARN_MVE_ALL(EMLEARN_MVE_UP, EMLEARN_MVE_TWICE, EMLEARN_MVE_BIAS16));
  }
  EMLEARN_ASSEMBLY static void rescale(const int32_t*, uint8_t*, int, const void*, const int32_t*) {
    __asm__(EMLEARN_MVE_ALL(EMLEARN_MVE_UP, EMLEARN_MVE_TWICE, EMLEARN_MVE_BIAS32));
  }
};
template <> struct mve_rescale<uniform<once>> {
  template <class V> static constexpr bool known(const V& v) { return v.power() <= -2; }
  template <class V, class B> static void run(const V& v, int first, const int32_t* s, int n, uint8_t* out, const B* bias) {
    const mve_numbers<int32_t, int32_t> all = {bias + first, v.fixed(), v.power() + 1, v.zero(), v.least(), v.top()};
    rescale(s, out, n, &all, bias);
  }

 private:
  EMLEARN_ASSEMBLY static void rescale(const int32_t*, uint8_t*, int, const void*, const int16_t*) {
    __asm__(EMLEARN_MVE_ALL("", EMLEARN_MVE_ONCE, EMLEARN_MVE_BIAS16));
  }
  EMLEARN_ASSEMBLY static void rescale(const int32_t*, uint8_t*, int, const void*, const int32_t*) {
    __asm__(EMLEARN_MVE_ALL("", EMLEARN_MVE_ONCE, EMLEARN_MVE_BIAS32));
  }
};
#undef EMLEARN_MVE_BIAS32
#undef EMLEARN_MVE_BIAS16
#undef EMLEARN_MVE_ALL
#undef EMLEARN_MVE_EACH
#undef EMLEARN_MVE_ONCE
#undef EMLEARN_MVE_TWICE
#undef EMLEARN_MVE_UP
#undef EMLEARN_MVE_RESCALE

}  // namespace detail

/// See mlp/integer.hpp: 16 outputs at a time.
template <class V> inline bool whole_layer(const mlp::mve&, const between&, const V& v, const uint8_t* x, uint8_t* out) {
  using rescale = detail::mve_rescale<decltype(v.factor())>;
  if (!rescale::known(v)) return false;
  for (int j = 0; j < v.n_out(); j += 16) {
    const int n = v.n_out() - j < 16 ? v.n_out() - j : 16;
    int32_t s[16];
    mlp::detail::mve_sums(&mlp::detail::mve_layer_task<V, uint8_t, mlp::detail::mve_no_answers>::value, x, s,
                          v.weights() + static_cast<ptrdiff_t>(j) * v.n_in(), n / 4);
    rescale::run(v, j, s, n, out + j, v.bias());
  }
  return true;
}

/// See networks/four.hpp: groups of 16 channels or of eight.
template <class V> inline int whole_place(const between&, const V& v, const networks::detail::span& ys, const networks::detail::span& xs,
                                          const int8_t* w, const uint8_t* x, uint8_t* out) {
  using sums = networks::integer::detail::mve_place_sums<V>;
  using rescale = detail::mve_rescale<decltype(v.factor())>;
  const int size = sums::channels, n = v.answers() / size * size;
  const networks::integer::detail::mve_taps taps = networks::integer::detail::mve_taps_of(v, ys, xs, 1);
  if (v.multiplier() != 1 || taps.rows <= 0 || taps.columns <= 0 || !rescale::known(v)) return 0;
  for (int o = 0; o < n; o += size) {
    int32_t s[16];
    sums::run(taps, w + o, x + o, s);
    rescale::run(v, o, s, size, out + o, v.bias());
  }
  return n;
}

}}  // namespace emlearn::tflite

#endif
