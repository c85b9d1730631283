// Sums and largest values of four channels under a window with the vectors of ARMv8.1-M (Helium): 4 instructions for four values.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_MVE_POOLS_HPP
#define EMLEARN_NETWORKS_MVE_POOLS_HPP

#include "folds.hpp"

namespace emlearn { namespace networks { namespace integer { namespace detail {

/// The taps of a place that are no padding. The order is that of the assembly.
struct mve_pool_taps {
  int32_t rows, columns;
  int32_t step, row;  // bytes from one value to the next, and from behind a row's last to the next row's first
};

/// (taps, values, what becomes of them).
#define EMLEARN_MVE_POOL(load, join, store) \
  ".syntax unified\n"                       \
  "push {r4, r5, r6, lr}\n"                 \
  "ldm r0, {r3, r4, r5, r6}\n"              \
  "vmov.i32 q0, #0\n"                       \
  "2:\n"                                    \
  "dls lr, r4\n"                            \
  "1:\n" load " q1, [r1]\n" join            \
  " q0, q0, q1\n"                           \
  "add r1, r5\n"                            \
  "le lr, 1b\n"                             \
  "add r1, r6\n"                            \
  "subs r3, r3, #1\n"                       \
  "bne 2b\n" store                          \
  " q0, [r2]\n"                             \
  "pop {r4, r5, r6, pc}\n"

template <class Fold> struct mve_pool;
#define EMLEARN_MVE_DEFINE(Fold, Q, load, join, store)                                                                                 \
  template <> struct mve_pool<Fold<Q>> {                                                                                               \
    EMLEARN_ASSEMBLY static void run(const mve_pool_taps*, const Q*, Fold<Q>::type*) { __asm__(EMLEARN_MVE_POOL(load, join, store)); } \
  };
EMLEARN_MVE_DEFINE(add_up, uint8_t, "vldrb.u32", "vadd.i32", "vstrw.32")
EMLEARN_MVE_DEFINE(add_up, uint16_t, "vldrh.u32", "vadd.i32", "vstrw.32")
EMLEARN_MVE_DEFINE(keep_most, uint8_t, "vldrb.u32", "vmax.u32", "vstrb.32")
EMLEARN_MVE_DEFINE(keep_most, uint16_t, "vldrh.u32", "vmax.u32", "vstrh.32")
#undef EMLEARN_MVE_DEFINE
#undef EMLEARN_MVE_POOL

/// See folds.hpp.
template <template <class> class Fold, class V, class Q> inline bool own_pool(const Fold<Q>&, const V& v, const networks::detail::span& ys,
                                                                              const networks::detail::span& xs, const Q* x,
                                                                              typename Fold<Q>::type* s) {
  const int rows = ys.end - ys.first, columns = xs.end - xs.first, size = static_cast<int>(sizeof(Q));
  if (rows <= 0 || columns <= 0) return false;
  const mve_pool_taps taps = {rows, columns, v.dilation_x() * v.channels() * size,
                              (v.dilation_y() * v.width() - columns * v.dilation_x()) * v.channels() * size};
  mve_pool<Fold<Q>>::run(&taps, x, s);
  return true;
}

}}}}  // namespace emlearn::networks::integer::detail

#endif
