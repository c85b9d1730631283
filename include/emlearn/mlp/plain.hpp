// The sums of a dense layer in integers, one output at a time or in tiles: portable, and the oracle of every core's own kernel.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_PLAIN_HPP
#define EMLEARN_MLP_PLAIN_HPP

#include "../flash.hpp"

namespace emlearn { namespace mlp {

namespace detail {

/// What holds the product of a weight and a value: 127 * 255 fits 16 bits.
template <class Q> struct product {
  using type = int32_t;
};
template <> struct product<uint8_t> {
  using type = int;
};

}  // namespace detail

/// One loop for all layers of a network: less flash than a copy for each.
template <class Reader, class W, class Q> EMLEARN_NOINLINE int32_t dot(const W* w, const Q* x, int n) {
  using P = typename detail::product<Q>::type;
  int32_t sum = 0;
  for (const Q* const end = x + n; x != end; ++x) {
    sum += static_cast<P>(Reader::read(w)) * static_cast<P>(*x);
    ++w;
  }
  return sum;
}

/// Weights row by row, [n_out][n_in].
struct plain {
  /// The weight between input i and output j.
  template <class Reader, class W> static constexpr int32_t weight(const W* w, int n_in, int j, int i) {
    return Reader::read(w + static_cast<ptrdiff_t>(j) * n_in + i);
  }

  /// Sums of `width` outputs at a time, without their biases.
  template <class Reader, class V, class Q> class sums {
   public:
    enum { width = 1 };
    sums(const V& v, const Q* x) : v_(v), x_(x) {}
    void at(int j, int32_t* s) const { s[0] = dot<Reader>(v_.weights() + static_cast<ptrdiff_t>(j) * v_.n_in(), x_, v_.n_in()); }

   private:
    const V& v_;
    const Q* x_;
  };
};

/// Weights in tiles of 4 outputs by 4 inputs, [n_out / 4][n_in / 4][4][4]; a core may order a tile in its own way.
struct tiles {
  template <class Reader, class W> static constexpr int32_t weight(const W* w, int n_in, int j, int i) {
    return Reader::read(w + (static_cast<ptrdiff_t>(j / 4) * n_in + i / 4 * 4) * 4 + j % 4 * 4 + i % 4);
  }

  template <class Reader, class V, class Q> class sums {
   public:
    enum { width = 4 };
    sums(const V& v, const Q* x) : v_(v), x_(x) {}
    void at(int j, int32_t* s) const {
      const auto* w = v_.weights() + static_cast<ptrdiff_t>(j) * v_.n_in();
      for (int o = 0; o < 4; ++o) s[o] = 0;
      for (int i = 0; i < v_.n_in(); i += 4)
        for (int o = 0; o < 4; ++o)
          for (int c = 0; c < 4; ++c) s[o] += static_cast<int32_t>(Reader::read(w++)) * static_cast<int32_t>(x_[i + c]);
    }

   private:
    const V& v_;
    const Q* x_;
  };
};

}}  // namespace emlearn::mlp

#endif
