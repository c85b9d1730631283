// What add_counts relies on: checked by the converter, and by compilers from C++14 on.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_VALID_COUNTS_HPP
#define EMLEARN_TREES_VALID_COUNTS_HPP

#include "counts.hpp"

namespace emlearn { namespace trees {

/// Whether leaves fill the table, with classes, counts and units in range; start[i] is then whether a leaf starts at i.
/// @param start  scratch of size
template <class Reader, class Leaves>
EMLEARN_CONSTEXPR bool valid_counts(const Leaves& leaves, size_t size, uint32_t n_units, bool* start) {
  using count_type = typename Leaves::format::count_type;
  for (size_t i = 0; i != size; ++i) start[i] = false;
  for (size_t at = 0; at != size;) {
    start[at] = true;
    if (size - at < sizeof(count_type)) return false;
    const count_type n = detail::bytes<count_type>::template read<Reader>(leaves.bytes() + at);
    at += sizeof(count_type);
    if (n == 0 || n >= 0x8000 || (Leaves::format::has_table && (n < leaves.least() || n - leaves.least() >= static_cast<int32_t>(n_units))))
      return false;
    for (count_type left = n; left != 0;) {
      if (at == size) return false;
      const uint8_t entry = Reader::read(leaves.bytes() + at++);
      if ((entry & ((1u << leaves.class_bits()) - 1)) >= leaves.n_classes()) return false;
      count_type k = static_cast<count_type>(entry >> leaves.class_bits());
      if (k == 0) {
        if (size - at < sizeof(count_type)) return false;
        k = detail::bytes<count_type>::template read<Reader>(leaves.bytes() + at);
        at += sizeof(count_type);
      }
      if (k == 0 || k > left) return false;
      left = static_cast<count_type>(left - k);
    }
  }
  return true;
}

/// Which payloads are right: classes, and where leaves start.
template <class Reader, class Leaves, size_t Size, uint32_t NUnits> struct leaf_starts {
  bool start[Size];
  bool sound;
  uint16_t n_classes;
  EMLEARN_CONSTEXPR explicit leaf_starts(const Leaves& leaves) : start(), sound(false), n_classes(leaves.n_classes()) {
    sound = valid_counts<Reader>(leaves, Size, NUnits, start);
  }
  EMLEARN_CONSTEXPR bool operator()(uint32_t payload) const {
    return payload < n_classes || (sound && payload - n_classes < Size && start[payload - n_classes]);
  }
};

/// valid_counts with scratch of its own.
template <class Reader, size_t Size, uint32_t NUnits, class Leaves> EMLEARN_CONSTEXPR bool valid_leaves(const Leaves& leaves) {
  return leaf_starts<Reader, Leaves, Size, NUnits>(leaves).sound;
}

}}  // namespace emlearn::trees

#endif
