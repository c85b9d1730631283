// Integers read from byte streams: every width, both signs, every alignment, little end first.
// SPDX-License-Identifier: MIT
#include <emlearn/detail/bytes.hpp>

#include <limits>
#include <vector>

#include "catch.hpp"

namespace {

template <class Integer> std::vector<uint8_t> little_endian(Integer value) {
  std::vector<uint8_t> bytes;
  const auto whole = static_cast<uint64_t>(value);
  for (unsigned k = 0; k < sizeof(Integer); ++k) bytes.push_back(static_cast<uint8_t>(whole >> (8 * k)));
  return bytes;
}

/// Counts what it reads, so that a test sees that no byte beyond the integer is touched.
struct counting {
  static int reads;
  static const uint8_t* last;
  static uint8_t read(const uint8_t* p) {
    ++reads;
    if (p > last) last = p;
    return *p;
  }
};
int counting::reads = 0;
const uint8_t* counting::last = nullptr;

}  // namespace

TEMPLATE_TEST_CASE("bytes<Integer> reads what was written, at every offset", "[bytes]", uint8_t, int8_t, uint16_t, int16_t, uint32_t,
                   int32_t, uint64_t, int64_t) {
  using limits = std::numeric_limits<TestType>;
  const auto pattern = static_cast<TestType>(0x8091a2b3c4d5e6f7ULL);
  for (const TestType value : {TestType(0), TestType(1), limits::min(), limits::max(), pattern, static_cast<TestType>(~pattern)}) {
    for (unsigned offset = 0; offset < 8; ++offset) {
      std::vector<uint8_t> stream(offset, 0xee);
      for (uint8_t byte : little_endian(value)) stream.push_back(byte);
      CHECK(emlearn::detail::bytes<TestType>::template read<emlearn::direct>(stream.data() + offset) == value);
      CHECK(emlearn::detail::bytes<TestType>::template read<emlearn::flash>(stream.data() + offset) == value);
    }
  }
}

TEMPLATE_TEST_CASE("bytes<Integer> reads each of its bytes once, and no other", "[bytes]", uint8_t, int8_t, uint16_t, int16_t, uint32_t,
                   int32_t, uint64_t, int64_t) {
  const std::vector<uint8_t> stream(16, 0x5a);
  counting::reads = 0;
  counting::last = stream.data();
  (void)emlearn::detail::bytes<TestType>::template read<counting>(stream.data());
  CHECK(counting::reads == sizeof(TestType));
  CHECK(counting::last == stream.data() + sizeof(TestType) - 1);
}
