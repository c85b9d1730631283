// What the trees that are left cannot change is known without them: how a sink tells a walk.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_DECIDED_HPP
#define EMLEARN_TREES_DECIDED_HPP

#include "../config.hpp"

// Sums of votes are whole numbers that only grow, so the order of the trees does not matter, and a class that has more than half of all
// that the trees will have given wins, alone: all others together have less than half. Rounded sums say it only where exact ones do, since
// shares are rounded down. Sums that start at lead() show it by their highest bit: lead() is that bit less one, less half of all.
namespace emlearn { namespace trees {

/// What lead() is for sums of a type, where all trees together give `all`, no more than the type holds.
template <class Sum> constexpr Sum lead_of(Sum all) { return static_cast<Sum>((static_cast<Sum>(-1) >> 1) - all / 2); }

/// The bit that tells.
template <class Sum> constexpr Sum highest_bit() { return static_cast<Sum>(static_cast<Sum>(1) << (8 * sizeof(Sum) - 1)); }

/// Of a sink that has an opinion, and of others.
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR auto opinion(const Sink& sink, uint16_t left, int) -> decltype(sink.decided(left)) {
  return sink.decided(left);
}
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR bool opinion(const Sink&, uint16_t, long) { return false; }

/// Whether what a sink is asked for cannot change any more; a sink without an opinion takes all trees.
/// @param left  how many trees have not been walked
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR bool decided(const Sink& sink, uint16_t left) { return opinion(sink, left, 0); }

}}  // namespace emlearn::trees

#endif
