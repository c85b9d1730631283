// Shares of a whole in finer and finer units, and which classes are still in question after a pass.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_PASSES_HPP
#define EMLEARN_TREES_PASSES_HPP

#include "../config.hpp"

namespace emlearn { namespace trees {

/// floor(2^bits * k / n), modulo what Sum holds; k <= n < 2^15.
template <class Sum = uint32_t> EMLEARN_CONSTEXPR Sum share_of(uint16_t k, uint16_t n, uint8_t bits) {
  Sum quotient = 0;
  if (k == n) {
    quotient = 1;
    k = 0;
  }
  for (; bits != 0; --bits) {
    quotient = static_cast<Sum>(quotient << 1);
    k = static_cast<uint16_t>(k << 1);
    if (k >= n) {
      k = static_cast<uint16_t>(k - n);
      quotient = static_cast<Sum>(quotient | 1);
    }
  }
  return quotient;
}

/// Has the differences of sums that are close, modulo what the sums' type holds.
template <class Sum> struct signed_of {
  using type = int32_t;
};
template <> struct signed_of<uint16_t> {
  using type = int16_t;
};
template <class Sum> using difference = typename signed_of<Sum>::type;

/// What 2^bits is modulo 2^32.
EMLEARN_CONSTEXPR uint32_t one_of(uint8_t bits) { return bits < 32 ? static_cast<uint32_t>(1) << (bits & 31) : 0; }

/// Sums of a type, one by one.
template <class Word> struct plain_votes {
  using word_type = Word;
  static EMLEARN_CONSTEXPR Word at(const Word* votes, uint16_t c) { return votes[c]; }
};

/// The largest sum of the classes in question.
/// @tparam Signed  has room for their differences; sums are modulo what it holds
/// @tparam Votes  how sums lie
template <class Signed, class Votes, class Mask>
EMLEARN_CONSTEXPR uint32_t largest_of(const typename Votes::word_type* votes, uint8_t n_classes, Mask open) {
  uint32_t largest = 0;
  bool none = true;
  for (uint8_t c = 0; c != n_classes; ++c, open = static_cast<Mask>(open >> 1)) {
    if ((open & 1) == 0) continue;
    const uint32_t vote = Votes::at(votes, c);
    if (none || static_cast<Signed>(vote - largest) > 0) largest = vote;
    none = false;
  }
  return largest;
}

/// Those of the classes in question that slack() does not tell from the largest, as a mask; `first` is the lowest of them.
/// @tparam Unsigned  sums are modulo what it holds
template <class Unsigned, class Votes, class Leaves>
EMLEARN_CONSTEXPR typename Leaves::format::mask_type closest(const Leaves& leaves, const typename Votes::word_type* votes, uint32_t largest,
                                                             typename Leaves::format::mask_type open, uint8_t& first) {
  using mask_type = typename Leaves::format::mask_type;
  mask_type close = 0, bit = 1;
  for (uint8_t c = 0; c != leaves.n_classes(); ++c, bit = static_cast<mask_type>(bit << 1)) {
    if ((open & bit) == 0 || static_cast<Unsigned>(largest - Votes::at(votes, c)) > leaves.slack()) continue;
    if (close == 0) first = c;
    close = static_cast<mask_type>(close | bit);
  }
  return close;
}

}}  // namespace emlearn::trees

#endif
