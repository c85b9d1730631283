// The fewest bytes: nodes in a stream of half or whole bytes, whose widths are chosen for each model.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_PACKED_HPP
#define EMLEARN_TREES_PACKED_HPP

#include "format.hpp"

// The stream holds tree after tree, in units of half bytes, the high half of a byte first, or of bytes: the length of the tree, then
// its nodes in preorder.
//   head       left child is a leaf (1), right child is a leaf (2), a missing value goes left (4, where values can be missing), feature
//   threshold  what is shifted and added to base()
//   then, by the head: the payloads of both leaves; or of the one leaf, and the node that is the other child; or how many units the
//   left child takes, the left and the right child
// Payloads and lengths are numbers of `first` units; from `direct` on they have `more` of them.
// A row goes left where key(x[feature]) <= threshold.
namespace emlearn { namespace trees {

/// Widths of a number that is often small.
struct number_format {
  uint8_t first, more;
  uint32_t direct;
};

/// @tparam Word  uint16_t where every field, payload and place in the stream fits, else uint32_t
/// @tparam Unit  the bits of a unit, 4 or 8
template <class Word, uint8_t Unit, class Missing> struct packed_format {
  using word_type = Word;
  static constexpr uint8_t unit = Unit;
  using missing = Missing;
  static constexpr uint8_t flags = Missing::flagged ? 3 : 2;
};

/// The nodes at run time; emitted headers have the same members as constants.
struct packed {
  const uint8_t* nodes_;
  uint16_t n_trees_;
  int32_t missing_;
  uint8_t length_, head_, threshold_, shift_;
  int32_t base_;
  number_format leaf_, skip_;

  const uint8_t* nodes() const { return nodes_; }
  uint16_t n_trees() const { return n_trees_; }
  int32_t missing() const { return missing_; }      ///< the raw value of value_missing
  uint8_t length() const { return length_; }        ///< units of a tree's length
  uint8_t head() const { return head_; }            ///< units of a head
  uint8_t threshold() const { return threshold_; }  ///< units of a threshold
  uint8_t shift() const { return shift_; }          ///< bits that it is shifted to the left
  int32_t base() const { return base_; }            ///< what is added then
  number_format leaf() const { return leaf_; }      ///< of payloads
  number_format skip() const { return skip_; }      ///< of lengths of left children
};

/// A word and the place behind it, in one register or a pair of them: a function that reads returns both.
template <class Word> struct found;
template <> struct found<uint16_t> {
  using type = uint32_t;
};
template <> struct found<uint32_t> {
  using type = uint64_t;
};

/// Reads units one after the other.
template <class Word, uint8_t Unit, class Reader> struct unit_reader {
  const uint8_t* bytes;
  Word place;

  /// The next `count` units, at least one, from place `at` on; the place behind them in the upper half.
  static EMLEARN_CONSTEXPR typename found<Word>::type half_bytes(const uint8_t* bytes, Word at, uint8_t count) {
    using both = typename found<Word>::type;
    Word value = 0;
    do {
      uint8_t byte = Reader::read(bytes + (at >> 1));
      if ((at & 1) == 0) byte = static_cast<uint8_t>(byte >> 4);
      value = static_cast<Word>(value << 4 | (byte & 15));
      ++at;
    } while (--count != 0);
    return static_cast<both>(static_cast<both>(at) << (8 * sizeof(Word)) | value);
  }

  EMLEARN_INLINE EMLEARN_CONSTEXPR Word take(uint8_t count) {
    if (Unit == 4) {
      const typename found<Word>::type both = half_bytes(bytes, place, count);
      place = static_cast<Word>(both >> (8 * sizeof(Word)));
      return static_cast<Word>(both);
    }
    Word value = Reader::read(bytes + place++);
    while (--count != 0) value = static_cast<Word>(value << 8 | Reader::read(bytes + place++));
    return value;
  }

  EMLEARN_INLINE EMLEARN_CONSTEXPR Word number(const number_format& format) {
    const Word value = take(format.first);
    if (format.more == 0 || value < format.direct) return value;
    const Word rest = take(format.more);
    return static_cast<Word>(static_cast<Word>(static_cast<Word>(value - format.direct) << (Unit * format.more) | rest) + format.direct);
  }
};

/// The threshold of a field.
template <class Key, class Forest> EMLEARN_CONSTEXPR Key threshold_of(const Forest& f, uint32_t field) {
  // NOLINTNEXTLINE(bugprone-misplaced-widening-cast): modulo 2^32 on purpose
  return static_cast<Key>((field << f.shift()) + static_cast<uint32_t>(f.base()));
}

/// The payloads of the leaves that x reaches, tree after tree. A walk ends because valid_packed_nodes() proved it.
template <class Format, class Reader, class Forest, class X> struct packed_walk {
  using word_type = typename Format::word_type;
  using id_type = word_type;

  Forest forest;
  const X* x;

  EMLEARN_CONSTEXPR packed_walk(const Forest& f, const X* features) : forest(f), x(features) {}

  EMLEARN_CONSTEXPR uint16_t n_trees() const { return forest.n_trees(); }

  /// Calls sink(payload) for each tree in order.
  template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR void each(Sink&& sink) {
    word_type tree = 0;
    for (uint16_t left = forest.n_trees(); left != 0;) {
      sink(next(tree));
      if (decided(sink, --left)) return;
    }
  }

  /// The payload in the tree that starts at `tree`, which is left at the next one.
  EMLEARN_CONSTEXPR word_type next(word_type& tree) const {
    using input_key = decltype(ordered_key(*x));
    unit_reader<word_type, Format::unit, Reader> p = {forest.nodes(), tree};
    const word_type length = p.take(forest.length());
    tree = static_cast<word_type>(p.place + length);
    for (;;) {
      word_type head = 0;
      uint32_t field = 0;
      if (Format::unit == 4 && (forest.head() + forest.threshold()) * 4u <= 8 * sizeof(word_type)) {  // at once
        const word_type both = p.take(static_cast<uint8_t>(forest.head() + forest.threshold()));
        constexpr uint8_t width = 8 * sizeof(word_type) - 1;  // a shift by as much or more is in a branch that is not taken
        head = static_cast<word_type>(both >> (4 * forest.threshold() & width));
        field = both & static_cast<word_type>((static_cast<word_type>(1) << (4 * forest.threshold() & width)) - 1);
      } else {
        head = p.take(forest.head());
        field = p.take(forest.threshold());
      }
      const input_key key = ordered_key(x[head >> Format::flags]);
      bool right = key > threshold_of<input_key>(forest, field);
      if (Format::missing::is_missing(key, forest.missing())) right = (head & 4) == 0;
      if ((head & 3) == 0) {
        const word_type skip = p.number(forest.skip());
        p.place = static_cast<word_type>(p.place + (right ? skip : 0));  // as a branch it keeps clang 16 in SimplifyCFG for ever
        continue;
      }
      const bool both_leaves = (head & 3) == 3;
      word_type payload = 0;
      for (uint8_t more = both_leaves && right ? 2 : 1; more != 0; --more) payload = p.number(forest.leaf());
      if (both_leaves || right == ((head & 2) != 0)) return payload;
    }
  }
};

/// Whether every node lies inside its tree, every length leads to the right child, features are in range, payloads right, no walk is
/// deeper than max_depth, and the stream is used up but for a last half byte. One pass, no recursion.
/// @param right_of  scratch of max_depth + 1: where the open right children start
template <class Format, class Reader, class Forest, class Payloads>
EMLEARN_CONSTEXPR bool valid_packed_nodes(const Forest& f, size_t size, uint32_t n_features, const Payloads& is_right, uint32_t* right_of,
                                          uint16_t max_depth) {
  const uint8_t longest = static_cast<uint8_t>(f.head() + f.threshold());
  unit_reader<uint32_t, Format::unit, Reader> p = {f.nodes(), 0};
  const uint32_t all = static_cast<uint32_t>(size) * (8u / Format::unit);
  for (uint16_t t = 0; t != f.n_trees(); ++t) {
    if (all - p.place < f.length()) return false;
    const uint32_t length = p.take(f.length());
    if (length > all - p.place) return false;
    const uint32_t end = p.place + length;
    uint16_t open = 0;
    for (bool more = true; more;) {
      if (end - p.place < longest || open > max_depth) return false;
      const uint32_t head = p.take(f.head());
      p.take(f.threshold());
      if (head >> Format::flags >= n_features) return false;
      if ((head & 3) == 0) {
        if (end - p.place < static_cast<uint32_t>(f.skip().first) + f.skip().more) return false;
        const uint32_t skip = p.number(f.skip());
        if (skip == 0 || skip >= end - p.place || open == max_depth) return false;
        right_of[open++] = p.place + skip;
        continue;
      }
      for (uint8_t leaves = (head & 3) == 3 ? 2 : 1; leaves != 0; --leaves) {
        if (end - p.place < f.leaf().first) return false;
        unit_reader<uint32_t, Format::unit, Reader> ahead = p;
        if (ahead.take(f.leaf().first) >= f.leaf().direct && end - p.place < static_cast<uint32_t>(f.leaf().first) + f.leaf().more)
          return false;
        if (!is_right(p.number(f.leaf()))) return false;
      }
      if ((head & 3) != 3) continue;  // the other child follows
      if (open == 0)
        more = false;
      else if (right_of[--open] != p.place)
        return false;
    }
    if (p.place != end) return false;
  }
  return all - p.place < 8 / Format::unit;
}

/// valid_packed_nodes with scratch of its own.
template <class Format, class Reader, uint16_t MaxDepth, class Forest, class Payloads>
EMLEARN_CONSTEXPR bool valid_packed(const Forest& f, size_t size, uint32_t n_features, const Payloads& is_right) {
  uint32_t right_of[MaxDepth + 1] = {};
  return valid_packed_nodes<Format, Reader>(f, size, n_features, is_right, right_of, MaxDepth);
}

}}  // namespace emlearn::trees

#endif
