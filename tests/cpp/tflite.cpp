// How sums of TensorFlow Lite's layers are rescaled, against products of 64 bits: ends of the types, and numbers between.
// SPDX-License-Identifier: MIT
#include <emlearn/tflite.hpp>

#include <cstdint>
#include <random>
#include <vector>

#include "catch.hpp"

namespace {

/// Ends, halves' ends and their neighbours, and some at random.
std::vector<int32_t> numbers() {
  std::vector<int32_t> found;
  for (int64_t base : {0x0ll, 0x8000ll, 0x10000ll, 0x40000000ll, 0x7fff0000ll, 0x7fffffffll, 0x80000000ll, 0xffff0000ll, 0xffff8000ll}) {
    for (int64_t near = -2; near <= 2; ++near) found.push_back(static_cast<int32_t>(static_cast<uint32_t>(base + near)));
  }
  std::mt19937 random(0);
  for (int i = 0; i < 500; ++i) found.push_back(static_cast<int32_t>(static_cast<uint32_t>(random()) >> (i % 32)));
  return found;
}

}  // namespace

TEST_CASE("products of halves are those of 64 bits") {
  bool same = true;
  for (int32_t a : numbers()) {
    for (int32_t b : numbers()) {
      const emlearn::tflite::detail::long_product p = emlearn::tflite::detail::by_halves(a, b);
      const int64_t product = static_cast<int64_t>(a) * b;
      same = same && p.upper == static_cast<int32_t>(product >> 32) && p.lower == static_cast<uint32_t>(product);
      same = same && emlearn::tflite::detail::high_by_halves(a, b) == emlearn::tflite::detail::high(a, b);
      same = same && emlearn::tflite::detail::upper_by_halves(a, b) == emlearn::tflite::detail::upper(a, b);
    }
  }
  CHECK(same);
}

TEST_CASE("a sum rescaled once is the nearest, halves up, by whichever words") {
  bool same = true;
  for (int32_t sum : numbers()) {
    sum /= 2;  // what the converter lets pass
    for (int32_t multiplier : {0, 1 << 30, (1 << 30) + 1, 1518500250, 0x7fffffff}) {
      for (int power = -30; power <= 0; ++power) {
        const int n = 31 - power;
        const int64_t wanted = (static_cast<int64_t>(sum) * multiplier + (int64_t{1} << (n - 1))) >> n;
        same = same && emlearn::tflite::once::of(sum, multiplier, power) == wanted;
      }
    }
  }
  CHECK(same);
}
