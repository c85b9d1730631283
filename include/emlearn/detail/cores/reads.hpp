// Numbers that are read again: x86 compares with memory as cheaply as with one of its few registers, which takes a load first.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_READS_HPP
#define EMLEARN_DETAIL_CORES_READS_HPP

#include "../../config.hpp"

namespace emlearn { namespace detail {

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
/// In a branch: what was read in front of it is not known any more, so that nothing was worth a register for the branch's sake.
inline void read_again() { __asm__ volatile("" : : : "memory"); }
/// Of an array that is used around such branches, and else would move in and out of registers at each.
inline void in_memory(const void* array) { __asm__ volatile("" : : "r"(array) : "memory"); }
#else
/// Elsewhere two comparisons of a number must only not become one of a range.
inline void read_again() { EMLEARN_KEEP_LOOP(); }
inline void in_memory(const void*) {}
#endif

}}  // namespace emlearn::detail

#endif
