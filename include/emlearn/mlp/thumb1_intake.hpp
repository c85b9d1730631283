// Raw values of 16 bits, a scale for each channel, become whole numbers on ARMv6-M and ARMv8-M Baseline: 22 cycles each on a Cortex-M0+.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_THUMB1_INTAKE_HPP
#define EMLEARN_MLP_THUMB1_INTAKE_HPP

#include "../config.hpp"

namespace emlearn { namespace mlp { namespace detail {

/// The order is that of the assembly.
struct thumb1_intake {
  const int16_t* low;
  const uint16_t* factor;
  int32_t bytes;  // of a position's raw values
  int32_t top;
};

/// The intake with view V, whose members are static.
template <class V> struct thumb1_intake_of {
  static const thumb1_intake value;
};
template <class V>
const thumb1_intake thumb1_intake_of<V>::value = {V::low(), V::factor(), 2 * V::n_features(), static_cast<int32_t>(V::top())};

/// (x, out, positions, intake), for a shift of 16.
#define EMLEARN_THUMB1_SCALED(store) \
  ".syntax unified\n"                \
  "push {r4, r5, r6, r7, lr}\n"      \
  "mov r4, r8\n"                     \
  "mov r5, r9\n"                     \
  "mov r6, r10\n"                    \
  "mov r7, r11\n"                    \
  "push {r4, r5, r6, r7}\n"          \
  "mov r11, r2\n"                    \
  "ldmia r3, {r2, r3, r4, r5}\n"     \
  "mov r8, r4\n"                     \
  "mov r10, r5\n"                    \
  "movs r4, #128\n"                  \
  "lsls r4, r4, #8\n"                \
  "mov r9, r4\n"                     \
  "3:\n"                             \
  "movs r4, #0\n"                    \
  "1:\n"                             \
  "ldrsh r5, [r0, r4]\n"             \
  "ldrsh r6, [r2, r4]\n"             \
  "ldrh r7, [r3, r4]\n"              \
  "subs r5, r5, r6\n"                \
  "asrs r6, r5, #31\n"               \
  "bics r5, r6\n"                    \
  "muls r5, r7\n"                    \
  "add r5, r9\n"                     \
  "lsrs r5, r5, #16\n"               \
  "cmp r5, r10\n"                    \
  "bls 2f\n"                         \
  "mov r5, r10\n"                    \
  "2:\n" store                       \
  "\n"                               \
  "adds r4, #2\n"                    \
  "cmp r4, r8\n"                     \
  "bne 1b\n"                         \
  "add r0, r8\n"                     \
  "mov r5, r11\n"                    \
  "subs r5, #1\n"                    \
  "mov r11, r5\n"                    \
  "bne 3b\n"                         \
  "pop {r4, r5, r6, r7}\n"           \
  "mov r8, r4\n"                     \
  "mov r9, r5\n"                     \
  "mov r10, r6\n"                    \
  "mov r11, r7\n"                    \
  "pop {r4, r5, r6, r7, pc}\n"

EMLEARN_ASSEMBLY inline void thumb1_scaled(const int16_t*, uint8_t*, int, const thumb1_intake*) {
  __asm__(EMLEARN_THUMB1_SCALED("strb r5, [r1]\n adds r1, #1"));
}
EMLEARN_ASSEMBLY inline void thumb1_scaled(const int16_t*, uint16_t*, int, const thumb1_intake*) {
  __asm__(EMLEARN_THUMB1_SCALED("strh r5, [r1]\n adds r1, #2"));
}
#undef EMLEARN_THUMB1_SCALED

/// For cores/mlp.hpp, where a core has one of these.
namespace by_thumb1 {

/// See intake.hpp.
template <class V, class Q> inline bool taken_positions(const V& v, const int16_t* x, int positions, Q* out) {
  if (v.shift() != 16) return false;
  thumb1_scaled(x, out, positions, &thumb1_intake_of<V>::value);
  return true;
}

}  // namespace by_thumb1

}}}  // namespace emlearn::mlp::detail

#endif
