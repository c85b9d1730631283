// Four numbers of 32 bits at once: vector code where the compiler has vectors as types, else loops.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_TREES_FOUR_HPP
#define EMLEARN_BINDINGS_TREES_FOUR_HPP

#include <cstdint>
#include <cstring>

namespace emlearn_bindings {

#if defined(__GNUC__)
using four = int32_t __attribute__((vector_size(16)));
#else
struct four {
  int32_t lane[4];
  int32_t& operator[](int i) { return lane[i]; }
  int32_t operator[](int i) const { return lane[i]; }
  four& operator|=(const four& other) {
    for (int i = 0; i != 4; ++i) lane[i] |= other.lane[i];
    return *this;
  }
};
inline four operator&(four a, int32_t b) {
  for (int i = 0; i != 4; ++i) a.lane[i] &= b;
  return a;
}
inline four operator>(four a, int32_t b) {
  for (int i = 0; i != 4; ++i) a.lane[i] = a.lane[i] > b ? -1 : 0;
  return a;
}
#endif

/// All bits where a value is above the bound, else none.
inline four above(const int32_t* values, int32_t bound) {
  four v;
  std::memcpy(&v, values, sizeof v);
  return v > bound;
}

/// The lowest bit that is not set of each, by the exponent of a float; bit 31 is taken for one that is not.
inline void lowest_zero(const four& bits, uint32_t* place) {
  for (int i = 0; i != 4; ++i) {
    const uint32_t set = static_cast<uint32_t>(bits[i]);
    const float power = static_cast<float>(static_cast<int32_t>(~set & (set + 1u)));
    uint32_t as_bits;
    std::memcpy(&as_bits, &power, sizeof as_bits);
    place[i] = ((as_bits >> 23) & 0xffu) - 127u;
  }
}

}  // namespace emlearn_bindings

#endif
