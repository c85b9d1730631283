// What stays in a strip moves on with the vectors of ARMv8.1-M (Helium): 3 instructions for 16 bytes.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_MVE_MOVE_HPP
#define EMLEARN_NETWORKS_MVE_MOVE_HPP

#include "../config.hpp"

namespace emlearn { namespace networks { namespace detail {

/// (from, bytes, to). The loop ends by itself where a vector is not filled (dlstp).
EMLEARN_ASSEMBLY inline void mve_move(const void*, int, void*) {
  __asm__(
      ".syntax unified\n"
      "push {r4, lr}\n"
      "dlstp.8 lr, r1\n"
      "1:\n"
      "vldrb.8 q0, [r0], #16\n"
      "vstrb.8 q0, [r2], #16\n"
      "letp lr, 1b\n"
      "pop {r4, pc}\n");
}

/// See lines.hpp.
inline bool moved_by_core(const uint8_t* from, int n, uint8_t* to) { return mve_move(from, n, to), true; }
inline bool moved_by_core(const uint16_t* from, int n, uint16_t* to) { return mve_move(from, 2 * n, to), true; }

}}}  // namespace emlearn::networks::detail

#endif
