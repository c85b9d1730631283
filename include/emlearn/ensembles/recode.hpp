// Rows with categories as rows of numbers: a flag for each question that a tree asks about a category.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_ENSEMBLES_RECODE_HPP
#define EMLEARN_ENSEMBLES_RECODE_HPP

#include "../flash.hpp"

namespace emlearn { namespace ensembles {

/// Run-time tables; emitted headers have the same members as constants.
template <class X> struct categories {
  const uint16_t* plain_;
  const uint16_t* categorical_;
  const X* bounds_;
  const uint8_t* bits_;
  uint16_t n_plain_, n_categorical_;
  X low_, high_;

  const uint16_t* plain() const { return plain_; }              ///< features that are copied
  const uint16_t* categorical() const { return categorical_; }  ///< per categorical feature: its column, pieces, flags
  const X* bounds() const { return bounds_; }                   ///< least and largest value of each piece, ascending
  const uint8_t* bits() const { return bits_; }                 ///< per flag a bit for each piece and one for other values, in whole bytes
  uint16_t n_plain() const { return n_plain_; }
  uint16_t n_categorical() const { return n_categorical_; }
  X low() const { return low_; }  ///< a flag whose bit is 0
  X high() const { return high_; }
};

/// The piece that holds a value, n where none does (as for NaN).
template <class Reader, class X> EMLEARN_CONSTEXPR uint16_t piece_of(const X* bounds, uint16_t n, X value) {
  uint16_t low = 0, high = n;
  while (low < high) {
    const uint16_t middle = static_cast<uint16_t>((low + high) / 2);
    if (Reader::read(bounds + 2 * middle + 1) < value)
      low = static_cast<uint16_t>(middle + 1);
    else
      high = middle;
  }
  return low < n && Reader::read(bounds + 2 * low) <= value ? low : n;
}

/// Writes the plain features, then all flags.
template <class Reader, class Categories, class X> EMLEARN_CONSTEXPR void recode(const Categories& c, const X* x, X* row) {
  for (uint16_t i = 0; i != c.n_plain(); ++i) *row++ = x[Reader::read(c.plain() + i)];
  const uint16_t* head = c.categorical();
  const X* bounds = c.bounds();
  const uint8_t* bits = c.bits();
  for (uint16_t j = 0; j != c.n_categorical(); ++j, head += 3) {
    const uint16_t n_pieces = Reader::read(head + 1), n_flags = Reader::read(head + 2);
    const uint16_t piece = piece_of<Reader>(bounds, n_pieces, x[Reader::read(head)]);
    bounds += 2 * n_pieces;
    for (uint16_t s = 0; s != n_flags; ++s, bits += n_pieces / 8 + 1)
      *row++ = (Reader::read(bits + piece / 8) >> (piece & 7)) & 1 ? c.high() : c.low();
  }
}

/// Whether the tables fit each other, and the row that is written has n_row values.
template <class Reader, class Categories>
EMLEARN_CONSTEXPR bool valid_categories(const Categories& c, size_t n_bounds, size_t n_bits, uint32_t n_features, uint32_t n_row) {
  size_t bounds = 0, bits = 0;
  uint32_t row = c.n_plain();
  for (uint16_t i = 0; i != c.n_plain(); ++i)
    if (Reader::read(c.plain() + i) >= n_features) return false;
  for (uint16_t j = 0; j != c.n_categorical(); ++j) {
    const uint16_t n_pieces = Reader::read(c.categorical() + 3 * j + 1), n_flags = Reader::read(c.categorical() + 3 * j + 2);
    if (Reader::read(c.categorical() + 3 * j) >= n_features) return false;
    bounds += 2u * n_pieces;
    bits += static_cast<size_t>(n_flags) * (n_pieces / 8 + 1);
    row += n_flags;
  }
  return bounds == n_bounds && bits == n_bits && row == n_row;
}

}}  // namespace emlearn::ensembles

#endif
