// Pairs of floats in integers of 64 bits, for chips whose floats are a library.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_INTEGER_PAIRS_HPP
#define EMLEARN_DETAIL_INTEGER_PAIRS_HPP

#include "integer_floats.hpp"

namespace emlearn { namespace detail {

/// high + low with |low| at most half a unit in the last place of high: about 48 significant bits.
struct float_pair {
  float high;
  float low;
};

namespace integer_floats {

/// A pair's sum: exact, but for what is 2^-62 of it and less, and for a high word below the normal floats.
inline parts<uint64_t> parts_of(float high, float low) {
  parts<uint64_t> result = raw_of<uint64_t, float>::parts_of(high);
  const uint32_t bits = bits_of(low);
  int own = static_cast<int>(bits << 1 >> 24);
  uint32_t significand = bits & UINT32_C(0x7fffff);
  if (own)
    significand |= UINT32_C(0x800000);
  else
    own = 1;
  const uint64_t size = shifted_down(static_cast<uint64_t>(significand) << 39, result.exponent > own ? result.exponent - own : 0);
  result.size = static_cast<int32_t>(result.sign ^ bits) < 0 ? result.size - size : result.size + size;
  return result;
}

/// Table entries of a pair, and what is made of a sum: size * 2^(exponent - 190).
struct doubled {
  typedef uint64_t size_type;
  typedef float_pair number;
  enum { words = 2 };

  template <class Reader> static parts<uint64_t> read(const float* entry) { return parts_of(Reader::read(entry), Reader::read(entry + 1)); }
  /// The nearest float, and the rest as one.
  static number of(uint64_t size, int exponent, uint32_t sign = 0) {
    if (size)
      for (; !(size >> 63); --exponent) size <<= 1;
    const uint32_t bits = packed(static_cast<uint32_t>(size >> 32), exponent);
    number result = {with_sign(bits, sign), 0.0f};
    if (!bits || bits == infinity) return result;
    const uint64_t first = (size >> 40) + ((size >> 39) & 1);
    const uint64_t rest = size - (first << 40), negative = 0 - (rest >> 63);
    const uint32_t low = packed(static_cast<uint32_t>(((rest ^ negative) - negative) >> 8), exponent - 24);
    result.low = with_sign(low, sign ^ static_cast<uint32_t>(negative));
    return result;
  }
  static number infinite() {
    const number result = {float_of(infinity), 0.0f};
    return result;
  }
};

/// a + b, for finite numbers: off by 2^-48 of the larger at most.
inline float_pair sum_of(float_pair a, float_pair b) {
  parts<uint64_t> p = parts_of(a.high, a.low);
  const uint64_t size = size_of_sum(p, parts_of(b.high, b.low));
  return doubled::of(size, p.exponent + 1, p.sign);
}

}  // namespace integer_floats

}}  // namespace emlearn::detail

#endif
