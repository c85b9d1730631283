// Features as roots and waves of their logarithms, which stand for an additive chi-squared kernel.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_PREPROCESS_CHI2_HPP
#define EMLEARN_PREPROCESS_CHI2_HPP

#include <math.h>

#include "../flash.hpp"
#include "../functions.hpp"

namespace emlearn { namespace preprocess {

/// n columns of roots, then for each step after the first n cosines and n sines. values: a size for each step, then what each but the first
/// makes of a logarithm, in turns.
template <class Reader, class X> void chi2(const X* x, const float* values, uint16_t n, uint16_t steps, float* out) {
  for (uint16_t i = 0; i != n; ++i) {
    const float value = static_cast<float>(x[i]), root = ::sqrtf(value), log = value > 0.0f ? functions::log::of(value) : 0.0f;
    out[i] = root * Reader::read(values);
    float* wave = out + n + i;
    for (uint16_t j = 1; j != steps; ++j, wave += 2 * n) {
      const float phase = log * Reader::read(values + steps + j - 1), size = root * Reader::read(values + j);
      wave[0] = size * functions::cosine_of_turns::of(phase);
      wave[n] = size * functions::cosine_of_turns::of(phase - 0.25f);
    }
  }
}

}}  // namespace emlearn::preprocess

#endif
