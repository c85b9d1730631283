// A node in a word, its leaves with it where they fit: faster to walk than bytes, at little more flash.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_WORDS_HPP
#define EMLEARN_TREES_WORDS_HPP

#include "format.hpp"

// The table holds tree after tree: how many words it has, then its nodes in preorder.
//   keys of 1 byte    threshold (8 bits, the highest) | link (16) | head (8)
//   keys of 2 bytes   threshold (16) | link (8) | head (8)
//   keys of 4 bytes   threshold (32); link (16) | head (16)
// head  its highest bits are flags: a child is a leaf; both are; a missing value goes left, where values can be missing. Then the feature
// link  no leaf: how many words the left child takes; 0 says that the next word has it
//       one leaf: 2 times the leaf, 1 more if it is on the right; where leaves can be wider, all ones say that the next word has it. The
//       other child follows
//       two leaves: the left one in the low half, the right one in the high half; where leaves can be wider, all ones, or link being a
//       byte, say that halves of the next word have them
// Leaves are payloads, or numbers of them. A row goes left where key(x[feature]) <= threshold.
namespace emlearn { namespace trees {

/// @tparam Key  the type of the thresholds, up to 4 bytes
/// @tparam LeafBits  7, 8, 15 or 16: leaves have no more
/// @tparam LongSkip  whether there are left children of more words than a link has room for
/// @tparam Missing  never_missing, nan_missing or value_missing
template <class Key, uint8_t LeafBits, bool LongSkip, class Missing> struct words_format {
  using key_type = Key;
  using missing = Missing;
  static constexpr uint8_t node_words = sizeof(Key) == 4 ? 2 : 1;
  static constexpr uint8_t threshold_at = static_cast<uint8_t>(sizeof(Key) == 4 ? 0 : 32 - 8 * sizeof(Key));
  static constexpr uint8_t head_bits = sizeof(Key) == 4 ? 16 : 8;
  static constexpr uint8_t link_bits = sizeof(Key) == 2 ? 8 : 16;
  static constexpr uint32_t link_mask = sizeof(Key) == 2 ? 0xff : 0xffff;
  static constexpr uint32_t leafy = static_cast<uint32_t>(1) << (head_bits - 1);
  static constexpr uint32_t both = static_cast<uint32_t>(1) << (head_bits - 2);
  static constexpr uint32_t missing_left = static_cast<uint32_t>(1) << (head_bits - 3);
  static constexpr uint32_t feature_mask = (Missing::flagged ? missing_left : both) - 1;

  static EMLEARN_INLINE EMLEARN_CONSTEXPR Key threshold(uint32_t word) { return static_cast<Key>(word >> threshold_at); }
  static EMLEARN_INLINE EMLEARN_CONSTEXPR uint32_t link(uint32_t word) { return word >> head_bits & link_mask; }
  /// Whether the next word belongs to a node, too.
  static EMLEARN_INLINE EMLEARN_CONSTEXPR bool continues(uint32_t word) {
    if ((word & leafy) == 0) return LongSkip && link(word) == 0;
    if ((word & both) != 0) return 2 * LeafBits > link_bits && (link_bits == 8 || link(word) == link_mask);
    return LeafBits >= link_bits && link(word) == link_mask;
  }
};

/// One of two leaves.
EMLEARN_CONSTEXPR uint32_t leaf_of(uint32_t leaves, bool right, uint8_t bits) {
  return right ? leaves >> bits : leaves & ((static_cast<uint32_t>(1) << bits) - 1);
}

/// The nodes at run time; emitted headers have the same members as constants.
struct words {
  const uint32_t* nodes_;
  const uint32_t* payloads_;
  uint32_t n_leaves_;
  uint16_t n_trees_;
  int32_t missing_;

  const uint32_t* nodes() const { return nodes_; }
  uint16_t n_trees() const { return n_trees_; }
  int32_t missing() const { return missing_; }                                               ///< the raw value of value_missing
  uint32_t n_leaves() const { return n_leaves_; }                                            ///< leaves are below this
  template <class Reader> uint32_t payload(uint32_t leaf) const { return payloads_[leaf]; }  ///< of a leaf
};

/// One word; a core may have its own way.
template <class Reader> struct word_reader {
  static EMLEARN_INLINE EMLEARN_CONSTEXPR uint32_t read(const uint32_t* p) { return Reader::read(p); }
};

/// A node, and the word behind it.
template <class Format> struct node_found {
  uint32_t threshold, word;  ///< the same word, where a node is one
  const uint32_t* behind;
};

/// Where a row goes at a node.
template <class Format, class X>
EMLEARN_INLINE EMLEARN_CONSTEXPR bool goes_right(const node_found<Format>& node, int32_t missing, const X* x) {
  using input_key = decltype(ordered_key(*x));
  // NOLINTNEXTLINE(bugprone-signed-char-misuse): a number, not a character
  const input_key threshold = static_cast<input_key>(Format::threshold(node.threshold));
  const input_key key = ordered_key(x[node.word & Format::feature_mask]);
  if (Format::missing::is_missing(key, missing)) return (node.word & Format::missing_left) == 0;
  return key > threshold;
}

/// The first node with a leaf on the way from p.
template <class Format, class Reader, class X> struct plain_node_walk {
  using words = word_reader<Reader>;
  static EMLEARN_INLINE EMLEARN_CONSTEXPR node_found<Format> descend(const uint32_t* p, int32_t missing, const X* x) {
    node_found<Format> node = {0, 0, p};
    for (;;) {
      node.word = node.threshold = words::read(node.behind++);
      if (Format::node_words == 2) node.word = words::read(node.behind++);
      if ((node.word & Format::leafy) != 0) return node;
      const bool right = goes_right<Format>(node, missing, x);
      if (Format::continues(node.word))
        node.behind += right ? 1 + words::read(node.behind) : 1;
      else if (right)
        node.behind += Format::link(node.word);
    }
  }
};
/// The same; a core may have its own way.
template <class Format, class Reader, class X> struct node_walk : plain_node_walk<Format, Reader, X> {};

/// The payloads of the leaves that x reaches, tree after tree. A walk ends because valid_words() proved it.
template <class Format, class Reader, class Forest, class X> struct words_walk {
  using id_type = uint32_t;
  using words = word_reader<Reader>;

  Forest forest;
  const uint32_t* tree;  ///< the next tree's length
  const X* x;

  EMLEARN_CONSTEXPR words_walk(const Forest& f, const X* features) : forest(f), tree(f.nodes()), x(features) {}

  EMLEARN_CONSTEXPR uint16_t n_trees() const { return forest.n_trees(); }

  /// Calls sink(payload) for each tree in order.
  template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR void each(Sink&& sink) {
    for (uint16_t left = forest.n_trees(); left != 0;) {
      sink(forest.template payload<Reader>(next()));
      if (decided(sink, --left)) return;
      for (uint16_t idle = passed_over(sink); idle != 0; --idle, --left) tree += 1 + words::read(tree);
    }
  }

  /// The leaf in the next tree.
  EMLEARN_INLINE EMLEARN_CONSTEXPR uint32_t next() {
    const uint32_t* p = tree + 1;
    tree = p + words::read(tree);
    return leaf(p, forest.missing(), x);
  }

  /// The leaf in the tree that starts at p: a function of its own, since it needs all registers of small cores.
  static EMLEARN_NOINLINE EMLEARN_CONSTEXPR uint32_t leaf(const uint32_t* p, int32_t missing, const X* x) {
    for (;;) {
      const node_found<Format> found = node_walk<Format, Reader, X>::descend(p, missing, x);
      const uint32_t word = found.word;
      const bool right = goes_right<Format>(found, missing, x);
      p = found.behind;
      if ((word & Format::both) != 0) {
        if (!Format::continues(word)) return leaf_of(Format::link(word), right, Format::link_bits / 2);
        return leaf_of(words::read(p), right, 16);
      }
      const uint32_t link = Format::continues(word) ? words::read(p++) : Format::link(word);
      if (right == ((link & 1) != 0)) return link >> 1;
    }
  }
};

/// Whether every node lies inside its tree, every skip leads to the right child, features are in range, payloads right, no walk is deeper
/// than max_depth, and the table is used up. One pass, no recursion.
/// @param right_of  scratch of max_depth + 1: where the open right children start
template <class Format, class Reader, class Forest, class Payloads>
EMLEARN_CONSTEXPR bool valid_word_nodes(const Forest& f, size_t size, uint32_t n_features, const Payloads& is_right, size_t* right_of,
                                        uint16_t max_depth) {
  size_t at = 0;
  for (uint16_t t = 0; t != f.n_trees(); ++t) {
    if (at == size) return false;
    const size_t length = static_cast<size_t>(Reader::read(f.nodes() + at++));
    if (length > size - at) return false;
    const size_t end = at + length;
    uint16_t open = 0;
    for (bool more = true; more;) {
      if (end - at < Format::node_words || open > max_depth) return false;
      at += Format::node_words;
      const uint32_t word = Reader::read(f.nodes() + at - 1);
      uint32_t link = Format::link(word);
      if ((word & Format::feature_mask) >= n_features) return false;
      const bool two = (word & Format::both) != 0, apart = Format::continues(word);
      if (apart) {
        if (at == end) return false;
        link = Reader::read(f.nodes() + at++);
      }
      if ((word & Format::leafy) == 0) {
        if (two || link == 0 || link >= end - at || open == max_depth) return false;
        right_of[open++] = at + static_cast<size_t>(link);
        continue;
      }
      const uint8_t bits = apart ? 16 : Format::link_bits / 2;
      const uint32_t low = two ? leaf_of(link, false, bits) : link >> 1, high = two ? leaf_of(link, true, bits) : low;
      if (low >= f.n_leaves() || high >= f.n_leaves()) return false;
      if (!is_right(f.template payload<Reader>(low)) || !is_right(f.template payload<Reader>(high))) return false;
      if (!two) continue;  // the other child follows
      if (open == 0)
        more = false;
      else if (right_of[--open] != at)
        return false;
    }
    if (at != end) return false;
  }
  return at == size;
}

/// valid_word_nodes with scratch of its own.
template <class Format, class Reader, uint16_t MaxDepth, class Forest, class Payloads>
EMLEARN_CONSTEXPR bool valid_words(const Forest& f, size_t size, uint32_t n_features, const Payloads& is_right) {
  size_t right_of[MaxDepth + 1] = {};
  return valid_word_nodes<Format, Reader>(f, size, n_features, is_right, right_of, MaxDepth);
}

}}  // namespace emlearn::trees

#endif
