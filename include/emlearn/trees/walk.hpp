// From a tree's root to its leaf.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_WALK_HPP
#define EMLEARN_TREES_WALK_HPP

#include "format.hpp"

namespace emlearn { namespace trees {

/// The id of the leaf that x reaches in one tree. The walk ends because valid_nodes() proved it.
/// @param tree  the tree's length; left at the next tree
/// @param x  raw values, or keys of them
template <class Format, class Reader, class Forest, class X>
EMLEARN_CONSTEXPR typename link<Format::wide_link>::type next_leaf(const Forest& f, const uint8_t*& tree, const X* x) {
  using id_type = typename link<Format::wide_link>::type;
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
    if (Format::missing::is_missing(key, f.missing())) right = (first & Format::missing_bit) == 0;
    p += sizeof(key_type);
    id_type skip = Reader::read(p++);
    if (skip >= 0xC0) skip = varying<Reader, Format::wide_link>::skip(static_cast<uint8_t>(skip), p);
    if (right) p += skip;
  }
}

}}  // namespace emlearn::trees

#endif
