// The sum of a run of sparse.hpp for ARMv6-M and ARMv8-M Baseline: 8.75 cycles for a weight that is not zero on a Cortex-M0+.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_THUMB1_RUNS_HPP
#define EMLEARN_MLP_THUMB1_RUNS_HPP

#include "runs.hpp"

namespace emlearn { namespace mlp { namespace detail {

/// (run, x). An odd number of pairs enters in the middle.
EMLEARN_ASSEMBLY inline int32_t thumb1_run(const uint16_t*, const uint8_t*) {
  __asm__(
      ".syntax unified\n"
      "push {r4, r5, r6}\n"
      "ldmia r0!, {r3}\n"
      "uxth r6, r3\n"
      "asrs r2, r3, #24\n"
      "lsls r3, r3, #8\n"
      "lsrs r3, r3, #24\n"
      "ldrb r3, [r1, r3]\n"
      "muls r2, r3\n"
      "lsrs r6, r6, #1\n"
      "bcs 22f\n"
      "b 3f\n"
      "1:\n"
      ".irp k, 1, 2\n"
      "\\k\\k:\n"
      "ldmia r0!, {r3}\n"
      "uxtb r4, r3\n"
      "ldrb r4, [r1, r4]\n"
      "lsls r5, r3, #16\n"
      "asrs r5, r5, #24\n"
      "muls r4, r5\n"
      "adds r2, r2, r4\n"
      "asrs r5, r3, #24\n"
      "lsls r3, r3, #8\n"
      "lsrs r3, r3, #24\n"
      "ldrb r4, [r1, r3]\n"
      "muls r4, r5\n"
      "adds r2, r2, r4\n"
      ".endr\n"
      "3:\n"
      "subs r6, #1\n"
      "bcs 1b\n"
      "mov r0, r2\n"
      "pop {r4, r5, r6}\n"
      "bx lr\n");
}

}}}  // namespace emlearn::mlp::detail

#endif
