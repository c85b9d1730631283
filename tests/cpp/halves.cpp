// 2^-t of fixed-point numbers against double: every fraction.
// SPDX-License-Identifier: MIT
#include <emlearn/detail/chords.hpp>
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

TEST_CASE("short_power is within 1.8 for every part of every line, and at most 32767") {
  double largest = 0;
  int16_t most = 0;
  for (uint32_t whole = 0; whole < 15; ++whole) {
    for (uint32_t t = whole << 27; t < (whole + 1) << 27; t += whole == 0 ? 127 : 5003) {  // a line's steps have 128
      const int16_t value = emlearn::detail::short_power<emlearn::direct>(t);
      most = value > most ? value : most;
      largest = std::fmax(largest, std::abs(value - std::exp2(15 - std::ldexp(double(t), -27))));
    }
  }
  CHECK(most == 32767);
  CHECK(largest <= 1.8);
}
