// Layers computed line by line from the raw row on: each has only a strip of what it takes, the lines that its window sees.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_LINES_HPP
#define EMLEARN_NETWORKS_LINES_HPP

#include <string.h>

#include "../detail/cores/copies.hpp"
#include "../detail/cores/networks.hpp"
#include "positions.hpp"

namespace emlearn { namespace networks {

namespace detail {

/// Raw positions; a function by itself, so that its loops have all registers. What comes behind them comes back.
template <class Take, class V, class X, class Q> EMLEARN_NOINLINE const X* take_line(const X* x, int positions, Q* out) {
  take_positions<Take>(V(), x, positions, out);
  return x + static_cast<ptrdiff_t>(positions) * V::n_features();
}

}  // namespace detail

/// The raw row's lines of `positions` each, in their order.
template <class Take, int positions, class V, class X> struct raw_lines {
  const X* x;
  /// The next n of them.
  template <class Q> EMLEARN_INLINE void next(int n, Q* out) { x = detail::take_line<Take, V>(x, n * positions, out); }
};

namespace detail {

/// Whether the core has moved n values, one at least, to a place that lies before.
template <class Q> constexpr bool moved_by_core(const Q*, int, Q*) { return false; }

/// The n values from `from` on, one at least, to `to`, which lies before; in words, the last of them whole, where all begin on words.
template <bool words, class Q> EMLEARN_INLINE inline void moved(const Q* from, int n, Q* to) {
  if (moved_by_core(from, n, to)) return;
  const int step = words ? static_cast<int>(4 / sizeof(Q)) : 1;
  const Q* const end = from + (n + step - 1) / step * step;
  do {
    EMLEARN_KEEP_LOOP();
    if (words) {
      uint32_t word;
      memcpy(&word, __builtin_assume_aligned(from, EMLEARN_MLP_ALIGN), 4);
      memcpy(__builtin_assume_aligned(to, EMLEARN_MLP_ALIGN), &word, 4);
    } else {
      *to = *from;
    }
    from += step, to += step;
  } while (from != end);
}

}  // namespace detail

/// The lines that a layer answers, from the lines `below` it. A view of it has the strip's height, and of the plane its v.lines().
template <class Layer, class V, class Below, class Q> struct strip {
  Below& below;
  Q* const held;
  Q* const patch;
  int at;       // the line that is held next, counted from the first of the plane; padding before it has negative numbers
  int missing;  // lines to hold before there is an answer: at first all

  /// The next n of them.
  EMLEARN_INLINE void next(int n, Q* out) {
    constexpr int line = V::width() * V::channels(), gone = V::stride_y() * line, kept = V::height() * line - gone;
    for (; n > 0; --n, out += V::places_x() * V::answers()) {
      hold(held + (V::height() - missing) * line);
      Layer::of(V(), static_cast<const Q*>(held), patch, out);
      missing = V::stride_y();
      if (kept > 0) detail::moved<gone * sizeof(Q) % 4 == 0>(held + gone, kept, held);
    }
  }

 private:
  EMLEARN_INLINE void hold(Q* to) {
    for (int some = 1; missing > 0; missing -= some, at += some) {
      if (V::is_padded() && (at < 0 || at >= V::lines())) {
        to = detail::filled(static_cast<Q>(V::pad()), V::width() * V::channels(), to);
        continue;
      }
      if (!V::is_padded()) some = missing;
      below.next(some, to);
      to += some * V::width() * V::channels();
    }
  }
};

}}  // namespace emlearn::networks

#endif
