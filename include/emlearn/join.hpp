// How the answers of members that saw the same row become one.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_JOIN_HPP
#define EMLEARN_JOIN_HPP

#include "config.hpp"

namespace emlearn { namespace join {

/// Adds weight * values to sum, both of n.
EMLEARN_CONSTEXPR void add(const float* values, float weight, float* sum, uint16_t n) {
  for (uint16_t i = 0; i != n; ++i) sum[i] = sum[i] + weight * values[i];
}

/// The index of the first largest of n values.
template <class Value> EMLEARN_CONSTEXPR int largest(const Value* values, uint16_t n) {
  uint16_t best = 0;
  for (uint16_t i = 1; i < n; ++i)
    if (values[i] > values[best]) best = i;
  return static_cast<int>(best);
}

}}  // namespace emlearn::join

#endif
