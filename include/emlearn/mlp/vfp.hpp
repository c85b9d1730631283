// Four rows of a dense layer in float at a time on Cortex-M4F, M7, M33 and M55: 23 instructions for 16 products.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_VFP_HPP
#define EMLEARN_MLP_VFP_HPP

#include "../flash.hpp"

namespace emlearn { namespace mlp { namespace detail {

/// Adds to sums[0..3] the products of x, up to `end`, a multiple of four on, with four rows of weights, `bytes` apart.
/// The order and the rounding of each sum are those of the C loop where gcc fuses multiplication and addition.
EMLEARN_ASSEMBLY inline void vfp_rows(const float*, const float*, const float*, float*, size_t) {
  __asm__(
      ".syntax unified\n"
      "ldr r12, [sp]\n"
      "push {r4, r5, r6, r7}\n"
      "mov r4, r1\n"
      "adds r5, r4, r12\n"
      "adds r6, r5, r12\n"
      "adds r7, r6, r12\n"
      "vldmia r3, {s4-s7}\n"
      "1:\n"
      "vldmia r0!, {s0-s3}\n"
      ".irp row, 4, 5, 6, 7\n"
      "vldmia r\\row!, {s8-s11}\n"
      "vfma.f32 s\\row, s0, s8\n"
      "vfma.f32 s\\row, s1, s9\n"
      "vfma.f32 s\\row, s2, s10\n"
      "vfma.f32 s\\row, s3, s11\n"
      ".endr\n"
      "cmp r0, r2\n"
      "bne 1b\n"
      "vstmia r3, {s4-s7}\n"
      "pop {r4, r5, r6, r7}\n"
      "bx lr\n");
}

/// Adds to the sums of n_out outputs, a multiple of four, the products of `count` inputs with their weights, in rows of n_in.
inline void vfp_add(const float* x, const float* weights, int count, int n_in, int n_out, float* out) {
  const int rest = count % 4, whole = count - rest;
  for (int j = 0; j < n_out; j += 4, weights += 4 * static_cast<ptrdiff_t>(n_in)) {
    if (whole != 0) vfp_rows(x, weights, x + whole, out + j, static_cast<size_t>(n_in) * sizeof(float));
    for (int k = 0; rest != 0 && k < 4; ++k) {
      EMLEARN_KEEP_LOOP();
      for (int i = whole; i < count; ++i) out[j + k] += weights[static_cast<ptrdiff_t>(k) * n_in + i] * x[i];
    }
  }
}

/// Inputs of other types become floats once, some at a time: they take 64 bytes of stack, however many there are.
/// Fewer than eight are not worth the code.
template <class X> struct vfp {
  enum { least = 8, block = 16 };
  static void add(const X* x, const float* weights, int n_in, int n_out, float* out) {
    const int rest = n_in % block;
    for (int i = 0; i < n_in - rest; i += block) part(x + i, weights + i, block, n_in, n_out, out);
    if (rest != 0) part(x + (n_in - rest), weights + (n_in - rest), rest, n_in, n_out, out);
  }

 private:
  static void part(const X* x, const float* weights, int count, int n_in, int n_out, float* out) {
    float values[block];
    for (int k = 0; k < count; ++k) {
      EMLEARN_KEEP_LOOP();
      values[k] = static_cast<float>(x[k]);
    }
    vfp_add(values, weights, count, n_in, n_out, out);
  }
};

template <> struct vfp<float> {
  enum { least = 4 };
  static void add(const float* x, const float* weights, int n_in, int n_out, float* out) { vfp_add(x, weights, n_in, n_in, n_out, out); }
};

/// The outputs whose sums are in `out` now, in groups of four: none in a constant expression.
template <class X> EMLEARN_CONSTEXPR int vector_rows(const X* x, const float* weights, const float* bias, int n_in, int n_out, float* out) {
  if (EMLEARN_IS_CONSTANT() || n_in < vfp<X>::least) return 0;
  const int n = n_out / 4 * 4;
  for (int j = 0; j < n; ++j) {
    EMLEARN_KEEP_LOOP();
    out[j] = bias[j];
  }
  vfp<X>::add(x, weights, n_in, n, out);
  return n;
}

}}}  // namespace emlearn::mlp::detail

#endif
