// Sums of a dense layer input after input, as chips without an FPU have them: equal to those row by row, to the bit but for a zero's sign.
// SPDX-License-Identifier: MIT
#include <emlearn/mlp.hpp>

#if EMLEARN_HAS_CONSTEXPR
namespace {

constexpr float weights[] = {0.1f, -3.0f, 7.0f, 1e-3f, 0.7f, -0.2f, 5.0f, 1e6f, -0.0f, 2.5f, -1.0f, 0.3f};
constexpr float bias[] = {0.3f, -0.0f, -1e-9f};

template <class X> constexpr bool same(const X (&x)[4]) {
  float by_input[3] = {}, by_row[3] = {};
  emlearn::mlp::detail::sums_by_input<emlearn::direct>(x, weights, bias, 4, 3, by_input);
  for (int j = 0; j < 3; ++j) {
    float sum = bias[j];
    for (int i = 0; i < 4; ++i) sum += weights[4 * j + i] * static_cast<float>(x[i]);
    by_row[j] = sum;
  }
  return by_input[0] == by_row[0] && by_input[1] == by_row[1] && by_input[2] == by_row[2];
}

constexpr float floats[] = {0.0f, -1.1f, 0.37f, -0.0f};
constexpr float zeros[] = {0.0f, -0.0f, 0.0f, 0.0f};
constexpr int16_t whole[] = {-32768, 0, 12345, 7};
constexpr uint8_t bytes[] = {0, 255, 0, 1};
static_assert(same(floats), "floats, zeros of both signs among them");
static_assert(same(zeros), "nothing but the biases");
static_assert(same(whole), "whole numbers");
static_assert(same(bytes), "bytes");

}  // namespace
#endif
