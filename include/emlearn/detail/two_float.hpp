// Numbers for sums of products: one float, or the unevaluated sum of two for sums that one cannot resolve.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_TWO_FLOAT_HPP
#define EMLEARN_DETAIL_TWO_FLOAT_HPP

#include <string.h>

#include "../flash.hpp"
#include "integer_pairs.hpp"

namespace emlearn {

namespace detail {

/// An integer that orders as floats do, NaN and the two zeros apart.
inline int32_t order_of(float a) {
  int32_t bits;
  memcpy(&bits, &a, sizeof bits);
  return bits < 0 ? bits ^ INT32_C(0x7fffffff) : bits;
}

/// Comparisons of floats; with Bits by their bits, in running code.
template <class Float, int Bits> struct comparison {
  /// a < b of numbers that are no NaN.
  static EMLEARN_CONSTEXPR bool less(Float a, Float b) { return a < b; }
  /// a < b for b > 0 and an a that is not negative, or NaN: false for that.
  static EMLEARN_CONSTEXPR bool below(Float a, Float b) { return a < b; }
  static EMLEARN_CONSTEXPR Float plus(Float a, Float b) { return a + b; }
  /// a - b, and whether c is beyond the float next to that: only by bits.
  static EMLEARN_CONSTEXPR Float rest(Float, Float) { return 0; }
  static EMLEARN_CONSTEXPR bool above(Float, Float) { return false; }
};
template <class Float> struct comparison<Float, 1> {
  static EMLEARN_CONSTEXPR Float plus(Float a, Float b) {
    if (EMLEARN_CONSTANT_EVALUATION()) return a + b;
    return integer_floats::sum_of(a, b);
  }
  /// By addition, which the program has already.
  static EMLEARN_CONSTEXPR Float rest(Float a, Float b) {
    if (EMLEARN_CONSTANT_EVALUATION()) return a - b;
    return integer_floats::sum_of(a, integer_floats::float_of(integer_floats::bits_of(b) ^ UINT32_C(0x80000000)));
  }
  static EMLEARN_CONSTEXPR bool above(Float c, Float limit) {
    if (EMLEARN_CONSTANT_EVALUATION()) return false;
    return order_of(c) - 1 > order_of(limit);
  }
  static EMLEARN_CONSTEXPR bool less(Float a, Float b) {
    if (EMLEARN_CONSTANT_EVALUATION()) return a < b;
    return order_of(a) < order_of(b);
  }
  static EMLEARN_CONSTEXPR bool below(Float a, Float b) {
    if (EMLEARN_CONSTANT_EVALUATION()) return a < b;
    return static_cast<uint32_t>(order_of(a)) < static_cast<uint32_t>(order_of(b));
  }
};
typedef comparison<float, EMLEARN_COMPARES_BITS> floats;

}  // namespace detail

/// Plain float32. Products and sums may be fused: the stated bounds hold either way.
struct plain_float {
  typedef float number;
  enum { words = 1 };                            // floats per table entry
  enum { leaves = EMLEARN_COMPARES_BITS };       // whether sums are left once they have passed a limit: where asking is cheap beside a term
  enum { in_integers = EMLEARN_COMPARES_BITS };  // whether running code makes sums of squares in integers
  typedef detail::integer_floats::single entry;  // and of what it makes them

  template <class Reader> static EMLEARN_CONSTEXPR number read(const float* entry) { return Reader::read(entry); }
  static EMLEARN_CONSTEXPR number zero() { return 0.0f; }
  static EMLEARN_CONSTEXPR float rounded(number a) { return a; }
  static EMLEARN_CONSTEXPR bool less(number a, number b) { return detail::floats::less(a, b); }

  /// x + s; a table has minus the mean, so that code of sums alone needs no subtraction of the float library.
  template <class X> static EMLEARN_CONSTEXPR number shifted(X x, number s) { return static_cast<float>(x) + s; }
  static EMLEARN_CONSTEXPR number plus(number a, number b) { return detail::floats::plus(a, b); }
  static EMLEARN_CONSTEXPR number minus(number a, number b) { return a - b; }
  static EMLEARN_CONSTEXPR number product(number a, number b) { return a * b; }
  /// sum + a * b
  static EMLEARN_CONSTEXPR number add_product(number sum, number a, number b) { return sum + a * b; }
  /// sum + a * a
  static EMLEARN_CONSTEXPR number add_square(number sum, number a) { return sum + a * a; }
  /// What a sum that only grows may be for sum + cost to be below `least`.
  static EMLEARN_CONSTEXPR float limit(number least, number cost) { return detail::floats::rest(least, cost); }
  /// Whether a sum has passed that.
  static EMLEARN_CONSTEXPR bool passed(number sum, float limit) { return detail::floats::above(sum, limit); }
};

namespace detail {

/// The exact sum, |a| >= |b| or a a multiple of b's last place (T. J. Dekker, 1971).
EMLEARN_CONSTEXPR float_pair fast_two_sum(float a, float b) {
  const float sum = a + b;
  const float_pair result = {sum, b - (sum - a)};
  return result;
}

/// The exact sum of any two floats (D. E. Knuth).
EMLEARN_CONSTEXPR float_pair two_sum(float a, float b) {
  const float sum = a + b;
  const float b_part = sum - a;
  const float_pair result = {sum, (a - (sum - b_part)) + (b - b_part)};
  return result;
}

/// Sums of pairs; in integers, in running code, where InIntegers.
template <class Pair, int InIntegers> struct pair_sums {
  static EMLEARN_CONSTEXPR Pair plus(Pair a, Pair b) {
    const float_pair sum = two_sum(a.high, b.high);
    return fast_two_sum(sum.high, sum.low + (a.low + b.low));
  }
  static EMLEARN_CONSTEXPR float rounded(Pair a) { return a.high + a.low; }
  /// A limit and a little more, since sums are rounded before they are compared with it.
  static EMLEARN_CONSTEXPR float widened(float limit) { return limit + (limit < 0.0f ? -limit : limit) * 1e-6f; }
};
template <class Pair> struct pair_sums<Pair, 1> {
  static EMLEARN_CONSTEXPR Pair plus(Pair a, Pair b) {
    if (EMLEARN_CONSTANT_EVALUATION()) return pair_sums<Pair, 0>::plus(a, b);
    return integer_floats::sum_of(a, b);
  }
  static EMLEARN_CONSTEXPR float rounded(Pair a) {
    if (EMLEARN_CONSTANT_EVALUATION()) return pair_sums<Pair, 0>::rounded(a);
    return a.high;
  }
  static EMLEARN_CONSTEXPR float widened(float limit) {
    if (EMLEARN_CONSTANT_EVALUATION()) return pair_sums<Pair, 0>::widened(limit);
    return integer_floats::beyond(limit);
  }
};
typedef pair_sums<float_pair, EMLEARN_COMPARES_BITS> pairs;

/// a as two numbers of at most 12 bits each. Unlike Dekker's split, the one product here is by a power of two, so exact: a
/// compiler that fuses it with the sums (gcc does by default) changes nothing.
EMLEARN_CONSTEXPR float_pair split(float a) {
  const float shifted = 4096.0f * a;
  const float high = (shifted + a) - shifted;
  const float_pair result = {high, a - high};
  return result;
}

/// A raw value as a pair: exact for all types but double, which keeps 48 bits.
template <class X> struct pair_of {
  static EMLEARN_CONSTEXPR float_pair convert(X x) {
    const float_pair result = {static_cast<float>(x), 0.0f};
    return result;
  }
};
template <> struct pair_of<int32_t> {
  static EMLEARN_CONSTEXPR float_pair convert(int32_t x) {
    const int32_t high = x / 65536;
    return fast_two_sum(static_cast<float>(high) * 65536.0f, static_cast<float>(x - high * 65536));
  }
};
template <> struct pair_of<double> {
  static EMLEARN_CONSTEXPR float_pair convert(double x) {
    const float_pair result = {static_cast<float>(x), static_cast<float>(x - static_cast<double>(static_cast<float>(x)))};
    return result;
  }
};

}  // namespace detail

/// Two floats per number, for chips without double. Every product whose rounding would matter has factors of 12 bits, so it
/// is exact and fusing it into a sum changes nothing. Relative errors in units of 2^-48: product 24, square 16 (see
/// docs/models/gaussian.md). Not a number, once a value passes 8e34.
struct two_float {
  static_assert(EMLEARN_PLAIN_FLOAT, "this compiler adds floats in wider registers, which breaks pairs of floats: use -msse2 -mfpmath=sse");
  typedef detail::float_pair number;
  enum { words = 2 };
  enum { leaves = 1 };
  enum { in_integers = EMLEARN_COMPARES_BITS };
  typedef detail::integer_floats::doubled entry;

  template <class Reader> static EMLEARN_CONSTEXPR number read(const float* entry) {
    const number result = {Reader::read(entry), Reader::read(entry + 1)};
    return result;
  }
  static EMLEARN_CONSTEXPR number zero() {
    const number result = {0.0f, 0.0f};
    return result;
  }
  static EMLEARN_CONSTEXPR float rounded(number a) { return detail::pairs::rounded(a); }
  static EMLEARN_CONSTEXPR bool less(number a, number b) {
    return detail::floats::less(a.high, b.high) || (!detail::floats::less(b.high, a.high) && detail::floats::less(a.low, b.low));
  }

  template <class X> static EMLEARN_CONSTEXPR number shifted(X x, number s) { return plus(detail::pair_of<X>::convert(x), s); }
  static EMLEARN_CONSTEXPR number plus(number a, number b) { return detail::pairs::plus(a, b); }
  static EMLEARN_CONSTEXPR number minus(number a, number b) {
    const number negative = {-b.high, -b.low};
    return plus(a, negative);
  }
  static EMLEARN_CONSTEXPR number product(number a, number b) {
    const number raw = unnormalized(a, b);
    return detail::fast_two_sum(raw.high, raw.low);
  }
  static EMLEARN_CONSTEXPR number add_product(number sum, number a, number b) { return plus(sum, unnormalized(a, b)); }
  static EMLEARN_CONSTEXPR number add_square(number sum, number a) {
    const detail::float_pair s = detail::split(a.high);
    const detail::float_pair p = detail::fast_two_sum(s.high * s.high, s.high * (2.0f * s.low));
    const number square = {p.high, p.low + (s.low * s.low + (2.0f * a.high) * a.low)};
    return plus(sum, square);
  }
  static EMLEARN_CONSTEXPR float limit(number least, number cost) { return detail::pairs::widened(rounded(minus(least, cost))); }
  static EMLEARN_CONSTEXPR bool passed(number sum, float limit) { return detail::floats::less(limit, sum.high); }

 private:
  static EMLEARN_CONSTEXPR number unnormalized(number a, number b) {
    const detail::float_pair s = detail::split(a.high);
    const detail::float_pair t = detail::split(b.high);
    const detail::float_pair p = detail::fast_two_sum(s.high * t.high, s.high * t.low);
    const detail::float_pair q = detail::fast_two_sum(p.high, s.low * t.high);
    const number result = {q.high, (p.low + q.low) + (s.low * t.low + (a.high * b.low + a.low * b.high))};
    return result;
  }
};

}  // namespace emlearn

#endif
