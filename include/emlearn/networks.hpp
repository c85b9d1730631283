// Networks in float: convolutions, depthwise convolutions and pooling over planes of positions with channels.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_HPP
#define EMLEARN_NETWORKS_HPP

#include "mlp.hpp"
#include "networks/places.hpp"

namespace emlearn { namespace networks {

/// f(z) = z between 0 and a number.
template <class Number> struct clipped {
  static float of(float z) { return z > Number::value() ? Number::value() : mlp::relu::of(z); }
};

/// f(z) = z where positive, else a number of it.
template <class Number> struct leaky {
  static float of(float z) { return z > 0.0f ? z : z * Number::value(); }
};

/// f(z) = z where positive, else exp(z) - 1 times a number.
template <class Number> struct elu {
  static float of(float z) { return z > 0.0f ? z : Number::value() * (static_cast<float>(expf(z)) - 1.0f); }
};

namespace detail {

template <class Reader, class Activation, bool by_input, class V> struct dense_at {
  const V& v;
  float* out;
  template <class X> void operator()(const X* x) {
    if (by_input) {
      mlp::dense_by_input<Reader, Activation>(x, v.weights(), v.bias(), v.n_in(), v.n_out(), out);
    } else {
      mlp::dense<Reader, Activation>(x, v.weights(), v.bias(), v.n_in(), v.n_out(), out);
    }
    out += next_answers(v, v.n_out());
  }
};

template <class Reader, class V, class X> struct add_tap {
  const V& v;
  const X* x;
  float* out;
  void operator()(int tap, int position) const {
    const float* w = v.weights() + static_cast<ptrdiff_t>(tap) * v.n_out();
    const X* const from = x + static_cast<ptrdiff_t>(position) * v.channels();
    float* to = out;
    for (int c = 0; c < v.channels(); ++c) {
      if (!EMLEARN_HARD_FLOAT && from[c] == 0) {  // as relu leaves many: an addition and a multiplication are calls there
        w += v.multiplier(), to += v.multiplier();
        continue;
      }
      const float value = static_cast<float>(from[c]);
      for (int m = 0; m < v.multiplier(); ++m) *to++ += Reader::read(w++) * value;
    }
  }
};

template <class V, class X> struct keep_largest {
  const V& v;
  const X* x;
  float* out;
  bool first;
  void operator()(int, int position) {
    const X* const from = x + static_cast<ptrdiff_t>(position) * v.channels();
    for (int c = 0; c < v.channels(); ++c) {
      const float value = static_cast<float>(from[c]);
      if (first || value > out[c]) out[c] = value;
    }
    first = false;
  }
};

template <class V, class X> struct add_values {
  const V& v;
  const X* x;
  float* out;
  int count;
  void operator()(int, int position) {
    const X* const from = x + static_cast<ptrdiff_t>(position) * v.channels();
    for (int c = 0; c < v.channels(); ++c) out[c] += static_cast<float>(from[c]);
    ++count;
  }
};

/// `At` is asked at each place.
template <class At, class V, class X> EMLEARN_INLINE inline void at_places(const V& v, const X* x, float* patch, float* out) {
  At f = {v, first_answers(v, v.n_out(), out)};
  if (v.in_place()) {
    each_patch<true>(v, x, 0.0f, patch, f);
  } else {
    each_patch<false>(v, x, 0.0f, patch, f);
  }
}

}  // namespace detail

/// A dense layer at each place of the window: a convolution. `patch` has room for the values under it, unless v.in_place(). `by_input`: see
/// mlp::dense_by_input().
template <class Reader, class Activation, bool by_input = false, class V, class X>
inline void convolve(const V& v, const X* x, float* patch, float* out) {
  detail::at_places<detail::dense_at<Reader, Activation, by_input, V>>(v, x, patch, out);
}

/// Sums over each channel by itself: a depthwise convolution.
template <class Reader, class Activation, class V, class X> inline void convolve_each(const V& v, const X* x, float* out) {
  out = first_answers(v, v.n_out(), out);
  for (int r = 0; r < v.places_y(); ++r) {
    const int row = row_of(v, r);
    for (int c = 0; c < v.places_x(); ++c, out += next_answers(v, v.n_out())) {
      for (int o = 0; o < v.n_out(); ++o) out[o] = Reader::read(v.bias() + o);
      const detail::add_tap<Reader, V, X> f = {v, x, out};
      each_tap(v, row, column_of(v, c), f);
      for (int o = 0; o < v.n_out(); ++o) out[o] = Activation::of(out[o]);
    }
  }
}

/// The largest value of each channel under the window; padding is none.
template <class V, class X> inline void largest(const V& v, const X* x, float* out) {
  out = first_answers(v, v.channels(), out);
  for (int r = 0; r < v.places_y(); ++r) {
    for (int c = 0; c < v.places_x(); ++c, out += next_answers(v, v.channels())) {
      detail::keep_largest<V, X> f = {v, x, out, true};
      each_tap(v, row_of(v, r), column_of(v, c), f);
    }
  }
}

/// The mean of each channel under the window, over v.divisor() values, or, where that is 0, over those that are no padding.
template <class V, class X> inline void mean(const V& v, const X* x, float* out) {
  out = first_answers(v, v.channels(), out);
  for (int r = 0; r < v.places_y(); ++r) {
    for (int column = 0; column < v.places_x(); ++column, out += next_answers(v, v.channels())) {
      for (int c = 0; c < v.channels(); ++c) {
        EMLEARN_KEEP_LOOP();
        out[c] = 0.0f;
      }
      detail::add_values<V, X> f = {v, x, out, 0};
      each_tap(v, row_of(v, r), column_of(v, column), f);
      const float divisor = static_cast<float>(v.divisor() != 0 ? v.divisor() : f.count);
      for (int c = 0; c < v.channels(); ++c) out[c] /= divisor;
    }
  }
}

}}  // namespace emlearn::networks

#endif
