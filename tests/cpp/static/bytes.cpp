// Byte streams in constant expressions: compiling is the test.
// SPDX-License-Identifier: MIT
#include <emlearn/detail/bytes.hpp>

namespace {

using emlearn::direct;
namespace detail = emlearn::detail;

constexpr uint8_t stream[] = {0xee, 0xff, 0xfe, 0x01, 0x80, 0xff, 0xff, 0xff, 0xff};

static_assert(detail::bytes<uint8_t>::read<direct>(stream) == 0xee, "one byte");
static_assert(detail::bytes<int8_t>::read<direct>(stream) == -18, "one byte with a sign");
static_assert(detail::bytes<uint16_t>::read<direct>(stream + 1) == 0xfeff, "little end first, at an odd address");
static_assert(detail::bytes<int16_t>::read<direct>(stream + 1) == -257, "two bytes with a sign");
static_assert(detail::bytes<uint32_t>::read<direct>(stream + 1) == 0x8001feffUL, "four bytes");
static_assert(detail::bytes<int32_t>::read<direct>(stream + 1) == -2147352833L, "four bytes with a sign");
static_assert(detail::bytes<uint64_t>::read<direct>(stream + 1) == 0xffffffff8001feffULL, "eight bytes");
static_assert(detail::bytes<int64_t>::read<direct>(stream + 1) == -2147352833LL, "eight bytes with a sign");

}  // namespace
