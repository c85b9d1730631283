// Gaussian predictions in integers as constant expressions, and what valid() refuses.
// SPDX-License-Identifier: MIT
#include <emlearn/gaussian/fixed.hpp>

namespace {

namespace f = emlearn::gaussian::fixed;
using emlearn::direct;
typedef f::polynomial<int32_t> narrow;

// One feature around 10 and 20 (origin 15): (u + 5)^2 = u^2 + 10 u + 25 and (u - 5)^2.
constexpr int16_t origin[] = {15};
constexpr uint8_t bits[] = {6};
constexpr int32_t slope[] = {1, 1};
constexpr int32_t intercept[] = {10, -10};
constexpr int64_t constant[] = {-25, -25};
constexpr f::view<narrow, int16_t> two = {1, 2, 1.0f, origin, bits, slope, intercept, constant};

constexpr int16_t slope16[] = {8192, 8192};
constexpr int32_t intercept16[] = {-5 * 512 * 8192, 5 * 512 * 8192};
constexpr int32_t constant16[] = {0, 0};
constexpr f::view<f::squares, int16_t> squares = {1, 2, 1.0f, origin, bits, slope16, intercept16, constant16};

// Steps of 30 bits: a count is 2^24 of them; slope 2^14 / 2^10, so z is 16 counts' steps of 2^24.
constexpr int32_t steep_slope[] = {(16384 << 6) | 10, (16384 << 6) | 10};
constexpr int32_t steep_intercept[] = {-5 * 16777216, 5 * 16777216};
constexpr int64_t steep_constant[] = {0, 0};
constexpr f::view<f::steep_squares, int16_t> steep = {1, 2, 1.0f, origin, bits, steep_slope, steep_intercept, steep_constant};

template <class Form, class V, class X> constexpr int ask(const V& v, X x) {
  typename Form::sum sums[2] = {};
  const X row[] = {x};
  return f::sums<Form, direct>(v, row, sums);
}

static_assert(ask<narrow, f::view<narrow, int16_t>, uint8_t>(two, 9) == 0, "near 10");
static_assert(ask<narrow, f::view<narrow, int16_t>, int32_t>(two, 2147483647) == 1, "far away: at the edge");
static_assert(ask<narrow, f::view<narrow, int16_t>, int16_t>(two, 15) == 0, "a tie goes to the lowest index");
static_assert(ask<f::squares, f::view<f::squares, int16_t>, int16_t>(squares, 12) == 0, "near 10");
static_assert(ask<f::squares, f::view<f::squares, int16_t>, int16_t>(squares, -32768) == 0, "far away: at the edge");
static_assert(ask<f::squares, f::view<f::squares, int16_t>, int16_t>(squares, 21) == 1, "near 20");

static_assert(ask<f::steep_squares, f::view<f::steep_squares, int16_t>, int16_t>(steep, 12) == 0, "near 10");
static_assert(ask<f::steep_squares, f::view<f::steep_squares, int16_t>, int16_t>(steep, 21) == 1, "near 20");
static_assert(f::steep_squares::term(1073741823, (33554431 << 6) | 0, -1073741823) == int64_t(1) << 52, "far away: as large as it gets");
static_assert(f::steep_squares::term(-1073741823, (33554431 << 6) | 0, 1073741823) == int64_t(1) << 52, "likewise");

static_assert(f::valid<f::steep_squares>(steep, 1, 1, 2, 2, 2), "sound");
static_assert(f::valid<narrow>(two, 1, 1, 2, 2, 2), "sound");
static_assert(f::valid<f::squares>(squares, 1, 1, 2, 2, 2), "sound");
static_assert(!f::valid<narrow>(two, 1, 1, 2, 1, 2), "an intercept is missing");
constexpr uint8_t wide[] = {31};
constexpr f::view<f::squares, int16_t> too_wide = {1, 2, 1.0f, origin, wide, slope16, intercept16, constant16};
static_assert(!f::valid<f::squares>(too_wide, 1, 1, 2, 2, 2), "31 bits leave no room for the origin");
constexpr int64_t high[] = {0, 9223372036854775807ll};
constexpr f::view<narrow, int16_t> too_high = {1, 2, 1.0f, origin, bits, slope, intercept, high};
static_assert(!f::valid<narrow>(too_high, 1, 1, 2, 2, 2), "a sum would overflow");

}  // namespace
