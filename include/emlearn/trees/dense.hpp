// Leaves that hold counts, for speed on chips of 32 bits: two shares in a word, sums in registers.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_DENSE_HPP
#define EMLEARN_TREES_DENSE_HPP

#include "../detail/cores/reads.hpp"
#include "entries.hpp"

// words() has, for each leaf of several classes, the shares of all classes as in entries.hpp: an even class's in the low half of a word,
// the next one's in the high half; then of how many rows the leaf is, where there is more than one pass. Sums of the first pass are below
// 2^16. In finer ones low halves carry over: at most one unit per tree, which slack() counts.
namespace emlearn { namespace trees {

/// Writes the finer shares of a leaf.
template <class Reader, class Leaves>
EMLEARN_NOINLINE EMLEARN_CONSTEXPR void write_finer(const Leaves& leaves, const uint32_t* p, uint32_t* out, uint8_t bits) {
  constexpr uint16_t n_words = (Leaves::format::classes + 1) / 2;
  const uint16_t n = static_cast<uint16_t>(Reader::read(p + n_words));
  for (uint16_t i = 0; i != n_words; ++i) {
    const uint32_t shares = Reader::read(p + i);
    const uint32_t low = finer_share(leaves, static_cast<uint16_t>(shares), n, bits);
    const uint32_t high = finer_share(leaves, static_cast<uint16_t>(shares >> 16), n, bits);
    out[i] = (low & 0xffff) | high << 16;
  }
}

/// Of both sums in a word.
constexpr uint32_t highest_bits = 0x80008000u;

template <uint16_t Words> struct word_sums {
  template <class Reader> static EMLEARN_INLINE EMLEARN_CONSTEXPR void add(uint32_t* sums, const uint32_t* p) {
    word_sums<Words - 1>::template add<Reader>(sums, p);
    sums[Words - 1] = sums[Words - 1] + Reader::read(p + (Words - 1));
  }
  static EMLEARN_INLINE EMLEARN_CONSTEXPR void copy(const uint32_t* from, uint32_t* to) {
    word_sums<Words - 1>::copy(from, to);
    to[Words - 1] = from[Words - 1];
  }
  static EMLEARN_INLINE EMLEARN_CONSTEXPR void fill(uint32_t* sums, uint32_t value) {
    word_sums<Words - 1>::fill(sums, value);
    sums[Words - 1] = value;
  }
  /// The bits of all sums.
  static EMLEARN_INLINE EMLEARN_CONSTEXPR uint32_t any(const uint32_t* sums) { return word_sums<Words - 1>::any(sums) | sums[Words - 1]; }
  /// The class whose sum has the highest bit, or -1.
  static EMLEARN_INLINE EMLEARN_CONSTEXPR int decided(const uint32_t* sums) {
    if ((sums[Words - 1] & highest_bits) != 0) return static_cast<int>(2 * (Words - 1) + (sums[Words - 1] >> 31));
    return word_sums<Words - 1>::decided(sums);
  }
};
template <> struct word_sums<0> {
  template <class Reader> static EMLEARN_INLINE EMLEARN_CONSTEXPR void add(uint32_t*, const uint32_t*) {}
  static EMLEARN_INLINE EMLEARN_CONSTEXPR void copy(const uint32_t*, uint32_t*) {}
  static EMLEARN_INLINE EMLEARN_CONSTEXPR void fill(uint32_t*, uint32_t) {}
  static EMLEARN_INLINE EMLEARN_CONSTEXPR uint32_t any(const uint32_t*) { return 0; }
  static EMLEARN_INLINE EMLEARN_CONSTEXPR int decided(const uint32_t*) { return -1; }
};

/// Adds the shares of leaves to sums that the compiler keeps in registers: all indices are known to it.
template <class Reader, bool Passes, class Leaves> struct add_words {
  static constexpr uint16_t n_words = (Leaves::format::classes + 1) / 2;

  Leaves leaves;
  uint32_t (&sums)[n_words];
  uint32_t* finer_leaf;  ///< scratch
  uint32_t one;
  uint8_t finer;
  uint32_t lead;

  template <uint16_t Class> EMLEARN_INLINE EMLEARN_CONSTEXPR void pure() const {
    sums[Class / 2] = sums[Class / 2] + (one << (Class % 2 * 16));
  }
  EMLEARN_INLINE EMLEARN_CONSTEXPR const uint32_t* place(uint32_t, uint32_t word) const { return leaves.words() + word; }
  EMLEARN_INLINE EMLEARN_CONSTEXPR void mixed(const uint32_t* p) const {
    if (Passes && EMLEARN_UNLIKELY(finer != 0)) {
      write_finer<Reader>(leaves, p, finer_leaf, finer);
      word_sums<n_words>::template add<direct>(sums, finer_leaf);
    } else {
      word_sums<n_words>::template add<Reader>(sums, p);
    }
  }
  EMLEARN_INLINE EMLEARN_CONSTEXPR bool decided(uint16_t) const {
    return leaves.lead() != 0 && (word_sums<n_words>::any(sums) & highest_bits) != 0 && lead != 0;
  }
};

/// Votes in pairs.
struct paired_votes {
  using word_type = uint32_t;
  static constexpr uint16_t size(uint16_t n_classes) { return static_cast<uint16_t>((n_classes + 1) / 2); }
  static EMLEARN_CONSTEXPR unsigned at(const uint32_t* votes, uint16_t c) { return votes[c / 2] >> (c % 2 * 16) & 0xffff; }

  /// Sums the shares of all trees: one function for all that needs them, since it may have the trees in it.
  /// @param lead  leaves.lead() where only the class is asked for, else 0
  /// @returns the class where it was decided before the last tree, else -1: then votes hold all sums
  template <class Reader, bool Passes, class Walk, class Leaves>
  static EMLEARN_NOINLINE EMLEARN_CONSTEXPR int sum(Walk walk, const Leaves& leaves, uint32_t* votes, uint16_t one, uint8_t finer,
                                                    uint16_t lead) {
    constexpr uint16_t n_words = (Leaves::format::classes + 1) / 2;
    uint32_t sums[n_words] = {};
    if (Walk::reads_again() && !EMLEARN_IS_CONSTANT()) detail::in_memory(sums);
    word_sums<n_words>::fill(sums, leaves.lead() == 0 ? 0 : lead | static_cast<uint32_t>(lead) << 16);
    const add_words<Reader, Passes, Leaves> sink = {leaves, sums, votes, one, finer, lead};
    walk.each(sink);
    if (leaves.lead() != 0 && lead != 0) {
      const int found = word_sums<n_words>::decided(sums);
      if (found >= 0) return found;
    }
    word_sums<n_words>::copy(sums, votes);
    return -1;
  }
};

/// What suits the chip.
template <bool Paired> struct votes_of {
  using type = paired_votes;
};
template <> struct votes_of<false> {
  using type = single_votes;
};

}}  // namespace emlearn::trees

#endif
