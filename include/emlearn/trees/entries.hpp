// Classifiers whose leaves hold counts, for speed: shares in 16 bits, and the counts behind them where it is close.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_ENTRIES_HPP
#define EMLEARN_TREES_ENTRIES_HPP

#include "../detail/bytes.hpp"
#include "decided.hpp"
#include "passes.hpp"

// A leaf id below n_classes() is a class of probability one; any other is, less n_classes(), where in bytes() a leaf's entries start:
//   entry  2 times the class, with 0x80 for the last one | share, rounded down to 2^-first_bits(), 2 bytes
// The two bytes before say of how many rows the leaf is, where there is more than one pass. So do the passes of counts.hpp: here they are
// modulo 2^16, in whichever type the chip adds best. dense.hpp has leaves of the same numbers in another form.
namespace emlearn { namespace trees {

/// @tparam Classes  how many there are, where the compiler is to unroll loops over them; else 0
/// @tparam Mask  has a bit for each class, where there is more than one pass
template <uint16_t Classes, class Mask> struct entries_format {
  using mask_type = Mask;
  static constexpr uint16_t classes = Classes;
};

/// Run-time tables of entries; emitted headers have the same members as constants.
template <class Mask> struct entries {
  using format = entries_format<0, Mask>;
  const uint8_t* bytes_;
  uint16_t n_classes_;
  uint8_t first_bits_, step_, passes_;
  uint16_t whole_, slack_, lead_;

  const uint8_t* bytes() const { return bytes_; }
  uint16_t n_classes() const { return n_classes_; }   ///< also the leaf ids of pure leaves
  uint8_t first_bits() const { return first_bits_; }  ///< whole() is 2^this, where there is more than one pass
  uint8_t step() const { return step_; }              ///< how many bits finer the next pass is
  uint8_t passes() const { return passes_; }          ///< 1 where sums are exact
  uint16_t whole() const { return whole_; }           ///< the share of one in the first pass
  uint16_t slack() const { return slack_; }           ///< what rounding takes from a sum at most
  uint16_t lead() const { return lead_; }             ///< where sums start that tell when the class is decided, or 0
};

/// In place of the bits of a finer pass: the digit of a share below those of the first pass.
constexpr uint8_t next_digit = 0x80;

/// A share in units of 2^-bits, from one in units of 2^-first_bits(): that tells which of the leaf's n rows it counts.
template <class Leaves> EMLEARN_CONSTEXPR uint32_t finer_share(const Leaves& leaves, uint16_t share, uint16_t n, uint8_t bits) {
  const uint32_t product = static_cast<uint32_t>(share) * n + (leaves.whole() - 1u);
  const uint16_t k = static_cast<uint16_t>(product >> leaves.first_bits());
  if (bits == next_digit) return share_of(k, n, static_cast<uint8_t>(2 * leaves.first_bits())) & (leaves.whole() - 1u);
  return share_of(k, n, bits);
}

/// Adds the finer shares of a leaf.
template <class Reader, class Leaves>
EMLEARN_NOINLINE EMLEARN_CONSTEXPR void add_finer(const Leaves& leaves, const uint8_t* p, unsigned* votes, uint8_t bits) {
  const uint16_t n = detail::bytes<uint16_t>::read<Reader>(p - 2);
  for (bool more = true; more; p += 3) {
    const uint8_t head = Reader::read(p);
    const uint8_t c = static_cast<uint8_t>((head & 0x7f) >> 1);
    const uint32_t share = finer_share(leaves, detail::bytes<uint16_t>::read<Reader>(p + 1), n, bits);
    votes[c] = votes[c] + static_cast<unsigned>(share);
    more = (head & 0x80) == 0;
  }
}

/// Adds the shares of a leaf in the first pass; gives the bits of all sums that changed, the highest ones at least.
template <class Reader> struct entry_adder {
  static EMLEARN_INLINE EMLEARN_CONSTEXPR unsigned add(const uint8_t* p, unsigned* votes) {
    uint8_t head = 0;
    unsigned grown = 0;
    do {
      head = Reader::read(p);
      const uint8_t c = static_cast<uint8_t>((head & 0x7f) >> 1);
      const uint16_t share = static_cast<uint16_t>(Reader::read(p + 1) | Reader::read(p + 2) << 8);
      votes[c] = votes[c] + share;
      grown |= votes[c];
      p += 3;
    } while ((head & 0x80) == 0);
    return grown;
  }
};

/// Adds the shares of leaves to the votes.
/// @tparam Passes  whether there is more than one
template <class Reader, bool Passes, class Leaves> struct add_entries {
  Leaves leaves;
  unsigned* votes;
  unsigned& grown;  ///< the bits of the sums that the last leaf changed
  unsigned one;
  uint8_t finer;  ///< the bits of a finer pass, next_digit, or 0
  uint16_t lead;

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id id) const {
    if (id < leaves.n_classes())
      votes[id] = grown = votes[id] + one;
    else
      mixed(place(id - leaves.n_classes(), 0));
  }
  template <uint16_t Class> EMLEARN_INLINE EMLEARN_CONSTEXPR void pure() const { votes[Class] = grown = votes[Class] + one; }
  /// A leaf, by where it stands in each of two tables.
  EMLEARN_INLINE EMLEARN_CONSTEXPR const uint8_t* place(uint32_t byte, uint32_t) const {
    return leaves.bytes() + static_cast<size_t>(byte);
  }
  EMLEARN_INLINE EMLEARN_CONSTEXPR void mixed(const uint8_t* p) const {
    if (Passes && EMLEARN_UNLIKELY(finer != 0)) return add_finer<Reader>(leaves, p, votes, finer);
    grown = entry_adder<Reader>::add(p, votes);
  }
  EMLEARN_INLINE EMLEARN_CONSTEXPR bool decided(uint16_t) const {
    return leaves.lead() != 0 && (grown & highest_bit<uint16_t>()) != 0 && lead != 0;
  }
};

/// Calls f(c) for each class: without a loop where their number is known.
template <uint16_t Classes> struct each_class {
  template <class F> static EMLEARN_INLINE EMLEARN_CONSTEXPR void call(uint16_t n, F& f) {
    each_class<Classes - 1>::call(n, f);
    f(static_cast<uint16_t>(Classes - 1));
  }
};
template <> struct each_class<1> {
  template <class F> static EMLEARN_INLINE EMLEARN_CONSTEXPR void call(uint16_t, F& f) { f(0); }
};
template <> struct each_class<0> {
  template <class F> static EMLEARN_INLINE EMLEARN_CONSTEXPR void call(uint16_t n, F& f) {
    for (uint16_t c = 0; c != n; ++c) f(c);
  }
};

struct set_all {
  unsigned* votes;
  unsigned value;
  EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(uint16_t c) {
    votes[c] = value;
    EMLEARN_KEEP_LOOP();
  }
};

/// The class whose sum has the highest bit.
struct find_decided {
  const unsigned* votes;
  int found;
  EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(uint16_t c) {
    if ((votes[c] & highest_bit<uint16_t>()) != 0) found = static_cast<int>(c);
  }
};

/// Votes one by one.
struct single_votes {
  using word_type = unsigned;
  static constexpr uint16_t size(uint16_t n_classes) { return n_classes; }  ///< words of scratch
  static EMLEARN_CONSTEXPR unsigned at(const unsigned* votes, uint16_t c) { return votes[c]; }

  /// Sums the shares of all trees: one function for all that needs them, since it may have the trees in it.
  /// @param lead  leaves.lead() where only the class is asked for, else 0
  /// @returns the class where it was decided before the last tree, else -1: then votes hold all sums
  template <class Reader, bool Passes, class Walk, class Leaves>
  static EMLEARN_NOINLINE EMLEARN_CONSTEXPR int sum(Walk walk, const Leaves& leaves, unsigned* votes, uint16_t one, uint8_t finer,
                                                    uint16_t lead) {
    unsigned grown = 0;
    set_all start = {votes, lead};
    each_class<Leaves::format::classes>::call(leaves.n_classes(), start);
    const add_entries<Reader, Passes, Leaves> sink = {leaves, votes, grown, one, finer, lead};
    walk.each(sink);
    find_decided decided = {votes, -1};
    if (sink.decided(0)) each_class<Leaves::format::classes>::call(leaves.n_classes(), decided);
    return decided.found;
  }
};

/// The two largest sums, and the lowest class of the largest.
template <class Votes> struct two_largest {
  const typename Votes::word_type* votes;
  unsigned largest, second;
  uint16_t best;
  EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(uint16_t c) {
    const unsigned vote = Votes::at(votes, c);
    if (vote <= second) return;
    if (vote > largest) {
      second = largest;
      largest = vote;
      best = c;
    } else {
      second = vote;
    }
  }
};

/// The largest sum's class, the lowest of equals.
template <class Votes> struct one_largest {
  const typename Votes::word_type* votes;
  unsigned largest;
  uint16_t best;
  EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(uint16_t c) {
    const unsigned vote = Votes::at(votes, c);
    if (vote <= largest) return;
    largest = vote;
    best = c;
  }
};

/// A forest whose sums are exact, or rounded.
template <class Votes, bool Exact> struct entered {
  using word_type = typename Votes::word_type;

  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR int classify(Walk walk, const Leaves& leaves, word_type* votes) {
    const int decided = Votes::template sum<Reader, false>(walk, leaves, votes, leaves.whole(), 0, leaves.lead());
    if (decided >= 0) return decided;
    one_largest<Votes> found = {votes, 0, 0};
    each_class<Leaves::format::classes>::call(leaves.n_classes(), found);
    return static_cast<int>(found.best);
  }

  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR void probabilities(Walk walk, const Leaves& leaves, word_type* votes, float* out) {
    Votes::template sum<Reader, false>(walk, leaves, votes, leaves.whole(), 0, 0);
    const float all = static_cast<float>(leaves.whole()) * static_cast<float>(walk.n_trees());
    for (uint16_t c = 0; c != leaves.n_classes(); ++c) out[c] = static_cast<float>(Votes::at(votes, c)) / all;
  }
};
template <class Votes> struct entered<Votes, false> {
  using word_type = typename Votes::word_type;

  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR int classify(Walk walk, const Leaves& leaves, word_type* votes) {
    using mask_type = typename Leaves::format::mask_type;
    const int decided = Votes::template sum<Reader, true>(walk, leaves, votes, leaves.whole(), 0, leaves.lead());
    if (decided >= 0) return decided;
    two_largest<Votes> found = {votes, 0, 0, 0};
    each_class<Leaves::format::classes>::call(leaves.n_classes(), found);
    if (found.largest - found.second > leaves.slack()) return static_cast<int>(found.best);
    const uint8_t n = static_cast<uint8_t>(leaves.n_classes());
    mask_type open = static_cast<mask_type>(~mask_type());
    uint8_t bits = leaves.first_bits(), first = 0;
    for (uint8_t left = leaves.passes();;) {
      open = closest<uint16_t, Votes>(leaves, votes, found.largest, open, first);
      if (--left == 0 || static_cast<mask_type>(open & (open - 1)) == 0) return static_cast<int>(first);
      bits = static_cast<uint8_t>(bits + leaves.step());
      Votes::template sum<Reader, true>(walk, leaves, votes, static_cast<uint16_t>(one_of(bits)), bits, 0);
      found.largest = static_cast<unsigned>(largest_of<int16_t, Votes>(votes, n, open));
    }
  }

  /// Sums of two digits: in units of whole(), and of its square.
  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR void probabilities(Walk walk, const Leaves& leaves, word_type* votes, float* out) {
    Votes::template sum<Reader, true>(walk, leaves, votes, leaves.whole(), 0, 0);
    for (uint16_t c = 0; c != leaves.n_classes(); ++c) out[c] = static_cast<float>(Votes::at(votes, c));
    Votes::template sum<Reader, true>(walk, leaves, votes, 0, next_digit, 0);
    const float all = static_cast<float>(leaves.whole()) * static_cast<float>(leaves.whole()) * static_cast<float>(walk.n_trees());
    for (uint16_t c = 0; c != leaves.n_classes(); ++c)
      out[c] = static_cast<float>((static_cast<uint32_t>(out[c]) << leaves.first_bits()) + Votes::at(votes, c)) / all;
  }
};

/// The class of a forest.
/// @tparam Votes  single_votes, or paired_votes where leaves are dense
/// @tparam Exact  whether there is one pass only
/// @param votes  scratch
template <class Reader, class Votes, bool Exact, class Walk, class Leaves>
EMLEARN_CONSTEXPR int classify_entries(Walk walk, const Leaves& leaves, typename Votes::word_type* votes) {
  return entered<Votes, Exact>::template classify<Reader>(walk, leaves, votes);
}

/// The mean distribution, up to the rounding of shares and of a float.
template <class Reader, class Votes, bool Exact, class Walk, class Leaves>
EMLEARN_CONSTEXPR void entry_probabilities(Walk walk, const Leaves& leaves, typename Votes::word_type* votes, float* out) {
  entered<Votes, Exact>::template probabilities<Reader>(walk, leaves, votes, out);
}

}}  // namespace emlearn::trees

#endif
