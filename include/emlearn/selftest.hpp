// Compares a header's answers on the device with those that scikit-learn gave for the same rows.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_SELFTEST_HPP
#define EMLEARN_SELFTEST_HPP

#include "flash.hpp"

namespace emlearn { namespace selftest {

/// Copies the n values of one row from a table to RAM.
template <class Reader, class Value> inline void copy(const Value* table, Value* row, size_t n) {
  for (size_t i = 0; i != n; ++i) row[i] = Reader::read(table + i);
}

/// Whether n indices are those of a table, where `any` stands for one that is not compared.
template <class Reader, class Index, class Stored> inline bool equal(const Index* got, const Stored* table, size_t n, Stored any) {
  for (size_t i = 0; i != n; ++i) {
    const Stored want = Reader::read(table + i);
    if (want != any && static_cast<int32_t>(want) != static_cast<int32_t>(got[i])) return false;
  }
  return true;
}

/// Whether n numbers are as close to those of a table as their bounds say; a NaN is close to a NaN only.
/// @param step  1, or 0 where one bound serves all
template <class Reader> inline bool close(const float* got, const float* table, const float* bounds, size_t step, size_t n) {
  for (size_t i = 0; i != n; ++i) {
    const float want = Reader::read(table + i);
    const float bound = Reader::read(bounds + i * step);
    const float off = got[i] < want ? want - got[i] : got[i] - want;
    const bool same = got[i] == want || (got[i] != got[i] && want != want);
    const bool bounded = bound <= 3.402823466e+38f;  // where a sum may overflow nothing is promised, not even a number
    if (bounded && !same && !(off <= bound)) return false;
  }
  return true;
}

}}  // namespace emlearn::selftest

#endif
