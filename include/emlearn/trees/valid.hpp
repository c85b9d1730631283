// What walk, vote and mean rely on, written down once: checked by the converter, and by compilers from C++14 on.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_VALID_HPP
#define EMLEARN_TREES_VALID_HPP

#include "vote.hpp"

namespace emlearn { namespace trees {

/// Which payloads are right: all below a number.
struct payloads_below {
  uint32_t count;
  EMLEARN_CONSTEXPR bool operator()(uint32_t payload) const { return payload < count; }
};

/// Whether every record lies inside its tree, every skip lands on the right child, features are in range, payloads right, no
/// walk is deeper than Depth, and the stream is used up exactly. One pass, no recursion.
/// @param right_of  scratch of max_depth: where the open right children start
/// @param is_right  says whether a payload is
template <class Format, class Reader, class Forest, class Payloads>
EMLEARN_CONSTEXPR bool valid_nodes(const Forest& f, size_t size, uint32_t n_features, const Payloads& is_right, size_t* right_of,
                                   uint16_t max_depth) {
  using id_type = typename link<Format::wide_link>::type;
  size_t at = 0;
  for (uint16_t t = 0; t != f.n_trees(); ++t) {
    if (size - at < Format::length_bytes) return false;
    const size_t length = detail::bytes<id_type>::template read<Reader>(f.nodes() + at);
    at += Format::length_bytes;
    if (length > size - at) return false;
    const size_t end = at + length;
    uint16_t open = 0;
    for (;;) {
      if (at >= end) return false;
      const uint8_t first = Reader::read(f.nodes() + at);
      const uint8_t* p = f.nodes() + at + 1;
      if (first < 0x80) {
        if (open == max_depth || end - at < Format::feature_bytes + sizeof(typename Format::key_type) + 2) return false;
        uint32_t feature = first & Format::feature_mask;
        if (Format::wide_feature) feature = feature << 8 | Reader::read(p++);
        if (feature >= n_features) return false;
        p += sizeof(typename Format::key_type);
        size_t skip = Reader::read(p++);
        if (skip >= 0xC0) {
          if (end - at < Format::feature_bytes + sizeof(typename Format::key_type) + (Format::wide_link ? 4 : 2)) return false;
          skip = varying<Reader, Format::wide_link>::skip(static_cast<uint8_t>(skip), p);
        }
        at = static_cast<size_t>(p - f.nodes());
        if (skip == 0 || skip >= end - at) return false;
        right_of[open] = at + skip;
        ++open;
        continue;
      }
      uint32_t id = first & 0x3f;
      if (first >= 0xC0) {
        if (end - at < (Format::wide_link ? 4 : 2)) return false;
        id = varying<Reader, Format::wide_link>::id(first, p);
      }
      if (!is_right(id)) return false;
      at = static_cast<size_t>(p - f.nodes());
      // A finished record is the left child of the innermost open node, or the right one of those that it closes.
      while (open != 0 && right_of[open - 1] == 0) --open;
      if (open == 0) break;
      if (right_of[open - 1] != at) return false;
      right_of[open - 1] = 0;
    }
    if (at != end) return false;
  }
  return at == size;
}

/// Whether each distribution ends inside the table, and its classes and shares are in range.
template <class Reader, class Leaves>
EMLEARN_CONSTEXPR bool valid_entries(const Leaves& leaves, size_t n_entries, uint32_t n_classes, uint32_t n_shares) {
  using L = typename Leaves::format;
  using class_type = typename L::class_type;
  bool last = true;
  for (size_t i = 0; i != n_entries; ++i) {
    const uint8_t* entry = leaves.entries() + i * L::entry_bytes;
    const class_type c = detail::bytes<class_type>::template read<Reader>(entry);
    last = (c & L::last) != 0;
    if (static_cast<uint32_t>(c & static_cast<class_type>(~L::last)) >= n_classes) return false;
    if (detail::bytes<typename L::share_type>::template read<Reader>(entry + sizeof(class_type)) >= n_shares) return false;
  }
  return last && (leaves.n_pure() == 0 || leaves.n_pure() == n_classes);
}

/// Whether the outputs share out all the classes, no more.
template <class Reader> EMLEARN_CONSTEXPR bool valid_outputs(const uint16_t* classes_of, uint16_t n_outputs, uint32_t n_classes) {
  uint32_t sum = 0;
  for (uint16_t k = 0; k != n_outputs; ++k) {
    const uint16_t count = Reader::read(classes_of + k);
    if (count == 0) return false;
    sum += count;
  }
  return sum == n_classes;
}

/// valid_nodes with scratch of its own.
template <class Format, class Reader, uint16_t MaxDepth, class Forest, class Payloads>
EMLEARN_CONSTEXPR bool valid(const Forest& f, size_t size, uint32_t n_features, const Payloads& is_right) {
  size_t right_of[MaxDepth + 1] = {};
  return valid_nodes<Format, Reader>(f, size, n_features, is_right, right_of, MaxDepth);
}

}}  // namespace emlearn::trees

#endif
