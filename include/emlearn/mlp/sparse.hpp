// Dense layers in integers of which most weights are zero: the others alone, each with its input's number.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_SPARSE_HPP
#define EMLEARN_MLP_SPARSE_HPP

#include "../detail/cores/mlp_sparse.hpp"

namespace emlearn { namespace mlp {

/// A table of runs: for each output one for each block of inputs (256 of bytes, 65,536 of halfwords). A run is the number of its pairs,
/// one entry, and the entries of the pairs; an entry has the input's place in the block below, and the weight on top. What fills up
/// has a weight of zero.
struct sparse {
  /// Sums of one output at a time, without their biases; outputs are asked for once each, in order.
  template <class Reader, class V, class Q> class sums {
   public:
    enum { width = 1 };
    sums(const V& v, const Q* x) : v_(v), x_(x), next_(v.weights()) {}
    void at(int, int32_t* s) const {
      s[0] = 0;
      for (int32_t start = 0; start < v_.n_in(); start += detail::entry<Q>::reach) {
        s[0] += detail::run_sum<Reader>(next_, x_ + start, v_.bits());
        next_ += 2 + 2 * static_cast<ptrdiff_t>(Reader::read(next_));
      }
    }

   private:
    const V& v_;
    const Q* x_;
    mutable decltype(static_cast<const V*>(nullptr)->weights()) next_;
  };
};

namespace detail {

/// What a sum can become over all inputs.
struct extent {
  int64_t low, high;
};

/// Whether a run of `count` entries stays within n inputs; adds to the extent.
template <class Reader, class Q, class E>
EMLEARN_CONSTEXPR bool run_within(const E* entries, size_t count, int n, int32_t top_in, extent* sum) {
  for (size_t k = 0; k < count; ++k) {
    const E e = Reader::read(entries + k);
    if (static_cast<int>(entry<Q>::place(e)) >= n) return false;
    const int64_t product = static_cast<int64_t>(entry<Q>::weight(e)) * top_in;
    (product > 0 ? sum->high : sum->low) += product;
  }
  return true;
}

}  // namespace detail

/// As valid() of dense tables: whether the runs fill the table, stay within the inputs, and no accumulator can overflow.
template <class Q, class Reader, class V>
EMLEARN_CONSTEXPR bool valid_runs(const V& v, int32_t top_in, size_t n_weights, size_t n_bias, size_t n_factor) {
  if (v.n_in() < 1 || v.n_out() < 1) return false;
  if (n_bias < static_cast<size_t>(v.n_out()) || n_factor < static_cast<size_t>(v.n_out())) return false;
  size_t next = 0;
  for (int j = 0; j < v.n_out(); ++j) {
    detail::extent sum = {0, 0};
    for (int32_t start = 0; start < v.n_in(); start += detail::entry<Q>::reach) {
      if (n_weights < next + 2) return false;
      const size_t count = 1 + 2 * static_cast<size_t>(Reader::read(v.weights() + next));
      if (n_weights - next - 1 < count) return false;
      if (!detail::run_within<Reader, Q>(v.weights() + next + 1, count, static_cast<int>(v.n_in() - start), top_in, &sum)) return false;
      next += 1 + count;
    }
    const int64_t bias = Reader::read(v.bias() + j), limit = v.bits() <= 24 ? 0x7fffff : 0x7fffffff;
    if (sum.high > limit || sum.low < -limit || sum.high + bias > 0x7fffffff || sum.low + bias < -0x7fffffff) return false;
  }
  return next == n_weights;
}

}}  // namespace emlearn::mlp

#endif
