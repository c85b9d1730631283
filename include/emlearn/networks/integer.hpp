// Networks in integers: convolutions by the dense kernels, depthwise convolutions and pooling.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_INTEGER_HPP
#define EMLEARN_NETWORKS_INTEGER_HPP

#include "../detail/cores/networks.hpp"
#include "../mlp/integer.hpp"
#include "pools.hpp"
#include "positions.hpp"

namespace emlearn { namespace networks { namespace integer {

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

/// How one position is taken in, see mlp::take_whole and the others, and whether the core has taken in all of them at once.
template <class Reader> struct scaled {
  template <class V, class X, class Q> static void of(const V& v, const X* x, Q* out) { mlp::take_scaled<Reader>(v, x, out); }
  template <class V, class X, class Q> static bool all(const V& v, const X* x, int positions, Q* out) {
    return mlp::detail::taken_positions(v, x, positions, out);
  }
};
template <class Reader> struct real {
  template <class V, class X, class Q> static void of(const V& v, const X* x, Q* out) { mlp::take_real<Reader>(v, x, out); }
  template <class V, class X, class Q> static bool all(const V&, const X*, int, Q*) { return false; }
};

namespace detail {

template <class Reader, class Kernel, class Step, class V, class Q> struct hidden_at {
  const V& v;
  const Step& step;
  Q* out;
  void operator()(const Q* x) {
    mlp::hidden<Reader, Kernel>(v, step, x, out);
    out += next_answers(v, v.answers());
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
  detail::hidden_at<Reader, Kernel, Step, V, Q> f = {v, step, first_answers(v, v.answers(), out)};
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

/// The taps of one place that are no padding, for outputs that each see one channel.
template <class Reader, class V, class Q> class each_sums {
 public:
  each_sums(const V& v, const Q* x, int row, int column) : v_(v), taps_(v, x, row, column), own_(v, taps_.ys, taps_.xs) {
    w_ = v.weights() + static_cast<ptrdiff_t>(taps_.ys.first * v.columns() + taps_.xs.first) * v.answers();
  }

  /// How many outputs, from the first on, the core has answered by a kernel of its own.
  template <class Step> EMLEARN_INLINE int answered(const Step& step, Q* out) const {
    return whole_place(step, v_, taps_.ys, taps_.xs, w_, taps_.x, out);
  }

  /// The sum of output o, which sees channel c.
  int32_t one(int o, int c) const {
    int32_t sum = 0;
    const Q* line = taps_.x + c;
    auto weights = w_ + o;
    for (int r = taps_.ys.first; r < taps_.ys.end; ++r) {
      const Q* x = line;
      auto w = weights;
      for (int t = taps_.xs.first; t < taps_.xs.end; ++t) {
        sum += times(Reader::read(w), *x);
        x += v_.dilation_x() * v_.channels();
        w += v_.answers();
      }
      line += static_cast<ptrdiff_t>(v_.dilation_y()) * v_.width() * v_.channels();
      weights += v_.columns() * v_.answers();
    }
    return sum;
  }

  /// The sums of four outputs from o on, which see the channels of the same numbers: the loops' counting is shared.
  EMLEARN_INLINE void four(int o, int32_t* s) const {
    if (own_.sums(w_ + o, taps_.x + o, s)) return;
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    const Q* line = taps_.x + o;
    auto weights = w_ + o;
    for (int r = taps_.ys.first; r < taps_.ys.end; ++r) {
      const Q* x = line;
      auto w = weights;
      for (int t = taps_.xs.first; t < taps_.xs.end; ++t) {
        s0 += times(Reader::read(w), x[0]);
        s1 += times(Reader::read(w + 1), x[1]);
        s2 += times(Reader::read(w + 2), x[2]);
        s3 += times(Reader::read(w + 3), x[3]);
        x += v_.dilation_x() * v_.channels();
        w += v_.answers();
      }
      line += static_cast<ptrdiff_t>(v_.dilation_y()) * v_.width() * v_.channels();
      weights += v_.columns() * v_.answers();
    }
    s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3;
  }

 private:
  template <class W> typename mlp::detail::product<Q>::type times(W w, Q x) const {
    using P = typename mlp::detail::product<Q>::type;
    return static_cast<P>(w) * (static_cast<P>(x) - static_cast<P>(v_.pad()));
  }

  using table = decltype(static_cast<const V*>(nullptr)->weights());

  const V& v_;
  networks::detail::taps<Q> taps_;
  decltype(own_for(static_cast<table>(nullptr), static_cast<const Q*>(nullptr))) own_;
  table w_;
};

}  // namespace detail

/// Sums over each channel by itself: a depthwise convolution, four outputs at a time where each channel has one. Biases have what padding
/// at all taps adds, so that it is left out here.
template <class Reader, class Step, class V, class Q> inline void convolve_each(const V& v, const Step& step, const Q* x, Q* out) {
  out = first_answers(v, v.answers(), out);
  for (int r = 0; r < v.places_y(); ++r) {
    for (int c = 0; c < v.places_x(); ++c, out += next_answers(v, v.answers())) {
      const detail::each_sums<Reader, V, Q> sums(v, x, row_of(v, r), column_of(v, c));
      int o = sums.answered(step, out);
      if (v.multiplier() == 1) {
        for (; o + 4 <= v.answers(); o += 4) {
          int32_t s[4];
          sums.four(o, s);
          for (int k = 0; k < 4; ++k) mlp::detail::answer<Reader>(v, step, o + k, s[k], v.bias(), v.factor(), out);
        }
      }
      for (; o < v.answers(); ++o) {
        mlp::detail::answer<Reader>(v, step, o, sums.one(o, o / v.multiplier()), v.bias(), v.factor(), out);
      }
    }
  }
}

namespace detail {

/// A mean is the sum over n, rounded half up.
template <class V> struct divided {
  const V& v;
  uint32_t operator()(int, uint32_t sum, uint32_t n) const { return (sum + (n >> 1)) / n; }
};

/// Or a rescaled sum, as that of a layer with weights.
template <class Reader, class V> struct rescaled {
  const V& v;
  int32_t operator()(int c, uint32_t sum, uint32_t) const {
    const int32_t all = static_cast<int32_t>(sum) + Reader::read(v.bias() + c);
    return mlp::clamp().of<Reader>(v, mlp::detail::scaled<Reader>(v, all, v.factor() + c));
  }
};

/// The mean over n = v.divisor() values, padding as v.pad(), or over those that are no padding.
template <class Form, class V> struct mean_of {
  const V& v;
  auto operator()(int c, uint32_t sum, int32_t count) const -> decltype(Form{v}(c, sum, sum)) {
    const uint32_t found = static_cast<uint32_t>(count), all = static_cast<uint32_t>(v.divisor()), n = all != 0 ? all : found;
    return Form{v}(c, sum + (n - found) * static_cast<uint32_t>(v.pad()), n);
  }
};

struct itself {
  template <class Q> EMLEARN_INLINE Q operator()(int, Q most, int32_t) const { return most; }
};

}  // namespace detail

/// The largest value of each channel under the window; padding is none.
template <class V, class Q> inline void largest(const V& v, const Q* x, Q* out) {
  detail::each_pool<detail::keep_most<Q>>(v, x, detail::itself(), out);
}

/// The mean of each channel under the window in the steps of what it is made of, rounded half up: over v.divisor() values, padding as
/// v.pad(), or, where that is 0, over those that are no padding.
template <class V, class Q> inline void mean(const V& v, const Q* x, Q* out) {
  detail::each_pool<detail::add_up<Q>>(v, x, detail::mean_of<detail::divided<V>, V>{v}, out);
}

/// The same over v.divisor() values, in steps of its own.
template <class Reader, class V, class Q> inline void scaled_mean(const V& v, const Q* x, Q* out) {
  detail::each_pool<detail::add_up<Q>>(v, x, detail::mean_of<detail::rescaled<Reader, V>, V>{v}, out);
}

}}}  // namespace emlearn::networks::integer

#endif
