// Layers of TensorFlow Lite's that are computed line by line, see networks/lines.hpp.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TFLITE_STRIPS_HPP
#define EMLEARN_TFLITE_STRIPS_HPP

#include "../networks/strips.hpp"
#include "../tflite.hpp"

namespace emlearn { namespace tflite {

/// How features become bytes, see take_real().
struct real {
  template <class V, class X, class Q> static void of(const V& v, const X* x, Q* out) { take_real(v, x, out); }
  template <class V, class X, class Q> static bool all(const V&, const X*, int, Q*) { return false; }
};

/// What the layer of a strip does at each place of a line, beside those of other networks.
struct averages {
  template <class V, class Q> static void of(const V& v, const Q* x, Q*, Q* out) { average(v, x, out); }
};
template <class Reader> struct looked_up {
  template <class V, class Q> static void of(const V& v, const Q* x, Q*, Q* out) {
    look_up<Reader>(v.table(), x, v.width() * v.channels(), out);
  }
};

}}  // namespace emlearn::tflite

#endif
