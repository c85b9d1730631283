// Layers in float that are computed line by line, see lines.hpp.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_FLOAT_STRIPS_HPP
#define EMLEARN_NETWORKS_FLOAT_STRIPS_HPP

#include "../networks.hpp"
#include "lines.hpp"

namespace emlearn { namespace networks {

/// How a raw line is taken in.
struct as_float {
  template <class V, class X> static void of(const V& v, const X* x, float* out) { detail::copied(x, v.n_features(), out); }
  template <class V, class X> static bool all(const V&, const X*, int, float*) { return false; }
};

/// What the layer of a strip does at each place of a line, see convolve() and the others.
template <class Reader, class Activation, bool by_input = false> struct convolved {
  template <class V> static void of(const V& v, const float* x, float* patch, float* out) {
    convolve<Reader, Activation, by_input>(v, x, patch, out);
  }
};
template <class Reader, class Activation> struct convolved_each {
  template <class V> static void of(const V& v, const float* x, float*, float* out) { convolve_each<Reader, Activation>(v, x, out); }
};
struct means {
  template <class V> static void of(const V& v, const float* x, float*, float* out) { mean(v, x, out); }
};
struct most {
  template <class V> static void of(const V& v, const float* x, float*, float* out) { largest(v, x, out); }
};

}}  // namespace emlearn::networks

#endif
