// The inner loop of lanes.hpp for ARMv6-M and ARMv8-M Baseline: 10 cycles for four products on a Cortex-M0+.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_THUMB1_HPP
#define EMLEARN_MLP_THUMB1_HPP

#include "lanes.hpp"

namespace emlearn { namespace mlp {

namespace detail {

/// Load, load, shift, mask, multiply twice, add twice. `end` - x is a multiple of 4; an odd number of fours enters in the middle.
EMLEARN_ASSEMBLY inline uint64_t thumb1_lanes(const int8_t*, const uint8_t*, const uint8_t*, uint32_t) {
  __asm__(
      ".syntax unified\n"
      "push {r4, r5, r6, r7}\n"
      "mov r12, r2\n"
      "subs r5, r2, r1\n"
      "movs r2, #0\n"
      "movs r4, #0\n"
      "lsls r5, r5, #29\n"
      "bpl 1f\n"
      "subs r1, #4\n"
      "b 2f\n"
      "1:\n"
      "ldmia r0!, {r5}\n"
      "ldrb r6, [r1, #0]\n"
      "lsrs r7, r5, #8\n"
      "ands r5, r3\n"
      "muls r7, r6\n"
      "muls r5, r6\n"
      "adds r4, r4, r7\n"
      "adds r2, r2, r5\n"
      "ldmia r0!, {r5}\n"
      "ldrb r6, [r1, #1]\n"
      "lsrs r7, r5, #8\n"
      "ands r5, r3\n"
      "muls r7, r6\n"
      "muls r5, r6\n"
      "adds r4, r4, r7\n"
      "adds r2, r2, r5\n"
      "ldmia r0!, {r5}\n"
      "ldrb r6, [r1, #2]\n"
      "lsrs r7, r5, #8\n"
      "ands r5, r3\n"
      "muls r7, r6\n"
      "muls r5, r6\n"
      "adds r4, r4, r7\n"
      "adds r2, r2, r5\n"
      "ldmia r0!, {r5}\n"
      "ldrb r6, [r1, #3]\n"
      "lsrs r7, r5, #8\n"
      "ands r5, r3\n"
      "muls r7, r6\n"
      "muls r5, r6\n"
      "adds r4, r4, r7\n"
      "adds r2, r2, r5\n"
      "2:\n"
      "ldmia r0!, {r5}\n"
      "ldrb r6, [r1, #4]\n"
      "lsrs r7, r5, #8\n"
      "ands r5, r3\n"
      "muls r7, r6\n"
      "muls r5, r6\n"
      "adds r4, r4, r7\n"
      "adds r2, r2, r5\n"
      "ldmia r0!, {r5}\n"
      "ldrb r6, [r1, #5]\n"
      "lsrs r7, r5, #8\n"
      "ands r5, r3\n"
      "muls r7, r6\n"
      "muls r5, r6\n"
      "adds r4, r4, r7\n"
      "adds r2, r2, r5\n"
      "ldmia r0!, {r5}\n"
      "ldrb r6, [r1, #6]\n"
      "lsrs r7, r5, #8\n"
      "ands r5, r3\n"
      "muls r7, r6\n"
      "muls r5, r6\n"
      "adds r4, r4, r7\n"
      "adds r2, r2, r5\n"
      "ldmia r0!, {r5}\n"
      "ldrb r6, [r1, #7]\n"
      "lsrs r7, r5, #8\n"
      "ands r5, r3\n"
      "muls r7, r6\n"
      "muls r5, r6\n"
      "adds r4, r4, r7\n"
      "adds r2, r2, r5\n"
      "adds r1, #8\n"
      "cmp r1, r12\n"
      "bne 1b\n"
      "mov r0, r2\n"
      "mov r1, r4\n"
      "pop {r4, r5, r6, r7}\n"
      "bx lr\n");
}

}  // namespace detail

struct thumb1 {
  static detail::pair both(const int8_t* w, const uint8_t* x, int n) {
    const uint64_t found = detail::thumb1_lanes(w, x, x + n, 0x00ff00ffu);
    return {static_cast<uint32_t>(found), static_cast<uint32_t>(found >> 32)};
  }
};

}}  // namespace emlearn::mlp

#endif
