// Floats and pairs of them in integers against long double: sums, and sums of squares within what floats may err.
// SPDX-License-Identifier: MIT
#include <emlearn/detail/integer_pairs.hpp>
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

  template <class Entry> typename Entry::number sum_of(float most) const {
    return f::sum_of_squares<Entry, 1, emlearn::direct>(static_cast<int>(x.size()), shift.data(), scale.data(), x.data(), most);
  }
  float sum(float most) const { return sum_of<f::single>(most); }
  /// The exact sum, of the values that float32 has of a row where entries are single floats.
  wide exact() const {
    const size_t words = shift.size() / x.size();
    wide sum = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const size_t at = i * words;
      const wide low = words == 2 ? wide(shift[at + 1]) : wide(0), factor = scale[at] + (words == 2 ? wide(scale[at + 1]) : wide(0));
      const wide z = ((words == 2 ? wide(x[i]) : wide(static_cast<float>(x[i]))) + (wide(shift[at]) + low)) * factor;
      sum += z * z;
    }
    return sum;
  }
  /// The sizes of rows and means in standard deviations, by which differences of pairs err.
  wide reach() const {
    wide sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += std::pow((std::fabs(wide(x[i])) + std::fabs(wide(shift[2 * i]))) * wide(scale[2 * i]), 2);
    return std::sqrt(sum);
  }
};

wide value(emlearn::detail::float_pair a) { return wide(a.high) + wide(a.low); }

/// The entries with second words, some of them zero.
std::vector<float> with_lows(source& numbers, const std::vector<float>& high) {
  std::vector<float> all;
  for (const float a : high) {
    all.push_back(a);
    all.push_back(numbers.engine() % 4 != 0 ? a * numbers.single(0) * std::ldexp(1.0f, -25) : 0.0f);
  }
  return all;
}

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
  for (const float a : {1.5f, -1.5f}) CHECK(f::bits_of(f::sum_of(a, -a)) == 0);  // one zero, as order_of() needs it
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

template <class X> void pairs_within_bound() {
  source numbers;
  wide worst = 0;
  for (int i = 0; i < rounds / 10; ++i) {
    auto m = random_model<X>(numbers, 1 + i % 13);
    m.shift = with_lows(numbers, m.shift);
    m.scale = with_lows(numbers, m.scale);
    const wide exact = m.exact(), reach = m.reach();
    const auto found = m.template sum_of<f::doubled>(limits::max());
    // What docs/models/gaussian.md gives pairs of floats for their differences and sums.
    const wide error = std::fabs(value(found) - exact);
    REQUIRE(error <= unit * unit * (12 * std::sqrt(exact) * reach + (16 + wide(m.x.size())) * exact + 36 * unit * unit * reach * reach));
    REQUIRE(std::fabs(found.low) <= std::fabs(found.high) * unit);
    worst = std::max(worst, exact > 0 ? error / exact : wide(0));
  }
  CHECK(worst > unit * unit / 8);  // else the measurement is broken
}

TEST_CASE("sums of squares of pairs err less than pairs of floats", "[integer_floats]") {
  pairs_within_bound<float>();
  pairs_within_bound<double>();
  pairs_within_bound<int32_t>();
  pairs_within_bound<int16_t>();
  pairs_within_bound<uint8_t>();
}

TEST_CASE("sums of pairs in integers", "[integer_floats]") {
  source numbers;
  for (int i = 0; i < rounds; ++i) {
    const auto words = with_lows(numbers, {numbers.single(i % 40), numbers.single(i % 40)});
    const emlearn::detail::float_pair a = {words[0], words[1]};
    const emlearn::detail::float_pair b = i % 3 != 0 ? emlearn::detail::float_pair{words[2], words[3]}
                                                     : emlearn::detail::float_pair{-words[0], words[3] < 1 ? words[3] * 1e-20f : 0.0f};
    const auto found = f::sum_of(a, b);
    REQUIRE(std::fabs(value(found) - (value(a) + value(b))) <= unit * unit * (std::fabs(value(a)) + std::fabs(value(b))) + limits::min());
    REQUIRE(std::fabs(found.low) <= std::fabs(found.high) * unit);
  }
  const auto none = f::sum_of(emlearn::detail::float_pair{0, 0}, emlearn::detail::float_pair{0, 0});
  CHECK(std::fabs(value(none)) <= limits::min());
  const auto same = f::sum_of(emlearn::detail::float_pair{0, 0}, emlearn::detail::float_pair{-1.5f, 1e-9f});
  CHECK(same.high == -1.5f);
  CHECK(same.low == 1e-9f);
  for (const float a : {1.5f, -1.5f}) {
    const auto whole = f::sum_of(emlearn::detail::float_pair{a, 0}, emlearn::detail::float_pair{a, 0});
    const auto zero = f::sum_of(emlearn::detail::float_pair{a, 1e-9f}, emlearn::detail::float_pair{-a, -1e-9f});
    CHECK(whole.high == 2 * a);
    CHECK((f::bits_of(whole.low) == 0 && f::bits_of(zero.high) == 0 && f::bits_of(zero.low) == 0));
  }
}

TEST_CASE("integers of 32 bits lose what floats do not have", "[integer_floats]") {
  using ints = std::numeric_limits<int32_t>;
  std::mt19937 engine(7);
  std::vector<int32_t> values = {0, 1, -1, ints::max(), ints::min(), 1 << 30, -(1 << 30), (1 << 30) - 1, (1 << 30) + 1};
  for (int i = 0; i < rounds / 10; ++i) values.push_back(static_cast<int32_t>(engine()) >> (i % 32));
  for (const int32_t x : values) {
    const auto p = f::raw_of<uint32_t, int32_t>::parts_of(x);
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
  for (const double x : {1e300, -1e39, std::numeric_limits<double>::quiet_NaN()})
    CHECK((model<double>{{1, 0}, {1, 0}, {x}}).sum_of<f::doubled>(limits::max()).high == limits::infinity());
  CHECK((model<float>{{0}, {1e10f}, {1e30f}}).sum(limits::max()) == limits::infinity());
  CHECK((model<double>{{0}, {1}, {1e300}}).sum(limits::max()) == limits::infinity());
  CHECK((model<float>{{-2.5f}, {1e10f}, {2.5f}}).sum(limits::max()) == 0.0f);
  CHECK((model<float>{{0}, {1}, {0}}).sum(limits::max()) == 0.0f);
  CHECK((model<int16_t>{{0}, {1}, {0}}).sum(limits::max()) <= limits::min());
}
