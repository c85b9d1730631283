// exponential and logarithm against double: every 1009th float, every float in a campaign.
// SPDX-License-Identifier: MIT
#include <emlearn/detail/exponential.hpp>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "catch.hpp"

namespace {

using emlearn::detail::exponential;
using emlearn::detail::logarithm;

float from_bits(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

uint32_t to_bits(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

uint32_t stride() {
  const char* campaign = std::getenv("EMLEARN_CAMPAIGN");
  return campaign && campaign[0] == '1' ? 1 : 1009;
}

/// The largest relative error of f over the floats from `first` to `last`, both of one sign.
template <class F, class G> double worst(float first, float last, F f, G exact) {
  double largest = 0;
  for (uint64_t bits = to_bits(first); bits <= to_bits(last); bits += stride()) {
    const float x = from_bits(static_cast<uint32_t>(bits));
    const double want = exact(static_cast<double>(x));
    const double error = want == 0 ? std::abs(static_cast<double>(f(x))) : std::abs(f(x) / want - 1);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

}  // namespace

TEST_CASE("exponential is within 2^-22") {
  const auto exact = [](double x) { return std::exp(x); };
  CHECK(worst(0.0f, 88.0f, exponential, exact) <= std::ldexp(1.0, -22));
  CHECK(worst(-0.0f, -87.0f, exponential, exact) <= std::ldexp(1.0, -22));
}

TEST_CASE("exponential ends in zero, infinity and NaN") {
  CHECK(exponential(-87.00001f) == 0.0f);
  CHECK(exponential(-std::numeric_limits<float>::infinity()) == 0.0f);
  CHECK(exponential(89.0f) == std::numeric_limits<float>::infinity());
  CHECK(exponential(std::numeric_limits<float>::infinity()) == std::numeric_limits<float>::infinity());
  CHECK(std::isnan(exponential(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("logarithm is within 2^-21") {
  const auto exact = [](double x) { return std::log(x); };
  CHECK(worst(std::numeric_limits<float>::min(), std::numeric_limits<float>::max(), logarithm, exact) <= std::ldexp(1.0, -21));
  CHECK(logarithm(1.0f) == 0.0f);
}
