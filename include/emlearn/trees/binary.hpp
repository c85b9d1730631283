// Classifiers of two classes whose shares have a small common denominator: payloads are the second class's, and are added up.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_BINARY_HPP
#define EMLEARN_TREES_BINARY_HPP

#include "../config.hpp"

namespace emlearn { namespace trees {

/// Adds payloads up in a sum that holds them all.
template <class Sum> struct add_shares_of_second {
  Sum* sum;
  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) const { *sum = static_cast<Sum>(*sum + payload); }
};

template <class Sum, class Walk> EMLEARN_CONSTEXPR Sum binary_sum(Walk walk) {
  Sum sum = 0;
  walk.each(add_shares_of_second<Sum>{&sum});
  return sum;
}

/// The class: the second where it has more than half of all, else the first.
/// @param all  what all trees add up to where they are sure of the second class
template <class Sum, class Walk> EMLEARN_CONSTEXPR int classify_binary(Walk walk, Sum all) {
  return binary_sum<Sum>(walk) > static_cast<Sum>(all / 2) ? 1 : 0;
}

/// The mean distribution, up to the rounding of a float.
template <class Sum, class Walk> EMLEARN_CONSTEXPR void binary_probabilities(Walk walk, Sum all, float* out) {
  const Sum sum = binary_sum<Sum>(walk);
  out[0] = static_cast<float>(static_cast<Sum>(all - sum)) / static_cast<float>(all);
  out[1] = static_cast<float>(sum) / static_cast<float>(all);
}

}}  // namespace emlearn::trees

#endif
