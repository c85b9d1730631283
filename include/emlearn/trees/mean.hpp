// Regressors: the mean of the leaves' values.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_MEAN_HPP
#define EMLEARN_TREES_MEAN_HPP

#include "walk.hpp"

namespace emlearn { namespace trees {

/// The mean over all trees of values[leaf][n_outputs], summed in float in the order of the trees.
template <class Format, class Reader, class Forest, class X>
EMLEARN_CONSTEXPR void mean(const Forest& f, const float* values, const X* x, uint16_t n_outputs, float* out) {
  for (uint16_t k = 0; k != n_outputs; ++k) out[k] = 0.0f;
  const uint8_t* tree = f.nodes();
  for (uint16_t t = 0; t != f.n_trees(); ++t) {
    const float* row = values + static_cast<size_t>(next_leaf<Format, Reader>(f, tree, x)) * n_outputs;
    for (uint16_t k = 0; k != n_outputs; ++k) {
      const float value = Reader::read(row + k);
      out[k] = out[k] + value;
    }
  }
  if (f.n_trees() == 1) return;
  for (uint16_t k = 0; k != n_outputs; ++k) out[k] = out[k] / static_cast<float>(f.n_trees());
}

/// The same for one output.
template <class Format, class Reader, class Forest, class X>
EMLEARN_CONSTEXPR float mean_one(const Forest& f, const float* values, const X* x) {
  float out[1] = {0.0f};
  mean<Format, Reader>(f, values, x, 1, out);
  return out[0];
}

}}  // namespace emlearn::trees

#endif
