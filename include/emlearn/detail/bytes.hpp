// Integers in a byte stream, little end first, read byte by byte: no alignment, the same on every chip.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_BYTES_HPP
#define EMLEARN_DETAIL_BYTES_HPP

#include "../flash.hpp"

namespace emlearn { namespace detail {

/// bytes<Integer>::read<Reader>(p) is the integer that starts at p.
template <class Integer> struct bytes;

template <> struct bytes<uint8_t> {
  template <class Reader> static EMLEARN_CONSTEXPR uint8_t read(const uint8_t* p) { return Reader::read(p); }
};
template <> struct bytes<uint16_t> {
  template <class Reader> static EMLEARN_CONSTEXPR uint16_t read(const uint8_t* p) {
    return static_cast<uint16_t>(Reader::read(p) | static_cast<uint16_t>(Reader::read(p + 1) << 8));
  }
};
template <> struct bytes<uint32_t> {
  template <class Reader> static EMLEARN_CONSTEXPR uint32_t read(const uint8_t* p) {
    return bytes<uint16_t>::read<Reader>(p) | static_cast<uint32_t>(bytes<uint16_t>::read<Reader>(p + 2)) << 16;
  }
};
template <> struct bytes<uint64_t> {
  template <class Reader> static EMLEARN_CONSTEXPR uint64_t read(const uint8_t* p) {
    return bytes<uint32_t>::read<Reader>(p) | static_cast<uint64_t>(bytes<uint32_t>::read<Reader>(p + 4)) << 32;
  }
};
template <> struct bytes<int8_t> {
  template <class Reader> static EMLEARN_CONSTEXPR int8_t read(const uint8_t* p) { return static_cast<int8_t>(Reader::read(p)); }
};
template <> struct bytes<int16_t> {
  template <class Reader> static EMLEARN_CONSTEXPR int16_t read(const uint8_t* p) {
    return static_cast<int16_t>(bytes<uint16_t>::read<Reader>(p));
  }
};
template <> struct bytes<int32_t> {
  template <class Reader> static EMLEARN_CONSTEXPR int32_t read(const uint8_t* p) {
    return static_cast<int32_t>(bytes<uint32_t>::read<Reader>(p));
  }
};
template <> struct bytes<int64_t> {
  template <class Reader> static EMLEARN_CONSTEXPR int64_t read(const uint8_t* p) {
    return static_cast<int64_t>(bytes<uint64_t>::read<Reader>(p));
  }
};

}}  // namespace emlearn::detail

#endif
