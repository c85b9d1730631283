// Scalers, grids and starts of sums in integers as constant expressions, and what their checks refuse.
// SPDX-License-Identifier: MIT
#include <emlearn/scaler/fixed.hpp>
#include <emlearn/scaler/grid.hpp>
#include <emlearn/svm/products.hpp>

namespace {

namespace s = emlearn::scaler;
using emlearn::direct;

// 0.5 min(max(3 x - 10, -20), 20) of the second feature.
constexpr uint16_t columns[] = {1};
constexpr int16_t weights[] = {3};
constexpr int32_t bias[] = {-10};
constexpr int32_t large[] = {2147483647};
constexpr float unit[] = {0.5f};
constexpr int32_t low[] = {-20};
constexpr int32_t high[] = {20};
typedef s::whole_view<int16_t, int32_t> whole;
constexpr whole clipped = {columns, weights, bias, unit, low, high, 1, 1};
constexpr whole open = {columns, weights, bias, unit, nullptr, nullptr, 1, 1};
constexpr whole damaged = {columns, weights, large, unit, nullptr, nullptr, 1, 1};

template <class X> constexpr float scaled(const whole& v, X x) {
  const X row[] = {0, x};
  float out[1] = {};
  s::transform_whole<direct>(v, row, out);
  return out[0];
}

static_assert(scaled<int16_t>(clipped, 8) == 7.0f, "within the clip");
static_assert(scaled<uint8_t>(clipped, 255) == 10.0f && scaled<int16_t>(clipped, -300) == -10.0f, "beyond it");
static_assert(scaled<uint8_t>(open, 255) == 377.5f, "without one");
static_assert(s::valid_whole(clipped, 1, 1, 1, 2, 32768), "sound");
static_assert(!s::valid_whole(clipped, 1, 1, 1, 1, 32768), "a column that is no feature");
static_assert(!s::valid_whole(clipped, 1, 2, 1, 2, 32768), "a table of another length");
static_assert(!s::valid_whole(damaged, 1, 1, 1, 2, 32768), "a sum that leaves its type");

// Two steps for each count from 10 on, up to 100, or to the feature's own end.
constexpr int16_t zero[] = {10};
constexpr uint16_t factor[] = {1 << 14};
constexpr uint8_t shift[] = {13};
constexpr uint32_t ends[] = {50}, beyond[] = {101};
typedef s::grid_view<int16_t, uint16_t> grid;
constexpr grid alike = {1, 100, zero, factor, shift, nullptr};
constexpr grid ending = {1, 100, zero, factor, shift, ends};
constexpr grid broken = {1, 100, zero, factor, shift, beyond};

constexpr int placed(const grid& v, int16_t x) {
  const int16_t row[] = {x};
  int16_t out[1] = {};
  s::place<direct>(v, row, out);
  return out[0];
}

static_assert(placed(alike, 20) == 20 && placed(ending, 20) == 20, "within the range");
static_assert(placed(alike, 32767) == 100 && placed(ending, 32767) == 50, "at the upper end");
static_assert(placed(ending, -32768) == 0, "at the lower one");
static_assert(s::valid_grid(ending, 1, 1, 1, 32767) && !s::valid_grid(broken, 1, 1, 1, 32767), "ends are at most the top");

template <class N> constexpr long long start(N lower, N upper) {
  const N point[] = {lower, upper};
  return emlearn::svm::own_start::of<N, direct>(0, point);
}

static_assert(start<int16_t>(-1, -1) == -1 && start<int16_t>(1, 2) == 131073 && start<int16_t>(-32768, 0) == 32768, "of 32 bits");
static_assert(start<int32_t>(-1, -1) == -1 && start<int32_t>(5, -1) == 5 - 4294967296LL, "of 64 bits");

}  // namespace
