// Four rows of a dense layer in float at a time on Cortex-M4F, M7 and M33: 23 instructions for 16 products.
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
      "push {r4, r5, r6}\n"
      "adds r4, r1, r12\n"
      "adds r5, r4, r12\n"
      "adds r6, r5, r12\n"
      "vldmia r3, {s0-s3}\n"
      "1:\n"
      "vldmia r0!, {s4-s7}\n"
      "vldmia r1!, {s8-s11}\n"
      "vfma.f32 s0, s4, s8\n"
      "vfma.f32 s0, s5, s9\n"
      "vfma.f32 s0, s6, s10\n"
      "vfma.f32 s0, s7, s11\n"
      "vldmia r4!, {s8-s11}\n"
      "vfma.f32 s1, s4, s8\n"
      "vfma.f32 s1, s5, s9\n"
      "vfma.f32 s1, s6, s10\n"
      "vfma.f32 s1, s7, s11\n"
      "vldmia r5!, {s8-s11}\n"
      "vfma.f32 s2, s4, s8\n"
      "vfma.f32 s2, s5, s9\n"
      "vfma.f32 s2, s6, s10\n"
      "vfma.f32 s2, s7, s11\n"
      "vldmia r6!, {s8-s11}\n"
      "vfma.f32 s3, s4, s8\n"
      "vfma.f32 s3, s5, s9\n"
      "vfma.f32 s3, s6, s10\n"
      "vfma.f32 s3, s7, s11\n"
      "cmp r0, r2\n"
      "bne 1b\n"
      "vstmia r3, {s0-s3}\n"
      "pop {r4, r5, r6}\n"
      "bx lr\n");
}

/// For x of float: groups of four outputs, and how many outputs that makes.
template <class X> struct vfp {
  static int rows(const X*, const float*, const float*, int, int, float*) { return 0; }
};

template <> struct vfp<float> {
  static int rows(const float* x, const float* weights, const float* bias, int n_in, int n_out, float* out) {
    if (n_in < 4) return 0;
    const int n = n_out / 4 * 4, rest = n_in % 4;
    for (int j = 0; j < n; j += 4, weights += 4 * static_cast<ptrdiff_t>(n_in)) {
      for (int k = 0; k < 4; ++k) {
        EMLEARN_KEEP_LOOP();
        out[j + k] = bias[j + k];
      }
      vfp_rows(x, weights, x + (n_in - rest), out + j, static_cast<size_t>(n_in) * sizeof(float));
      for (int k = 0; rest != 0 && k < 4; ++k)
        for (int i = n_in - rest; i < n_in; ++i) out[j + k] += weights[static_cast<ptrdiff_t>(k) * n_in + i] * x[i];
    }
    return n;
  }
};

/// The outputs whose sums are in `out` now: none in a constant expression.
template <class X> EMLEARN_CONSTEXPR int vector_rows(const X* x, const float* weights, const float* bias, int n_in, int n_out, float* out) {
  return EMLEARN_IS_CONSTANT() ? 0 : vfp<X>::rows(x, weights, bias, n_in, n_out, out);
}

}}}  // namespace emlearn::mlp::detail

#endif
