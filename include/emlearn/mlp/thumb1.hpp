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
      ".irp half, 1, 2\n"
      "\\half:\n"
      ".irp k, 0, 1, 2, 3\n"
      "ldmia r0!, {r5}\n"
      "ldrb r6, [r1, #4 * \\half - 4 + \\k]\n"
      "lsrs r7, r5, #8\n"
      "ands r5, r3\n"
      "muls r7, r6\n"
      "muls r5, r6\n"
      "adds r4, r4, r7\n"
      "adds r2, r2, r5\n"
      ".endr\n"
      ".endr\n"
      "adds r1, #8\n"
      "cmp r1, r12\n"
      "bne 1b\n"
      "mov r0, r2\n"
      "mov r1, r4\n"
      "pop {r4, r5, r6, r7}\n"
      "bx lr\n");
}

/// (weights, x, end, sums) of a tile's unsigned halfwords, two inputs at a time: 4.6 cycles for a product.
EMLEARN_ASSEMBLY inline void thumb1_halves(const uint16_t*, const uint16_t*, const uint16_t*, uint32_t*) {
  __asm__(
      ".syntax unified\n"
      "push {r3, r4, r5, r6, r7, lr}\n"
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "mov r7, r11\n"
      "push {r4, r5, r6, r7}\n"
      "mov r12, r2\n"
      "movs r7, #0\n"
      ".irp sum, 8, 9, 10, 11\n"
      "mov r\\sum, r7\n"
      ".endr\n"
      "1:\n"
      "ldmia r0!, {r2, r3, r4, r5}\n"
      ".irp word, 2, 3, 4, 5\n"
      ".if \\word % 2 == 0\n"
      "ldrh r6, [r1, #\\word - 2]\n"
      ".endif\n"
      "uxth r7, r\\word\n"
      "muls r7, r6\n"
      "lsrs r\\word, r\\word, #16\n"
      "muls r\\word, r6\n"
      ".if \\word % 2 == 0\n"
      "add r8, r7\n"
      "add r9, r\\word\n"
      ".else\n"
      "add r10, r7\n"
      "add r11, r\\word\n"
      ".endif\n"
      ".endr\n"
      "adds r1, #4\n"
      "cmp r1, r12\n"
      "bne 1b\n"
      "mov r2, r8\n"
      "mov r3, r9\n"
      "mov r4, r10\n"
      "mov r5, r11\n"
      "pop {r0, r1, r6, r7}\n"
      "mov r8, r0\n"
      "mov r9, r1\n"
      "mov r10, r6\n"
      "mov r11, r7\n"
      "pop {r0}\n"
      "stmia r0!, {r2, r3, r4, r5}\n"
      "pop {r4, r5, r6, r7, pc}\n");
}

/// (weights, x, end, sums) of a tile's unsigned bytes, where 16-bit halves cannot hold the sums: 3.9 cycles for a product, four inputs at a
/// time. Halves hold two products exactly, which one multiplication makes. Words are added up as they are, modulo 2^32 (r7 the even ones,
/// r9 the odd ones), and their upper halves by themselves (r8, r10); what these are less, is the lower halves' sum.
EMLEARN_ASSEMBLY inline void thumb1_bytes(const uint8_t*, const uint8_t*, const uint8_t*, uint32_t*) {
  __asm__(
      ".syntax unified\n"
      "push {r3, r4, r5, r6, r7, lr}\n"
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "push {r4, r5, r6}\n"
      "mov r12, r2\n"
      "movs r2, #0xff\n"
      "lsls r3, r2, #16\n"
      "orrs r2, r3\n"
      "movs r7, #0\n"
      "mov r8, r7\n"
      "mov r9, r7\n"
      "mov r10, r7\n"
      "1:\n"
      ".irp k, 0, 2\n"
      "ldmia r0!, {r4, r5}\n"
      ".irp word, 4, 5\n"
      "ldrb r3, [r1, #\\k + \\word - 4]\n"
      "lsrs r6, r\\word, #8\n"
      "ands r\\word, r2\n"
      "ands r6, r2\n"
      "muls r\\word, r3\n"
      "muls r6, r3\n"
      "add r7, r\\word\n"
      "add r9, r6\n"
      "lsrs r\\word, r\\word, #16\n"
      "lsrs r6, r6, #16\n"
      "add r8, r\\word\n"
      "add r10, r6\n"
      ".endr\n"
      ".endr\n"
      "adds r1, #4\n"
      "cmp r1, r12\n"
      "bne 1b\n"
      "mov r4, r8\n"
      "lsls r2, r4, #16\n"
      "subs r2, r7, r2\n"
      "mov r5, r10\n"
      "lsls r3, r5, #16\n"
      "mov r6, r9\n"
      "subs r3, r6, r3\n"
      "pop {r0, r1, r6}\n"
      "mov r8, r0\n"
      "mov r9, r1\n"
      "mov r10, r6\n"
      "pop {r0}\n"
      "stmia r0!, {r2, r3, r4, r5}\n"
      "pop {r4, r5, r6, r7, pc}\n");
}

/// Sums of the bytes 0 and 2, and 1 and 3, of each word from x to `end`, in the halves of the answer.
EMLEARN_ASSEMBLY inline uint32_t thumb1_total(const uint8_t*, const uint8_t*, uint32_t) {
  __asm__(
      ".syntax unified\n"
      "push {r4, r5}\n"
      "movs r3, #0\n"
      "1:\n"
      "ldmia r0!, {r4}\n"
      "lsrs r5, r4, #8\n"
      "ands r4, r2\n"
      "ands r5, r2\n"
      "adds r3, r3, r4\n"
      "adds r3, r3, r5\n"
      "cmp r0, r1\n"
      "bne 1b\n"
      "mov r0, r3\n"
      "pop {r4, r5}\n"
      "bx lr\n");
}

}  // namespace detail

/// The inner loops of lanes in assembly.
struct thumb1 {
  static uint32_t total(const uint8_t* x, const uint8_t* end) { return detail::thumb1_total(x, end, 0x00ff00ffu); }
  static void halves(const uint16_t* u, const uint16_t* x, int n, uint32_t* s) { detail::thumb1_halves(u, x, x + n, s); }
  static void bytes(const uint8_t* u, const uint8_t* x, int n, uint32_t* s) { detail::thumb1_bytes(u, x, x + n, s); }
  static detail::pair both(const int8_t* w, const uint8_t* x, int n) {
    const uint64_t found = detail::thumb1_lanes(w, x, x + n, 0x00ff00ffu);
    return {static_cast<uint32_t>(found), static_cast<uint32_t>(found >> 32)};
  }
};

}}  // namespace emlearn::mlp

#endif
