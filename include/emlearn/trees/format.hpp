// How the nodes of a forest lie in its byte stream: the closed list of widths, and how a raw value becomes a key.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_FORMAT_HPP
#define EMLEARN_TREES_FORMAT_HPP

#include <string.h>

#include "../detail/bytes.hpp"
#include "decided.hpp"

// The stream holds tree after tree: its length in bytes (2, or 4 with wide links), then its records in preorder.
//   inner  feature, missing flag | threshold, little end first | skip | left record | right record
//   leaf   0x80 | id below 64, or 0xC0 | high bits of id, then its low byte (3 bytes with wide links)
// feature  1 byte (2 with wide features, high byte first); its top bit is 0, the next one says that a missing value goes left
//          (it belongs to the feature where no value can be missing)
// skip     bytes of the left record: 1 byte below 192; else 0xC0 | high bits, low byte;
//          with wide links 0xE0 | high bits, 3 bytes from 8,192 on
// A row goes left where key(x[feature]) <= threshold.
namespace emlearn { namespace trees {

/// A float as an integer that orders as the floats do: -0 just below +0, NaN beyond both infinities.
inline int32_t ordered_key(float value) {
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits < 0 ? static_cast<int32_t>(bits ^ 0x7fffffff) : bits;
}
inline int64_t ordered_key(double value) {
  int64_t bits = 0;
  memcpy(&bits, &value, sizeof value);  // a header with double input asserts that both have 64 bits
  return bits < 0 ? static_cast<int64_t>(bits ^ 0x7fffffffffffffff) : bits;
}
/// Integers are their own keys; so are keys computed before (golden rows).
template <class Integer> EMLEARN_CONSTEXPR Integer ordered_key(Integer value) { return value; }

/// No value is ever missing.
struct never_missing {
  static constexpr bool flagged = false;
  template <class Key> static EMLEARN_CONSTEXPR bool is_missing(Key, int32_t) { return false; }
};
/// NaN is missing: its key lies beyond those of the infinities.
struct nan_missing {
  static constexpr bool flagged = true;
  static EMLEARN_CONSTEXPR bool is_missing(int32_t key, int32_t) { return key > 0x7f800000 || key < -0x7f800001; }
  static EMLEARN_CONSTEXPR bool is_missing(int64_t key, int32_t) { return key > 0x7ff0000000000000 || key < -0x7ff0000000000001; }
};
/// One raw value of an integer type stands for a missing one.
struct value_missing {
  static constexpr bool flagged = true;
  template <class Key> static EMLEARN_CONSTEXPR bool is_missing(Key key, int32_t missing) { return key == missing; }
};

/// A combination of widths.
/// @tparam Key  the type of the thresholds in the stream: int32_t for float features, int64_t for double
/// @tparam WideFeature  two bytes per feature index
/// @tparam WideLink  trees of more than 16,383 bytes, or as many leaf ids
/// @tparam Missing  never_missing, nan_missing or value_missing
template <class Key, bool WideFeature, bool WideLink, class Missing> struct format {
  using key_type = Key;
  using missing = Missing;
  static constexpr bool wide_feature = WideFeature;
  static constexpr bool wide_link = WideLink;
  static constexpr uint8_t feature_bytes = WideFeature ? 2 : 1;
  static constexpr uint8_t length_bytes = WideLink ? 4 : 2;
  static constexpr uint8_t missing_bit = Missing::flagged ? 0x40 : 0;
  static constexpr uint8_t feature_mask = Missing::flagged ? 0x3f : 0x7f;
};

/// The integer type of ids and lengths in a format.
template <bool Wide> struct link {
  using type = uint16_t;
};
template <> struct link<true> {
  using type = uint32_t;
};

/// Reads a number whose first byte's low bits are its high bits; p is left behind it.
template <class Reader, bool Wide> struct varying {
  /// `first` is at least 0xC0.
  static EMLEARN_CONSTEXPR uint16_t id(uint8_t first, const uint8_t*& p) {
    return static_cast<uint16_t>((first & 0x3f) << 8 | Reader::read(p++));
  }
  static EMLEARN_CONSTEXPR uint16_t skip(uint8_t first, const uint8_t*& p) { return id(first, p); }
};
template <class Reader> struct varying<Reader, true> {
  static EMLEARN_CONSTEXPR uint32_t three(uint8_t high, const uint8_t*& p) {
    const uint32_t value = static_cast<uint32_t>(high) << 24 | static_cast<uint32_t>(Reader::read(p)) << 16 |
                           static_cast<uint32_t>(Reader::read(p + 1)) << 8 | Reader::read(p + 2);
    p += 3;
    return value;
  }
  static EMLEARN_CONSTEXPR uint32_t id(uint8_t first, const uint8_t*& p) { return three(static_cast<uint8_t>(first & 0x3f), p); }
  static EMLEARN_CONSTEXPR uint32_t skip(uint8_t first, const uint8_t*& p) {
    if (first >= 0xE0) return three(static_cast<uint8_t>(first & 0x1f), p);
    return static_cast<uint32_t>((first & 0x1f) << 8 | Reader::read(p++));
  }
};

/// The nodes of a forest at run time; emitted headers have the same members as constants, so that none of them takes RAM.
struct forest {
  const uint8_t* nodes_;
  uint16_t n_trees_;
  int32_t missing_;

  const uint8_t* nodes() const { return nodes_; }
  uint16_t n_trees() const { return n_trees_; }
  int32_t missing() const { return missing_; }  ///< the raw value of value_missing
};

}}  // namespace emlearn::trees

#endif
