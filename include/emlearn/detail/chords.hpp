// 2^-t in 15 bits, in integers: 32 straight lines, one product of 16 bits. For kernels that fall with the distance, on every chip.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CHORDS_HPP
#define EMLEARN_DETAIL_CHORDS_HPP

#include "../flash.hpp"

namespace emlearn { namespace detail {

/// The upper halves: where line i starts, 2^(31 - i / 32) less half of its sag; the lower ones: how it goes on, for each 2^-15 of its
/// length.
template <class T> struct chords_table {
  static const uint32_t values[32] EMLEARN_FLASH;
};
template <class T> const uint32_t chords_table<T>::values[32] EMLEARN_FLASH = {
    0x7ffffa83u, 0x7d41faa0u, 0x7a91fac1u, 0x77f1fadcu, 0x755ffaf8u, 0x72dbfb15u, 0x7065fb2fu, 0x6dfdfb48u,
    0x6ba1fb64u, 0x6953fb7cu, 0x6711fb95u, 0x64dcfbadu, 0x62b2fbc7u, 0x6095fbdcu, 0x5e83fbf4u, 0x5c7dfc09u,
    0x5a82fc1du, 0x5891fc34u, 0x56abfc49u, 0x54d0fc5cu, 0x52fefc73u, 0x5137fc85u, 0x4f7afc97u, 0x4dc6fcaau,
    0x4c1bfcbdu, 0x4a7afcceu, 0x48e1fce0u, 0x4751fcf2u, 0x45cafd02u, 0x444bfd13u, 0x42d5fd21u, 0x4166fd32u};

/// Fractions of the exponent have this many bits.
enum { chord_bits = 27 };

/// 2^(15 - t / 2^27) for t below 15 * 2^27: within 1.8, and at most 32767 (tests/cpp/halves.cpp asks every line).
template <class Reader> EMLEARN_INLINE inline int16_t short_power(uint32_t t) {
  const int32_t line = static_cast<int32_t>(Reader::read(chords_table<void>::values + ((t >> (chord_bits - 5)) & 31u)));
  const int16_t along = static_cast<int16_t>((t >> (chord_bits - 20)) & 0x7fffu);
  const int32_t value = line + static_cast<int32_t>(static_cast<int16_t>(line)) * along;
  const uint8_t whole = static_cast<uint8_t>(t >> chord_bits);
  return static_cast<int16_t>(EMLEARN_WIDE_SHIFTS ? (value >> whole) >> 16 : static_cast<int16_t>(value >> 16) >> whole);
}

}}  // namespace emlearn::detail

#endif
