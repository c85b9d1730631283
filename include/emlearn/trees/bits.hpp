// The fewest bytes: nodes and leaves in a stream of bits, whose widths are chosen for each model.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_BITS_HPP
#define EMLEARN_TREES_BITS_HPP

#include "format.hpp"

// The stream holds tree after tree, nodes in preorder, the highest bit of a byte and of a field first.
//   node  1 | whether a missing value goes left, where values can be missing | feature | threshold, shifted and added to base() | both
//         children
//   leaf  0 | a number: the payload, or which one of a table; or counts, as bit_counts.hpp has them
// A row goes left where key(x[feature]) <= threshold. Which child is the right one is found by reading the left one: no node says how long
// it is, which would take as many bits as the node. Where that takes long, the first jumps() levels have it: a tree then starts at a byte,
// with its length in bytes; after the threshold of a node stands how many bytes behind the next one its right child starts.
// A number of a leaf has first() bits, and from direct() on more() of them.
namespace emlearn { namespace trees {

/// @tparam Word  has any place in a tree, in bits
/// @tparam Open  has one more than a walk's levels
/// @tparam Leaf  payload_leaves or count_leaves
template <class Word, class Open, class Leaf, class Missing> struct bits_format {
  using word_type = Word;
  using open_type = Open;
  using leaf = Leaf;
  using missing = Missing;
};

/// The nodes at run time; emitted headers have the same members as constants.
struct bits {
  const uint8_t* nodes_;
  const uint32_t* payloads_;
  uint16_t n_trees_;
  int32_t missing_;
  uint8_t feature_, threshold_, shift_, jumps_, jump_;
  int32_t base_;
  uint8_t first_, more_;
  uint32_t direct_, n_leaves_;

  const uint8_t* nodes() const { return nodes_; }
  uint16_t n_trees() const { return n_trees_; }
  int32_t missing() const { return missing_; }      ///< the raw value of value_missing
  uint8_t feature() const { return feature_; }      ///< bits of a feature
  uint8_t threshold() const { return threshold_; }  ///< bits of a threshold
  uint8_t shift() const { return shift_; }          ///< bits that it is shifted to the left
  int32_t base() const { return base_; }            ///< what is added then
  uint8_t jumps() const { return jumps_; }          ///< levels with jumps, the trees themselves first
  uint8_t jump() const { return jump_; }            ///< bits of a jump
  uint8_t first() const { return first_; }          ///< bits of a leaf's number
  uint8_t more() const { return more_; }            ///< more of them
  uint32_t direct() const { return direct_; }       ///< the least number that has them
  uint32_t n_leaves() const { return n_leaves_; }   ///< numbers of leaves are below this
  template <class Reader> uint32_t payload(uint32_t leaf) const { return payloads_ ? payloads_[leaf] : leaf; }  ///< of a leaf
};

/// The `count` bits from place `at` on, at most 25.
template <class Reader, class Word> EMLEARN_CONSTEXPR uint32_t bits_at(const uint8_t* bytes, Word at, uint_fast8_t count) {
  const uint8_t* p = bytes + (at >> 3);
  int_fast8_t more = static_cast<int_fast8_t>((at & 7) + count - 8);
  uint32_t value = Reader::read(p) & (0xffu >> (at & 7));
  for (; more > 0; more = static_cast<int_fast8_t>(more - 8)) value = value << 8 | Reader::read(++p);
  return value >> -more;
}

/// A place in the stream; a core may have its own way.
template <class Reader, class Word> struct bit_place {
  using value_type = uint32_t;
  const uint8_t* bytes;
  Word at;

  static EMLEARN_INLINE EMLEARN_CONSTEXPR bit_place first_of(const uint8_t* bytes) { return {bytes, 0}; }

  EMLEARN_INLINE EMLEARN_CONSTEXPR uint32_t take(uint8_t count) {
    const uint32_t value = bits_at<Reader>(bytes, at, count);
    skip(count);
    return value;
  }
  /// Of any width up to 32.
  EMLEARN_INLINE EMLEARN_CONSTEXPR uint32_t take_wide(uint8_t count) {
    if (count <= 25) return take(count);
    const uint32_t high = take(static_cast<uint8_t>(count - 16));
    return high << 16 | take(16);
  }
  EMLEARN_INLINE EMLEARN_CONSTEXPR void skip(uint8_t count) { at = static_cast<Word>(at + count); }
  EMLEARN_INLINE EMLEARN_CONSTEXPR void skip_bytes(uint32_t count) { at = static_cast<Word>((((at + 7u) >> 3) + count) << 3); }
};

/// The number of a leaf.
template <class Place, class Forest> EMLEARN_INLINE EMLEARN_CONSTEXPR uint32_t leaf_number(Place& p, const Forest& f) {
  const uint32_t value = p.take_wide(f.first());
  if (f.more() == 0 || value < f.direct()) return value;
  return ((value - f.direct()) << f.more() | p.take_wide(f.more())) + f.direct();
}

/// The threshold of a field.
template <class Key, class Forest> EMLEARN_CONSTEXPR Key threshold_of(const Forest& f, uint32_t field) {
  // NOLINTNEXTLINE(bugprone-misplaced-widening-cast): modulo 2^32 on purpose
  return static_cast<Key>((field << f.shift()) + static_cast<uint32_t>(f.base()));
}

/// Leaves are numbers.
struct payload_leaves {
  /// Leaves p behind the leaf, whose payload goes to the sink where the row came here.
  template <class Reader, class Forest, class Place, class Sink>
  static EMLEARN_INLINE EMLEARN_CONSTEXPR void read(const Forest& forest, Place& p, bool here, Sink& sink) {
    const uint32_t leaf = leaf_number(p, forest);
    if (here) sink(forest.template payload<Reader>(leaf));
  }
};

/// The leaves that x reaches, tree after tree. A walk ends because valid_bits() proved it.
template <class Format, class Reader, class Forest, class X> struct bits_walk {
  using id_type = uint32_t;
  using word_type = typename Format::word_type;
  using place = bit_place<Reader, word_type>;

  Forest forest;
  const X* x;

  EMLEARN_CONSTEXPR bits_walk(const Forest& f, const X* features) : forest(f), x(features) {}

  EMLEARN_CONSTEXPR uint16_t n_trees() const { return forest.n_trees(); }

  /// Calls the sink with what a leaf is, for each tree in order.
  template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR void each(Sink&& sink) const {
    const uint8_t* next = forest.nodes();
    place p = place::first_of(next);
    for (uint_fast16_t t = forest.n_trees(); t != 0; --t) {
      if (forest.jumps() != 0) {
        p = place::first_of(next);
        next += p.take(forest.jump());
      }
      tree(p, sink);
    }
  }

  /// Reads a tree until the sink has the leaf; to its end, where there are no jumps.
  template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR void tree(place& p, Sink& sink) const {
    using open_type = typename Format::open_type;
    constexpr uint8_t flags = Format::missing::flagged ? 1 : 0;
    uint_fast8_t level = 1;
    open_type open = 1, wanted = 1;  // subtrees that begin behind this place, and how many when the one that the row goes to begins
    do {
      const bool here = open == wanted;
      if (p.take(1) == 0) {
        Format::leaf::template read<Reader>(forest, p, here, sink);
        if (here) wanted = 0;
        if (here && forest.jumps() != 0) return;
        --open;
      } else if (!here) {
        p.skip(static_cast<uint8_t>(flags + forest.feature() + forest.threshold()));
        ++open;
      } else {
        const bool right = goes_right(p);
        if (level < forest.jumps()) {
          ++level;
          const typename place::value_type jump = p.take(forest.jump());
          if (right) p.skip_bytes(jump);
        } else {
          ++open;
          if (!right) wanted = open;
        }
      }
    } while (open != 0);
  }

  /// Whether the row goes right at the node whose flag was read; p is left behind its threshold.
  EMLEARN_INLINE EMLEARN_CONSTEXPR bool goes_right(place& p) const {
    using input_key = decltype(ordered_key(*x));
    const bool missing_left = Format::missing::flagged && p.take(1) != 0;
    typename place::value_type feature = 0;
    uint32_t field = 0;
    if (EMLEARN_WIDE_SHIFTS && forest.feature() + forest.threshold() <= 25) {  // at once
      const uint32_t both = p.take(static_cast<uint8_t>(forest.feature() + forest.threshold()));
      feature = both >> (forest.threshold() & 31);
      field = both & ((static_cast<uint32_t>(1) << (forest.threshold() & 31)) - 1);
    } else {
      feature = p.take(forest.feature());
      field = p.take_wide(forest.threshold());
    }
    const input_key key = ordered_key(x[feature]);
    if (Format::missing::is_missing(key, forest.missing())) return !missing_left;
    return key > threshold_of<input_key>(forest, field);
  }
};

}}  // namespace emlearn::trees

#endif
