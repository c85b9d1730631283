// Dense layers in integers with the DSP instructions of ARMv7E-M and ARMv8-M: 17 instructions for 16 products of bytes.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_DSP_HPP
#define EMLEARN_MLP_DSP_HPP

#include "../flash.hpp"

namespace emlearn { namespace mlp {

namespace detail {

/// The sums of a tile's four outputs over the inputs from r1 to r2, a multiple of 4, weights from r0 on, into r4 to r7; an odd number of
/// fours enters in the middle. r3 and r8 to lr are lost.
/// A halfword is A + 256 B for outputs A and B: one multiplication gives sum(A) + 256 sum(B), a second one, of the sign-extended
/// low bytes, sum(A), which is half the unpacking of the usual way.
#define EMLEARN_DSP_BYTES          \
  "movs r4, #0\n"                  \
  "movs r5, #0\n"                  \
  "movs r6, #0\n"                  \
  "movs r7, #0\n"                  \
  "subs r3, r2, r1\n"              \
  "lsls r3, r3, #29\n"             \
  "bmi 2f\n"                       \
  ".irp k, 1, 2\n"                 \
  "\\k:\n"                         \
  "ldr r9, [r1], #4\n"             \
  "ldm r0!, {r10, r11, r12, lr}\n" \
  "uxtb16 r8, r9\n"                \
  "uxtb16 r9, r9, ror #8\n"        \
  "sxtb16 r3, r10\n"               \
  "smlad r5, r10, r8, r5\n"        \
  "smlad r4, r3, r8, r4\n"         \
  "sxtb16 r3, r11\n"               \
  "smlad r7, r11, r8, r7\n"        \
  "smlad r6, r3, r8, r6\n"         \
  "sxtb16 r3, r12\n"               \
  "smlad r5, r12, r9, r5\n"        \
  "smlad r4, r3, r9, r4\n"         \
  "sxtb16 r3, lr\n"                \
  "smlad r7, lr, r9, r7\n"         \
  "smlad r6, r3, r9, r6\n"         \
  ".endr\n"                        \
  "cmp r1, r2\n"                   \
  "bne 1b\n"                       \
  "subs r5, r5, r4\n"              \
  "asrs r5, r5, #8\n"              \
  "subs r7, r7, r6\n"              \
  "asrs r7, r7, #8\n"

/// (weights, inputs, their end, sums).
EMLEARN_ASSEMBLY inline void dsp_bytes(const int8_t*, const uint8_t*, const uint8_t*, int32_t*) {
  __asm__(
      ".syntax unified\n"
      "push {r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n" EMLEARN_DSP_BYTES
      "pop {r3}\n"
      "stm r3, {r4, r5, r6, r7}\n"
      "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}

/// The same for halfwords, [4 outputs][4 inputs] to a tile: 15 instructions for 16 products.
EMLEARN_ASSEMBLY inline void dsp_halves(const int16_t*, const uint16_t*, const uint16_t*, int32_t*) {
  __asm__(
      ".syntax unified\n"
      "push {r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
      "movs r4, #0\n"
      "movs r5, #0\n"
      "movs r6, #0\n"
      "movs r7, #0\n"
      "1:\n"
      "ldrd r8, r9, [r1], #8\n"
      "ldm r0!, {r10, r11, r12, lr}\n"
      "smlad r4, r10, r8, r4\n"
      "smlad r4, r11, r9, r4\n"
      "smlad r5, r12, r8, r5\n"
      "smlad r5, lr, r9, r5\n"
      "ldm r0!, {r10, r11, r12, lr}\n"
      "smlad r6, r10, r8, r6\n"
      "smlad r6, r11, r9, r6\n"
      "smlad r7, r12, r8, r7\n"
      "smlad r7, lr, r9, r7\n"
      "cmp r1, r2\n"
      "bne 1b\n"
      "pop {r3}\n"
      "stm r3, {r4, r5, r6, r7}\n"
      "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}

inline void dsp_sums(const int8_t* w, const uint8_t* x, int n, int32_t* s) { dsp_bytes(w, x, x + n, s); }
inline void dsp_sums(const int16_t* w, const uint16_t* x, int n, int32_t* s) { dsp_halves(w, x, x + n, s); }

}  // namespace detail

/// A tile of bytes for outputs A to D, inputs 0 to 3: A0 B0 A2 B2, C0 D0 C2 D2, A1 B1 A3 B3, C1 D1 C3 D3, with B and D less one
/// where A and C are negative: then a halfword is A + 256 B. A tile of halfwords is [4 outputs][4 inputs].
/// The converter's proof that sums stay within 24 bits keeps sum(A) + 256 sum(B) within 32; where it fails, tiles are summed up in C.
struct dsp {
  template <class Reader> static constexpr int32_t weight(const int8_t* w, int n_in, int j, int i) {
    return Reader::read(at(w, n_in, j, i)) + (j % 2 != 0 && Reader::read(at(w, n_in, j - 1, i)) < 0 ? 1 : 0);
  }
  template <class Reader> static constexpr int32_t weight(const int16_t* w, int n_in, int j, int i) {
    return Reader::read(w + (static_cast<ptrdiff_t>(j / 4) * n_in + i / 4 * 4) * 4 + j % 4 * 4 + i % 4);
  }

  template <class Reader, class V, class Q> class sums {
   public:
    enum { width = 4 };
    sums(const V& v, const Q* x) : v_(v), x_(x) {}
    void at(int j, int32_t* s) const {
      if (sizeof(Q) == 2 || v_.bits() <= 24) {
        detail::dsp_sums(v_.weights() + static_cast<ptrdiff_t>(j) * v_.n_in(), x_, v_.n_in(), s);
        return;
      }
      for (int o = 0; o < 4; ++o) {
        s[o] = 0;
        for (int i = 0; i < v_.n_in(); ++i) s[o] += weight<Reader>(v_.weights(), v_.n_in(), j + o, i) * static_cast<int32_t>(x_[i]);
      }
    }

   private:
    const V& v_;
    const Q* x_;
  };

 private:
  static constexpr const int8_t* at(const int8_t* w, int n_in, int j, int i) {
    return w + (static_cast<ptrdiff_t>(j / 4) * n_in + i / 4 * 4) * 4 + i % 2 * 8 + j % 4 / 2 * 4 + i % 4 / 2 * 2 + j % 2;
  }
};

}}  // namespace emlearn::mlp

#endif
