// 2^-t of fixed-point numbers against double: every fraction.
// SPDX-License-Identifier: MIT
#include <emlearn/detail/halves.hpp>

#include <cmath>

#include "catch.hpp"

TEST_CASE("halved is within 2^-21 and keeps its highest bit") {
  double largest = 0;
  bool normal = true;
  for (uint32_t t = 0; t < 1u << 22; ++t) {
    const uint32_t value = emlearn::detail::halved<emlearn::direct>(t);
    normal = normal && value >= 1u << 31;
    largest = std::fmax(largest, std::abs(value / std::exp2(32 - std::ldexp(double(t), -22)) - 1));
  }
  CHECK(normal);
  CHECK(largest <= std::ldexp(1.0, -21));
}

TEST_CASE("half_power is within 2^-20.8 for every fraction, and for whole numbers up to 63") {
  double largest = 0;
  for (uint32_t t = 0; t < 1u << 28; t += t < 1u << 22 ? 1 : 4099) {
    const double value = emlearn::detail::half_power<emlearn::direct>(t);
    largest = std::fmax(largest, std::abs(value / std::exp2(-std::ldexp(double(t), -22)) - 1));
  }
  CHECK(largest <= std::exp2(-20.8));
  CHECK(std::abs(emlearn::detail::half_power<emlearn::direct>(0) - 1) <= std::ldexp(1.0, -22));
}
