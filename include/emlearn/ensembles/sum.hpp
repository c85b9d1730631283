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
    next_column();
  }
  EMLEARN_INLINE EMLEARN_CONSTEXPR void next_column() {
    ++column;
    left = per_column;
    if (column != n_columns) sum = Reader::read(start + column);
  }
  /// Where the sums are compared: whether the rest of the column, which gives that much at most, is of no consequence.
  template <class F = Finish> EMLEARN_INLINE EMLEARN_CONSTEXPR auto enough(int32_t rest) const
      -> decltype(static_cast<const F*>(nullptr)->is_done(uint16_t(), int32_t(), rest)) {
    return finish.is_done(column, sum, rest);
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
  /// Whether the column is out of the race: leaves are not negative, and of equal sums the lower column's wins.
  EMLEARN_INLINE EMLEARN_CONSTEXPR bool is_done(uint16_t column, int32_t sum, int32_t rest) const {
    return column != 0 && sum + rest <= most;
  }
};

/// Of one sum only the sign is asked for.
struct keep_sign {
  EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(uint16_t, int32_t) {}
  /// Of sum >= 0 and sum + rest < 0, one: the latter is a large number without a sign.
  EMLEARN_INLINE EMLEARN_CONSTEXPR bool is_done(uint16_t, int32_t sum, int32_t rest) const {
    return static_cast<uint32_t>(sum + rest) >= static_cast<uint32_t>(rest);
  }
};

/// Columns that are left as soon as nothing depends on them: what their trees give at most is in a table, for every 2^shift trees that are
/// left of a column, the last ones first.
template <class Reader, class Leaves, class Finish> struct look_at_columns {
  add_columns<Reader, Leaves, Finish> inner;
  const int32_t* rests;
  uint8_t shift;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) { inner(payload); }
  EMLEARN_INLINE EMLEARN_CONSTEXPR uint16_t passed_over() {
    const uint16_t left = inner.left;
    if ((left & ((1u << shift) - 1u)) != 0 || left == inner.per_column) return 0;
    const uint16_t looks = static_cast<uint16_t>((inner.per_column - 1u) >> shift);
    const size_t at = static_cast<size_t>(inner.column) * looks + (left >> shift) - 1u;
    if (!inner.finish.is_done(inner.column, inner.sum, Reader::read(rests + at))) return 0;
    inner.next_column();
    return left;
  }
};

/// The column of the largest sum.
template <class Reader, class Walk, class Leaves> EMLEARN_INLINE EMLEARN_CONSTEXPR int largest(Walk walk, const Leaves& leaves,
                                                                                               const int32_t* start, uint16_t n_columns,
                                                                                               uint16_t per_column) {
  return static_cast<int>(each_column<Reader>(walk, leaves, start, n_columns, per_column, keep_largest{0, 0}).best);
}

/// The same, where columns are left as soon as nothing depends on them.
/// @param rests, shift  as look_at_columns takes them
template <class Reader, class Walk, class Leaves>
EMLEARN_CONSTEXPR int largest_looked(Walk walk, const Leaves& leaves, const int32_t* start, uint16_t n_columns, uint16_t per_column,
                                     const int32_t* rests, uint8_t shift) {
  look_at_columns<Reader, Leaves, keep_largest> sink = {
      {leaves, start, n_columns, per_column, {0, 0}, Reader::read(start), 0, per_column}, rests, shift};
  walk.each(sink);
  return static_cast<int>(sink.inner.finish.best);
}

/// Whether the sum of all leaves, from `start` on, is not negative; trees that cannot change it may be left out.
template <class Reader, class Walk, class Leaves>
EMLEARN_INLINE EMLEARN_CONSTEXPR bool not_negative(Walk walk, const Leaves& leaves, int32_t start, uint16_t n_trees) {
  add_columns<Reader, Leaves, keep_sign> sink = {leaves, nullptr, 1, n_trees, {}, start, 0, n_trees};
  walk.each(sink);
  return sink.sum >= 0;
}

/// The same by a table.
/// @param rests, shift  as look_at_columns takes them
template <class Reader, class Walk, class Leaves> EMLEARN_CONSTEXPR bool not_negative_looked(Walk walk, const Leaves& leaves, int32_t start,
                                                                                             uint16_t n_trees, const int32_t* rests,
                                                                                             uint8_t shift) {
  look_at_columns<Reader, Leaves, keep_sign> sink = {{leaves, nullptr, 1, n_trees, {}, start, 0, n_trees}, rests, shift};
  walk.each(sink);
  return sink.inner.sum >= 0;
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
