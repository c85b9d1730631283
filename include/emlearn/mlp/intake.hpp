// How raw values become what the first integer layer takes: whole numbers less an offset, or with a range for each feature.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_INTAKE_HPP
#define EMLEARN_MLP_INTAKE_HPP

#include "../detail/cores/mlp.hpp"

namespace emlearn { namespace mlp {

namespace detail {

template <size_t bytes> struct unsigned_of;
template <> struct unsigned_of<1> {
  using type = uint8_t;
};
template <> struct unsigned_of<2> {
  using type = uint16_t;
};
template <> struct unsigned_of<4> {
  using type = uint32_t;
};

/// A raw value less `low`, clamped to 0..top, in its own width: low + top is one of its values, so that what lies below low
/// wraps to more than top.
template <class V, class X> EMLEARN_INLINE inline typename unsigned_of<sizeof(X)>::type whole(const V& v, X x) {
  using U = typename unsigned_of<sizeof(X)>::type;
  const U top = static_cast<U>(v.top());
  U raw = static_cast<U>(x);
  U d = static_cast<U>(raw - static_cast<U>(v.low()));
  if (EMLEARN_UNLIKELY(d > top)) {
    EMLEARN_KEEP_BRANCH(raw);
    d = static_cast<int32_t>(static_cast<X>(raw)) < v.low() ? U{0} : top;
  }
  return d;
}

/// How many raw values the core has taken in by a kernel of its own: all, or none; and whether all of several positions.
template <class V, class X, class Q> constexpr int taken_whole(const V&, const X*, Q*) { return 0; }
template <class V, class X, class Q> constexpr int taken_scaled(const V&, const X*, Q*) { return 0; }
template <class V, class X, class Q> constexpr bool taken_positions(const V&, const X*, int, Q*) { return false; }

}  // namespace detail

/// Raw whole numbers less `low`, clamped to 0..top; elements up to `room` become zero.
template <class V, class X, class Q> inline void take_whole(const V& v, const X* x, Q* out) {
  const X* const end = x + v.n_features();
  if (detail::taken_whole(v, x, out) != 0) {
    out += v.n_features();
  } else if (v.n_features() % 2 == 0) {  // two at a time: counting costs as much as taking
    do {
      out[0] = static_cast<Q>(detail::whole(v, x[0]));
      out[1] = static_cast<Q>(detail::whole(v, x[1]));
      out += 2;
    } while ((x += 2) != end);
  } else {
    do {
      *out++ = static_cast<Q>(detail::whole(v, *x));
    } while (++x != end);
  }
  for (int i = v.n_features(); i < v.room(); ++i) *out++ = 0;
}

namespace detail {

/// How far a raw value of at most 16 bits lies above `low`, 0 where it lies below, times a factor; and that, rounded and cut off, without
/// its last v.shift() bits.
template <size_t int_bytes> struct above {
  template <class X> EMLEARN_INLINE static uint32_t times(X x, X low, uint16_t factor) {
    const int32_t d = static_cast<int32_t>(x) - static_cast<int32_t>(low);
    return static_cast<uint32_t>(saturates() ? cut_off<16>(d) : d & ~(d >> 31)) * factor;
  }
  template <class V> EMLEARN_INLINE static uint32_t steps(const V& v, uint32_t scaled) {
    const uint32_t q = (scaled + ((uint32_t{1} << v.shift()) >> 1)) >> v.shift();
    // A shift leaves no more than 31 bits.
    if (saturates() && v.top() == 255 && v.shift() > 0) return static_cast<uint32_t>(cut_off<8>(static_cast<int32_t>(q)));
    return q > v.top() ? v.top() : q;
  }
};

/// In 16 bits, where a multiplication of 32 is a long call, and a shift of 32 a loop, but for bytes.
template <> struct above<2> {
  template <class X> EMLEARN_INLINE static uint32_t times(X x, X low, uint16_t factor) {
    const uint16_t d = static_cast<uint16_t>(static_cast<uint16_t>(x) - static_cast<uint16_t>(low));
    return x > low ? static_cast<uint32_t>(d) * factor : 0;
  }
  template <class V> EMLEARN_INLINE static uint32_t steps(const V& v, uint32_t scaled) {
    const int left = v.shift() < 8 ? 0 : v.shift() - 8;
    const uint32_t end = (static_cast<uint32_t>(v.top()) + 1) << left;
    if (v.shift() < 8 || end > 0x10000u) return above<4>::steps(v, scaled);
    const uint32_t bytes = (scaled + ((uint32_t{1} << v.shift()) >> 1)) >> 8;
    return bytes >= end ? v.top() : static_cast<uint16_t>(static_cast<uint16_t>(bytes) >> left);
  }
};

}  // namespace detail

/// Raw values of at most 16 bits, each feature with a range of its own: ((x - low) * factor + half) >> shift, clamped.
template <class Reader, class V, class X, class Q> inline void take_scaled(const V& v, const X* x, Q* out) {
  int i = detail::taken_scaled(v, x, out);
  for (; i < v.n_features(); ++i) {
    using above = detail::above<sizeof(int)>;
    out[i] = static_cast<Q>(above::steps(v, above::times(x[i], Reader::read(v.low() + i), Reader::read(v.factor() + i))));
  }
  for (; i < v.room(); ++i) out[i] = 0;
}

/// Any other raw values: the whole part of (x - low) * factor, clamped; NaN is zero. No sum of a product, which a chip may fuse.
template <class Reader, class V, class X, class Q> inline void take_real(const V& v, const X* x, Q* out) {
  int i = 0;
  for (; i < v.n_features(); ++i) {
    const float t = (static_cast<float>(x[i]) - Reader::read(v.low() + i)) * Reader::read(v.factor() + i);
    out[i] = t >= static_cast<float>(v.top()) ? static_cast<Q>(v.top()) : t > 0.0f ? static_cast<Q>(t) : Q{0};
  }
  for (; i < v.room(); ++i) out[i] = 0;
}

}}  // namespace emlearn::mlp

#endif
