// The shares of one leaf of counts, by a table of units or by division, and which of the two a pass takes.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_COUNTED_SHARES_HPP
#define EMLEARN_TREES_COUNTED_SHARES_HPP

#include "../detail/bytes.hpp"
#include "passes.hpp"

namespace emlearn { namespace trees {

/// The shares of one leaf, by the table of units.
template <class Reader, class Leaves> struct by_table {
  using sum_type = typename Leaves::format::sum_type;
  sum_type unit;
  EMLEARN_CONSTEXPR by_table(const Leaves& leaves, uint16_t n, uint8_t)
      : unit(static_cast<sum_type>(Reader::read(leaves.units() + (n - leaves.least())))) {}
  EMLEARN_CONSTEXPR sum_type share(uint16_t k) const { return static_cast<sum_type>(k * unit); }
};

/// The shares of one leaf in units of 2^-bits, by division.
template <class Reader, class Leaves> struct by_division {
  uint16_t n;
  uint8_t bits;
  EMLEARN_CONSTEXPR by_division(const Leaves&, uint16_t number, uint8_t unit) : n(number), bits(unit) {}
  EMLEARN_CONSTEXPR typename Leaves::format::sum_type share(uint16_t k) const {
    return share_of<typename Leaves::format::sum_type>(k, n, bits);
  }
};

/// Adds the shares of a leaf of several classes.
/// @tparam Shares  by_table or by_division
template <class Reader, class Shares, class Leaves>
EMLEARN_CONSTEXPR void add_mixed(const Leaves& leaves, const uint8_t* p, typename Leaves::format::sum_type* votes, uint8_t bits) {
  using sum_type = typename Leaves::format::sum_type;
  using count_type = typename Leaves::format::count_type;
  count_type left = detail::bytes<count_type>::template read<Reader>(p);
  p += sizeof(count_type);
  const Shares shares(leaves, left, bits);
  do {
    const uint8_t entry = Reader::read(p++);
    const uint8_t c = static_cast<uint8_t>(entry & ((1u << leaves.class_bits()) - 1));
    count_type k = static_cast<count_type>(entry >> leaves.class_bits());
    if (k == 0) {
      k = detail::bytes<count_type>::template read<Reader>(p);
      p += sizeof(count_type);
    }
    left = static_cast<count_type>(left - k);
    const sum_type share = static_cast<sum_type>(shares.share(k));
    votes[c] = static_cast<sum_type>(votes[c] + share);
  } while (left != 0);
}

/// Shares by table: in the one pass there is, or in the first.
struct exact_pass {
  static constexpr bool divides = false;
  template <class Reader, class Leaves>
  static EMLEARN_CONSTEXPR void mixed(const Leaves& leaves, const uint8_t* p, typename Leaves::format::sum_type* votes, uint8_t bits) {
    add_mixed<Reader, by_table<Reader, Leaves>>(leaves, p, votes, bits);
  }
};
/// Shares by table in the first pass, by division in finer ones.
struct first_or_finer_pass {
  template <class Reader, class Leaves>
  static EMLEARN_CONSTEXPR void mixed(const Leaves& leaves, const uint8_t* p, typename Leaves::format::sum_type* votes, uint8_t bits) {
    if (bits == leaves.first_bits())
      add_mixed<Reader, by_table<Reader, Leaves>>(leaves, p, votes, bits);
    else
      add_mixed<Reader, by_division<Reader, Leaves>>(leaves, p, votes, bits);
  }
};
/// Shares by division.
struct divided_pass {
  static constexpr bool divides = true;
  template <class Reader, class Leaves>
  static EMLEARN_CONSTEXPR void mixed(const Leaves& leaves, const uint8_t* p, typename Leaves::format::sum_type* votes, uint8_t bits) {
    add_mixed<Reader, by_division<Reader, Leaves>>(leaves, p, votes, bits);
  }
};
template <bool Table> struct rounded_pass {
  using type = first_or_finer_pass;
};
template <> struct rounded_pass<false> {
  using type = divided_pass;
};

}}  // namespace emlearn::trees

#endif
