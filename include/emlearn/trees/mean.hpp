// Regressors: the mean of the leaves' values.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_MEAN_HPP
#define EMLEARN_TREES_MEAN_HPP

#include "walk.hpp"

namespace emlearn { namespace trees {

/// Adds values[payload][n_outputs] to a row of sums.
template <class Reader> struct add_values {
  const float* values;
  uint16_t n_outputs;
  float* out;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) const {
    const float* row = values + static_cast<size_t>(payload) * n_outputs;
    for (uint16_t k = 0; k != n_outputs; ++k) {
      const float value = Reader::read(row + k);
      out[k] = out[k] + value;
    }
  }
};

/// Copies values[payload][n_outputs] to a row.
template <class Reader> struct copy_values {
  const float* values;
  uint16_t n_outputs;
  float* out;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) const {
    const float* row = values + static_cast<size_t>(payload) * n_outputs;
    for (uint16_t k = 0; k != n_outputs; ++k) out[k] = Reader::read(row + k);
  }
};

/// The mean over all trees of values[leaf][n_outputs], summed in float in the order of the trees.
/// @param walk  anything with n_trees() and each(sink)
template <class Reader, class Walk> EMLEARN_CONSTEXPR void mean(Walk walk, const float* values, uint16_t n_outputs, float* out) {
  if (walk.n_trees() == 1) {  // so that no addition of floats is linked: on chips without an FPU it is larger than the tree
    walk.each(copy_values<Reader>{values, n_outputs, out});
    return;
  }
  for (uint16_t k = 0; k != n_outputs; ++k) out[k] = 0.0f;
  walk.each(add_values<Reader>{values, n_outputs, out});
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
