// Floats in integers against long double: sums to the nearest float, and sums of squares within what floats may err.
// SPDX-License-Identifier: MIT
#include <emlearn/detail/integer_floats.hpp>
#include <emlearn/flash.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "catch.hpp"

namespace {

namespace f = emlearn::detail::integer_floats;
using wide = long double;
using limits = std::numeric_limits<float>;

constexpr int rounds = 300000;
const wide unit = std::ldexp(wide(1), -24);

struct source {
  std::mt19937 engine{20240607};

  float single(int range) {
    std::uniform_real_distribution<double> fraction(-1, 1);
    std::uniform_int_distribution<int> exponent(-range, range);
    return static_cast<float>(std::ldexp(fraction(engine), exponent(engine)));
  }
};

/// One sum of squares: tables and a row.
template <class X> struct model {
  std::vector<float> shift, scale;
  std::vector<X> x;

  float sum(float most) const {
    return f::sum_of_squares<1, emlearn::direct>(static_cast<int>(x.size()), shift.data(), scale.data(), x.data(), most);
  }
  /// The exact sum, of the values that float32 has of a row.
  wide exact() const {
    wide sum = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const wide z = (wide(static_cast<float>(x[i])) + wide(shift[i])) * wide(scale[i]);
      sum += z * z;
    }
    return sum;
  }
};

/// Features whose means are `ratio` standard deviations away from zero, rows around them or far off.
template <class X> model<X> random_model(source& numbers, int n) {
  model<X> m;
  for (int i = 0; i < n; ++i) {
    const float x = std::is_integral<X>::value ? static_cast<float>(static_cast<X>(numbers.engine())) : numbers.single(20);
    m.x.push_back(static_cast<X>(x));
    const bool close = numbers.engine() % 2 != 0;
    m.shift.push_back(close ? -static_cast<float>(m.x.back()) * (1 + numbers.single(0) / 64) : numbers.single(20));
    m.scale.push_back(std::max(std::fabs(numbers.single(10)), 1e-6f));
  }
  return m;
}

template <class X> void within_bound() {
  source numbers;
  wide worst = 0;
  for (int i = 0; i < rounds / 10; ++i) {
    const int n = 1 + i % 13;
    const auto m = random_model<X>(numbers, n);
    const wide exact = m.exact(), error = std::fabs(wide(m.sum(limits::max())) - exact);
    // A quarter of what a float's steps may err: the difference, the product and its square, n sums.
    REQUIRE(error <= exact * (n + 2) * unit / 2);
    worst = std::max(worst, exact > 0 ? error / exact : wide(0));
  }
  CHECK(worst > unit / 4);  // else the measurement is broken
}

}  // namespace

TEST_CASE("a sum in integers is the float sum", "[integer_floats]") {
  source numbers;
  for (int i = 0; i < rounds; ++i) {
    const float a = numbers.single(i % 40), b = i % 3 != 0 ? numbers.single(i % 40) : -a * (1 + numbers.single(0) * 1e-6f);
    const float sum = a + b, found = f::sum_of(a, b);
    // A tie may go to either neighbour.
    REQUIRE(std::fabs(wide(found) - (wide(a) + wide(b))) == std::fabs(wide(sum) - (wide(a) + wide(b))));
  }
  CHECK(f::sum_of(limits::max(), limits::max()) == limits::infinity());
  CHECK(f::sum_of(-limits::max(), -limits::max()) == -limits::infinity());
  CHECK(f::sum_of(1.5f, -1.5f) == 0.0f);
  CHECK(f::sum_of(3.25f, 0.0f) == 3.25f);
  CHECK(f::sum_of(0.0f, -3.25f) == -3.25f);
  CHECK(std::fabs(f::sum_of(0.0f, 0.0f)) <= limits::min());
}

TEST_CASE("sums of squares err less than floats", "[integer_floats]") {
  within_bound<float>();
  within_bound<double>();
  within_bound<int16_t>();
  within_bound<uint16_t>();
  within_bound<int8_t>();
  within_bound<uint8_t>();
}

TEST_CASE("integers of 32 bits lose what floats do not have", "[integer_floats]") {
  using ints = std::numeric_limits<int32_t>;
  std::mt19937 engine(7);
  std::vector<int32_t> values = {0, 1, -1, ints::max(), ints::min(), 1 << 30, -(1 << 30), (1 << 30) - 1, (1 << 30) + 1};
  for (int i = 0; i < rounds / 10; ++i) values.push_back(static_cast<int32_t>(engine()) >> (i % 32));
  for (const int32_t x : values) {
    const auto p = f::parts_of(x);
    const wide value = std::ldexp(wide(p.size), p.exponent - 157) * (p.sign >> 31 ? -1 : 1);
    REQUIRE(p.size < UINT32_C(0x80000000));
    REQUIRE((x == 0 || p.size >> 26 != 0));
    REQUIRE(std::fabs(value - wide(x)) <= std::fabs(wide(static_cast<float>(x)) - wide(x)));
  }
}

TEST_CASE("a sum is left only beyond its limit", "[integer_floats]") {
  source numbers;
  int left = 0;
  for (int i = 0; i < rounds / 10; ++i) {
    const auto m = random_model<float>(numbers, 13);
    const float whole = m.sum(limits::max()), most = whole * (numbers.engine() % 2 != 0 ? 1 + numbers.single(0) / 4096 : 0.25f);
    const float found = m.sum(most);
    REQUIRE((found == whole || found > most));
    left += found != whole;
    REQUIRE(m.sum(whole) == whole);
  }
  CHECK(left > rounds / 80);
  const auto m = random_model<float>(numbers, 13);
  CHECK(m.sum(-1.0f) <= m.sum(limits::max()));
}

TEST_CASE("what is no number or beyond floats is infinite, and zeros are none", "[integer_floats]") {
  for (const float x : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()})
    CHECK((model<float>{{1, 1}, {1, 1e-30f}, {2, x}}).sum(limits::max()) == limits::infinity());
  CHECK((model<float>{{0}, {1e10f}, {1e30f}}).sum(limits::max()) == limits::infinity());
  CHECK((model<double>{{0}, {1}, {1e300}}).sum(limits::max()) == limits::infinity());
  CHECK((model<float>{{-2.5f}, {1e10f}, {2.5f}}).sum(limits::max()) == 0.0f);
  CHECK((model<float>{{0}, {1}, {0}}).sum(limits::max()) == 0.0f);
  CHECK((model<int16_t>{{0}, {1}, {0}}).sum(limits::max()) <= limits::min());
}
