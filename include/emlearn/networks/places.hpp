// The places of a window on a plane of positions, and the values under it: channels innermost.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_PLACES_HPP
#define EMLEARN_NETWORKS_PLACES_HPP

#include "../detail/cores/copies.hpp"

namespace emlearn { namespace networks {

/// The row and the column of the places that come r-th and c-th, from the last ones on where v.backward().
template <class V> EMLEARN_INLINE constexpr int row_of(const V& v, int r) { return v.backward() ? v.places_y() - 1 - r : r; }
template <class V> EMLEARN_INLINE constexpr int column_of(const V& v, int c) { return v.backward() ? v.places_x() - 1 - c : c; }

/// Where the answers at the place that comes first go, n at each place, and how far it is from there to the next.
template <class V, class T> EMLEARN_INLINE constexpr T* first_answers(const V& v, int n, T* out) {
  return v.backward() ? out + static_cast<ptrdiff_t>(v.places_y() * v.places_x() - 1) * n : out;
}
template <class V> EMLEARN_INLINE constexpr int next_answers(const V& v, int n) { return v.backward() ? -n : n; }

namespace detail {

/// What lies under a row of window v whose first column is at `left`.
template <class V> EMLEARN_INLINE inline line line_at(const V& v, int left, uint32_t pad) {
  const int before = left < -v.columns() ? v.columns() : left < 0 ? -left : 0;
  const int end = v.width() - left < v.columns() ? v.width() - left : v.columns();
  const int inside = end > before ? end - before : 0;
  return {before * v.channels(), inside * v.channels(), (v.columns() - before - inside) * v.channels(), pad};
}

}  // namespace detail

/// The values under window v at place (row, column), padding as `pad`.
template <class V, class X, class T> inline void gather(const V& v, const X* x, int row, int column, T pad, T* out) {
  constexpr bool by_lines = detail::has_lines<X, T>::value;
  const int line = v.columns() * v.channels();
  const int left = column * v.stride_x() - v.left();
  const detail::line across = detail::line_at(v, left, static_cast<uint32_t>(pad)), none = {line, 0, 0, static_cast<uint32_t>(pad)};
  int at = row * v.stride_y() - v.above();
  for (int r = 0; r < v.rows(); ++r, at += v.dilation_y()) {
    const bool outside = at < 0 || at >= v.height();
    const X* const start = x + static_cast<ptrdiff_t>(at) * v.width() * v.channels();
    if (by_lines && v.dilation_x() == 1) {
      out = detail::own_line(start + static_cast<ptrdiff_t>(left) * v.channels() + across.before, out, outside ? none : across);
      continue;
    }
    if (outside) {
      out = detail::filled(pad, line, out);
      continue;
    }
    if (v.dilation_x() == 1 && left >= 0 && left + v.columns() <= v.width()) {
      out = detail::copied(start + static_cast<ptrdiff_t>(left) * v.channels(), line, out);
      continue;
    }
    int from = left;
    for (int c = 0; c < v.columns(); ++c, from += v.dilation_x()) {
      out = from < 0 || from >= v.width() ? detail::filled(pad, v.channels(), out)
                                          : detail::copied(start + static_cast<ptrdiff_t>(from) * v.channels(), v.channels(), out);
    }
  }
}

/// Calls f(values under the window) at each place, in the order of row_of(); where they lie one after the other they are not copied to
/// `patch`.
template <bool in_place, class V, class X, class T, class F> inline void each_patch(const V& v, const X* x, T pad, T* patch, F& f) {
  for (int r = 0; r < v.places_y(); ++r) {
    const int row = row_of(v, r);
    for (int c = 0; c < v.places_x(); ++c) {
      const int column = column_of(v, c);
      if (in_place) {
        f(x + (static_cast<ptrdiff_t>(row) * v.stride_y() * v.width() + static_cast<ptrdiff_t>(column) * v.stride_x()) * v.channels());
      } else {
        gather(v, x, row, column, pad, patch);
        f(static_cast<const T*>(patch));
      }
    }
  }
}

namespace detail {

/// The taps of a window that lie on the plane, along one axis.
struct span {
  int first, end;
};

EMLEARN_INLINE inline span inside(int place, int stride, int before, int dilation, int size, int length) {
  span s = {0, size};
  const int start = place * stride - before;
  while (s.first < size && start + s.first * dilation < 0) ++s.first;
  while (s.end > s.first && start + (s.end - 1) * dilation >= length) --s.end;
  return s;
}

/// The taps of place (row, column) that are no padding, and where the first one's values lie.
template <class X> struct taps {
  template <class V> taps(const V& v, const X* plane, int row, int column)
      : ys(inside(row, v.stride_y(), v.above(), v.dilation_y(), v.rows(), v.height())),
        xs(inside(column, v.stride_x(), v.left(), v.dilation_x(), v.columns(), v.width())) {
    const int y = row * v.stride_y() - v.above() + ys.first * v.dilation_y();
    x = plane + (static_cast<ptrdiff_t>(y) * v.width() + (column * v.stride_x() - v.left() + xs.first * v.dilation_x())) * v.channels();
  }

  span ys, xs;
  const X* x;
};

}  // namespace detail

/// Calls f(tap, position) for the taps of place (row, column) that are no padding, in their order.
template <class V, class F> EMLEARN_INLINE inline void each_tap(const V& v, int row, int column, F& f) {
  const detail::span ys = detail::inside(row, v.stride_y(), v.above(), v.dilation_y(), v.rows(), v.height());
  const detail::span xs = detail::inside(column, v.stride_x(), v.left(), v.dilation_x(), v.columns(), v.width());
  for (int r = ys.first; r < ys.end; ++r) {
    const int line = (row * v.stride_y() - v.above() + r * v.dilation_y()) * v.width();
    const int start = line + column * v.stride_x() - v.left();
    for (int c = xs.first; c < xs.end; ++c) f(r * v.columns() + c, start + c * v.dilation_x());
  }
}

}}  // namespace emlearn::networks

#endif
