// What generated code of trees asks: a feature's bits as integers, and whether a value is missing.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_CODE_HPP
#define EMLEARN_TREES_CODE_HPP

#include <string.h>

#include "../detail/cores/reads.hpp"
#include "decided.hpp"

// A float's bits order as the floats do among those that are not negative, and the other way round among those that are. So
// x > t is, for t >= 0, signed(x) > bits of t; for t < 0 it is word(x) < bits of t, without a sign. No float is compared.
namespace emlearn { namespace trees {

/// A feature, where its offset fits a load instruction.
template <bool Far> struct load {
  template <class X> static X at(const X* x, uint16_t index) { return x[index]; }
};
/// Where it does not, Cortex-M0's compiler adds it to the pointer, although it could stay in a register of its own: unless it cannot
/// know it.
template <> struct load<true> {
  template <class X> static X at(const X* x, uint16_t index) {
    return *reinterpret_cast<const X*>(reinterpret_cast<const char*>(x) + EMLEARN_HIDDEN(static_cast<uint32_t>(index * sizeof(X))));
  }
};
template <uint16_t Index, class X> inline X at(const X* x) {
  return load<(EMLEARN_THUMB1 && Index * sizeof(X) > 31 * sizeof(X))>::at(x, Index);
}

template <uint16_t Index> inline int32_t signed_bits(const float* x) {
  const float value = at<Index>(x);
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}
template <uint16_t Index> inline int64_t signed_bits(const double* x) {
  const double value = at<Index>(x);
  int64_t bits = 0;
  memcpy(&bits, &value, sizeof value);  // a header with double input asserts that both have 64 bits
  return bits;
}
template <uint16_t Index> inline uint32_t word_bits(const float* x) { return static_cast<uint32_t>(signed_bits<Index>(x)); }
template <uint16_t Index> inline uint64_t word_bits(const double* x) { return static_cast<uint64_t>(signed_bits<Index>(x)); }
inline bool unsigned_nan(int32_t bits) { return bits > 0x7f800000; }
inline bool unsigned_nan(int64_t bits) { return bits > 0x7ff0000000000000; }
inline bool signed_nan(uint32_t bits) { return bits > 0xff800000u; }
inline bool signed_nan(uint64_t bits) { return bits > 0xfff0000000000000u; }

/// Whether a value is a NaN without a sign, where it is known to be greater than a threshold. The compiler must not make one range of the
/// two: few rows come here.
template <uint16_t Index, class X> inline bool is_unsigned_nan(const X* x) {
  EMLEARN_KEEP_LOOP();
  return unsigned_nan(signed_bits<Index>(x));
}
/// Whether it is a NaN with a sign, where it is known to be less.
template <uint16_t Index, class X> inline bool is_signed_nan(const X* x) {
  EMLEARN_KEEP_LOOP();
  return signed_nan(word_bits<Index>(x));
}

/// The same where there are more features than registers for them.
namespace again {
template <uint16_t Index, class X> inline bool is_unsigned_nan(const X* x) {
  detail::read_again();
  return unsigned_nan(signed_bits<Index>(x));
}
template <uint16_t Index, class X> inline bool is_signed_nan(const X* x) {
  detail::read_again();
  return signed_nan(word_bits<Index>(x));
}
}  // namespace again

/// The type behind a reference.
template <class T> struct plain {
  using type = T;
};
template <class T> struct plain<T&> {
  using type = T;
};

/// Hands payloads on from one place, where there are many trees.
template <class Sink> struct shared_sink {
  Sink& sink;
  template <class Id> EMLEARN_NOINLINE void operator()(Id payload) const { sink(payload); }
};

}}  // namespace emlearn::trees

#endif
