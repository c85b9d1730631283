// Trees with weights: the class with the largest sum of them, and the value at half of them.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_ENSEMBLES_WEIGHTED_HPP
#define EMLEARN_ENSEMBLES_WEIGHTED_HPP

#include "../flash.hpp"

namespace emlearn { namespace ensembles {

/// Adds the weight of each tree to the votes for the class that its leaf is.
template <class Reader> struct add_weights {
  const uint32_t* weights;
  uint32_t* votes;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) {
    const uint32_t weight = Reader::read(weights);
    votes[payload] += weight;
    ++weights;
  }
};

/// The votes for each class.
/// @param walk  anything with each(sink), which calls sink(payload) tree after tree
template <class Reader, class Walk>
EMLEARN_CONSTEXPR void weighted_votes(Walk walk, const uint32_t* weights, uint32_t* votes, uint16_t n_classes) {
  for (uint16_t c = 0; c != n_classes; ++c) votes[c] = 0;
  add_weights<Reader> sink = {weights, votes};
  walk.each(sink);
}

/// The class with the most votes, the lowest of equals.
/// @param votes  scratch of n_classes
template <class Reader, class Walk> EMLEARN_CONSTEXPR int elect(Walk walk, const uint32_t* weights, uint32_t* votes, uint16_t n_classes) {
  weighted_votes<Reader>(walk, weights, votes, n_classes);
  uint16_t best = 0;
  for (uint16_t c = 1; c != n_classes; ++c)
    if (votes[c] > votes[best]) best = c;
  return static_cast<int>(best);
}

/// Decision values of votes: of two classes one, from their difference.
inline void decisions(const uint32_t* votes, uint16_t n_classes, float factor, float offset, float* out) {
  if (n_classes == 2) {
    out[0] = factor * static_cast<float>(static_cast<int32_t>(votes[1]) - static_cast<int32_t>(votes[0])) + offset;
    return;
  }
  for (uint16_t c = 0; c != n_classes; ++c) out[c] = factor * static_cast<float>(votes[c]) + offset;
}

/// Notes the leaf of each tree.
template <class Rank> struct note {
  Rank* rank;
  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id payload) { *rank++ = static_cast<Rank>(payload); }
};

/// The least rank such that the trees of ranks up to it have at least `half` of the weights, by bisection.
/// @param walk  payloads are ranks of values, below n_ranks
/// @param ranks  scratch, one per tree
template <class Reader, class Walk, class Rank>
EMLEARN_CONSTEXPR Rank median(Walk walk, const uint32_t* weights, uint32_t half, uint32_t n_ranks, Rank* ranks) {
  note<Rank> sink = {ranks};
  walk.each(sink);
  uint32_t low = 0, high = n_ranks - 1;  // the answer is from low to high
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    uint32_t sum = 0;
    for (uint16_t t = 0; t != walk.n_trees(); ++t)
      if (ranks[t] <= middle) sum = sum + Reader::read(weights + t);
    if (sum >= half)
      high = middle;
    else
      low = middle + 1;
  }
  return static_cast<Rank>(low);
}

}}  // namespace emlearn::ensembles

#endif
