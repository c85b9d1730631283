// Whitened Gaussians in integers as constant expressions, and what valid_triangles() refuses.
// SPDX-License-Identifier: MIT
#include <emlearn/gaussian/whitened.hpp>

namespace {

namespace f = emlearn::gaussian::fixed;
using emlearn::direct;
typedef f::whitened<int16_t> narrow;
typedef f::whitened<int32_t> fine;

// Two features around 0, of which 9 bits count as 2^6 steps each; one triangle for two components, around (-5, 0) and (5, 0):
// z_0 is u_0 / 4, z_1 is (u_1 - u_0) / 4.
constexpr int16_t origin[] = {0, 0};
constexpr uint8_t bits[] = {9, 9};
constexpr int16_t slope[] = {16384, -16384, 16384};
constexpr int32_t intercept[] = {-5 * 64 * 16384, 5 * 64 * 16384, 5 * 64 * 16384, -5 * 64 * 16384};
constexpr int32_t constant[] = {0, 0};
constexpr f::triangles<narrow, int16_t> tied = {{2, 2, 1.0f, origin, bits, slope, intercept, constant}, 1, 16};

// The same in two words, the upper ones of a column first; a triangle for each component.
constexpr int16_t fine_slope[] = {8192, 1, 8192, 1, -8192, 8192, 1, 1, -8192, 8192, 1, 1};
constexpr int32_t fine_intercept[] = {-5 * 64 * 8192, 5 * 64 * 8192, 5 * 64 * 8192, -5 * 64 * 8192};
constexpr int64_t fine_constant[] = {0, 0};
constexpr f::triangles<fine, int16_t> full = {{2, 2, 1.0f, origin, bits, fine_slope, fine_intercept, fine_constant}, 2, 15};

template <class Form, class V, class X> constexpr int ask(const V& v, X x, X y) {
  typename Form::sum sums[2] = {};
  int16_t offsets[2] = {};
  const X row[] = {x, y};
  return f::sums<Form, direct>(v, row, sums, offsets);
}

static_assert(ask<narrow, f::triangles<narrow, int16_t>, int16_t>(tied, -7, 0) == 0, "near the first mean");
static_assert(ask<narrow, f::triangles<narrow, int16_t>, int8_t>(tied, 3, 1) == 1, "near the second mean");
static_assert(ask<narrow, f::triangles<narrow, int16_t>, int32_t>(tied, 2147483647, 0) == 1, "far away: at the edge");
static_assert(ask<fine, f::triangles<fine, int16_t>, int16_t>(full, -7, 0) == 0, "near the first mean");
static_assert(ask<fine, f::triangles<fine, int16_t>, uint8_t>(full, 3, 1) == 1, "near the second mean");
static_assert(ask<fine, f::triangles<fine, int16_t>, int16_t>(full, -32768, 32767) == 0, "far away: at the edge");

constexpr int16_t largest[] = {-1};
constexpr int16_t least[] = {-32768};
static_assert(f::detail::lower_products<direct>(largest, least, 1) == -8388480, "the lower word is a number from 0 to 65535");

static_assert(f::valid_triangles<narrow>(tied, 2, 2, 3, 4, 2), "sound");
static_assert(f::valid_triangles<fine>(full, 2, 2, 12, 4, 2), "sound");
static_assert(!f::valid_triangles<narrow>(tied, 2, 2, 6, 4, 2), "a triangle too many");
static_assert(!f::valid_triangles<fine>(full, 2, 2, 12, 2, 2), "intercepts are missing");
constexpr f::triangles<narrow, int16_t> cut_off = {{2, 2, 1.0f, origin, bits, slope, intercept, constant}, 1, 15};
static_assert(!f::valid_triangles<narrow>(cut_off, 2, 2, 3, 4, 2), "z would have 17 bits");
constexpr int16_t steep[] = {16384, -32768, 32767};
constexpr f::triangles<narrow, int16_t> too_steep = {{2, 2, 1.0f, origin, bits, steep, intercept, constant}, 1, 16};
static_assert(!f::valid_triangles<narrow>(too_steep, 2, 2, 3, 4, 2), "a column's products would overflow");
constexpr int64_t high[] = {0, 9223372036854775807ll};
constexpr f::triangles<fine, int16_t> too_high = {{2, 2, 1.0f, origin, bits, fine_slope, fine_intercept, high}, 2, 15};
static_assert(!f::valid_triangles<fine>(too_high, 2, 2, 12, 4, 2), "a sum would overflow");

}  // namespace
