// Two products with every multiplication, in the 16-bit halves of a word: for 32-bit cores that have no instructions for it.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_LANES_HPP
#define EMLEARN_MLP_LANES_HPP

#include <string.h>

#include "../flash.hpp"

namespace emlearn { namespace mlp {

namespace detail {

/// Sums over the inputs x of the weights' bytes 0 and 2 (halves of `even`), and of bytes 1 and 3 with 2^8 times byte 2 (`odd`).
struct pair {
  uint32_t even, odd;
};

/// Four weights, of the outputs of a tile for one input.
EMLEARN_INLINE inline uint32_t word(const int8_t* w) {
  uint32_t value;
  memcpy(&value, __builtin_assume_aligned(w, 4), 4);
  return value;
}

/// The sum of n bytes, a multiple of 4: Inner adds up 512 at most, which fit the halves of a word.
template <class Inner> EMLEARN_INLINE inline uint32_t total(const uint8_t* x, int n) {
  uint32_t sum = 0;
  for (; n > 512; n -= 512, x += 512) {
    const uint32_t halves = Inner::total(x, x + 512);
    sum += (halves & 0xffffu) + (halves >> 16);
  }
  const uint32_t halves = Inner::total(x, x + n);
  return sum + (halves & 0xffffu) + (halves >> 16);
}

/// Four sums less an offset; no loop, whose counting would be half of the work.
EMLEARN_INLINE inline void take_off(uint32_t offset, uint32_t* s) { s[0] -= offset, s[1] -= offset, s[2] -= offset, s[3] -= offset; }

}  // namespace detail

/// The inner loops in C, two inputs at a time: 9.5 instructions for four products of bytes in halves on RV32IM, 14.5 one by one.
struct words {
  static uint32_t total(const uint8_t* x, const uint8_t* end) {
    uint32_t sum = 0;
    for (; x != end; x += 4) {
      const uint32_t four = detail::word(reinterpret_cast<const int8_t*>(x));
      sum += four & 0x00ff00ffu;
      sum += (four >> 8) & 0x00ff00ffu;
    }
    return sum;
  }

  static void halves(const uint16_t* u, const uint16_t* x, int n, uint32_t* s) { each(u, x, n, s); }
  static void bytes(const uint8_t* u, const uint8_t* x, int n, uint32_t* s) { each(u, x, n, s); }
  static detail::pair both(const int8_t* w, const uint8_t* x, int n) {
    detail::pair sum = {0, 0};
    for (const uint8_t* const end = x + n; x != end; x += 2, w += 8) {
      add(detail::word(w), x[0], sum);
      add(detail::word(w + 4), x[1], sum);
    }
    return sum;
  }

 private:
  EMLEARN_INLINE static void add(uint32_t four, uint32_t q, detail::pair& sum) {
    sum.odd += (four >> 8) * q;
    sum.even += (four & 0x00ff00ffu) * q;
  }

  /// Two inputs at a time: counting costs a fifth of the work.
  template <class U> static void each(const U* u, const U* x, int n, uint32_t* s) {
    uint32_t a = 0, b = 0, c = 0, d = 0;
    for (const U* const end = x + n; x != end; x += 2, u += 8) {
      const uint32_t q = x[0], r = x[1];
      a += u[0] * q;
      b += u[1] * q;
      c += u[2] * q;
      d += u[3] * q;
      a += u[4] * r;
      b += u[5] * r;
      c += u[6] * r;
      d += u[7] * r;
    }
    s[0] = a, s[1] = b, s[2] = c, s[3] = d;
  }
};

/// A tile is [4 inputs][4 outputs]; a weight is stored with its highest bit flipped, so that its byte reads as weight + 128 (int16:
/// as weight + 2^15). All sums are exact modulo 2^32 whatever a half carries into the other, and each true sum of a run fits
/// 16 bits, so that both halves come back exactly once 128 times the sum of the inputs is taken off.
template <class Inner> struct lanes {
  template <class Reader> static constexpr int32_t weight(const int8_t* w, int n_in, int j, int i) {
    return static_cast<int32_t>(static_cast<uint8_t>(Reader::read(at(w, n_in, j, i)))) - 128;
  }
  template <class Reader> static constexpr int32_t weight(const int16_t* w, int n_in, int j, int i) {
    return static_cast<int32_t>(static_cast<uint16_t>(Reader::read(at(w, n_in, j, i)))) - 32768;
  }

  template <class Reader, class V, class Q> class sums;

  /// int8: runs of inputs in 16-bit halves; where not even four inputs fit (run() is 0), one product at a time.
  template <class Reader, class V> class sums<Reader, V, uint8_t> {
   public:
    enum { width = 4 };
    sums(const V& v, const uint8_t* x) : v_(v), x_(x) {
      const int run = length();
      int part = 0;
      for (int i = 0; i < v.n_in(); ++part) {
        const int n = i + run < v.n_in() ? run : v.n_in() - i;
        offset_[part] = detail::total<Inner>(x + i, n) * 128u;
        i += n;
      }
    }

    void at(int j, int32_t* s) const {
      const int8_t* w = v_.weights() + static_cast<ptrdiff_t>(j) * v_.n_in();
      if (v_.run() == 0) {
        single(w, s);
        return;
      }
      part(w, x_, v_.run() < v_.n_in() ? v_.run() : v_.n_in(), offset_[0], s);
      for (int k = 1, i = v_.run(); i < v_.n_in(); ++k, i += v_.run()) {
        int32_t more[4];
        part(w + 4 * static_cast<ptrdiff_t>(i), x_ + i, v_.n_in() - i < v_.run() ? v_.n_in() - i : v_.run(), offset_[k], more);
        for (int o = 0; o < 4; ++o) s[o] += more[o];
      }
    }

   private:
    int length() const { return v_.run() == 0 ? v_.n_in() : v_.run(); }

    /// The sums over a run of n inputs.
    static void part(const int8_t* w, const uint8_t* x, int n, uint32_t offset, int32_t* s) {
      detail::pair sum = Inner::both(w, x, n);
      sum.even -= offset * 0x10001u;
      s[0] = static_cast<int16_t>(sum.even);
      s[2] = static_cast<int32_t>(sum.even - static_cast<uint32_t>(s[0])) >> 16;
      sum.odd -= offset * 0x10101u + (static_cast<uint32_t>(s[2]) << 8);
      s[1] = static_cast<int16_t>(sum.odd);
      s[3] = static_cast<int32_t>(sum.odd - static_cast<uint32_t>(s[1])) >> 16;
    }

    void single(const int8_t* w, int32_t* s) const {
      uint32_t* const u = reinterpret_cast<uint32_t*>(s);
      Inner::bytes(reinterpret_cast<const uint8_t*>(w), x_, v_.n_in(), u);
      detail::take_off(offset_[0], u);
    }

    const V& v_;
    const uint8_t* x_;
    uint32_t offset_[V::n_runs()];  // 128 times the sum of each run's inputs
  };

  /// int16: unsigned halfwords, of which Thumb-1 takes words apart.
  template <class Reader, class V> class sums<Reader, V, uint16_t> {
   public:
    enum { width = 4 };
    sums(const V& v, const uint16_t* x) : v_(v), x_(x), offset_(0) {
      for (int i = 0; i < v.n_in(); ++i) offset_ += x[i];
      offset_ <<= 15;
    }

    void at(int j, int32_t* s) const {
      uint32_t* const u = reinterpret_cast<uint32_t*>(s);
      Inner::halves(reinterpret_cast<const uint16_t*>(v_.weights() + static_cast<ptrdiff_t>(j) * v_.n_in()), x_, v_.n_in(), u);
      detail::take_off(offset_, u);
    }

   private:
    const V& v_;
    const uint16_t* x_;
    uint32_t offset_;  // 2^15 times the sum of the inputs
  };

 private:
  template <class W> static constexpr const W* at(const W* w, int n_in, int j, int i) {
    return w + static_cast<ptrdiff_t>(j / 4) * 4 * n_in + i * 4 + j % 4;
  }
};

}}  // namespace emlearn::mlp

#endif
