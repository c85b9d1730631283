// What the bindings of integer perceptrons and networks share: the tables of a layer, and an activation's curve.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_INTEGERS_HPP
#define EMLEARN_BINDINGS_INTEGERS_HPP

#include "arrays.hpp"

#include <emlearn/mlp/integer.hpp>

#include <tuple>

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

}  // namespace emlearn_bindings

#endif
