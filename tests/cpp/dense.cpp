// The host's own kernel of integer layers against the portable one: the largest numbers that its proof allows, and any numbers.
// SPDX-License-Identifier: MIT
#include <emlearn/mlp/integer.hpp>

#include <random>
#include <vector>

#include "catch.hpp"

namespace {

template <class W> struct tile_view {
  std::vector<W> table;
  int inputs, accumulator;
  const W* weights() const { return table.data(); }
  int n_in() const { return inputs; }
  int bits() const { return accumulator; }
};

template <class Kernel, class W, class Q> std::vector<int32_t> sums(const tile_view<W>& v, const Q* x) {
  std::vector<int32_t> found(v.table.size() / static_cast<size_t>(v.n_in()));
  const typename Kernel::template sums<emlearn::direct, tile_view<W>, Q> kernel(v, x);
  for (size_t j = 0; j < found.size(); j += 4) kernel.at(static_cast<int>(j), &found[j]);
  return found;
}

template <class W, class Q> void compare(int n_in, int bits, int weight, int top) {
  std::mt19937 random(static_cast<unsigned>(n_in));
  std::uniform_int_distribution<int> weights(-weight, weight), inputs(0, top);
  tile_view<W> v = {std::vector<W>(static_cast<size_t>(n_in) * 8), n_in, bits};
  for (auto& w : v.table) w = static_cast<W>(weights(random));
  std::vector<Q> x(static_cast<size_t>(n_in) + 1);
  for (auto& q : x) q = static_cast<Q>(inputs(random));
  const Q* const first = x.data() + (emlearn::mlp::loads_unaligned<Q>() ? 1 : 0);
  CHECK(sums<emlearn::mlp::tiled>(v, first) == sums<emlearn::mlp::tiles>(v, first));
  for (auto& w : v.table) w = static_cast<W>(&w - v.table.data() < 4 * n_in ? weight : -weight);
  for (auto& q : x) q = static_cast<Q>(top);
  CHECK(sums<emlearn::mlp::tiled>(v, first) == sums<emlearn::mlp::tiles>(v, first));
}

}  // namespace

TEST_CASE("sums of bytes are those of the portable kernel") {
  for (int n_in = 4; n_in <= 256; n_in += 4) compare<int8_t, uint8_t>(n_in, 24, 127, 255);
  compare<int8_t, uint8_t>(4096, 32, 127, 255);
}

TEST_CASE("sums of halfwords are those of the portable kernel") {
  compare<int16_t, uint16_t>(4, 32, 16383, 32767);
  for (int n_in = 4; n_in <= 256; n_in += 4) compare<int16_t, uint16_t>(n_in, 32, 255, 32767);
}
