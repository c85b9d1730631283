// What the bindings of integer perceptrons and networks share: the intake of raw values, the tables of a layer, an activation's curve.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_INTEGERS_HPP
#define EMLEARN_BINDINGS_INTEGERS_HPP

#include "arrays.hpp"

#include <emlearn/mlp/integer.hpp>

#include <string>
#include <tuple>
#include <type_traits>

namespace emlearn_bindings {

/// weights (n_out, n_in), bias, factor, shift, wide, top
template <class W> using tables = std::tuple<array<W>, array<int32_t>, array<uint16_t>, int, bool, int32_t>;
/// nodes, bits, spare, mid
using bend = std::tuple<array<uint16_t>, int, int, int32_t>;

/// A curve with run-time numbers.
struct curve {
  const uint16_t* table;
  int segment, below;
  int32_t middle, end;
  const uint16_t* nodes() const { return table; }
  int bits() const { return segment; }
  int spare() const { return below; }
  int32_t mid() const { return middle; }
  int32_t largest() const { return end; }
};

/// The step of a layer with the curve; valid as long as the nodes are.
inline emlearn::mlp::bent<curve> bent(const bend& b) {
  const array<uint16_t>& nodes = std::get<0>(b);
  return {{nodes.data(), std::get<1>(b), std::get<2>(b), std::get<3>(b), static_cast<int32_t>(nodes.size() - 1) << std::get<1>(b)}};
}

/// An intake of n values with run-time numbers, and one low value for all of them.
struct whole_intake {
  int n, bits;
  uint32_t largest;
  int32_t first;
  int n_features() const { return n; }
  int room() const { return n; }
  uint32_t top() const { return largest; }
  int shift() const { return bits; }
  int32_t low() const { return first; }
};

/// The same with a low value and a factor for each.
template <class L, class F> struct ranged_intake : whole_intake {
  const L* lows;
  const F* factors;
  const L* low() const { return lows; }
  const F* factor() const { return factors; }
};

/// How raw rows are taken in: kind, top, low, factor, shift.
using taking = std::tuple<std::string, uint32_t, pybind11::array, pybind11::array, int>;

/// Calls f(intake, kernel's kind) for the intake of n values X: std::integral_constant of 0 for whole, 1 for scaled, 2 for real ones.
template <class X, class F> void with_intake(const taking& t, int n, F&& f) {
  const std::string& kind = std::get<0>(t);
  const pybind11::array &low = std::get<2>(t), &factor = std::get<3>(t);
  const whole_intake base = {n, std::get<4>(t), std::get<1>(t), kind == "whole" ? static_cast<const int32_t*>(low.data())[0] : 0};
  if (kind == "whole") {
    if constexpr (std::is_integral_v<X>) f(base, std::integral_constant<int, 0>());
  } else if (kind == "scaled") {
    f(ranged_intake<X, uint16_t>{base, static_cast<const X*>(low.data()), static_cast<const uint16_t*>(factor.data())},
      std::integral_constant<int, 1>());
  } else {
    f(ranged_intake<float, float>{base, static_cast<const float*>(low.data()), static_cast<const float*>(factor.data())},
      std::integral_constant<int, 2>());
  }
}

/// The numbers of a layer with weights; the tables must outlive it.
template <class W> struct numbers_of {
  const W* w = nullptr;
  const int32_t* b = nullptr;
  const uint16_t* f = nullptr;
  int out = 0, bits_down = 0;
  bool is_wide = false;
  int32_t largest = 0;

  explicit numbers_of(const tables<W>& t)
      : w(std::get<0>(t).data()),
        b(std::get<1>(t).data()),
        f(std::get<2>(t).data()),
        out(static_cast<int>(std::get<1>(t).size())),
        bits_down(std::get<3>(t)),
        is_wide(std::get<4>(t)),
        largest(std::get<5>(t)) {}
  const W* weights() const { return w; }
  const int32_t* bias() const { return b; }
  const uint16_t* factor() const { return f; }
  int n_out() const { return out; }
  int shift() const { return bits_down; }
  bool wide() const { return is_wide; }
  int total() const { return 32; }
  int32_t top() const { return largest; }
};

}  // namespace emlearn_bindings

#endif
