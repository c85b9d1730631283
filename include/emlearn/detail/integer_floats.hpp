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

/// A number: size * 2^(exponent - 125 - bits of Size), negative if the sign's first bit is set; size is below half of its range.
template <class Size> struct parts {
  Size size;
  uint32_t sign;
  int exponent;
};

/// The exponent of infinities and of what is not a number, and the bits of infinity.
enum { no_number = 255 };
enum { infinity = 0x7f800000 };

/// Zeros and subnormals count as normal: off by at most 2^-127.
EMLEARN_INLINE inline parts<uint32_t> parts_of(float a) {
  const uint32_t bits = bits_of(a);
  const parts<uint32_t> result = {((bits << 8) | UINT32_C(0x80000000)) >> 1, bits, static_cast<int>(bits << 1 >> 24)};
  return result;
}

/// Of an integer of at most Bits bits. Sizes are as good from a 64th of their range on as from a quarter: of a number beside it, whose last
/// seven bits are zeros, nothing is lost by that many more places.
template <class Size, int Bits> inline parts<Size> parts_of_integer(int32_t a) {
  enum { width = 8 * sizeof(Size) };
  const uint32_t bits = static_cast<uint32_t>(a);
  parts<Size> result = {static_cast<Size>(a < 0 ? 0 - bits : bits) << (width - 2 - Bits), bits, 127 + Bits};
  if (!result.size) {
    result.exponent = 0;
    return result;
  }
  for (; !(result.size >> (width - 6)); result.exponent -= 4) result.size <<= 4;
  return result;
}

/// What X is in parts of that Size: exact, but for a float32's own precision in 32 bits.
template <class Size, class X> struct raw_of {
  static parts<Size> parts_of(X a) { return parts_of_integer<Size, 8 * sizeof(X)>(a); }
};
template <> struct raw_of<uint32_t, float> {
  EMLEARN_INLINE static parts<uint32_t> parts_of(float a) { return integer_floats::parts_of(a); }
};
template <> struct raw_of<uint32_t, double> {
  static parts<uint32_t> parts_of(double a) { return integer_floats::parts_of(static_cast<float>(a)); }
};
/// The last bit of those from 2^30 on is lost, which a float of them does not have either.
template <> struct raw_of<uint32_t, int32_t> {
  static parts<uint32_t> parts_of(int32_t a) {
    const bool large = a < -INT32_C(0x3fffffff) || a > INT32_C(0x3fffffff);
    parts<uint32_t> result = parts_of_integer<uint32_t, 30>(large ? a / 2 : a);
    result.exponent += large;
    return result;
  }
};
template <> struct raw_of<uint64_t, float> {
  static parts<uint64_t> parts_of(float a) {
    const parts<uint32_t> p = integer_floats::parts_of(a);
    const parts<uint64_t> result = {static_cast<uint64_t>(p.size) << 32, p.sign, p.exponent};
    return result;
  }
};
template <> struct raw_of<uint64_t, double> {
  static parts<uint64_t> parts_of(double a) {
    uint64_t bits;
    memcpy(&bits, &a, sizeof bits);
    const int exponent = static_cast<int>((bits >> 52) & 0x7ff) - 1023 + 127;
    const parts<uint64_t> result = {((bits << 11) | UINT64_C(0x8000000000000000)) >> 1, static_cast<uint32_t>(bits >> 32),
                                    exponent > no_number ? no_number : exponent};
    return result;
  }
};

/// The upper half of a product, at most 2 too small where it is put together from halves of its factors.
inline uint32_t upper(uint32_t a, uint32_t b) {
  if (EMLEARN_WIDE_PRODUCTS) return static_cast<uint32_t>((static_cast<uint64_t>(a) * b) >> 32);
  const uint32_t a_high = a >> 16, b_high = b >> 16;
  return a_high * b_high + ((a_high * (b & 0xffffu)) >> 16) + (((a & 0xffffu) * b_high) >> 16);
}
inline uint64_t upper(uint64_t a, uint64_t b) {
  const uint64_t a_high = a >> 32, b_high = b >> 32, a_low = static_cast<uint32_t>(a), b_low = static_cast<uint32_t>(b);
  return a_high * b_high + ((a_high * b_low) >> 32) + ((a_low * b_high) >> 32);
}

/// size / 2^by, rounded down, for by >= 0.
template <class Size> inline Size shifted_down(Size size, int by) { return by < static_cast<int>(8 * sizeof(Size)) ? size >> by : 0; }

/// |a + b|, at an exponent: what is 2^-30 (2^-62) of the larger and less is lost, and nothing where numbers of 24 (48) bits cancel. In a,
/// its sign and exponent.
template <class Size> EMLEARN_INLINE inline Size size_of_sum(parts<Size>& a, parts<Size> b) {
  const int by = a.exponent - b.exponent;
  if (by < 0) {
    a.exponent = b.exponent;
    a.size = shifted_down(a.size, -by);
  } else {
    b.size = shifted_down(b.size, by);
  }
  if (static_cast<int32_t>(a.sign ^ b.sign) >= 0) return a.size + b.size;
  if (a.size >= b.size) return a.size - b.size;
  a.sign = b.sign;
  return b.size - a.size;
}

/// size * 2^(exponent - 158) as a float, to the nearest; beyond its range infinity or zero.
inline uint32_t packed(uint32_t size, int exponent) {
  if (!size) return 0;
  for (; !(size >> 31); --exponent) size <<= 1;
  if (exponent < 1) return 0;
  if (exponent >= no_number) return infinity;
  return (static_cast<uint32_t>(exponent - 1) << 23) + (size >> 8) + ((size >> 7) & 1);
}

/// A float of those bits and of the sign's first bit; zeros have none, so that equal numbers are equal bits.
inline float with_sign(uint32_t bits, uint32_t sign) { return float_of(bits ? bits | (sign & UINT32_C(0x80000000)) : 0); }

/// a + b to the nearest float, for finite numbers: the library's addition takes 700 bytes on RV32.
inline float sum_of(float a, float b) {
  const bool ordered = (bits_of(a) << 1) >= (bits_of(b) << 1);
  const parts<uint32_t> p = parts_of(ordered ? a : b), q = parts_of(ordered ? b : a);
  const int by = p.exponent - q.exponent;
  uint32_t aligned = shifted_down(q.size, by);
  if (static_cast<int32_t>(p.sign ^ q.sign) < 0) {
    if (by >= 32 || aligned << by != q.size) ++aligned;  // the difference is rounded down
    aligned = 0 - aligned;
  }
  return with_sign(packed(p.size + aligned, p.exponent + 1), p.sign);
}

/// A float that is 2^-20 of a positive a beyond it; any negative one is below all sums.
inline float beyond(float a) {
  const uint32_t bits = bits_of(a);
  return bits >> 31 ? a : float_of(bits + 16);
}

/// What a sum may be, and 2^-20 of that more: size * 2^(exponent - 158).
struct limit {
  uint32_t size;
  int exponent;

  explicit limit(float a) : size(0), exponent(0) {
    const parts<uint32_t> p = parts_of(a);
    if (p.sign >> 31) return;
    size = p.size < UINT32_C(0x7ffffc00) ? (p.size + 1024) << 1 : UINT32_C(0xffffffff);
    exponent = p.exponent;
  }
  /// The largest size of a number with that exponent that is not beyond it.
  uint32_t at(int other) const { return other < exponent ? UINT32_C(0xffffffff) : shifted_down(size, other - exponent); }
};

/// Table entries of one float, and what is made of a sum: size * 2^(exponent - 158).
struct single {
  typedef uint32_t size_type;
  typedef float number;
  enum { words = 1 };

  template <class Reader> EMLEARN_INLINE static parts<uint32_t> read(const float* entry) { return parts_of(Reader::read(entry)); }
  static number of(uint32_t size, int exponent) { return float_of(packed(size, exponent)); }
  static number infinite() { return float_of(infinity); }
};

/// The sum of ((x_i + shift_i) * scale_i)^2 over n features, for positive scales, PerFeature 0: one for all; left once it is beyond `most`.
/// Each step errs by less than a rounding of Entry's numbers, so what bounds sums of those bounds this. Infinite where an x is not finite.
template <class Entry, int PerFeature, class Reader, class X>
inline typename Entry::number sum_of_squares(int n, const float* shift, const float* scale, const X* x, float most) {
  typedef typename Entry::size_type Size;
  enum { width = 8 * sizeof(Size) };
  const limit allowed(most);
  Size sum = 0;
  uint32_t beyond = UINT32_C(0xffffffff);
  int exponent = -2000;  // of the sum, as a limit has it
  for (int i = 0; i < n; ++i, shift += Entry::words, scale += PerFeature * Entry::words) {
    parts<Size> difference = raw_of<Size, X>::parts_of(x[i]);
    if (difference.exponent == no_number) return Entry::infinite();
    Size size = size_of_sum(difference, Entry::template read<Reader>(shift));
    if (!size) continue;
    int own = difference.exponent;
    // From a quarter of the range on, so that the square has all its bits but 6.
    for (; !(size >> (width - 8)); own -= 8) size <<= 8;
    if (!(size >> (width - 4))) size <<= 4, own -= 4;
    if (!(size >> (width - 2))) size <<= 2, own -= 2;
    const parts<Size> factor = Entry::template read<Reader>(scale);
    const Size z = upper(size, static_cast<Size>(factor.size << 1));
    Size square = upper(z, z);
    // Exponents stand for 125 + width, that of the doubled factor for one more, and an upper half is 2^-width of a product.
    own = 2 * (own + factor.exponent) - 376;
    int by = exponent - own;
    if (EMLEARN_UNLIKELY(by < 0)) {
      sum = shifted_down(sum, -by);
      exponent = own;
      beyond = allowed.at(exponent);
      by = 0;
    }
    square = shifted_down(square, by);
    sum += square;
    if (EMLEARN_UNLIKELY(sum < square)) {
      sum = (sum >> 1) | (static_cast<Size>(1) << (width - 1));
      beyond = allowed.at(++exponent);
    }
    if (static_cast<uint32_t>(sum >> (width - 32)) > beyond) break;
  }
  return Entry::of(sum, exponent);
}

}}}  // namespace emlearn::detail::integer_floats

#endif
