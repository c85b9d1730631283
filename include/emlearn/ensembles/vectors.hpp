// Sums of vectors of integers: a leaf has a value for each column, and a tree is walked once for all.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_ENSEMBLES_VECTORS_HPP
#define EMLEARN_ENSEMBLES_VECTORS_HPP

#include "../flash.hpp"

// The converter has proved that no sum, finished or not, leaves int32_t.
namespace emlearn { namespace ensembles {

/// Adds the vectors of leaves up.
template <class Reader, class Value> struct add_vectors {
  const Value* values;
  int32_t* sums;
  uint16_t n_columns;

  template <class Id> EMLEARN_CONSTEXPR void operator()(Id payload) {
    const Value* leaf = values + static_cast<size_t>(payload) * n_columns;
    int32_t* sum = sums;
    for (const Value* const end = leaf + n_columns; leaf != end; ++leaf) *sum++ += static_cast<int32_t>(Reader::read(leaf));
  }
};

/// Calls finish(column, sum) for each column.
/// @param walk    payloads are the leaves' numbers
/// @param values  the vectors, leaf after leaf
/// @param sums    working memory, n_columns values
template <class Reader, class Walk, class Value, class Finish>
EMLEARN_CONSTEXPR Finish each_vector(Walk walk, const Value* values, const int32_t* start, uint16_t n_columns, int32_t* sums,
                                     Finish finish) {
  for (uint16_t k = 0; k != n_columns; ++k) sums[k] = Reader::read(start + k);
  add_vectors<Reader, Value> sink = {values, sums, n_columns};
  walk.each(sink);
  for (uint16_t k = 0; k != n_columns; ++k) finish(k, sums[k]);
  return finish;
}

/// Whether there is a start per column, and a value per column for each of `n_leaves`.
constexpr bool valid_vectors(size_t n_starts, size_t n_values, uint16_t n_columns, uint32_t n_leaves) {
  return n_starts == n_columns && n_values == static_cast<size_t>(n_leaves) * n_columns;
}

}}  // namespace emlearn::ensembles

#endif
