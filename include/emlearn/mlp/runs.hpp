// The sum of a run of sparse.hpp in C: portable, and the oracle of the cores' own.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_RUNS_HPP
#define EMLEARN_MLP_RUNS_HPP

#include "plain.hpp"

namespace emlearn { namespace mlp { namespace detail {

/// An entry of a layer that takes values Q: a place among `reach` inputs, and a weight.
template <class Q> struct entry;
template <> struct entry<uint8_t> {
  static constexpr int32_t reach = 256;
  static constexpr uint8_t place(uint16_t e) { return static_cast<uint8_t>(e & 0xff); }
  static constexpr int8_t weight(uint16_t e) { return static_cast<int8_t>(e >> 8); }
};
template <> struct entry<uint16_t> {
  static constexpr int32_t reach = 65536;
  static constexpr uint16_t place(uint32_t e) { return static_cast<uint16_t>(e & 0xffff); }
  static constexpr int16_t weight(uint32_t e) { return static_cast<int16_t>(e >> 16); }
};

/// The product of an entry.
template <class Q, class E> EMLEARN_INLINE inline int32_t times(E e, const Q* x) {
  using P = typename product<Q>::type;
  return static_cast<P>(entry<Q>::weight(e)) * static_cast<P>(x[entry<Q>::place(e)]);
}

/// The sum over a run. One function for all layers of a network.
template <class Reader, class E, class Q> EMLEARN_NOINLINE int32_t run_in_c(const E* run, const Q* x) {
  int32_t sum = times(Reader::read(run + 1), x);
  for (E pairs = Reader::read(run); pairs != 0; --pairs) {
    run += 2;
    sum += times(Reader::read(run), x);
    sum += times(Reader::read(run + 1), x);
  }
  return sum;
}

}}}  // namespace emlearn::mlp::detail

#endif
