// Payloads of leaves that were found before, on numpy arrays: what aggregators walk.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_TREES_PAYLOADS_HPP
#define EMLEARN_BINDINGS_TREES_PAYLOADS_HPP

#include <emlearn/trees.hpp>

#include <vector>

#include "../arrays.hpp"

namespace emlearn_bindings {

namespace trees = emlearn::trees;

/// A walk whose payloads are known: what aggregators take in place of one over nodes.
struct known_payloads {
  using id_type = uint32_t;
  const uint32_t* payload;
  uint16_t count;

  /// Calls f(walk, i) for each row of payloads of shape (n_samples, n_trees).
  template <class F> static void each_row(const array<uint32_t>& payloads, F f) {
    if (payloads.ndim() != 2 || payloads.shape(1) > 65535)
      throw std::invalid_argument("payloads must be a matrix of at most 65535 columns");
    const uint32_t* own = payloads.data();
    const uint16_t count = static_cast<uint16_t>(payloads.shape(1));
    for (py::ssize_t i = 0; i != payloads.shape(0); ++i, own += count) f(known_payloads{own, count}, i);
  }

  uint16_t n_trees() const { return count; }
  template <class Sink> void each(Sink&& sink) const {
    for (uint16_t t = 0; t != count; ++t) {
      sink(payload[t]);
      if (trees::decided(sink, static_cast<uint16_t>(count - 1 - t))) return;
      t = static_cast<uint16_t>(t + trees::passed_over(sink));
    }
  }
};

/// A new matrix with as many rows as payloads, filled by f(walk, row).
template <class T, class F> py::array_t<T> each_row(const array<uint32_t>& payloads, size_t width, F f) {
  auto out = matrix<T>(static_cast<size_t>(payloads.shape(0)), width);
  T* const first = out.mutable_data();
  known_payloads::each_row(payloads, [&](const known_payloads& walk, py::ssize_t i) { f(walk, first + static_cast<size_t>(i) * width); });
  return out;
}

}  // namespace emlearn_bindings

#endif
