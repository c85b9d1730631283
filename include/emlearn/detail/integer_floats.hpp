// Sums of squares of floats in integers, for chips whose floats are a library: no rounding and no packing between the steps.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_INTEGER_FLOATS_HPP
#define EMLEARN_DETAIL_INTEGER_FLOATS_HPP

#include <string.h>

#include "../config.hpp"

namespace emlearn { namespace detail { namespace integer_floats {

inline uint32_t bits_of(float a) {
  uint32_t bits;
  memcpy(&bits, &a, sizeof bits);
  return bits;
}

inline float float_of(uint32_t bits) {
  float a;
  memcpy(&a, &bits, sizeof a);
  return a;
}

/// A number: size * 2^(exponent - 157), negative if the sign's first bit is set; size is below 2^31.
struct parts {
  uint32_t size;
  uint32_t sign;
  int exponent;
};

/// The exponent of infinities and of what is not a number, and the bits of infinity.
enum { no_number = 255 };
enum { infinity = 0x7f800000 };

/// Zeros and subnormals count as normal: off by at most 2^-127.
EMLEARN_INLINE inline parts parts_of(float a) {
  const uint32_t bits = bits_of(a);
  const parts result = {((bits << 8) | UINT32_C(0x80000000)) >> 1, bits, static_cast<int>(bits << 1 >> 24)};
  return result;
}
inline parts parts_of(double a) { return parts_of(static_cast<float>(a)); }
/// Of an integer of at most Bits bits. Sizes from 2^26 on are as good as from 2^30: a float of 24 bits loses nothing by seven more places.
template <int Bits> inline parts parts_of_integer(int32_t a) {
  const uint32_t bits = static_cast<uint32_t>(a);
  parts result = {(a < 0 ? 0 - bits : bits) << (30 - Bits), bits, 127 + Bits};
  if (!result.size) {
    result.exponent = 0;
    return result;
  }
  for (; !(result.size >> 26); result.exponent -= 4) result.size <<= 4;
  return result;
}
/// The last bit of those from 2^30 on is lost, which a float of them does not have either.
inline parts parts_of(int32_t a) {
  const bool large = a < -INT32_C(0x3fffffff) || a > INT32_C(0x3fffffff);
  parts result = parts_of_integer<30>(large ? a / 2 : a);
  result.exponent += large;
  return result;
}
inline parts parts_of(int16_t a) { return parts_of_integer<16>(a); }
inline parts parts_of(uint16_t a) { return parts_of_integer<16>(a); }
inline parts parts_of(int8_t a) { return parts_of_integer<8>(a); }
inline parts parts_of(uint8_t a) { return parts_of_integer<8>(a); }

/// The upper word of a product, at most 2 too small where it is put together from 16-bit ones.
inline uint32_t upper(uint32_t a, uint32_t b) {
  if (EMLEARN_WIDE_PRODUCTS) return static_cast<uint32_t>((static_cast<uint64_t>(a) * b) >> 32);
  const uint32_t a_high = a >> 16, b_high = b >> 16;
  return a_high * b_high + ((a_high * (b & 0xffffu)) >> 16) + (((a & 0xffffu) * b_high) >> 16);
}

/// size / 2^by, rounded down, for by >= 0.
inline uint32_t shifted_down(uint32_t size, int by) { return by < 32 ? size >> by : 0; }

/// |a + b|, below 2^32, at `exponent`: what is below 2^-30 of the larger is lost, and nothing where they cancel.
EMLEARN_INLINE inline uint32_t size_of_sum(parts a, parts b, int& exponent) {
  const int by = a.exponent - b.exponent;
  if (by < 0) {
    exponent = b.exponent;
    a.size = shifted_down(a.size, -by);
  } else {
    exponent = a.exponent;
    b.size = shifted_down(b.size, by);
  }
  if (static_cast<int32_t>(a.sign ^ b.sign) >= 0) return a.size + b.size;
  return a.size < b.size ? b.size - a.size : a.size - b.size;
}

/// size * 2^(exponent - 158) as a float, to the nearest; beyond its range infinity or zero.
inline uint32_t packed(uint32_t size, int exponent) {
  if (!size) return 0;
  for (; !(size >> 31); --exponent) size <<= 1;
  if (exponent < 1) return 0;
  if (exponent >= no_number) return infinity;
  return (static_cast<uint32_t>(exponent - 1) << 23) + (size >> 8) + ((size >> 7) & 1);
}

/// a + b to the nearest float, for finite numbers: the library's addition takes 700 bytes on RV32.
inline float sum_of(float a, float b) {
  const bool ordered = (bits_of(a) << 1) >= (bits_of(b) << 1);
  const parts p = parts_of(ordered ? a : b), q = parts_of(ordered ? b : a);
  const int by = p.exponent - q.exponent;
  uint32_t aligned = shifted_down(q.size, by);
  if (static_cast<int32_t>(p.sign ^ q.sign) < 0) {
    if (by >= 32 || aligned << by != q.size) ++aligned;  // the difference is rounded down
    aligned = 0 - aligned;
  }
  return float_of(packed(p.size + aligned, p.exponent + 1) | (p.sign & UINT32_C(0x80000000)));
}

/// What a sum may be, and 2^-20 of that more: size * 2^(exponent - 158).
struct limit {
  uint32_t size;
  int exponent;

  explicit limit(float a) : size(0), exponent(0) {
    const parts p = parts_of(a);
    if (p.sign >> 31) return;
    size = p.size < UINT32_C(0x7ffffc00) ? (p.size + 1024) << 1 : UINT32_C(0xffffffff);
    exponent = p.exponent;
  }
  /// The largest size of a number with that exponent that is not beyond it.
  uint32_t at(int other) const { return other < exponent ? UINT32_C(0xffffffff) : shifted_down(size, other - exponent); }
};

/// The sum of ((x_i + shift_i) * scale_i)^2 over n features, for positive scales, PerFeature 0: one for all; left once it is beyond `most`.
/// Each step errs by less than a float's rounding, so what bounds sums of floats bounds this. Infinite where an x is not finite.
template <int PerFeature, class Reader, class X>
inline float sum_of_squares(int n, const float* shift, const float* scale, const X* x, float most) {
  const limit allowed(most);
  uint32_t sum = 0, beyond = UINT32_C(0xffffffff);
  int exponent = -2000;  // of the sum, as a limit has it
  for (int i = 0; i < n; ++i, ++shift, scale += PerFeature) {
    const parts raw = parts_of(x[i]);
    if (raw.exponent == no_number) return float_of(infinity);
    int own;
    uint32_t size = size_of_sum(raw, parts_of(Reader::read(shift)), own);
    if (!size) continue;
    // From 2^30 on, so that the square has 26 bits and more.
    for (; !(size >> 24); own -= 8) size <<= 8;
    if (!(size >> 28)) size <<= 4, own -= 4;
    if (!(size >> 30)) size <<= 2, own -= 2;
    const uint32_t factor = bits_of(Reader::read(scale));
    const uint32_t z = upper(size, (factor << 8) | UINT32_C(0x80000000));
    uint32_t square = upper(z, z);
    // Exponents stand for 2^157, that of the factor's size is one less, and an upper word is 2^-32 of a product.
    const int its = 2 * (own + static_cast<int>(factor >> 23)) - 376;
    int by = exponent - its;
    if (EMLEARN_UNLIKELY(by < 0)) {
      sum = shifted_down(sum, -by);
      exponent = its;
      beyond = allowed.at(exponent);
      by = 0;
    }
    square = shifted_down(square, by);
    sum += square;
    if (EMLEARN_UNLIKELY(sum < square)) {
      sum = (sum >> 1) | UINT32_C(0x80000000);
      beyond = allowed.at(++exponent);
    }
    if (sum > beyond) break;
  }
  return float_of(packed(sum, exponent));
}

}}}  // namespace emlearn::detail::integer_floats

#endif
