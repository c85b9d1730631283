// Sums of integers as whole numbers of few bits, for a stage behind them that counts in integers.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_LINEAR_DIGITS_HPP
#define EMLEARN_LINEAR_DIGITS_HPP

#include "../linear.hpp"

namespace emlearn { namespace linear {

/// out[j] = sums[j] / 2^shift[j], rounded down, at least 0 and at most top.
template <class Reader, class Sum, class Q> EMLEARN_CONSTEXPR void narrow(const Sum* sums, int n, const uint8_t* shift, Sum top, Q* out) {
  for (int j = 0; j < n; ++j) {
    const Sum q = sums[j] < 0 ? Sum(0) : static_cast<Sum>(sums[j] >> Reader::read(shift + j));
    out[j] = static_cast<Q>(q < top ? q : top);
  }
}

/// Whether every sum can be shifted so far.
EMLEARN_CONSTEXPR bool valid_shifts(const uint8_t* shift, int n, int bits) {
  for (int j = 0; j < n; ++j)
    if (shift[j] >= bits) return false;
  return true;
}

}}  // namespace emlearn::linear

#endif
