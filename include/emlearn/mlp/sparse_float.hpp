// Dense layers in float of which most weights are zero: the others alone, input by input.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_SPARSE_FLOAT_HPP
#define EMLEARN_MLP_SPARSE_FLOAT_HPP

#include "../mlp.hpp"

namespace emlearn { namespace mlp {

/// A layer's tables: for each of n_in inputs how many outputs take it, and for each of these, one after the other, its number and weight.
template <class Index> struct by_input {
  const float* weights;
  const Index *outputs, *counts;
  const float* bias;
  int n_in, n_out;
};

/// As dense(), with the weights that are zero left out: each sum is added up in the same order.
template <class Reader, class Activation, class Index, class X>
EMLEARN_CONSTEXPR void dense_sparse(const X* x, const by_input<Index>& layer, float* out) {
  for (int j = 0; j < layer.n_out; ++j) {
    EMLEARN_KEEP_LOOP();
    out[j] = Reader::read(layer.bias + j);
  }
  const float* weights = layer.weights;
  const Index* outputs = layer.outputs;
  for (int i = 0; i < layer.n_in; ++i) {
    const Index* const end = outputs + Reader::read(layer.counts + i);
    if (x[i] == 0) {
      weights += end - outputs;
      outputs = end;
      continue;
    }
    const float value = static_cast<float>(x[i]);
    for (; outputs != end; ++outputs) {
      out[Reader::read(outputs)] += Reader::read(weights) * value;
      ++weights;
    }
  }
  for (int j = 0; j < layer.n_out; ++j) out[j] = Activation::of(out[j]);
}

/// Whether the tables of a layer have the sizes that dense_sparse() reads, name outputs that there are, and hold finite numbers only.
template <class Reader, class Index>
EMLEARN_CONSTEXPR bool valid(const by_input<Index>& layer, size_t n_weights, size_t n_outputs, size_t n_counts, size_t n_bias) {
  if (layer.n_in < 1 || layer.n_out < 1 || n_weights != n_outputs) return false;
  if (n_counts != static_cast<size_t>(layer.n_in) || n_bias != static_cast<size_t>(layer.n_out)) return false;
  size_t taken = 0;
  for (int i = 0; i < layer.n_in; ++i) taken += Reader::read(layer.counts + i);
  if (taken > n_weights) return false;
  for (size_t k = 0; k < taken; ++k)
    if (static_cast<int>(Reader::read(layer.outputs + k)) >= layer.n_out) return false;
  return finite<Reader>(layer.weights, static_cast<unsigned long>(n_weights)) &&
         finite<Reader>(layer.bias, static_cast<unsigned long>(n_bias));
}

}}  // namespace emlearn::mlp

#endif
