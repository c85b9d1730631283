// Lines of values with padding by the vectors of ARMv8.1-M (Helium): 16 bytes in three instructions.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_MVE_COPIES_HPP
#define EMLEARN_NETWORKS_MVE_COPIES_HPP

#include "copies.hpp"

namespace emlearn { namespace networks { namespace detail {

/// (x, out, line); the end of what was written comes back. Loops end by themselves where vectors are not filled (wlstp). `behind` is r1
/// and a number of values beyond.
#define EMLEARN_MVE_FILL(bits, n, store) \
  "mov r2, r1\n"                         \
  "wlstp." bits " lr, " n                \
  ", 2f\n"                               \
  "1:\n" store                           \
  " q1, [r2], #16\n"                     \
  "letp lr, 1b\n"                        \
  "2:\n"
#define EMLEARN_MVE_LINE(bits, load, store, behind)                                                                             \
  ".syntax unified\n"                                                                                                           \
  "push {r4, r5, r6, lr}\n"                                                                                                     \
  "ldm r2, {r3, r4, r5, r6}\n"                                                                                                  \
  "vdup." bits " q1, r6\n" EMLEARN_MVE_FILL(bits, "r3", store) "add r1, r1, r3" behind                                          \
                                                               "\n"                                                             \
                                                               "mov r2, r1\n"                                                   \
                                                               "wlstp." bits                                                    \
                                                               " lr, r4, 4f\n"                                                  \
                                                               "3:\n" load " q0, [r0], #16\n" store                             \
                                                               " q0, [r2], #16\n"                                               \
                                                               "letp lr, 3b\n"                                                  \
                                                               "4:\n"                                                           \
                                                               "add r1, r1, r4" behind                                          \
                                                               "\n" EMLEARN_MVE_FILL(bits, "r5", store) "add r0, r1, r5" behind \
                                                                                                        "\n"                    \
                                                                                                        "pop {r4, r5, r6, pc}\n"

EMLEARN_ASSEMBLY inline uint8_t* own_line(const uint8_t*, uint8_t*, const line&) {
  __asm__(EMLEARN_MVE_LINE("8", "vldrb.u8", "vstrb.8", ""));
}
EMLEARN_ASSEMBLY inline uint16_t* own_line(const uint16_t*, uint16_t*, const line&) {
  __asm__(EMLEARN_MVE_LINE("16", "vldrh.u16", "vstrh.16", ", lsl #1"));
}
#undef EMLEARN_MVE_LINE
#undef EMLEARN_MVE_FILL

template <> struct has_lines<uint8_t, uint8_t> {
  static constexpr bool value = true;
};
template <> struct has_lines<uint16_t, uint16_t> {
  static constexpr bool value = true;
};

}}}  // namespace emlearn::networks::detail

#endif
