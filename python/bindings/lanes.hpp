// Rows side by side in vectors: each row's sums in the order of the portable kernels, so that no bit changes.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_LANES_HPP
#define EMLEARN_BINDINGS_LANES_HPP

#include <emlearn/config.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace emlearn_bindings {

/// Floats of as many rows as one instruction takes; a single one where compilers have no such type.
using lane = EMLEARN_VECTOR(float);
constexpr std::size_t lane_rows = sizeof(lane) / sizeof(float);

/// The same number for every row. Nothing is taken off, and no sign of a zero changes.
template <class Lane = lane, class T> Lane for_all(T value) { return value - Lane(); }

template <class Lane = lane, class T> Lane lane_at(const T* values) {
  Lane result;
  std::memcpy(&result, values, sizeof result);
  return result;
}

/// Four lanes: enough sums to keep a processor busy while each waits for its last addition.
struct lanes {
  static constexpr std::size_t rows = 4 * lane_rows;
  lane a, b, c, d;

  explicit lanes(float value) : a(for_all(value)), b(a), c(a), d(a) {}
  explicit lanes(const float* values)
      : a(lane_at(values)), b(lane_at(values + lane_rows)), c(lane_at(values + 2 * lane_rows)), d(lane_at(values + 3 * lane_rows)) {}
  /// this + weight * x, as the portable kernels have it.
  void add_product(float weight, const lanes& x) {
    const lane w = for_all(weight);
    a += w * x.a;
    b += w * x.b;
    c += w * x.c;
    d += w * x.d;
  }
  void store(float* values) const {
    std::memcpy(values, &a, sizeof a);
    std::memcpy(values + lane_rows, &b, sizeof b);
    std::memcpy(values + 2 * lane_rows, &c, sizeof c);
    std::memcpy(values + 3 * lane_rows, &d, sizeof d);
  }
};

/// Sums of n_out outputs for lanes::rows rows, two at a time: out[j] = bias[j] + sum over i of weight(j, i) * x[i], x and out with the rows
/// of each feature side by side.
template <class Weight>
void weighted_sums(const float* x, const float* bias, std::size_t n_in, std::size_t n_out, Weight weight, float* out) {
  for (std::size_t j = 0; j != n_out;) {
    const std::size_t next = j + 1 != n_out ? j + 1 : j;
    lanes first(bias[j]), second(bias[next]);
    for (std::size_t i = 0; i != n_in; ++i) {
      const lanes value(x + i * lanes::rows);
      first.add_product(weight(j, i), value);
      second.add_product(weight(next, i), value);
    }
    first.store(out + j * lanes::rows);
    second.store(out + next * lanes::rows);
    j = next + 1;
  }
}

/// Calls f(first, count) for blocks of `each` rows, the last of which may have fewer.
template <class F> void each_block(std::size_t rows, std::size_t each, F f) {
  for (std::size_t first = 0; first < rows; first += each) f(first, std::min(each, rows - first));
}

/// `count` rows of `columns` values side by side in `each` places, zeros behind them: to[i * each + row] = x[row][i].
template <class X, class T> void turn(const X* x, std::size_t count, std::size_t columns, std::size_t each, T* to) {
  for (std::size_t i = 0; i != columns; ++i, to += each) {
    for (std::size_t row = 0; row != count; ++row) to[row] = static_cast<T>(x[row * columns + i]);
    std::fill(to + count, to + each, T());
  }
}

}  // namespace emlearn_bindings

#endif
