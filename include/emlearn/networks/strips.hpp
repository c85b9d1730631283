// Integer layers that are computed line by line, see lines.hpp.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_STRIPS_HPP
#define EMLEARN_NETWORKS_STRIPS_HPP

#include "integer.hpp"
#include "lines.hpp"

namespace emlearn { namespace networks { namespace integer {

/// What the layer of a strip does at each place of a line, see convolve() and the others.
template <class Reader, class Kernel, class Step> struct convolved {
  template <class V, class Q> static void of(const V& v, const Q* x, Q* patch, Q* out) {
    convolve<Reader, Kernel>(v, Step(), x, patch, out);
  }
};
template <class Reader, class Step> struct convolved_each {
  template <class V, class Q> static void of(const V& v, const Q* x, Q*, Q* out) { convolve_each<Reader>(v, Step(), x, out); }
};
template <class Reader> struct scaled_means {
  template <class V, class Q> static void of(const V& v, const Q* x, Q*, Q* out) { scaled_mean<Reader>(v, x, out); }
};
struct means {
  template <class V, class Q> static void of(const V& v, const Q* x, Q*, Q* out) { mean(v, x, out); }
};
struct most {
  template <class V, class Q> static void of(const V& v, const Q* x, Q*, Q* out) { largest(v, x, out); }
};

/// How a raw line of whole numbers is taken in, beside scaled and real.
struct whole {
  template <class V, class X, class Q> static void of(const V& v, const X* x, Q* out) { mlp::take_whole(v, x, out); }
  template <class V, class X, class Q> static bool all(const V&, const X*, int, Q*) { return false; }
};

}}}  // namespace emlearn::networks::integer

#endif
