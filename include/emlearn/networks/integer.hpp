// Networks in integers: convolutions by the dense kernels, depthwise convolutions and pooling.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_INTEGER_HPP
#define EMLEARN_NETWORKS_INTEGER_HPP

#include "../mlp/integer.hpp"
#include "places.hpp"

namespace emlearn { namespace networks {

/// What a layer with a leaky activation does with a rescaled sum: below v.zero() it falls by v.slope() / 2^15 of it.
struct leak {
  template <class Reader, class V> int32_t of(const V& v, int32_t y) const {
    if (y < v.zero()) {
      const uint32_t d = static_cast<uint32_t>(v.zero()) - static_cast<uint32_t>(y), below = d < 0xffffu ? d : 0xffffu;
      y = v.zero() - static_cast<int32_t>((below * static_cast<uint32_t>(v.slope()) + 0x4000u) >> 15);
      return y < 0 ? 0 : y;
    }
    return y > v.top() ? v.top() : y;
  }
};

/// Raw rows of positions, the same intake `Take` for each.
template <class Take, class V, class X, class Q> inline void take_positions(const V& v, const X* x, int positions, Q* out) {
  for (int p = 0; p < positions; ++p, x += v.n_features(), out += v.n_features()) Take::of(v, x, out);
}

/// How one position is taken in, see mlp::take_whole and the others.
template <class Reader> struct scaled {
  template <class V, class X, class Q> static void of(const V& v, const X* x, Q* out) { mlp::take_scaled<Reader>(v, x, out); }
};
template <class Reader> struct real {
  template <class V, class X, class Q> static void of(const V& v, const X* x, Q* out) { mlp::take_real<Reader>(v, x, out); }
};

namespace detail {

template <class Reader, class Kernel, class Step, class V, class Q> struct hidden_at {
  const V& v;
  const Step& step;
  Q* out;
  void operator()(const Q* x) {
    mlp::hidden<Reader, Kernel>(v, step, x, out);
    out += v.answers();
  }
};

template <class Reader, class Kernel, class V, class Q> struct values_at {
  const V& v;
  float* out;
  void operator()(const Q* x) {
    mlp::values<Reader, Kernel>(v, x, v.answers(), out);
    out += v.answers();
  }
};

/// What a layer that is asked for once takes.
template <class Q> struct find {
  const Q* found;
  void operator()(const Q* x) { found = x; }
};

/// Calls f at each place with the values under the window, in the patch where they do not lie one after the other, or not on
/// words that the core can load. What fills up the last tile has weights of zero, and need not be any number.
template <class V, class Q, class F> EMLEARN_INLINE inline void patched(const V& v, const Q* x, Q* patch, F& f) {
  if (v.in_place() || (v.unaligned() && mlp::loads_unaligned<Q>())) {
    each_patch<true>(v, x, static_cast<Q>(v.pad()), patch, f);
    return;
  }
  for (int i = v.values(); i < v.n_in(); ++i) patch[i] = 0;
  each_patch<false>(v, x, static_cast<Q>(v.pad()), patch, f);
}

}  // namespace detail

/// A dense layer at each place of the window: a convolution.
template <class Reader, class Kernel, class Step, class V, class Q>
inline void convolve(const V& v, const Step& step, const Q* x, Q* patch, Q* out) {
  detail::hidden_at<Reader, Kernel, Step, V, Q> f = {v, step, out};
  detail::patched(v, x, patch, f);
}

/// A regressor's last layer at each place.
template <class Reader, class Kernel, class V, class Q> inline void values(const V& v, const Q* x, Q* patch, float* out) {
  detail::values_at<Reader, Kernel, V, Q> f = {v, out};
  detail::patched(v, x, patch, f);
}

/// What the last layer takes, where it has one place.
template <class V, class Q> inline const Q* under(const V& v, const Q* x, Q* patch) {
  detail::find<Q> f = {x};
  detail::patched(v, x, patch, f);
  return f.found;
}

namespace detail {

/// The sum of output o over all taps, v.pad() where they are padding.
template <class Reader, class V, class Q> struct sum_taps {
  const V& v;
  const Q* x;
  int o;
  int32_t sum;
  void operator()(int tap, int position) {
    const int32_t value = static_cast<int32_t>(x[static_cast<ptrdiff_t>(position) * v.channels()]);
    const auto* const w = v.weights() + static_cast<ptrdiff_t>(tap) * v.answers() + o;
    sum += static_cast<int32_t>(Reader::read(w)) * (value - v.pad());
  }
};

}  // namespace detail

/// Sums over each channel by itself: a depthwise convolution. Biases have what padding at all taps adds, so that it is left out here.
template <class Reader, class Step, class V, class Q> inline void convolve_each(const V& v, const Step& step, const Q* x, Q* out) {
  for (int row = 0; row < v.places_y(); ++row) {
    for (int column = 0; column < v.places_x(); ++column) {
      for (int o = 0; o < v.answers(); ++o) {
        detail::sum_taps<Reader, V, Q> f = {v, x + o / v.multiplier(), o, 0};
        each_tap(v, row, column, f);
        mlp::detail::answer<Reader>(v, step, o, f.sum, v.bias(), v.factor(), out);
      }
      out += v.answers();
    }
  }
}

namespace detail {

template <class V, class Q> struct keep_most {
  const V& v;
  const Q* x;
  Q most;
  void operator()(int, int position) {
    const Q value = x[static_cast<ptrdiff_t>(position) * v.channels()];
    if (value > most) most = value;
  }
};

template <class V, class Q> struct total {
  const V& v;
  const Q* x;
  uint32_t sum, count;
  void operator()(int, int position) {
    sum += x[static_cast<ptrdiff_t>(position) * v.channels()];
    ++count;
  }
};

}  // namespace detail

/// The largest value of each channel under the window; padding is none.
template <class V, class Q> inline void largest(const V& v, const Q* x, Q* out) {
  for (int row = 0; row < v.places_y(); ++row) {
    for (int column = 0; column < v.places_x(); ++column) {
      for (int c = 0; c < v.channels(); ++c) {
        detail::keep_most<V, Q> f = {v, x + c, 0};
        each_tap(v, row, column, f);
        *out++ = f.most;
      }
    }
  }
}

/// The mean of each channel under the window, rounded half up: over v.divisor() values, padding as v.pad(), or, where that is 0, over
/// those that are no padding.
template <class V, class Q> inline void mean(const V& v, const Q* x, Q* out) {
  for (int row = 0; row < v.places_y(); ++row) {
    for (int column = 0; column < v.places_x(); ++column) {
      for (int c = 0; c < v.channels(); ++c) {
        detail::total<V, Q> f = {v, x + c, 0, 0};
        each_tap(v, row, column, f);
        const uint32_t all = static_cast<uint32_t>(v.divisor()), n = all != 0 ? all : f.count;
        const uint32_t sum = f.sum + (n - f.count) * static_cast<uint32_t>(v.pad());
        *out++ = static_cast<Q>((sum + (n >> 1)) / n);
      }
    }
  }
}

}}  // namespace emlearn::networks

#endif
