// Sums of integer leaves: one, or one per column of trees, without an array of them where only the largest is asked for.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_ENSEMBLES_SUM_HPP
#define EMLEARN_ENSEMBLES_SUM_HPP

#include "../flash.hpp"

// The converter has proved that no sum, finished or not, leaves int32_t.
namespace emlearn { namespace ensembles {

/// The payload of a leaf is its value.
struct plain {
  template <class Reader, class Id> static EMLEARN_CONSTEXPR int32_t value(Id payload) { return static_cast<int32_t>(payload); }
};

/// The payload of a leaf is the index of its value, uint16_t or uint32_t; emitted headers have a type with the same member.
template <class T> struct looked_up {
  const T* values;
  template <class Reader, class Id> EMLEARN_CONSTEXPR int32_t value(Id payload) const {
    return static_cast<int32_t>(Reader::read(values + payload));
  }
};

/// Adds leaves up.
template <class Reader, class Leaves> struct add_all {
  Leaves leaves;
  int32_t sum;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) { sum += leaves.template value<Reader>(payload); }
};

/// Inlined throughout: in generated code of trees the compiler then knows which tree ends a column, and keeps the sum in a register.
/// Adds leaves up, `per_column` trees to a sum, and gives each finished sum to `finish(column, sum)`.
template <class Reader, class Leaves, class Finish> struct add_columns {
  Leaves leaves;
  const int32_t* start;
  uint16_t n_columns, per_column;
  Finish finish;
  int32_t sum;
  uint16_t column, left;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) {
    sum += leaves.template value<Reader>(payload);
    if (--left != 0) return;
    finish(column, sum);
    ++column;
    left = per_column;
    if (column != n_columns) sum = Reader::read(start + column);
  }
};

/// The sum of all leaves, from `start` on.
/// @param walk  anything with each(sink), which calls sink(payload) tree after tree
template <class Reader, class Walk, class Leaves>
EMLEARN_INLINE EMLEARN_CONSTEXPR int32_t total(Walk walk, const Leaves& leaves, int32_t start) {
  add_all<Reader, Leaves> sink = {leaves, start};
  walk.each(sink);
  return sink.sum;
}

/// Calls finish(column, sum) for each column, whose trees stand together.
template <class Reader, class Walk, class Leaves, class Finish>
EMLEARN_INLINE EMLEARN_CONSTEXPR Finish each_column(Walk walk, const Leaves& leaves, const int32_t* start, uint16_t n_columns,
                                                    uint16_t per_column, const Finish& finish) {
  add_columns<Reader, Leaves, Finish> sink = {leaves, start, n_columns, per_column, finish, Reader::read(start), 0, per_column};
  walk.each(sink);
  return sink.finish;
}

/// Keeps the column of the largest sum, the lowest of equals.
struct keep_largest {
  int32_t most;
  uint16_t best;

  EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(uint16_t column, int32_t sum) {
    if (column != 0 && sum <= most) return;
    most = sum;
    best = column;
  }
};

/// The column of the largest sum.
template <class Reader, class Walk, class Leaves> EMLEARN_INLINE EMLEARN_CONSTEXPR int largest(Walk walk, const Leaves& leaves,
                                                                                               const int32_t* start, uint16_t n_columns,
                                                                                               uint16_t per_column) {
  return static_cast<int>(each_column<Reader>(walk, leaves, start, n_columns, per_column, keep_largest{0, 0}).best);
}

/// A sum as a number.
struct scale {
  float base, step;
  EMLEARN_CONSTEXPR float of(int32_t sum) const { return base + step * static_cast<float>(sum); }
};

/// Writes each sum as a number.
struct write_scaled {
  float step;
  float* out;
  EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(uint16_t column, int32_t sum) { out[column] = step * static_cast<float>(sum); }
};

/// Writes each sum as a number, with a base of its own.
template <class Reader> struct write_based {
  const float* base;
  float step;
  float* out;
  EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(uint16_t column, int32_t sum) {
    out[column] = Reader::read(base + column) + step * static_cast<float>(sum);
  }
};

/// Whether `n` starts are there to read: the tables of a header must have one per column.
template <class Size> constexpr bool valid_columns(Size n_starts, uint16_t n_columns, uint16_t per_column, uint16_t n_trees) {
  return n_starts == n_columns && static_cast<uint32_t>(n_columns) * per_column == n_trees;
}

}}  // namespace emlearn::ensembles

#endif
