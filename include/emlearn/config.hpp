// What differs between compilers and chips, as macros that are always 0 or 1 (or a keyword): nowhere else.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_CONFIG_HPP
#define EMLEARN_CONFIG_HPP

#include <stddef.h>
#include <stdint.h>

#include "version.hpp"

/// Loops and local variables in constant expressions exist from C++14 on.
#if __cplusplus >= 201402L
#define EMLEARN_HAS_CONSTEXPR 1
#define EMLEARN_CONSTEXPR constexpr
#else
#define EMLEARN_HAS_CONSTEXPR 0
#define EMLEARN_CONSTEXPR inline
#endif

/// For the inner part of a kernel that has one caller: gcc keeps a template's copy of its own, at the cost of a call per node.
#if defined(__GNUC__)
#define EMLEARN_INLINE __attribute__((always_inline))
#else
#define EMLEARN_INLINE
#endif

/// For a function of one caller whose registers are most of the stack: avr-gcc saves up to 18 of them in each of two frames. gcc for
/// Thumb has the two as one or with fewer bytes as it likes.
#if defined(__AVR__)
#define EMLEARN_ONE_FRAME EMLEARN_INLINE
#else
#define EMLEARN_ONE_FRAME
#endif

/// Cortex-M0, M0+ and M1: the 16-bit instructions only.
#if defined(__thumb__) && !defined(__thumb2__) && defined(__GNUC__)
#define EMLEARN_THUMB1 1
#else
#define EMLEARN_THUMB1 0
#endif

/// Whether a shift by many bits is one instruction; else fields of a few bits are better read one by one.
#if defined(__AVR__)
#define EMLEARN_WIDE_SHIFTS 0
#else
#define EMLEARN_WIDE_SHIFTS 1
#endif

/// Whether adding a product of 64 bits to a sum of 64 is one instruction, or a few on 64-bit processors; else it is a call or several.
#if defined(__thumb2__) || defined(__LP64__)
#define EMLEARN_LONG_PRODUCTS 1
#else
#define EMLEARN_LONG_PRODUCTS 0
#endif

/// A number in a register, of which the compiler does not know which one it is.
#if EMLEARN_THUMB1
#define EMLEARN_HIDDEN(value)           \
  (__extension__({                      \
    uint32_t emlearn_hidden = (value);  \
    __asm__("" : "+l"(emlearn_hidden)); \
    emlearn_hidden;                     \
  }))
#else
#define EMLEARN_HIDDEN(value) (value)
#endif

/// Where many ways meet: none is followed further with what is known on it, which compilers copy code for. AVR's does not.
#if defined(__GNUC__) && !defined(__AVR__)
#define EMLEARN_APART() __asm__ __volatile__("")
#else
#define EMLEARN_APART() void()
#endif

/// The same where it takes longer branches, too, to go from one way to another, and so costs more than what is known saves.
#if EMLEARN_THUMB1 || defined(__riscv)
#define EMLEARN_APART_NEAR() EMLEARN_APART()
#else
#define EMLEARN_APART_NEAR() void()
#endif

/// What a pointer points to is not what it was before, as far as the compiler knows: it keeps no values over it in registers, where
/// there are few.
#if defined(__AVR__)
#define EMLEARN_FORGET(pointer) __asm__("" : "+r"(pointer))
#else
#define EMLEARN_FORGET(pointer) void()
#endif

/// For a function that stays one, however few call it.
#if defined(__GNUC__)
#define EMLEARN_NOINLINE __attribute__((noinline))
#else
#define EMLEARN_NOINLINE
#endif

/// Behind an array that is written before it is read: constant expressions demanded a value from C++14 to C++17, which costs a memset.
#if __cplusplus >= 201402L && __cplusplus < 202002L
#define EMLEARN_UNSET = {}
#else
#define EMLEARN_UNSET
#endif

/// In the body of a short loop that must stay one: compilers make calls of memset (168 bytes on Cortex-M0+) out of a few stores. Or between
/// two comparisons of a number that must not become one of a range.
#if defined(__GNUC__) && defined(__has_builtin)
#if __has_builtin(__builtin_is_constant_evaluated)
#define EMLEARN_KEEP_LOOP() (__builtin_is_constant_evaluated() ? void() : ::emlearn::detail::keep_loop())
#endif
#endif
#ifndef EMLEARN_KEEP_LOOP
#define EMLEARN_KEEP_LOOP() void()
#endif

/// Whether a compiler evaluates the function now: it takes no bit casts then. Where it cannot be asked, it may.
#if !EMLEARN_HAS_CONSTEXPR
#define EMLEARN_IS_CONSTANT() false
#elif defined(__GNUC__) && defined(__has_builtin)
#if __has_builtin(__builtin_is_constant_evaluated)
#define EMLEARN_IS_CONSTANT() __builtin_is_constant_evaluated()
#endif
#endif
#ifndef EMLEARN_IS_CONSTANT
#define EMLEARN_IS_CONSTANT() true
#endif

/// Whether floats are computed by a library.
#if defined(__AVR__) || defined(__SOFTFP__) || defined(__riscv_float_abi_soft) || defined(__XTENSA_SOFT_FLOAT__)
#define EMLEARN_SOFT_FLOAT 1
#else
#define EMLEARN_SOFT_FLOAT 0
#endif

namespace emlearn { namespace detail {
/// Nothing, of which the compiler does not know that it is nothing.
inline void keep_loop() {
#if defined(__GNUC__)
  __asm__ volatile("");
#endif
}
}}  // namespace emlearn::detail

/// Of a condition that seldom holds: gcc -Os makes such code conditional instructions, which cost as much when it does not.
#if defined(__GNUC__)
#define EMLEARN_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#else
#define EMLEARN_UNLIKELY(condition) (condition)
#endif

/// In a branch that is seldom taken: keeps it one, and what it does with the number in it.
#if defined(__GNUC__)
#define EMLEARN_KEEP_BRANCH(number) __asm__ volatile("" : "+r"(number))
#else
#define EMLEARN_KEEP_BRANCH(number) void()
#endif

/// A function that is all assembly: the compiler must not conclude from its body, which it cannot read, that it needs no arguments.
#if defined(__clang__)
#define EMLEARN_ASSEMBLY __attribute__((naked, noinline))
#elif defined(__GNUC__) && __GNUC__ >= 8
#define EMLEARN_ASSEMBLY __attribute__((naked, noipa))
#else
#define EMLEARN_ASSEMBLY __attribute__((naked, noinline, noclone))
#endif

/// Tables in a flash that is not in the data address space: reads need instructions of their own.
/// EMLEARN_FAKE_AVR lets a test on the host take this path with a <avr/pgmspace.h> of its own.
#if defined(__AVR__) || defined(EMLEARN_FAKE_AVR)
#define EMLEARN_SEPARATE_FLASH 1
#else
#define EMLEARN_SEPARATE_FLASH 0
#endif

#if defined(__AVR__) && defined(__clang__)
#error "emlearn: clang ignores PROGMEM on AVR, so every table would silently be read from the wrong memory: compile with avr-gcc"
#endif

#if defined(__FAST_MATH__)
#error "emlearn: -ffast-math breaks the bounds on the answers (no NaN, sums in any order): compile the model's file without it"
#endif

/// Whether float sums are done in float: x87 registers keep more bits, which pairs of floats cannot bear.
#if defined(__FLT_EVAL_METHOD__) && (__FLT_EVAL_METHOD__ == 1 || __FLT_EVAL_METHOD__ == 2)
#define EMLEARN_PLAIN_FLOAT 0
#else
#define EMLEARN_PLAIN_FLOAT 1
#endif

/// Whether float arithmetic is done by the chip; without that each operation is a call of some hundred cycles.
#if defined(__AVR__) || (defined(__arm__) && !(defined(__ARM_FP) && (__ARM_FP & 4))) || (defined(__riscv) && !defined(__riscv_flen)) || \
    (defined(__XTENSA__) && defined(__XTENSA_SOFT_FLOAT__))
#define EMLEARN_HARD_FLOAT 0
#else
#define EMLEARN_HARD_FLOAT 1
#endif

/// Whether running code compares floats by their bits: without an FPU the library's comparison takes 500 bytes on Thumb-1. AVR's is
/// small, and older compilers cannot tell running code from their own evaluation, which casts no bits.
#if !EMLEARN_HARD_FLOAT && !defined(__AVR__) && \
    ((defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 9) || (defined(__clang__) && __clang_major__ >= 9))
#define EMLEARN_COMPARES_BITS 1
#else
#define EMLEARN_COMPARES_BITS 0
#endif

/// Whether the upper word of a product of two words is an instruction; else it takes a call, or three products of half words.
#if defined(__AVR__) || EMLEARN_THUMB1 || defined(__XTENSA_SOFT_FLOAT__) || (defined(__riscv) && !defined(__riscv_mul))
#define EMLEARN_WIDE_PRODUCTS 0
#else
#define EMLEARN_WIDE_PRODUCTS 1
#endif

/// Whether an evaluation is the compiler's own; only asked where floats are compared by their bits.
#if EMLEARN_COMPARES_BITS && EMLEARN_HAS_CONSTEXPR
#define EMLEARN_CONSTANT_EVALUATION() __builtin_is_constant_evaluated()
#else
#define EMLEARN_CONSTANT_EVALUATION() false
#endif

/// As many floats or doubles as one instruction takes, where the compiler has such a type: on processors larger than microcontrollers.
#if defined(__GNUC__) && (defined(__SSE2__) || defined(__aarch64__))
#define EMLEARN_VECTOR(type) type __attribute__((vector_size(16)))
#define EMLEARN_FLOAT_VECTORS 1
#else
#define EMLEARN_VECTOR(type) type
#define EMLEARN_FLOAT_VECTORS 0
#endif

/// Behind numbers that were stored side by side, which are read as one vector: else gcc makes each of them a second time by itself.
#if EMLEARN_FLOAT_VECTORS
#define EMLEARN_STORED(pointer) __asm__("" : "+r"(pointer))
#else
#define EMLEARN_STORED(pointer) void()
#endif

/// How many 32-bit integers a loop keeps in registers beside what it needs itself; Thumb-1 has too few registers, as has AVR, and
/// does better with them in memory and several of them in one pass of the loop.
#if defined(__AVR__)
#define EMLEARN_INTEGER_LANES 1
#define EMLEARN_INTEGER_UNROLL 1
#elif defined(__thumb__) && !defined(__thumb2__)
#define EMLEARN_INTEGER_LANES 1
#define EMLEARN_INTEGER_UNROLL 3
#else
#define EMLEARN_INTEGER_LANES 6
#define EMLEARN_INTEGER_UNROLL 1
#endif

/// Whether two sums of 16 bits fit a register, and several such registers a loop.
#if defined(__AVR__)
#define EMLEARN_PAIRED_VOTES 0
#else
#define EMLEARN_PAIRED_VOTES 1
#endif

/// The public functions of a header are constant expressions only where flash is ordinary memory.
#if EMLEARN_HAS_CONSTEXPR && !EMLEARN_SEPARATE_FLASH
#define EMLEARN_FLASH_CONSTEXPR constexpr
#else
#define EMLEARN_FLASH_CONSTEXPR inline
#endif

/// The bytes that one table may have: avr-gcc cannot index past 32,767.
#if defined(__AVR__)
#define EMLEARN_MAX_TABLE_BYTES 32767L
#else
#define EMLEARN_MAX_TABLE_BYTES 0x7fffffffL
#endif

/// All tables of one header: pgm_read_* takes 16-bit addresses, and reads past 64 KiB wrap silently.
#if defined(__AVR__)
#define EMLEARN_MAX_MODEL_BYTES 61440L
#else
#define EMLEARN_MAX_MODEL_BYTES 0x7fffffffL
#endif

/// Whether the compiler walks a header's tables and refuses damaged ones. Above the limit below it costs too much time.
#ifndef EMLEARN_CHECK_TABLES
#define EMLEARN_CHECK_TABLES 1
#define EMLEARN_CHECK_TABLES_UP_TO_LIMIT 1
#else
#define EMLEARN_CHECK_TABLES_UP_TO_LIMIT 0
#endif

/// The largest table, in bytes, that is walked unless EMLEARN_CHECK_TABLES asks for it: quadratic in gcc 5 to 7.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 8
#define EMLEARN_CHECK_TABLES_LIMIT 2000L
#else
#define EMLEARN_CHECK_TABLES_LIMIT 16000L
#endif

/// Whether the compiler evaluates a header's golden rows and refuses a wrong answer.
#ifndef EMLEARN_CHECK_GOLDEN
#define EMLEARN_CHECK_GOLDEN 1
#endif

/// True where a table of that many bytes is to be walked by the compiler.
#define EMLEARN_CHECKED(bytes) (EMLEARN_CHECK_TABLES && (!EMLEARN_CHECK_TABLES_UP_TO_LIMIT || (bytes) <= EMLEARN_CHECK_TABLES_LIMIT))

#endif
