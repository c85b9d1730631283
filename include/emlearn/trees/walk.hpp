// From a tree's root to its leaf.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_WALK_HPP
#define EMLEARN_TREES_WALK_HPP

#include "format.hpp"

namespace emlearn { namespace trees {

/// The payloads of the leaves that x reaches, tree after tree. A walk ends because valid_nodes() proved it.
/// @tparam X  raw values, or keys of them
template <class Format, class Reader, class Forest, class X> struct walk {
  using id_type = typename link<Format::wide_link>::type;

  Forest forest;
  const uint8_t* tree;  ///< the next tree's length
  const X* x;

  EMLEARN_CONSTEXPR walk(const Forest& f, const X* features) : forest(f), tree(f.nodes()), x(features) {}

  EMLEARN_CONSTEXPR uint16_t n_trees() const { return forest.n_trees(); }

  /// Calls sink(payload) for each tree in order: what every aggregator is made of.
  template <class Sink> EMLEARN_INLINE EMLEARN_CONSTEXPR void each(Sink&& sink) {
    for (uint16_t left = forest.n_trees(); left != 0;) {
      sink(next());
      if (decided(sink, --left)) return;
      for (uint16_t idle = passed_over(sink); idle != 0; --idle, --left)
        tree += Format::length_bytes + detail::bytes<id_type>::template read<Reader>(tree);
    }
  }

  /// The payload in the next tree.
  EMLEARN_INLINE EMLEARN_CONSTEXPR id_type next() {
    using key_type = typename Format::key_type;
    using input_key = decltype(ordered_key(*x));
    const uint8_t* p = tree + Format::length_bytes;
    tree = p + detail::bytes<id_type>::template read<Reader>(tree);
    for (;;) {
      const uint8_t first = Reader::read(p++);
      if (first >= 0xC0) return varying<Reader, Format::wide_link>::id(first, p);
      if (first >= 0x80) return static_cast<id_type>(first & 0x3f);
      uint16_t feature = first & Format::feature_mask;
      if (Format::wide_feature) feature = static_cast<uint16_t>(feature << 8 | Reader::read(p++));
      const input_key key = ordered_key(x[feature]);
      bool right = key > static_cast<input_key>(detail::bytes<key_type>::template read<Reader>(p));
      if (Format::missing::is_missing(key, forest.missing())) right = (first & Format::missing_bit) == 0;
      p += sizeof(key_type);
      id_type skip = Reader::read(p++);
      if (skip >= 0xC0) skip = varying<Reader, Format::wide_link>::skip(static_cast<uint8_t>(skip), p);
      if (right) p += skip;
    }
  }
};

}}  // namespace emlearn::trees

#endif
