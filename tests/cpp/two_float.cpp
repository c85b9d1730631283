// Pairs of floats against long double: exact sums, the split, and the errors that docs/models/gaussian.md promises.
// SPDX-License-Identifier: MIT
#include <emlearn/detail/two_float.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "catch.hpp"

namespace {

using emlearn::two_float;
using number = two_float::number;
using wide = long double;

const wide unit = std::ldexp(wide(1), -48);
constexpr int rounds = 300000;

wide value(number a) { return wide(a.high) + wide(a.low); }

/// Numbers of many magnitudes; a third of them with the bit patterns on which splits go wrong.
struct source {
  std::mt19937 engine{20240501};
  int count = 0;

  float single(int range = 20) {
    std::uniform_real_distribution<double> fraction(-1, 1);
    std::uniform_int_distribution<int> exponent(-range, range);
    float result = static_cast<float>(std::ldexp(fraction(engine), exponent(engine)));
    if (++count % 3 == 0) {
      const uint32_t patterns[] = {0x7ffu, 0x800u, 0xfffu, 0x1000u, 0x1001u, 0x7fffffu};
      uint32_t bits;
      std::memcpy(&bits, &result, sizeof bits);
      bits = (bits & ~0x1fffu) | patterns[static_cast<size_t>(count / 3) % 6];
      std::memcpy(&result, &bits, sizeof bits);
    }
    return result;
  }
  number pair() {
    std::uniform_real_distribution<double> fraction(-1, 1);
    const float high = single();
    return emlearn::detail::two_sum(high, static_cast<float>(std::ldexp(wide(high) * fraction(engine), -25)));
  }
};

}  // namespace

TEST_CASE("two_sum is exact", "[two_float]") {
  source numbers;
  for (int i = 0; i < rounds; ++i) {
    const float a = numbers.single(), b = numbers.single();
    const auto sum = emlearn::detail::two_sum(a, b);
    REQUIRE(value(sum) == wide(a) + wide(b));
    REQUIRE(sum.high == a + b);
  }
}

TEST_CASE("split gives two parts of 12 bits", "[two_float]") {
  source numbers;
  for (int i = 0; i < rounds; ++i) {
    const float a = numbers.single(40), b = numbers.single(40);
    const auto s = emlearn::detail::split(a), t = emlearn::detail::split(b);
    REQUIRE(wide(s.high) + wide(s.low) == wide(a));
    for (float p : {s.high, s.low})
      for (float q : {t.high, t.low}) REQUIRE(wide(p * q) == wide(p) * wide(q));
  }
}

TEST_CASE("raw values convert exactly", "[two_float]") {
  using limits = std::numeric_limits<int32_t>;
  for (int32_t x : {0, 1, -1, 65535, 65536, -65537, 16777217, -16777217, limits::max(), limits::min(), limits::max() - 127})
    CHECK(value(emlearn::detail::pair_of<int32_t>::convert(x)) == wide(x));
  std::mt19937 engine(7);
  for (int i = 0; i < rounds; ++i) {
    const auto x = static_cast<int32_t>(engine());
    REQUIRE(value(emlearn::detail::pair_of<int32_t>::convert(x)) == wide(x));
    const double y = static_cast<double>(static_cast<int32_t>(engine())) * 1.0000001;
    REQUIRE(std::fabs(value(emlearn::detail::pair_of<double>::convert(y)) - wide(y)) <= std::fabs(wide(y)) * unit);
  }
  CHECK(value(emlearn::detail::pair_of<uint16_t>::convert(65535)) == 65535);
}

TEST_CASE("differences, products and squares keep their bounds", "[two_float]") {
  source numbers;
  wide difference = 0, product = 0, sum = 0, square = 0;
  for (int i = 0; i < rounds; ++i) {
    const number a = numbers.pair(), b = numbers.pair(), c = numbers.pair();
    const float x = i % 2 != 0 ? numbers.single() : a.high;  // half of the differences cancel
    const wide ab = value(a) * value(b), aa = value(a) * value(a);
    difference = std::max(difference, std::fabs(value(two_float::shifted(x, {-a.high, -a.low})) - (wide(x) - value(a))) /
                                          (std::fabs(wide(x)) + std::fabs(value(a))));
    product = std::max(product, std::fabs(value(two_float::product(a, b)) - ab) / std::fabs(ab));
    sum = std::max(sum, std::fabs(value(two_float::add_product(c, a, b)) - (value(c) + ab)) / (std::fabs(value(c)) + std::fabs(ab)));
    const number positive = c.high < 0 ? number{-c.high, -c.low} : c;
    square = std::max(square, std::fabs(value(two_float::add_square(positive, a)) - (value(positive) + aa)) / (value(positive) + aa));
  }
  CHECK(difference <= 4 * unit);
  CHECK(product <= 24 * unit);
  CHECK(sum <= 43 * unit);
  CHECK(square <= 32 * unit);
  CHECK(product > unit);  // else the measurement is broken
}

TEST_CASE("numbers are ordered by both words", "[two_float]") {
  const number a = {1.0f, 1e-9f}, b = {1.0f, 2e-9f}, c = {2.0f, -1e-9f};
  CHECK(two_float::less(a, b));
  CHECK(two_float::less(b, c));
  CHECK_FALSE(two_float::less(b, a));
  CHECK_FALSE(two_float::less(a, a));
}
