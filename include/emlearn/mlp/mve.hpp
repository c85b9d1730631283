// Dense layers in integers with the vectors of ARMv8.1-M (Helium): 10 instructions for 64 products of bytes, or for 32 of halfwords.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_MVE_HPP
#define EMLEARN_MLP_MVE_HPP

#include "../flash.hpp"

namespace emlearn { namespace mlp {

namespace detail {

/// What makes an answer of a sum that is not negative: the upper half of its product with the factor, both brought to the left; top at
/// most.
struct mve_scale {
  int32_t factor_up, sum_up, top;

  /// Whether that is sum * factor / 2^shift: a factor has 16 bits, a sum total() with its sign.
  template <class V> static constexpr bool exact(const V& v) { return v.shift() <= 32 && v.total() + more(v) <= 32; }
  template <class V> static constexpr mve_scale of(const V& v) { return {32 - v.shift() - more(v), more(v), v.top()}; }

 private:
  template <class V> static constexpr int more(const V& v) { return v.shift() < 16 ? 16 - v.shift() : 0; }
};

/// A layer's tiles. The order is that of the assembly. A unit is 16 bytes of weights, four of each output, and the 4 bytes of x that they
/// are multiplied by.
struct mve_task {
  const void* weights;
  int32_t whole, rest;  // units of a row of tiles: four at a time, and 0 to 3 more
  int32_t row;          // bytes of a row of tiles
  int32_t rows;
  const uint16_t* factor;
  mve_scale scale;
};

/// (task, x, out, what `begin` has in r6). The sums of a row of tiles start at `start`, which may use q0, r4, r12 and lr, leaves their
/// start in r11, and has the units in r3.
/// r0 is weights, r4, r8, r10 and r12 the four sums, r5 the task, r6 bias, r7 factor, r9 rows left; q5 are the addresses of the last units
/// that are no four, q6 what they are multiplied by, q7 top.
///
/// A load that takes words apart (vld4) brings 16 bytes of each of four outputs, as a tile has one word of each.
#define EMLEARN_MVE_ROWS(begin, start, load, multiply, answer)                                                            \
  ".syntax unified\n"                                                                                                     \
  "push {r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n"                                                                    \
  "vpush {d8-d15}\n"                                                                                                      \
  "mov r5, r0\n"                                                                                                          \
  "mov r6, r3\n"                                                                                                          \
  "ldm r5, {r0, r3, r4}\n" begin                                                                                          \
  "vctp.32 r4\n"                                                                                                          \
  "add r4, r1, r3, lsl #4\n"                                                                                              \
  "vpst\n"                                                                                                                \
  "vldrbt.u8 q6, [r4]\n" start                                                                                            \
  "movs r4, #0\n"                                                                                                         \
  "vidup.u32 q5, r4, #8\n"                                                                                                \
  "vshl.i32 q5, q5, #1\n"                                                                                                 \
  "add r4, r0, r3, lsl #6\n"                                                                                              \
  "vadd.i32 q5, q5, r4\n"                                                                                                 \
  "ldr r7, [r5, #20]\n"                                                                                                   \
  "ldr r3, [r5, #32]\n"                                                                                                   \
  "vdup.32 q7, r3\n"                                                                                                      \
  "10:\n"                                                                                                                 \
  "mov r4, r11\n"                                                                                                         \
  "mov r8, r11\n"                                                                                                         \
  "mov r10, r11\n"                                                                                                        \
  "mov r12, r11\n"                                                                                                        \
  "ldr lr, [r5, #4]\n"                                                                                                    \
  "mov r3, r1\n"                                                                                                          \
  "wls lr, lr, 2f\n"                                                                                                      \
  "1:\n"                                                                                                                  \
  "vld40.32 {q0, q1, q2, q3}, [r0]\n"                                                                                     \
  "vld41.32 {q0, q1, q2, q3}, [r0]\n"                                                                                     \
  "vld42.32 {q0, q1, q2, q3}, [r0]\n"                                                                                     \
  "vld43.32 {q0, q1, q2, q3}, [r0]!\n" load " q4, [r3], #16\n" multiply " r4, q0, q4\n" multiply " r8, q1, q4\n" multiply \
  " r10, q2, q4\n" multiply                                                                                               \
  " r12, q3, q4\n"                                                                                                        \
  "le lr, 1b\n"                                                                                                           \
  "2:\n"                                                                                                                  \
  "ldr r3, [r5, #8]\n"                                                                                                    \
  "cbz r3, 3f\n"                                                                                                          \
  "vpstttt\n"                                                                                                             \
  "vldrwt.u32 q0, [q5]\n"                                                                                                 \
  "vldrwt.u32 q1, [q5, #4]\n"                                                                                             \
  "vldrwt.u32 q2, [q5, #8]\n"                                                                                             \
  "vldrwt.u32 q3, [q5, #12]\n" multiply " r4, q0, q6\n" multiply " r8, q1, q6\n" multiply " r10, q2, q6\n" multiply       \
  " r12, q3, q6\n"                                                                                                        \
  "add r0, r0, r3, lsl #4\n"                                                                                              \
  "ldr r3, [r5, #12]\n"                                                                                                   \
  "vadd.i32 q5, q5, r3\n"                                                                                                 \
  "3:\n"                                                                                                                  \
  "vmov q0[2], q0[0], r4, r10\n"                                                                                          \
  "vmov q0[3], q0[1], r8, r12\n" answer                                                                                   \
  "subs r9, r9, #1\n"                                                                                                     \
  "bne 10b\n"                                                                                                             \
  "vpop {d8-d15}\n"                                                                                                       \
  "pop {r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}\n"

/// A weight's byte reads as weight + 128, so that 128 times the sum of the inputs is too much.
#define EMLEARN_MVE_BYTES(begin, answer)                                                                                        \
  EMLEARN_MVE_ROWS(begin,                                                                                                       \
                   "movs r4, #0\n mov r12, r1\n wls lr, r3, 2f\n 1:\n vldrb.u8 q0, [r12], #16\n vaddva.u8 r4, q0\n le lr, 1b\n" \
                   "2:\n vaddva.u8 r4, q6\n rsb r11, r4, #0\n lsl r11, r11, #7\n",                                              \
                   "vldrb.u8", "vmladava.u8", answer)
#define EMLEARN_MVE_HALVES(begin, answer) EMLEARN_MVE_ROWS(begin, "mov r11, #0\n", "vldrh.u16", "vmladava.s16", answer)

/// Some rows of tiles, from weights that are given on: their number is what lies on the stack; or all of a layer.
#define EMLEARN_MVE_SOME "mov r0, r6\n ldr r9, [sp, #104]\n"
#define EMLEARN_MVE_ALL "ldr r9, [r5, #16]\n"

/// The sums themselves; or what clamp makes of them: a sum that is not negative, times factor, of which the upper half is kept.
#define EMLEARN_MVE_SUMS "vstrw.32 q0, [r2], #16\n"
#define EMLEARN_MVE_CLAMP(bias, store)                                                                                                  \
  bias "\n vadd.i32 q0, q0, q1\n vldrh.u32 q2, [r7], #8\n vqshlu.s32 q0, q0, #0\n ldrd r4, r8, [r5, #24]\n vshl.u32 q2, r4\n vshl.u32 " \
       "q0, r8\n"                                                                                                                       \
       "vmulh.u32 q0, q0, q2\n vmin.u32 q0, q0, q7\n" store "\n"
#define EMLEARN_MVE_BIAS16 "vldrh.s32 q1, [r6], #8"
#define EMLEARN_MVE_BIAS32 "vldrw.s32 q1, [r6], #16"
#define EMLEARN_MVE_STORE8 "vstrb.32 q0, [r2], #4"
#define EMLEARN_MVE_STORE16 "vstrh.32 q0, [r2], #8"

EMLEARN_ASSEMBLY inline void mve_sums(const mve_task*, const uint8_t*, int32_t*, const int8_t*, int32_t) {
  __asm__(EMLEARN_MVE_BYTES(EMLEARN_MVE_SOME, EMLEARN_MVE_SUMS));
}
EMLEARN_ASSEMBLY inline void mve_sums(const mve_task*, const uint16_t*, int32_t*, const int16_t*, int32_t) {
  __asm__(EMLEARN_MVE_HALVES(EMLEARN_MVE_SOME, EMLEARN_MVE_SUMS));
}
EMLEARN_ASSEMBLY inline void mve_layer(const mve_task*, const uint8_t*, uint8_t*, const int16_t*) {
  __asm__(EMLEARN_MVE_BYTES(EMLEARN_MVE_ALL, EMLEARN_MVE_CLAMP(EMLEARN_MVE_BIAS16, EMLEARN_MVE_STORE8)));
}
EMLEARN_ASSEMBLY inline void mve_layer(const mve_task*, const uint8_t*, uint8_t*, const int32_t*) {
  __asm__(EMLEARN_MVE_BYTES(EMLEARN_MVE_ALL, EMLEARN_MVE_CLAMP(EMLEARN_MVE_BIAS32, EMLEARN_MVE_STORE8)));
}
EMLEARN_ASSEMBLY inline void mve_layer(const mve_task*, const uint16_t*, uint16_t*, const int16_t*) {
  __asm__(EMLEARN_MVE_HALVES(EMLEARN_MVE_ALL, EMLEARN_MVE_CLAMP(EMLEARN_MVE_BIAS16, EMLEARN_MVE_STORE16)));
}
EMLEARN_ASSEMBLY inline void mve_layer(const mve_task*, const uint16_t*, uint16_t*, const int32_t*) {
  __asm__(EMLEARN_MVE_HALVES(EMLEARN_MVE_ALL, EMLEARN_MVE_CLAMP(EMLEARN_MVE_BIAS32, EMLEARN_MVE_STORE16)));
}
#undef EMLEARN_MVE_ROWS
#undef EMLEARN_MVE_BYTES
#undef EMLEARN_MVE_HALVES
#undef EMLEARN_MVE_SOME
#undef EMLEARN_MVE_ALL
#undef EMLEARN_MVE_SUMS
#undef EMLEARN_MVE_CLAMP
#undef EMLEARN_MVE_BIAS16
#undef EMLEARN_MVE_BIAS32
#undef EMLEARN_MVE_STORE8
#undef EMLEARN_MVE_STORE16

/// What answers are made with: of a layer with view V that clamps them, or none.
template <class V> struct mve_answers {
  static constexpr const uint16_t* factor() { return V::factor(); }
  static constexpr mve_scale scale() { return mve_scale::of(V()); }
};
struct mve_no_answers {
  static constexpr const uint16_t* factor() { return nullptr; }
  static constexpr mve_scale scale() { return {0, 0, 0}; }
};

/// The task of the layer with view V, whose members are static, for values Q.
template <class V, class Q, class Answers> struct mve_layer_task {
  enum : int32_t { bytes = V::n_in() * static_cast<int32_t>(sizeof(Q)) };
  static const mve_task value;
};
template <class V, class Q, class Answers> const mve_task mve_layer_task<V, Q, Answers>::value = {
    V::weights(), bytes / 16, bytes / 4 % 4, bytes * 4, V::n_out() / 4, Answers::factor(), Answers::scale()};

}  // namespace detail

/// Bytes: [4 outputs][4 inputs], with the highest bit flipped. Halfwords, whose inputs have 15 bits: [2 pairs of inputs][4 outputs][2
/// inputs].
struct mve {
  template <class Reader> static constexpr int32_t weight(const int8_t* w, int n_in, int j, int i) {
    return static_cast<int32_t>(static_cast<uint8_t>(Reader::read(tile(w, n_in, j, i) + j % 4 * 4 + i % 4))) - 128;
  }
  template <class Reader> static constexpr int32_t weight(const int16_t* w, int n_in, int j, int i) {
    return Reader::read(tile(w, n_in, j, i) + i % 4 / 2 * 8 + j % 4 * 2 + i % 2);
  }

  template <class Reader, class V, class Q> class sums {
   public:
    enum { width = 4 };
    sums(const V& v, const Q* x) : v_(v), x_(x) {}
    void at(int j, int32_t* s) const {
      detail::mve_sums(&detail::mve_layer_task<V, Q, detail::mve_no_answers>::value, x_, s,
                       v_.weights() + static_cast<ptrdiff_t>(j) * v_.n_in(), 1);
    }

   private:
    const V& v_;
    const Q* x_;
  };

 private:
  template <class W> static constexpr const W* tile(const W* w, int n_in, int j, int i) {
    return w + (static_cast<ptrdiff_t>(j / 4) * n_in + i / 4 * 4) * 4;
  }
};

struct clamp;

/// See integer.hpp: a hidden layer whose answers are clamped.
template <class V, class Q> inline bool whole_layer(const mve&, const clamp&, const V& v, const Q* x, Q* out) {
  if (!detail::mve_scale::exact(v)) return false;
  detail::mve_layer(&detail::mve_layer_task<V, Q, detail::mve_answers<V>>::value, x, out, v.bias());
  return true;
}

template <class Kernel, class Reader, class V, class Q> struct sums_of_best;

/// See integer.hpp: a classifier's last layer, all sums at once.
template <class Reader, class V, class Q> struct sums_of_best<mve, Reader, V, Q> {
  enum { width = V::n_out() };
  sums_of_best(const V&, const Q* x) : x_(x) {}
  void at(int, int32_t* s) const {
    detail::mve_sums(&detail::mve_layer_task<V, Q, detail::mve_no_answers>::value, x_, s, V::weights(), V::n_out() / 4);
  }

 private:
  const Q* x_;
};

}}  // namespace emlearn::mlp

#endif
