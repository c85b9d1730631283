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

/// Of a sink that adds up column after column and has an opinion, and of others.
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR auto opinion_of_column(const Sink& sink, int32_t rest, int)
    -> decltype(sink.enough(rest)) {
  return sink.enough(rest);
}
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR bool opinion_of_column(const Sink&, int32_t, long) { return false; }

/// Whether the rest of a column of trees cannot change what the sink is asked for.
/// @param rest  what these trees give at most
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR bool enough(const Sink& sink, int32_t rest) {
  return opinion_of_column(sink, rest, 0);
}

template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR auto move_on(Sink& sink, int) -> decltype(sink.next_column()) {
  return sink.next_column();
}
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR void move_on(Sink&, long) {}

/// Leaves the rest of a column of trees out.
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR void next_column(Sink& sink) { move_on(sink, 0); }

template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR auto wish_of(Sink& sink, int) -> decltype(sink.passed_over()) {
  return sink.passed_over();
}
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR uint16_t wish_of(Sink&, long) { return 0; }

/// How many of the next trees a sink leaves out, by a table of its own.
template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR uint16_t passed_over(Sink& sink) { return wish_of(sink, 0); }

}}  // namespace emlearn::trees

#endif
