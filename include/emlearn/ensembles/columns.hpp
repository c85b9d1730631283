// Leaves as columns: one where a leaf is reached, zero elsewhere.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_ENSEMBLES_COLUMNS_HPP
#define EMLEARN_ENSEMBLES_COLUMNS_HPP

#include "../flash.hpp"

namespace emlearn { namespace ensembles {

/// Marks the column of each leaf.
struct mark {
  float* out;
  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) { out[payload] = 1.0f; }
};

/// Writes all columns.
/// @param walk  payloads are columns
template <class Walk> EMLEARN_CONSTEXPR void one_hot(Walk walk, uint16_t n_columns, float* out) {
  for (uint16_t k = 0; k != n_columns; ++k) out[k] = 0.0f;
  mark sink = {out};
  walk.each(sink);
}

}}  // namespace emlearn::ensembles

#endif
