// Classifiers of two classes whose shares have a small common denominator: payloads are the second class's, and are added up.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_BINARY_HPP
#define EMLEARN_TREES_BINARY_HPP

#include "decided.hpp"

namespace emlearn { namespace trees {

/// Adds payloads up in a sum that holds them all.
template <class Sum> struct add_shares_of_second {
  Sum* sum;
  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) const { *sum = static_cast<Sum>(*sum + payload); }
};

/// The same, and whether what is left can still move the sum over half of all.
/// @param whole  what a tree gives at most
template <class Sum> struct elect_second {
  using word_type = decltype(Sum() + 0u);
  word_type* sum;
  word_type whole, half;
  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) const { *sum = *sum + static_cast<word_type>(payload); }
  /// Of sum > half and sum + rest <= half, one: the difference wraps round below zero.
  EMLEARN_INLINE EMLEARN_CONSTEXPR bool decided(uint16_t left) const {
    const word_type rest = whole * left;
    return *sum + rest - half - 1 >= rest;
  }
};

template <class Sum, class Walk> EMLEARN_CONSTEXPR Sum binary_sum(Walk walk) {
  Sum sum = 0;
  walk.each(add_shares_of_second<Sum>{&sum});
  return sum;
}

/// The class: the second where it has more than half of all, else the first.
/// @tparam Early  whether to leave out trees that cannot change it
/// @param all  what all trees add up to where they are sure of the second class
template <class Sum, bool Early, class Walk> EMLEARN_INLINE EMLEARN_CONSTEXPR int classify_binary(Walk walk, Sum all) {
  using word_type = typename elect_second<Sum>::word_type;
  const word_type half = all / 2u;
  if (!Early) return binary_sum<Sum>(walk) > half ? 1 : 0;
  word_type sum = 0;
  walk.each(elect_second<Sum>{&sum, all / static_cast<word_type>(walk.n_trees()), half});
  return sum > half ? 1 : 0;
}

/// The mean distribution, up to the rounding of a float.
template <class Sum, class Walk> EMLEARN_CONSTEXPR void binary_probabilities(Walk walk, Sum all, float* out) {
  const Sum sum = binary_sum<Sum>(walk);
  out[0] = static_cast<float>(static_cast<Sum>(all - sum)) / static_cast<float>(all);
  out[1] = static_cast<float>(sum) / static_cast<float>(all);
}

}}  // namespace emlearn::trees

#endif
