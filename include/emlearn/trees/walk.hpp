// From a tree's root to its leaf.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_WALK_HPP
#define EMLEARN_TREES_WALK_HPP

#include "format.hpp"

namespace emlearn { namespace trees {

/// Walks one tree after the other. The walk ends because valid() proved it.
template <class Format, class Reader> struct walker {
  using key_type = typename Format::key_type;
  using id_type = typename link<Format::wide_link>::type;

  const uint8_t* tree;  ///< the next tree's length
  int32_t missing;

  EMLEARN_CONSTEXPR explicit walker(const forest& f) : tree(f.nodes), missing(f.missing) {}

  /// The id of the leaf that x reaches in the next tree.
  /// @param x  raw values, or keys of them
  template <class X> EMLEARN_CONSTEXPR id_type next_leaf(const X* x) {
    const uint8_t* p = tree + Format::length_bytes;
    tree = p + detail::bytes<id_type>::template read<Reader>(tree);
    for (;;) {
      const uint8_t first = Reader::read(p++);
      if (first >= 0xC0) return varying<Reader, Format::wide_link>::id(first, p);
      if (first >= 0x80) return static_cast<id_type>(first & 0x3f);
      const bool right = goes_right(first, p, x);
      p += sizeof(key_type);
      id_type skip = Reader::read(p++);
      if (skip >= 0xC0) skip = varying<Reader, Format::wide_link>::skip(static_cast<uint8_t>(skip), p);
      if (right) p += skip;
    }
  }

 private:
  /// Reads the feature, and leaves p at the threshold.
  template <class X> EMLEARN_CONSTEXPR bool goes_right(uint8_t first, const uint8_t*& p, const X* x) const {
    const uint8_t high = first & Format::feature_mask;
    const uint16_t feature = Format::wide_feature ? static_cast<uint16_t>(high << 8 | Reader::read(p++)) : high;
    const auto key = ordered_key(x[feature]);
    if (Format::missing::is_missing(key, missing)) return (first & Format::missing_bit) == 0;
    return key > static_cast<decltype(ordered_key(x[feature]))>(detail::bytes<key_type>::template read<Reader>(p));
  }
};

}}  // namespace emlearn::trees

#endif
