// What becomes of the values of each channel under a window: their sum, or the largest.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_POOLS_HPP
#define EMLEARN_NETWORKS_POOLS_HPP

#include "../detail/cores/networks.hpp"
#include "folds.hpp"

namespace emlearn { namespace networks { namespace integer { namespace detail {

/// The channels of one place, without padding.
template <class Fold, class V, class Q> class pool {
 public:
  using type = typename Fold::type;
  pool(const V& v, const Q* x, int row, int column) : v_(v), taps_(v, x, row, column) {}

  /// How many values each channel has.
  int32_t count() const { return static_cast<int32_t>((taps_.ys.end - taps_.ys.first) * (taps_.xs.end - taps_.xs.first)); }

  type one(int c) const {
    type all = 0;
    const Q* line = taps_.x + c;
    for (int r = taps_.ys.first; r < taps_.ys.end; ++r, line += row()) {
      const Q* x = line;
      for (int t = taps_.xs.first; t < taps_.xs.end; ++t, x += step()) all = Fold::of(all, *x);
    }
    return all;
  }

  /// Whether the core's own kernel has found what becomes of four channels from c on.
  EMLEARN_INLINE bool four(int c, type* s) const { return own_pool(Fold(), v_, taps_.ys, taps_.xs, taps_.x + c, s); }

 private:
  int step() const { return v_.dilation_x() * v_.channels(); }
  ptrdiff_t row() const { return static_cast<ptrdiff_t>(v_.dilation_y()) * v_.width() * v_.channels(); }

  const V& v_;
  networks::detail::taps<Q> taps_;
};

/// At each place f(channel, what Fold makes of its values, their number) is the answer.
template <class Fold, class V, class Q, class F> inline void each_pool(const V& v, const Q* x, const F& f, Q* out) {
  out = first_answers(v, v.channels(), out);
  for (int r = 0; r < v.places_y(); ++r) {
    for (int column = 0; column < v.places_x(); ++column, out += next_answers(v, v.channels())) {
      const pool<Fold, V, Q> all(v, x, row_of(v, r), column_of(v, column));
      typename Fold::type s[4];
      int c = 0;
      for (; c + 4 <= v.channels() && all.four(c, s); c += 4) {
        for (int k = 0; k < 4; ++k) out[c + k] = static_cast<Q>(f(c + k, s[k], all.count()));
      }
      for (; c < v.channels(); ++c) out[c] = static_cast<Q>(f(c, all.one(c), all.count()));
    }
  }
}

}}}}  // namespace emlearn::networks::integer::detail

#endif
