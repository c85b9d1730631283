// Networks of TensorFlow Lite in int8, with the same answers: bytes are its values + 128, so that zero points are no sign's business.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TFLITE_LAYERS_HPP
#define EMLEARN_TFLITE_LAYERS_HPP

#include "../networks/integer.hpp"

namespace emlearn { namespace tflite {

namespace detail {

/// The words of a product of 64 bits.
struct long_product {
  int32_t upper;
  uint32_t lower;
};

/// Of products of 16 bits, where the core has none that is longer than 32.
EMLEARN_INLINE inline long_product by_halves(int32_t a, int32_t b) {
  const uint32_t al = static_cast<uint32_t>(a) & 0xffffu, bl = static_cast<uint32_t>(b) & 0xffffu, low = al * bl;
  const int32_t ah = a >> 16, bh = b >> 16;
  const int32_t first = ah * static_cast<int32_t>(bl) + static_cast<int32_t>(low >> 16);
  const int32_t second = static_cast<int32_t>(al) * bh + static_cast<int32_t>(static_cast<uint32_t>(first) & 0xffffu);
  return {ah * bh + (first >> 16) + (second >> 16), (static_cast<uint32_t>(second) << 16) | (low & 0xffffu)};
}

/// As high() and upper(), functions by themselves: they are long.
EMLEARN_NOINLINE inline int32_t high_by_halves(int32_t a, int32_t b) {
  const long_product p = by_halves(a, b);
  const uint32_t lower = p.lower + (uint32_t{1} << 30), upper = static_cast<uint32_t>(p.upper) + (lower < p.lower ? 1u : 0u);
  return static_cast<int32_t>((upper << 1) | (lower >> 31));
}
EMLEARN_NOINLINE inline int32_t upper_by_halves(int32_t a, int32_t b) { return by_halves(a, b).upper; }

/// a * b / 2^31, rounded to the nearest, halves up.
EMLEARN_INLINE inline int32_t high(int32_t a, int32_t b) {
  if (EMLEARN_THUMB1) return high_by_halves(a, b);
  // Shifts by whole words: chips of 8 bits shift 64 bits one by one.
  const uint64_t p = static_cast<uint64_t>(static_cast<int64_t>(a) * b) + (uint32_t{1} << 30);
  return static_cast<int32_t>((static_cast<uint32_t>(p >> 32) << 1) | (static_cast<uint32_t>(p) >> 31));
}

/// a * b / 2^32, rounded down.
EMLEARN_INLINE inline int32_t upper(int32_t a, int32_t b) {
  return EMLEARN_THUMB1 ? upper_by_halves(a, b) : static_cast<int32_t>((static_cast<int64_t>(a) * b) >> 32);
}

/// x / 2^n, rounded to the nearest, halves away from zero.
EMLEARN_INLINE inline int32_t halved(int32_t x, int n) {
  const uint32_t mask = (uint32_t{1} << n) - 1, rest = static_cast<uint32_t>(x) & mask;
  return (x >> n) + (rest > (mask >> 1) + (x < 0 ? 1u : 0u) ? 1 : 0);
}

/// x * 2^n, as large as 32 bits hold.
EMLEARN_INLINE inline int32_t doubled(int32_t x, int n) {
  const int32_t most = 0x7fffffff >> n;
  return x > most ? 0x7fffffff : x < -most - 1 ? -0x7fffffff - 1 : static_cast<int32_t>(static_cast<uint32_t>(x) << n);
}

}  // namespace detail

/// sum * multiplier / 2^31 * 2^power, rounded twice, as convolutions do.
struct twice {
  static int32_t of(int32_t sum, int32_t multiplier, int power) {
    if (power > 0) return detail::high(static_cast<int32_t>(static_cast<uint32_t>(sum) << power), multiplier);
    return detail::halved(detail::high(sum, multiplier), -power);
  }
};

/// The same, rounded once, as dense layers do: to the nearest, halves up.
struct once {
  static int32_t of(int32_t sum, int32_t multiplier, int power) {
    const int n = 31 - power;
    if (n > 32) return (detail::upper(sum, multiplier) + (int32_t{1} << (n - 33))) >> (n - 32);  // the lower word cannot decide
    const int64_t p = static_cast<int64_t>(sum) * multiplier + (int64_t{1} << (n - 1));
    return static_cast<int32_t>(p >> n);
  }
};

/// One way to rescale for all outputs, V::fixed(), a multiplier, and V::power(): stands where other layers have a table.
template <class Rounded> struct uniform {
  constexpr uniform operator+(int) const { return *this; }
  uniform& operator+=(int) { return *this; }
};

/// A way to rescale for each output.
template <class Rounded> struct each {
  const int32_t* multiplier;
  const int8_t* power;
  constexpr each operator+(int n) const { return {multiplier + n, power + n}; }
  each& operator+=(int n) {
    multiplier += n, power += n;
    return *this;
  }
};

template <class Reader, class V, class Rounded> EMLEARN_INLINE inline int32_t scaled(const V& v, int32_t sum, const uniform<Rounded>&) {
  return Rounded::of(sum, v.fixed(), v.power());
}
template <class Reader, class V, class Rounded> EMLEARN_INLINE inline int32_t scaled(const V&, int32_t sum, const each<Rounded>& f) {
  return Rounded::of(sum, Reader::read(f.multiplier), Reader::read(f.power));
}

/// What a layer does with a rescaled sum: the answer's zero joins it, and it is kept between v.least() and v.top().
struct between {
  template <class Reader, class V> int32_t of(const V& v, int32_t y) const {
    y += v.zero();
    return y < v.least() ? v.least() : y > v.top() ? v.top() : y;
  }
};

/// Features to bytes: x / scale, rounded to the nearest, halves away from zero, above v.zero(); NaN is 0.
template <class V, class X, class Q> inline void take_real(const V& v, const X* x, Q* out) {
  for (int i = 0; i < v.n_features(); ++i) {
    const float t = static_cast<float>(x[i]) / v.scale();
    int32_t q = t >= 256.0f ? 256 : t > -256.0f ? static_cast<int32_t>(t) : -256;
    if (q > -256 && q < 256) {  // the fraction is exact
      const float rest = t - static_cast<float>(q);
      q += rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0;
    }
    q += v.zero();
    out[i] = static_cast<Q>(q < 0 ? 0 : q > 255 ? 255 : q);
  }
}

namespace detail {

struct average {
  int32_t operator()(int, uint32_t sum, int32_t n) const {
    const int32_t q = static_cast<int32_t>(sum) - 128 * n;  // halves away from the zero of int8
    return (q > 0 ? q + n / 2 : q - n / 2) / n + 128;
  }
};

template <class Reader, class V> struct rescaled_total {
  const V& v;
  int32_t operator()(int, uint32_t sum, int32_t n) const {
    return between().of<Reader>(v, tflite::scaled<Reader>(v, static_cast<int32_t>(sum) - n * v.pad(), v.factor()));
  }
};

}  // namespace detail

/// AVERAGE_POOL_2D: the mean of each channel under the window, without padding.
template <class V, class Q> inline void average(const V& v, const Q* x, Q* out) {
  networks::integer::detail::each_pool<networks::integer::detail::add_up<Q>>(v, x, detail::average(), out);
}

/// MEAN: the sum of each channel, rescaled.
template <class Reader, class V, class Q> inline void total(const V& v, const Q* x, Q* out) {
  const detail::rescaled_total<Reader, V> f = {v};
  networks::integer::detail::each_pool<networks::integer::detail::add_up<Q>>(v, x, f, out);
}

/// A function of single values: n reads of its table.
template <class Reader, class Q> inline void look_up(const uint8_t* table, const Q* x, int n, Q* out) {
  for (int i = 0; i < n; ++i) out[i] = Reader::read(table + x[i]);
}

/// The index of the largest of n bytes, the lowest where several are.
template <class Q> inline int best(const Q* x, int n) {
  int found = 0;
  for (int i = 1; i < n; ++i)
    if (x[i] > x[found]) found = i;
  return found;
}

namespace detail {

/// 1 / (1 + a / 2^31), in 2^-31, for 0 <= a: three of Newton's steps, in numbers of 2^-29.
inline int32_t reciprocal(int32_t a) {
  const int32_t half = static_cast<int32_t>((static_cast<uint32_t>(a) + 0x80000000u) >> 1);
  int32_t x = 1515870810 + high(half, -1010580540);
  for (int k = 0; k < 3; ++k) x += doubled(high(x, 0x20000000 - high(half, x)), 2);
  return doubled(x, 1);
}

}  // namespace detail

/// SOFTMAX of n bytes, in 256ths: v.powers()[d] is the exponential for a value d below the largest, in 2^-31, 0 from v.n_powers() on.
template <class Reader, class V, class Q> inline void softmax(const V& v, const Q* x, int n, uint8_t* out) {
  const int32_t largest = x[best(x, n)];
  int32_t sum = 0;
  for (int i = 0; i < n; ++i) {
    const int32_t d = largest - x[i];
    if (d < v.n_powers()) sum += detail::halved(Reader::read(v.powers() + d), 12);
  }
  int headroom = 0;
  uint32_t above = static_cast<uint32_t>(sum);
  for (; above < 0x80000000u; above <<= 1) ++headroom;
  const int32_t share = detail::reciprocal(static_cast<int32_t>(above - 0x80000000u));
  for (int i = 0; i < n; ++i) {
    const int32_t d = largest - x[i];
    const int32_t y = d < v.n_powers() ? detail::halved(detail::high(share, Reader::read(v.powers() + d)), 35 - headroom) : 0;
    out[i] = static_cast<uint8_t>(y > 255 ? 255 : y);
  }
}

/// n bytes as numbers: their distance from v.zero() in units of v.unit().
template <class V, class Q> inline void values(const V& v, const Q* x, int n, float* out) {
  for (int i = 0; i < n; ++i) out[i] = static_cast<float>(static_cast<int32_t>(x[i]) - v.zero()) * v.unit();
}

/// Per label 1 where its byte is more than a half, else 0.
template <class Q> inline void positive(const Q* x, int n, int32_t* out) {
  for (int i = 0; i < n; ++i) out[i] = x[i] > 128 ? 1 : 0;
}

/// n bytes in 256ths.
template <class Q> inline void shares(const Q* x, int n, float* out) {
  for (int i = 0; i < n; ++i) out[i] = static_cast<float>(x[i]) * (1.0f / 256);
}

}}  // namespace emlearn::tflite

#endif
