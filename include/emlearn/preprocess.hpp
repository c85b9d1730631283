// Features made of features: functions, products, norms, categories and bins.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_PREPROCESS_HPP
#define EMLEARN_PREPROCESS_HPP

#include <math.h>

#include "flash.hpp"

namespace emlearn { namespace preprocess {

/// The norms of normalize(): l1, l2, largest.
enum class norm : uint8_t { l1, l2, max };

/// f of each feature.
template <class F, class X> EMLEARN_CONSTEXPR void map(const X* x, uint16_t n, float* out) {
  for (uint16_t i = 0; i != n; ++i) out[i] = F::of(static_cast<float>(x[i]));
}

/// 1 for features above a threshold, 0 for the others.
template <class X> EMLEARN_CONSTEXPR void binarize(const X* x, uint16_t n, float threshold, float* out) {
  for (uint16_t i = 0; i != n; ++i) out[i] = static_cast<float>(x[i]) > threshold ? 1.0f : 0.0f;
}

/// The row divided by its norm, or as it is where that is below `least`.
template <norm Norm, class X> inline void normalize(const X* x, uint16_t n, float least, float* out) {
  float size = 0.0f;
  for (uint16_t i = 0; i != n; ++i) {
    const float value = static_cast<float>(x[i]);
    const float positive = value < 0.0f ? -value : value;
    if (Norm == norm::max)
      size = positive > size ? positive : size;
    else
      size = size + (Norm == norm::l1 ? positive : value * value);
  }
  if (Norm == norm::l2) size = sqrtf(size);
  if (size < least) size = 1.0f;
  for (uint16_t i = 0; i != n; ++i) out[i] = static_cast<float>(x[i]) / size;
}

/// Products: of each output the features that the table names, `degree` of them, n_features standing for 1.
template <class Reader, class Index, class X>
EMLEARN_CONSTEXPR void polynomial(const X* x, const Index* terms, uint16_t n_features, uint16_t n_outputs, uint16_t degree, float* out) {
  size_t at = 0;
  for (uint16_t j = 0; j != n_outputs; ++j) {
    float product = 1.0f;
    for (uint16_t k = 0; k != degree; ++k, ++at) {
      const uint16_t feature = Reader::read(terms + at);
      if (feature != n_features) product = product * static_cast<float>(x[feature]);
    }
    out[j] = product;
  }
}

/// 1 where a feature that the table names is NaN, else 0.
template <class Reader, class Index, class X>
EMLEARN_CONSTEXPR void missing(const X* x, const Index* terms, uint16_t n_outputs, float* out) {
  for (uint16_t j = 0; j != n_outputs; ++j) {
    const float value = static_cast<float>(x[Reader::read(terms + j)]);
    out[j] = value == value ? 0.0f : 1.0f;
  }
}

/// The index of a category, n where it is none; NaN is a category where the values have it.
struct category {
  template <class Reader> static EMLEARN_CONSTEXPR uint16_t of(float x, const float* values, uint16_t n) {
    for (uint16_t k = 0; k != n; ++k) {
      const float value = Reader::read(values + k);
      if (x == value || (!(x == x) && !(value == value))) return k;
    }
    return n;
  }
};

/// How many of the ascending edges a value has reached.
struct bin {
  template <class Reader> static EMLEARN_CONSTEXPR uint16_t of(float x, const float* edges, uint16_t n) {
    uint16_t k = 0;
    while (k != n && !(x < Reader::read(edges + k))) ++k;
    return k;
  }
};

/// Ordinal codes: one column per feature.
template <class Reader, class Find, class X>
EMLEARN_CONSTEXPR void ordinal(const X* x, const float* values, const uint16_t* starts, const float* codes, uint16_t n, float* out) {
  for (uint16_t i = 0; i != n; ++i) {
    const uint16_t from = Reader::read(starts + i), to = Reader::read(starts + i + 1);
    const uint16_t k = Find::template of<Reader>(static_cast<float>(x[i]), values + from, static_cast<uint16_t>(to - from));
    out[i] = Reader::read(codes + from + i + k);
  }
}

/// One-hot codes: a column per category that has one (65535: none).
template <class Reader, class Find, class X> EMLEARN_CONSTEXPR void one_hot(const X* x, const float* values, const uint16_t* starts,
                                                                            const uint16_t* columns, uint16_t n, uint16_t n_outputs,
                                                                            float* out) {
  for (uint16_t j = 0; j != n_outputs; ++j) out[j] = 0.0f;
  for (uint16_t i = 0; i != n; ++i) {
    const uint16_t from = Reader::read(starts + i), to = Reader::read(starts + i + 1);
    const uint16_t k = Find::template of<Reader>(static_cast<float>(x[i]), values + from, static_cast<uint16_t>(to - from));
    const uint16_t column = Reader::read(columns + from + i + k);
    if (column != 65535u) out[column] = 1.0f;
  }
}

}}  // namespace emlearn::preprocess

#endif
