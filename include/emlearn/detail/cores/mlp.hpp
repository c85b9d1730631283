// Which kernel sums up tiles of integer weights on this core, and the order of a tile that it wants.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_MLP_HPP
#define EMLEARN_DETAIL_CORES_MLP_HPP

#include "../../mlp/plain.hpp"
#include "vectors.hpp"

/// Bytes to which weights and activations are aligned: kernels load words of them, but for AVR, where an aligned array costs code.
#if defined(__AVR__)
#define EMLEARN_MLP_ALIGN 1
#else
#define EMLEARN_MLP_ALIGN 4
#endif

/// Whether this is a larger processor with vectors of integers, of which all have those of SSE2.
#if defined(__SSE2__) && defined(__GNUC__) && __SIZEOF_POINTER__ == 8 && !EMLEARN_SEPARATE_FLASH
#define EMLEARN_MLP_SSE2 1
#else
#define EMLEARN_MLP_SSE2 0
#endif

// A tile is written [4 outputs][4 inputs]: a0 to a3, b0 to b3, ... The preprocessor brings it into the core's order, so that one header
// serves all chips.
#if defined(__AVR__)

#include "../../mlp/avr.hpp"
#define EMLEARN_MLP_TILE8(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3) \
  a0, b0, c0, d0, a1, b1, c1, d1, a2, b2, c2, d2, a3, b3, c3, d3
#define EMLEARN_MLP_TILE16 EMLEARN_MLP_TILE8
namespace emlearn { namespace mlp {
using tiled = avr;
}}  // namespace emlearn::mlp

#elif EMLEARN_MLP_MVE

#include "../../mlp/mve.hpp"
#include "../../mlp/mve_intake.hpp"
#define EMLEARN_MLP_TILE8(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3)                                           \
  (a0) ^ -128, (a1) ^ -128, (a2) ^ -128, (a3) ^ -128, (b0) ^ -128, (b1) ^ -128, (b2) ^ -128, (b3) ^ -128, (c0) ^ -128, (c1) ^ -128, \
      (c2) ^ -128, (c3) ^ -128, (d0) ^ -128, (d1) ^ -128, (d2) ^ -128, (d3) ^ -128
#define EMLEARN_MLP_TILE16(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3) \
  a0, a1, b0, b1, c0, c1, d0, d1, a2, a3, b2, b3, c2, c3, d2, d3
namespace emlearn { namespace mlp {
using tiled = mve;
namespace detail {
using by_mve::taken_positions;
using by_mve::taken_scaled;
using by_mve::taken_whole;
}  // namespace detail
}}  // namespace emlearn::mlp

#elif defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__ARMEL__)

#if defined(__ARM_FEATURE_UNALIGNED)
#include "../../mlp/dsp_layers.hpp"
#else
#include "../../mlp/dsp.hpp"
#endif
#define EMLEARN_MLP_TILE8(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3)                                \
  a0, (b0) - ((a0) < 0), a2, (b2) - ((a2) < 0), c0, (d0) - ((c0) < 0), c2, (d2) - ((c2) < 0), a1, (b1) - ((a1) < 0), a3, \
      (b3) - ((a3) < 0), c1, (d1) - ((c1) < 0), c3, (d3) - ((c3) < 0)
#define EMLEARN_MLP_TILE16(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3) \
  a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3
namespace emlearn { namespace mlp {
using tiled = dsp;
}}  // namespace emlearn::mlp

#elif __SIZEOF_POINTER__ == 4 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#include "../../mlp/thumb1.hpp"
#if EMLEARN_THUMB1
#include "../../mlp/thumb1_intake.hpp"
#endif
#define EMLEARN_MLP_TILE8(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3)                                           \
  (a0) ^ -128, (b0) ^ -128, (c0) ^ -128, (d0) ^ -128, (a1) ^ -128, (b1) ^ -128, (c1) ^ -128, (d1) ^ -128, (a2) ^ -128, (b2) ^ -128, \
      (c2) ^ -128, (d2) ^ -128, (a3) ^ -128, (b3) ^ -128, (c3) ^ -128, (d3) ^ -128
#define EMLEARN_MLP_TILE16(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3)                                               \
  (a0) ^ -32768, (b0) ^ -32768, (c0) ^ -32768, (d0) ^ -32768, (a1) ^ -32768, (b1) ^ -32768, (c1) ^ -32768, (d1) ^ -32768, (a2) ^ -32768, \
      (b2) ^ -32768, (c2) ^ -32768, (d2) ^ -32768, (a3) ^ -32768, (b3) ^ -32768, (c3) ^ -32768, (d3) ^ -32768
namespace emlearn { namespace mlp {
#if EMLEARN_THUMB1
using tiled = lanes<thumb1>;
namespace detail {
using by_thumb1::taken_positions;
}
#else
using tiled = lanes<words>;
#endif
}}  // namespace emlearn::mlp

#else

#define EMLEARN_MLP_TILE8(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3) \
  a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3
#define EMLEARN_MLP_TILE16 EMLEARN_MLP_TILE8
#if EMLEARN_MLP_SSE2
#include "../../mlp/sse2.hpp"
namespace emlearn { namespace mlp {
using tiled = sse2;
}}  // namespace emlearn::mlp
#else
namespace emlearn { namespace mlp {
using tiled = tiles;
}}  // namespace emlearn::mlp
#endif

#endif

namespace emlearn { namespace mlp {

/// Whether one instruction cuts a number off at 0 and at a power of two less one, and shifts it before: from ARMv7-M on.
#if defined(__ARM_FEATURE_SAT) && defined(__thumb2__)
constexpr bool saturates() { return true; }

/// A number between 0 and 2^bits - 1. Of one that it knows not to be negative gcc makes a comparison, and three instructions.
template <int bits> EMLEARN_INLINE inline int32_t cut_off(int32_t number) {
  int32_t kept;
  __asm__("usat %0, %1, %2" : "=r"(kept) : "I"(bits), "r"(number));
  return kept;
}
#else
constexpr bool saturates() { return false; }

template <int bits> EMLEARN_INLINE inline int32_t cut_off(int32_t number) {
  number &= ~(number >> 31);
  return number < (int32_t{1} << bits) ? number : (int32_t{1} << bits) - 1;
}
#endif

/// Whether the core's kernel takes inputs from any address: AVR has no words, vectors are loaded element by element or from anywhere, and
/// the DSP kernel of bytes loads single words.
#if defined(__AVR__) || EMLEARN_MLP_MVE || EMLEARN_MLP_SSE2
template <class Q> constexpr bool loads_unaligned() { return true; }
#elif defined(__ARM_FEATURE_UNALIGNED) && defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__ARMEL__)
template <class Q> constexpr bool loads_unaligned() { return sizeof(Q) == 1; }
#else
template <class Q> constexpr bool loads_unaligned() { return false; }
#endif

}}  // namespace emlearn::mlp

#endif
