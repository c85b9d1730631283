// Raw values of 16 bits become whole numbers with the vectors of ARMv8.1-M (Helium): 6 instructions for eight, 10 for four with factors.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_MVE_INTAKE_HPP
#define EMLEARN_MLP_MVE_INTAKE_HPP

#include "../config.hpp"

namespace emlearn { namespace mlp { namespace detail {

/// (x, out, n, low and 2^16 top). Loops end by themselves where vectors are not filled (dlstp).
#define EMLEARN_MVE_WHOLE(store) \
  ".syntax unified\n"            \
  "push {r4, lr}\n"              \
  "vdup.16 q1, r3\n"             \
  "lsrs r3, r3, #16\n"           \
  "vdup.16 q2, r3\n"             \
  "vmov.i32 q3, #0\n"            \
  "dlstp.16 lr, r2\n"            \
  "1:\n"                         \
  "vldrh.u16 q0, [r0], #16\n"    \
  "vqsub.s16 q0, q0, q1\n"       \
  "vmax.s16 q0, q0, q3\n"        \
  "vmin.s16 q0, q0, q2\n" store  \
  "\n"                           \
  "letp lr, 1b\n"                \
  "pop {r4, pc}\n"

EMLEARN_ASSEMBLY inline void mve_whole(const int16_t*, uint8_t*, int32_t, uint32_t) { __asm__(EMLEARN_MVE_WHOLE("vstrb.16 q0, [r1], #8")); }
EMLEARN_ASSEMBLY inline void mve_whole(const int16_t*, uint16_t*, int32_t, uint32_t) {
  __asm__(EMLEARN_MVE_WHOLE("vstrh.16 q0, [r1], #16"));
}
#undef EMLEARN_MVE_WHOLE

/// The order is that of the assembly.
struct mve_intake {
  const int16_t* low;
  const uint16_t* factor;
  int32_t n, left, top;  // left: the shift, negative
  int32_t positions;     // of n values each, one at least
};

/// From r0 to r1 with the tables at `low` and `factor`, r4 values. The loop ends by itself where a vector is not filled (dlstp).
#define EMLEARN_MVE_SCALED(low, factor, store) \
  "dlstp.32 lr, r4\n"                          \
  "1:\n"                                       \
  "vldrh.s32 q0, [r0], #8\n"                   \
  "vldrh.s32 q1, [" low                        \
  "], #8\n"                                    \
  "vsub.i32 q0, q0, q1\n"                      \
  "vqshlu.s32 q0, q0, #0\n"                    \
  "vldrh.u32 q1, [" factor                     \
  "], #8\n"                                    \
  "vmul.i32 q0, q0, q1\n"                      \
  "vrshl.u32 q0, r5\n"                         \
  "vmin.u32 q0, q0, q2\n" store                \
  "\n"                                         \
  "letp lr, 1b\n"

/// (x, out, intake).
#define EMLEARN_MVE_ROW(store)                                                                                    \
  ".syntax unified\n push {r4, r5, r6, lr}\n ldm r2, {r2, r3, r4, r5, r6}\n vdup.32 q2, r6\n" EMLEARN_MVE_SCALED( \
      "r2", "r3", store) "pop {r4, r5, r6, pc}\n"

/// The same for all positions. `next` brings r10 to the next one's answers; vectors that are not filled leave r1 further on.
#define EMLEARN_MVE_POSITIONS(store, next)                                             \
  ".syntax unified\n"                                                                  \
  "push {r4, r5, r6, r7, r8, r9, r10, lr}\n"                                           \
  "ldm r2, {r2, r3, r4, r5, r6, r8}\n"                                                 \
  "vdup.32 q2, r6\n"                                                                   \
  "mov r9, r0\n"                                                                       \
  "mov r10, r1\n"                                                                      \
  "2:\n"                                                                               \
  "mov r0, r9\n"                                                                       \
  "mov r1, r10\n"                                                                      \
  "mov r6, r2\n"                                                                       \
  "mov r7, r3\n" EMLEARN_MVE_SCALED("r6", "r7", store) "add r9, r9, r4, lsl #1\n" next \
                                                       "\n"                            \
                                                       "subs r8, #1\n"                 \
                                                       "bne 2b\n"                      \
                                                       "pop {r4, r5, r6, r7, r8, r9, r10, pc}\n"

EMLEARN_ASSEMBLY inline void mve_scaled(const int16_t*, uint8_t*, const mve_intake*) { __asm__(EMLEARN_MVE_ROW("vstrb.32 q0, [r1], #4")); }
EMLEARN_ASSEMBLY inline void mve_scaled(const int16_t*, uint16_t*, const mve_intake*) { __asm__(EMLEARN_MVE_ROW("vstrh.32 q0, [r1], #8")); }
EMLEARN_ASSEMBLY inline void mve_positions(const int16_t*, uint8_t*, const mve_intake*) {
  __asm__(EMLEARN_MVE_POSITIONS("vstrb.32 q0, [r1], #4", "add r10, r10, r4"));
}
EMLEARN_ASSEMBLY inline void mve_positions(const int16_t*, uint16_t*, const mve_intake*) {
  __asm__(EMLEARN_MVE_POSITIONS("vstrh.32 q0, [r1], #8", "add r10, r10, r4, lsl #1"));
}
#undef EMLEARN_MVE_POSITIONS
#undef EMLEARN_MVE_ROW
#undef EMLEARN_MVE_SCALED

/// For cores/mlp.hpp, where a core has one of these.
namespace by_mve {

/// See intake.hpp.
template <class V, class Q> inline int taken_whole(const V& v, const int16_t* x, Q* out) {
  if (v.top() > 0x7fff) return 0;
  mve_whole(x, out, v.n_features(), static_cast<uint16_t>(v.low()) | static_cast<uint32_t>(v.top()) << 16);
  return v.n_features();
}
template <class V, class Q> inline int taken_scaled(const V& v, const int16_t* x, Q* out) {
  const mve_intake all = {v.low(), v.factor(), v.n_features(), -v.shift(), static_cast<int32_t>(v.top()), 1};
  mve_scaled(x, out, &all);
  return v.n_features();
}
template <class V, class Q> inline bool taken_positions(const V& v, const int16_t* x, int positions, Q* out) {
  const mve_intake all = {v.low(), v.factor(), v.n_features(), -v.shift(), static_cast<int32_t>(v.top()), positions};
  mve_positions(x, out, &all);
  return true;
}

}  // namespace by_mve

}}}  // namespace emlearn::mlp::detail

#endif
