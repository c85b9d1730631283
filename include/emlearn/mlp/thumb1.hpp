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

/// (weights, x, end, sums) of a tile's unsigned numbers, some inputs at a time: how they are loaded, their bytes, the inputs' numbers.
#define EMLEARN_THUMB1_SINGLE(load, bytes, inputs)  \
  ".syntax unified\n"                               \
  "push {r3, r4, r5, r6, r7, lr}\n"                 \
  "mov r12, r2\n"                                   \
  "movs r2, #0\n"                                   \
  "movs r3, #0\n"                                   \
  "movs r4, #0\n"                                   \
  "movs r5, #0\n"                                   \
  "1:\n"                                            \
  ".irp k, " inputs "\n" load " r6, [r1, #" bytes   \
  " * \\k]\n"                                       \
  ".irp sum, 2, 3, 4, 5\n" load " r7, [r0, #" bytes \
  " * (4 * \\k + \\sum - 2)]\n"                     \
  "muls r7, r6\n"                                   \
  "adds r\\sum, r\\sum, r7\n"                       \
  ".endr\n"                                         \
  ".endr\n"                                         \
  "adds r1, #4\n"                                   \
  "adds r0, #16\n"                                  \
  "cmp r1, r12\n"                                   \
  "bne 1b\n"                                        \
  "pop {r0}\n"                                      \
  "stmia r0!, {r2, r3, r4, r5}\n"                   \
  "pop {r4, r5, r6, r7, pc}\n"

/// Halfwords, two inputs at a time: 5.1 cycles for a product.
EMLEARN_ASSEMBLY inline void thumb1_halves(const uint16_t*, const uint16_t*, const uint16_t*, uint32_t*) {
  __asm__(EMLEARN_THUMB1_SINGLE("ldrh", "2", "0, 1"));
}

/// Bytes, four inputs at a time, where 16-bit halves cannot hold the sums: 4.9 cycles for a product.
EMLEARN_ASSEMBLY inline void thumb1_bytes(const uint8_t*, const uint8_t*, const uint8_t*, uint32_t*) {
  __asm__(EMLEARN_THUMB1_SINGLE("ldrb", "1", "0, 1, 2, 3"));
}
#undef EMLEARN_THUMB1_SINGLE

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
