// The cosine of turns against double: floats between whole numbers, on both sides of zero, and those that are far apart.
// SPDX-License-Identifier: MIT
#include <emlearn/functions.hpp>

#include <cmath>

#include "catch.hpp"

TEST_CASE("cosine_of_turns is within 2^-21") {
  double largest = 0;
  for (int i = -3000000; i <= 3000000; ++i) {
    const float x = static_cast<float>(i) * 1.0007e-6f;
    largest = std::fmax(largest, std::abs(emlearn::functions::cosine_of_turns::of(x) - std::cos(2 * 3.14159265358979323846 * double(x))));
  }
  CHECK(largest <= std::ldexp(1.0, -21));
}

TEST_CASE("cosine_of_turns takes any float") {
  using emlearn::functions::cosine_of_turns;
  CHECK(cosine_of_turns::of(1048576.25f) == 0.0f);
  CHECK(std::abs(cosine_of_turns::of(-1048576.5f) + 1) < 1e-6f);
  CHECK(cosine_of_turns::of(3e38f) == 1.0f);
  for (const float x : {NAN, INFINITY, -INFINITY}) CHECK(std::isnan(cosine_of_turns::of(x)));  // as numpy has it
}
