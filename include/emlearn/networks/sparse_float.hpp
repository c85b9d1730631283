// Convolutions in float of which most weights are zero.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_NETWORKS_SPARSE_FLOAT_HPP
#define EMLEARN_NETWORKS_SPARSE_FLOAT_HPP

#include "../mlp/sparse_float.hpp"
#include "../networks.hpp"

namespace emlearn { namespace networks {

namespace detail {

template <class Reader, class Activation, class V> struct sparse_at {
  const V& v;
  float* out;
  template <class X> void operator()(const X* x) {
    mlp::dense_sparse<Reader, Activation>(x, v.by_input(), out);
    out += next_answers(v, v.n_out());
  }
};

}  // namespace detail

/// As convolve(), with the weights that are zero left out.
template <class Reader, class Activation, class V, class X> inline void convolve_sparse(const V& v, const X* x, float* patch, float* out) {
  detail::at_places<detail::sparse_at<Reader, Activation, V>>(v, x, patch, out);
}

/// The same at each place of a line, see lines.hpp.
template <class Reader, class Activation> struct convolved_sparse {
  template <class V> static void of(const V& v, const float* x, float* patch, float* out) {
    convolve_sparse<Reader, Activation>(v, x, patch, out);
  }
};

}}  // namespace emlearn::networks

#endif
