// Multilayer perceptrons in integers: layers, and what is read from the last one.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_INTEGER_HPP
#define EMLEARN_MLP_INTEGER_HPP

#include "intake.hpp"

namespace emlearn { namespace mlp {

namespace detail {

/// sum * factor / 2^shift, rounded down; in 64 bits only where 32 can overflow, and then no more than 32 bits hold.
template <class V> EMLEARN_INLINE inline int32_t rescaled(const V& v, int32_t sum, uint16_t factor) {
  if (v.wide()) {
    const int64_t y = (static_cast<int64_t>(sum) * factor) >> v.shift();
    return y > 0x7fffffff ? 0x7fffffff : y < -0x7fffffff ? -0x7fffffff : static_cast<int32_t>(y);
  }
  // Sums of 16 bits, where a multiplication of 32 is a call.
  const int shift = v.wide() ? 0 : v.shift();
  if (sizeof(int) == 2 && v.total() == 16) return (static_cast<int32_t>(static_cast<int16_t>(sum)) * factor) >> shift;
  return (sum * static_cast<int32_t>(factor)) >> shift;
}

/// The sum in the answer's unit; other ways to rescale have a type of their own in the place of the pointer, and an overload beside it.
template <class Reader, class V> EMLEARN_INLINE inline int32_t scaled(const V& v, int32_t sum, const uint16_t* factor) {
  return rescaled(v, sum, Reader::read(factor));
}

}  // namespace detail

/// What a hidden layer without a curve does with a rescaled sum.
struct clamp {
  template <class Reader, class V> int32_t of(const V& v, int32_t y) const {
    y = saturates() ? (y < 0 ? 0 : y) : y & ~(y >> 31);
    return y > v.top() ? v.top() : y;
  }
};

/// mid + tanh by straight lines between the nodes of a table, rounded half away from zero.
template <class Curve> struct bent {
  Curve c;
  template <class Reader, class V> int32_t of(const V&, int32_t t) const {
    const int32_t largest = c.largest() - 1, inside = t < -largest ? -largest : t > largest ? largest : t;
    const int32_t u = inside < 0 ? -inside : inside;
    const uint16_t* const node = c.nodes() + (u >> c.bits());
    const int32_t low = Reader::read(node), high = Reader::read(node + 1);
    int32_t value = low + (((high - low) * (u & ((int32_t{1} << c.bits()) - 1))) >> c.bits());
    value = (value + ((int32_t{1} << c.spare()) >> 1)) >> c.spare();
    return t < 0 ? c.mid() - value : c.mid() + value;
  }
};

namespace detail {

/// The answer of output k.
template <class Reader, class Step, class V, class B, class F, class Q>
EMLEARN_INLINE inline void answer(const V& v, const Step& step, int k, int32_t sum, const B* bias, const F& factor, Q* out) {
  const int32_t y = scaled<Reader>(v, sum + Reader::read(bias + k), factor + k);
  out[k] = static_cast<Q>(step.template of<Reader>(v, y));
}

}  // namespace detail

/// Whether the core has a kernel for all of a hidden layer, sums and answers, which then has done it.
template <class Kernel, class Step, class V, class Q> inline bool whole_layer(const Kernel&, const Step&, const V&, const Q*, Q*) {
  return false;
}

/// A hidden layer: every answer is `step` of the rescaled sum.
template <class Reader, class Kernel, class Step, class V, class Q> inline void hidden(const V& v, const Step& step, const Q* x, Q* out) {
  if (whole_layer(Kernel(), step, v, x, out)) return;
  using sums = typename Kernel::template sums<Reader, V, Q>;
  const sums kernel(v, x);
  auto bias = v.bias();
  auto factor = v.factor();
  for (int j = 0; j < v.n_out(); j += sums::width) {
    int32_t s[sums::width];
    kernel.at(j, s);
    detail::answer<Reader>(v, step, 0, s[0], bias, factor, out);
    if (sums::width == 4) {  // no loop: its counting costs a third of the work
      detail::answer<Reader>(v, step, 1, s[1 % sums::width], bias, factor, out);
      detail::answer<Reader>(v, step, 2, s[2 % sums::width], bias, factor, out);
      detail::answer<Reader>(v, step, 3, s[3 % sums::width], bias, factor, out);
    }
    bias += sums::width, factor += sums::width, out += sums::width;
  }
}

namespace detail {

/// Calls f(j, sum) for each of the last layer's first n outputs.
template <class Reader, class Kernel, class V, class Q, class F> EMLEARN_INLINE inline void each_sum(const V& v, const Q* x, int n, F& f) {
  using sums = typename Kernel::template sums<Reader, V, Q>;
  const sums kernel(v, x);
  for (int j = 0; j < n; j += sums::width) {
    int32_t s[sums::width];
    kernel.at(j, s);
    for (int k = 0; k < sums::width && j + k < n; ++k) f(j + k, s[k] + Reader::read(v.bias() + j + k));
  }
}

/// A classifier's sum in the unit that all outputs share.
template <class Reader, class V> struct score {
  const V& v;
  int32_t operator()(int j, int32_t sum) const { return rescaled(v, sum, Reader::read(v.factor() + j)); }
};

template <class Reader, class V, class T> struct store_scores {
  const V& v;
  T* out;
  void operator()(int j, int32_t sum) const { out[j] = score<Reader, V>{v}(j, sum); }
};

template <class Reader, class V> struct store_labels {
  const V& v;
  int32_t* out;
  void operator()(int j, int32_t sum) const { out[j] = score<Reader, V>{v}(j, sum) > 0 ? 1 : 0; }
};

template <class Reader, class V> struct store_values {
  const V& v;
  float* out;
  void operator()(int j, int32_t sum) const { out[j] = static_cast<float>(sum) * Reader::read(v.unit() + j); }
};

}  // namespace detail

/// Whether the core has a kernel for a classifier's last layer, which then has found its class.
template <class Kernel, class V, class Q> inline bool whole_best(const Kernel&, const V&, const Q*, int, int*) { return false; }

/// The sums that the class of a row is found by.
template <class Kernel, class Reader, class V, class Q> struct sums_of_best : Kernel::template sums<Reader, V, Q> {
  using Kernel::template sums<Reader, V, Q>::sums;
};

/// The class of the largest score, the lowest where several are.
template <class Reader, class Kernel, class V, class Q> inline int best(const V& v, const Q* x, int n) {
  int found = 0;
  if (whole_best(Kernel(), v, x, n, &found)) return found;
  using sums = sums_of_best<Kernel, Reader, V, Q>;
  const sums kernel(v, x);
  auto bias = v.bias();
  const uint16_t* factor = v.factor();
  int32_t largest = -0x7fffffff - 1;
  for (int j = 0; j < n; j += sums::width) {
    int32_t s[sums::width];
    kernel.at(j, s);
    const int32_t* sum = s;
    for (int k = j; k < n && k < j + sums::width; ++k) {
      const int32_t z = detail::rescaled(v, *sum++ + Reader::read(bias++), Reader::read(factor++));
      if (z <= largest) continue;
      largest = z;
      found = k;
    }
  }
  return found;
}

/// Per label 1 where its score is positive, else 0.
template <class Reader, class Kernel, class V, class Q> inline void positive(const V& v, const Q* x, int n, int32_t* out) {
  detail::store_labels<Reader, V> store = {v, out};
  detail::each_sum<Reader, Kernel>(v, x, n, store);
}

/// The scores of a classifier.
template <class Reader, class Kernel, class V, class Q> inline void scores(const V& v, const Q* x, int n, int32_t* z) {
  detail::store_scores<Reader, V, int32_t> store = {v, z};
  detail::each_sum<Reader, Kernel>(v, x, n, store);
}

/// The answers of a regressor: one rounding of the sum to float, one of the product with its unit.
template <class Reader, class Kernel, class V, class Q> inline void values(const V& v, const Q* x, int n, float* out) {
  detail::store_values<Reader, V> store = {v, out};
  detail::each_sum<Reader, Kernel>(v, x, n, store);
}

namespace detail {

template <class Kernel, class Reader, class V> EMLEARN_CONSTEXPR bool within(const V& v, int j, int32_t top_in) {
  int64_t high = 0, low = 0, run_high = 0, run_low = 0;
  for (int i = 0; i < v.n_in(); ++i) {
    if (v.run() != 0 && i % v.run() == 0) run_high = run_low = 0;
    const int64_t product = static_cast<int64_t>(Kernel::template weight<Reader>(v.weights(), v.n_in(), j, i)) * top_in;
    (product > 0 ? high : low) += product;
    (product > 0 ? run_high : run_low) += product;
    if (v.run() != 0 && (run_high > 32767 || run_low < -32767)) return false;
  }
  const int64_t bias = Reader::read(v.bias() + j), limit = v.bits() == 24 ? 0x7fffff : 0x7fffffff;
  return high <= limit && low >= -limit && high + bias <= 0x7fffffff && low + bias >= -0x7fffffff;
}

}  // namespace detail

/// Whether a layer's tables have the lengths that its kernel reads, and no accumulator can overflow for inputs of 0..top_in.
template <class Kernel, class Reader, class V>
EMLEARN_CONSTEXPR bool valid(const V& v, int32_t top_in, size_t n_weights, size_t n_bias, size_t n_factor) {
  if (v.n_in() < 1 || v.n_out() < 1) return false;
  if (n_weights != static_cast<size_t>(v.n_in()) * static_cast<size_t>(v.n_out())) return false;
  if (n_bias != static_cast<size_t>(v.n_out()) || n_factor != static_cast<size_t>(v.n_out())) return false;
  for (int j = 0; j < v.n_out(); ++j)
    if (!detail::within<Kernel, Reader>(v, j, top_in)) return false;
  return true;
}

}}  // namespace emlearn::mlp

#endif
