// Classifiers whose leaves hold counts, for speed: shares in 16 bits, and the counts behind them where it is close.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_ENTRIES_HPP
#define EMLEARN_TREES_ENTRIES_HPP

#include "../detail/bytes.hpp"
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
  uint16_t whole_, slack_;

  const uint8_t* bytes() const { return bytes_; }
  uint16_t n_classes() const { return n_classes_; }   ///< also the leaf ids of pure leaves
  uint8_t first_bits() const { return first_bits_; }  ///< whole() is 2^this, where there is more than one pass
  uint8_t step() const { return step_; }              ///< how many bits finer the next pass is
  uint8_t passes() const { return passes_; }          ///< 1 where sums are exact
  uint16_t whole() const { return whole_; }           ///< the share of one in the first pass
  uint16_t slack() const { return slack_; }           ///< what rounding takes from a sum at most
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

/// Adds the shares of a leaf in the first pass.
template <class Reader> struct entry_adder {
  static EMLEARN_INLINE EMLEARN_CONSTEXPR void add(const uint8_t* p, unsigned* votes) {
    uint8_t head = 0;
    do {
      head = Reader::read(p);
      const uint8_t c = static_cast<uint8_t>((head & 0x7f) >> 1);
      const uint16_t share = static_cast<uint16_t>(Reader::read(p + 1) | Reader::read(p + 2) << 8);
      votes[c] = votes[c] + share;
      p += 3;
    } while ((head & 0x80) == 0);
  }
};

/// Adds the shares of leaves to the votes.
/// @tparam Passes  whether there is more than one
template <class Reader, bool Passes, class Leaves> struct add_entries {
  Leaves leaves;
  unsigned* votes;
  unsigned one;
  uint8_t finer;  ///< the bits of a finer pass, next_digit, or 0

  template <class Id> EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(Id id) const {
    if (id < leaves.n_classes())
      votes[id] = votes[id] + one;
    else
      mixed(static_cast<size_t>(id - leaves.n_classes()));
  }
  template <uint16_t Class> EMLEARN_INLINE EMLEARN_CONSTEXPR void pure() const { votes[Class] = votes[Class] + one; }
  static constexpr uint32_t pick(uint32_t byte, uint32_t) { return byte; }  ///< which of two places of a leaf
  EMLEARN_INLINE EMLEARN_CONSTEXPR void mixed(size_t at) const {
    const uint8_t* p = leaves.bytes() + at;
    if (Passes && EMLEARN_UNLIKELY(finer != 0)) return add_finer<Reader>(leaves, p, votes, finer);
    entry_adder<Reader>::add(p, votes);
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

struct set_zero {
  unsigned* votes;
  EMLEARN_INLINE EMLEARN_CONSTEXPR void operator()(uint16_t c) {
    votes[c] = 0;
    EMLEARN_KEEP_LOOP();
  }
};

/// Votes one by one.
struct single_votes {
  using word_type = unsigned;
  static constexpr uint16_t size(uint16_t n_classes) { return n_classes; }  ///< words of scratch
  static EMLEARN_CONSTEXPR unsigned at(const unsigned* votes, uint16_t c) { return votes[c]; }

  /// Sums the shares of all trees: one function for all that needs them, since it may have the trees in it.
  template <class Reader, bool Passes, class Walk, class Leaves>
  static EMLEARN_NOINLINE EMLEARN_CONSTEXPR void sum(Walk walk, const Leaves& leaves, unsigned* votes, uint16_t one, uint8_t finer) {
    set_zero zero = {votes};
    each_class<Leaves::format::classes>::call(leaves.n_classes(), zero);
    walk.each(add_entries<Reader, Passes, Leaves>{leaves, votes, one, finer});
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
    Votes::template sum<Reader, false>(walk, leaves, votes, leaves.whole(), 0);
    one_largest<Votes> found = {votes, 0, 0};
    each_class<Leaves::format::classes>::call(leaves.n_classes(), found);
    return static_cast<int>(found.best);
  }

  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR void probabilities(Walk walk, const Leaves& leaves, word_type* votes, float* out) {
    Votes::template sum<Reader, false>(walk, leaves, votes, leaves.whole(), 0);
    const float all = static_cast<float>(leaves.whole()) * static_cast<float>(walk.n_trees());
    for (uint16_t c = 0; c != leaves.n_classes(); ++c) out[c] = static_cast<float>(Votes::at(votes, c)) / all;
  }
};
template <class Votes> struct entered<Votes, false> {
  using word_type = typename Votes::word_type;

  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR int classify(Walk walk, const Leaves& leaves, word_type* votes) {
    using mask_type = typename Leaves::format::mask_type;
    Votes::template sum<Reader, true>(walk, leaves, votes, leaves.whole(), 0);
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
      Votes::template sum<Reader, true>(walk, leaves, votes, static_cast<uint16_t>(one_of(bits)), bits);
      found.largest = static_cast<unsigned>(largest_of<int16_t, Votes>(votes, n, open));
    }
  }

  /// Sums of two digits: in units of whole(), and of its square.
  template <class Reader, class Walk, class Leaves>
  static EMLEARN_CONSTEXPR void probabilities(Walk walk, const Leaves& leaves, word_type* votes, float* out) {
    Votes::template sum<Reader, true>(walk, leaves, votes, leaves.whole(), 0);
    for (uint16_t c = 0; c != leaves.n_classes(); ++c) out[c] = static_cast<float>(Votes::at(votes, c));
    Votes::template sum<Reader, true>(walk, leaves, votes, 0, next_digit);
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
