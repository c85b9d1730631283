// What is made of the sums of an ensemble: probabilities, values behind a logarithm, scores of isolation.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_ENSEMBLES_LINKS_HPP
#define EMLEARN_ENSEMBLES_LINKS_HPP

#include <math.h>

#include "../mlp.hpp"

namespace emlearn { namespace ensembles {

/// The probabilities of two classes from the score of the second.
inline void two_classes(float score, float* out) { mlp::binary_proba(score, out); }

/// Scores become probabilities: exp(factor * score), one in sum.
inline void softmax(float* scores, uint16_t n, float factor) {
  if (factor != 1.0f)
    for (uint16_t k = 0; k != n; ++k) scores[k] *= factor;
  mlp::softmax(scores, n);
}

/// Values behind a logarithm.
inline void exponentials(float* values, uint16_t n) {
  for (uint16_t k = 0; k != n; ++k) values[k] = expf(values[k]);
}

/// A probability from its logit.
inline float sigmoid(float score) { return mlp::logistic::of(score); }

/// Scores become probabilities one by one: the sigmoid of factor * score.
inline void sigmoids(float* values, uint16_t n, float factor) {
  for (uint16_t k = 0; k != n; ++k) values[k] = sigmoid(factor * values[k]);
}

/// -2 to the power of minus the length of a path, in units of the average one: `exponent` is in natural logarithms.
inline float isolation(float exponent) { return -expf(exponent); }

}}  // namespace emlearn::ensembles

#endif
