// Regressors: the mean of the leaves' values.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_MEAN_HPP
#define EMLEARN_TREES_MEAN_HPP

#include "walk.hpp"

namespace emlearn { namespace trees {

/// The mean over all trees of values[leaf][n_outputs], summed in float in the order of the trees.
/// @param walk  a walk, or anything else with n_trees() and next()
template <class Reader, class Walk> EMLEARN_CONSTEXPR void mean(Walk walk, const float* values, uint16_t n_outputs, float* out) {
  for (uint16_t k = 0; k != n_outputs; ++k) out[k] = 0.0f;
  for (uint16_t t = 0; t != walk.n_trees(); ++t) {
    const float* row = values + static_cast<size_t>(walk.next()) * n_outputs;
    for (uint16_t k = 0; k != n_outputs; ++k) {
      const float value = Reader::read(row + k);
      out[k] = out[k] + value;
    }
  }
  if (walk.n_trees() == 1) return;
  for (uint16_t k = 0; k != n_outputs; ++k) out[k] = out[k] / static_cast<float>(walk.n_trees());
}

/// The same for one output.
template <class Reader, class Walk> EMLEARN_CONSTEXPR float mean_one(Walk walk, const float* values) {
  float out[1] = {0.0f};
  mean<Reader>(walk, values, 1, out);
  return out[0];
}

}}  // namespace emlearn::trees

#endif
