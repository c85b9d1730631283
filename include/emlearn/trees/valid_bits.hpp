// What bits_walk relies on: checked by the converter, and by compilers from C++14 on.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_VALID_BITS_HPP
#define EMLEARN_TREES_VALID_BITS_HPP

#include "bit_counts.hpp"

namespace emlearn { namespace trees {

/// A place in a stream of so many bytes: past its end there are zeros, and an error.
template <class Reader> struct bounded_place {
  const uint8_t* bytes;
  size_t size;
  size_t at;
  bool failed;

  EMLEARN_CONSTEXPR uint32_t take(uint8_t count) {
    skip(count);
    return failed || count == 0 ? 0 : bits_at<Reader>(bytes + ((at - count) >> 3), static_cast<uint_fast8_t>((at - count) & 7), count);
  }
  EMLEARN_CONSTEXPR uint32_t take_wide(uint8_t count) {
    if (count <= 25) return take(count);
    const uint32_t high = take(static_cast<uint8_t>(count - 16));
    return high << 16 | take(16);
  }
  EMLEARN_CONSTEXPR void skip(uint8_t count) {
    failed = failed || count > 8 * size - at;
    if (!failed) at += count;
  }
  EMLEARN_CONSTEXPR void align() { at = (at + 7) / 8 * 8; }
};

/// Whether numbers of leaves are in range, and payloads right.
template <class Reader, class Forest, class Payloads> struct right_numbers {
  Forest forest;
  Payloads is_right;

  template <class Place> EMLEARN_CONSTEXPR bool read(Place& p) const {
    const uint32_t leaf = leaf_number(p, forest);
    return !p.failed && leaf < forest.n_leaves() && is_right(forest.template payload<Reader>(leaf));
  }
};

template <class Reader, class Forest, class Payloads>
EMLEARN_CONSTEXPR right_numbers<Reader, Forest, Payloads> check_numbers(const Forest& forest, const Payloads& is_right) {
  return {forest, is_right};
}

/// Whether classes, counts and units are in range.
template <class Leaves> struct right_counts {
  Leaves leaves;
  uint32_t n_units;

  template <class Place> EMLEARN_CONSTEXPR bool read(Place& p) const {
    uint32_t n = 1;
    if (p.take(1) == 0) {
      n = leaves.n_bits() == 0 ? static_cast<uint32_t>(leaves.whole()) : p.take(leaves.n_bits());
      if (n < 2 || n >= 0x8000 || (Leaves::format::has_table && (n < leaves.least() || n - leaves.least() >= n_units))) return false;
    }
    for (uint32_t left = n; left != 0;) {
      if (p.take(leaves.class_bits()) >= leaves.n_classes()) return false;
      uint32_t k = left;
      if (left != 1 && p.take(1) == 0) k = p.take(leaves.k_bits());
      if (p.failed || k == 0 || k > left) return false;
      left -= k;
    }
    return true;
  }
};

/// Whether trees end in the stream, jumps lead to right children, features are in range, leaves right, no walk is deeper than MaxDepth,
/// places fit their type, and the stream is used up but for bits of its last byte. One pass, no recursion.
template <class Format, class Reader, class Forest, class Leaves> struct bits_check {
  Forest forest;
  uint32_t n_features;
  Leaves leaves;
  uint16_t max_depth;
  bounded_place<Reader> p;

  EMLEARN_CONSTEXPR bool node() {
    if (Format::missing::flagged) p.skip(1);
    const uint32_t feature = p.take(forest.feature());
    p.skip(forest.threshold());
    return !p.failed && feature < n_features;
  }

  /// The subtree at p, which has no jumps; no deeper than so many levels.
  EMLEARN_CONSTEXPR bool subtree(uint16_t levels) {
    for (uint32_t open = 1; open != 0;) {
      if (p.failed || open > levels + 1u) return false;
      if (p.take(1) == 0) {
        if (!leaves.read(p)) return false;
        --open;
      } else {
        if (!node()) return false;
        ++open;
      }
    }
    return true;
  }

  /// @param right_of  scratch of jumps(): where right children must start, and their levels
  EMLEARN_CONSTEXPR bool tree(size_t* right_of, uint8_t* level_of) {
    const size_t start = forest.jumps() == 0 ? 0 : p.at;
    const size_t length = forest.jumps() == 0 ? 0 : p.take(forest.jump());
    uint8_t waiting = 0, level = 1;
    for (;;) {
      bounded_place<Reader> ahead = p;
      if (level < forest.jumps() && ahead.take(1) != 0) {
        p = ahead;
        if (level > max_depth || !node()) return false;
        const size_t jump = p.take(forest.jump());
        right_of[waiting] = (p.at + 7) / 8 + jump;
        level_of[waiting++] = ++level;
        continue;  // the left child
      }
      if (!subtree(static_cast<uint16_t>(level > max_depth ? 0 : max_depth - level + 1))) return false;
      if (waiting == 0) break;
      p.align();
      if (right_of[--waiting] != p.at / 8) return false;
      level = level_of[waiting];
    }
    if (forest.jumps() != 0) p.align();
    if (forest.jumps() != 0 && start / 8 + length != p.at / 8) return false;
    return p.at - start <= static_cast<typename Format::word_type>(~static_cast<typename Format::word_type>(0));
  }

  EMLEARN_CONSTEXPR bool all(size_t* right_of, uint8_t* level_of) {
    if (static_cast<typename Format::open_type>(max_depth + 1) != max_depth + 1) return false;
    if (forest.feature() > 25 || forest.threshold() > 32 || forest.jump() > 25) return false;
    for (uint16_t t = 0; t != forest.n_trees(); ++t)
      if (!tree(right_of, level_of)) return false;
    return !p.failed && 8 > 8 * p.size - p.at;
  }
};

/// The same with scratch of its own.
template <class Format, class Reader, uint8_t Jumps, class Forest, class Leaves>
EMLEARN_CONSTEXPR bool valid_bits(const Forest& forest, size_t size, uint32_t n_features, const Leaves& leaves, uint16_t max_depth) {
  size_t right_of[Jumps + 1] = {};
  uint8_t level_of[Jumps + 1] = {};
  return bits_check<Format, Reader, Forest, Leaves>{forest, n_features, leaves, max_depth, {forest.nodes(), size, 0, false}}.all(right_of,
                                                                                                                                 level_of);
}

}}  // namespace emlearn::trees

#endif
