// Kernels as whole numbers of 16 or 32 bits, and what their products take.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SVM_NUMBERS_HPP
#define EMLEARN_SVM_NUMBERS_HPP

#include "../config.hpp"

namespace emlearn { namespace svm {

namespace detail {

/// The type that sums and products of a Number take.
template <class Number> struct wide_of;
template <> struct wide_of<int16_t> {
  typedef int32_t type;
};
template <> struct wide_of<int32_t> {
  typedef int64_t type;
};

}  // namespace detail

/// Kernels in a Number of 2^15 or 2^31 steps, and their products with coefficients of its type.
template <class Number> struct in_numbers {
  typedef Number value;
  typedef typename detail::wide_of<Number>::type wide;
  static wide product(Number coefficient, Number value) { return static_cast<wide>(coefficient) * value; }
  /// How many numbers a vector takes.
  template <class V> static constexpr int stride(const V& v) { return v.n_features(); }
};

}}  // namespace emlearn::svm

#endif
