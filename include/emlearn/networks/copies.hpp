// Values that lie one after the other, copied or all the same: the end of what was written comes back.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_COPIES_HPP
#define EMLEARN_NETWORKS_COPIES_HPP

#include "../config.hpp"

namespace emlearn { namespace networks { namespace detail {

template <class X, class T> EMLEARN_INLINE inline T* copied(const X* x, int n, T* out) {
  for (const X* const end = x + n; x != end; ++x) *out++ = static_cast<T>(*x);
  return out;
}

template <class T> EMLEARN_INLINE inline T* filled(T value, int n, T* out) {
  for (T* const end = out + n; out != end; ++out) {
    EMLEARN_KEEP_LOOP();
    *out = value;
  }
  return out;
}

/// A line of values: so many of padding, copied ones, and padding again. The order is that of the cores' assembly.
struct line {
  int32_t before, inside, behind;
  uint32_t pad;
};

/// Whether the core has a kernel for a line of values X that become T, own_line(x, out, line).
template <class X, class T> struct has_lines {
  static constexpr bool value = false;
};
template <class X, class T> constexpr T* own_line(const X*, T* out, const line&) { return out; }

}}}  // namespace emlearn::networks::detail

#endif
