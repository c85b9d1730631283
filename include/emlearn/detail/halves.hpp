// 2^-t for a fixed-point t, in integers: for kernels that fall with the distance. A table and three products of 16 bits, on every chip.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_HALVES_HPP
#define EMLEARN_DETAIL_HALVES_HPP

#include <string.h>

#include "../flash.hpp"

namespace emlearn { namespace detail {

/// 2^(32 - i / 64), the first one less than that.
template <class T> struct halves_table {
  static const uint32_t values[65] EMLEARN_FLASH;
};
template <class T> const uint32_t halves_table<T>::values[65] EMLEARN_FLASH = {
    0xffffffffu, 0xfd3e0c0du, 0xfa83b2dbu, 0xf7d0df73u, 0xf5257d15u, 0xf281773cu, 0xefe4b99cu, 0xed4f301fu, 0xeac0c6e8u, 0xe8396a50u,
    0xe5b906e7u, 0xe33f8973u, 0xe0ccdeecu, 0xde60f482u, 0xdbfbb798u, 0xd99d15c2u, 0xd744fccbu, 0xd4f35aacu, 0xd2a81d92u, 0xd06333dbu,
    0xce248c15u, 0xcbec14ffu, 0xc9b9bd86u, 0xc78d74c9u, 0xc5672a11u, 0xc346ccdau, 0xc12c4ccau, 0xbf1799b6u, 0xbd08a39fu, 0xbaff5ab2u,
    0xb8fbaf47u, 0xb6fd91e3u, 0xb504f334u, 0xb311c413u, 0xb123f582u, 0xaf3b78adu, 0xad583eeau, 0xab7a39b6u, 0xa9a15ab5u, 0xa7cd93b5u,
    0xa5fed6aau, 0xa43515aeu, 0xa2704303u, 0xa0b05110u, 0x9ef53261u, 0x9d3ed9a7u, 0x9b8d39bau, 0x99e04593u, 0x9837f052u, 0x96942d37u,
    0x94f4efa9u, 0x935a2b2fu, 0x91c3d374u, 0x9031dc43u, 0x8ea4398bu, 0x8d1adf5bu, 0x8b95c1e4u, 0x8a14d575u, 0x88980e81u, 0x871f6197u,
    0x85aac368u, 0x843a28c4u, 0x82cd8699u, 0x8164d1f4u, 0x80000000u};

/// Fractions of 2^-t's argument have this many bits.
enum { halves_bits = 22 };

/// 2^(32 - t / 2^22) for t < 2^22: relative error at most 2^-21 (tests/cpp/halves.cpp asks every t). Never below 2^31.
template <class Reader> inline uint32_t halved(uint32_t t) {
  const uint32_t at = (t + 0x8000u) >> 16;  // the nearest entry, so that r is within half of a 64th
  const int32_t r = static_cast<int16_t>(static_cast<uint16_t>(t - (at << 16)));
  const int32_t a = (r * 45426) >> 16;  // r log(2), in 2^-22
  const int16_t least = static_cast<int16_t>(a);
  const int32_t loss = a - ((static_cast<int32_t>(least) * least) >> 23);  // 1 - exp(-a)
  const uint32_t whole = Reader::read(halves_table<void>::values + at);
  return whole - static_cast<uint32_t>((static_cast<int32_t>(whole >> 16) * static_cast<int16_t>(loss)) >> 6);
}

/// 2^(31 - t / 2^22), for t < 2^27.
template <class Reader> inline int32_t long_power(uint32_t t) {
  return static_cast<int32_t>((halved<Reader>(t & 0x3fffffu) >> 1) >> (t >> halves_bits));
}

/// 2^-(t / 2^22) as float, for t < 2^28: relative error at most 2^-20.9: the mantissa's last bits are cut off.
template <class Reader> inline float half_power(uint32_t t) {
  const uint32_t fraction = t & 0x3fffffu;
  // 24 bits, the highest of which counts one up in the exponent: 2^-1 to 2^0 is 126 - n; n << 23 is twice what is no fraction.
  const uint32_t bits = (halved<Reader>(fraction) >> 8) - ((t - fraction) * 2 - (UINT32_C(125) << 23));
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

}}  // namespace emlearn::detail

#endif
