// Sums of squares of Gaussian classes for rows side by side.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_GAUSSIAN_LANES_HPP
#define EMLEARN_BINDINGS_GAUSSIAN_LANES_HPP

#include "../lanes.hpp"

namespace emlearn_bindings {

/// Four lanes of sums of ((x + shift) * scale)^2, each in the order of the features.
template <class T> struct square_sums {
  using vector = EMLEARN_VECTOR(T);
  static constexpr std::size_t lane = sizeof(vector) / sizeof(T), rows = 4 * lane;
  vector a, b, c, d;

  square_sums() : a(), b(), c(), d() {}
  void add(const T* x, T shift, T scale) {
    const vector s = for_all<vector>(shift), f = for_all<vector>(scale);
    const vector p = (lane_at<vector>(x) + s) * f, q = (lane_at<vector>(x + lane) + s) * f;
    const vector u = (lane_at<vector>(x + 2 * lane) + s) * f, v = (lane_at<vector>(x + 3 * lane) + s) * f;
    a += p * p;
    b += q * q;
    c += u * u;
    d += v * v;
  }
  void store(T* out) const {
    std::memcpy(out, &a, sizeof a);
    std::memcpy(out + lane, &b, sizeof b);
    std::memcpy(out + 2 * lane, &c, sizeof c);
    std::memcpy(out + 3 * lane, &d, sizeof d);
  }
};

}  // namespace emlearn_bindings

#endif
