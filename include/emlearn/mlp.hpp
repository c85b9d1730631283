// Multilayer perceptrons: dense layers in float, their activations, and what is read from the last layer.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_HPP
#define EMLEARN_MLP_HPP

#include <math.h>

#include "detail/cores/mlp_float.hpp"
#include "flash.hpp"

namespace emlearn { namespace mlp {

/// f(z) = z.
struct identity {
  static constexpr float of(float z) { return z; }
};

/// f(z) = z where positive, else 0.
struct relu {
  static constexpr float of(float z) { return z > 0.0f ? z : 0.0f; }
};

/// f(z) = tanh(z).
struct hyperbolic {
  static float of(float z) { return tanhf(z); }
};

/// f(z) = 1 / (1 + exp(-z)), by a power that is never larger than one: no z overflows.
struct logistic {
  static float of(float z) {
    const float e = expf(z < 0.0f ? z : -z);
    return (z < 0.0f ? e : 1.0f) / (1.0f + e);
  }
};

/// f(z) = exp(z): the mean of a Poisson regression.
struct exponential {
  static float of(float z) { return expf(z); }
};

namespace detail {

/// The sums of dense(), input after input, where each operation on floats is a call: an input is converted once, and one of zero skipped.
template <class Reader, class X>
EMLEARN_CONSTEXPR void sums_by_input(const X* x, const float* weights, const float* bias, int n_in, int n_out, float* out) {
  for (int j = 0; j < n_out; ++j) {
    EMLEARN_KEEP_LOOP();
    out[j] = Reader::read(bias + j);
  }
  for (int i = 0; i < n_in; ++i) {
    if (x[i] == 0) continue;
    const float value = static_cast<float>(x[i]);
    ptrdiff_t at = i;
    for (int j = 0; j < n_out; ++j) {
      out[j] += Reader::read(weights + at) * value;
      at += n_in;
    }
  }
}

}  // namespace detail

/// One layer: out[j] = Activation(bias[j] + sum over i of weights[j][i] * x[i]), added up in the order of i.
/// x and out must not overlap. The weights are walked by pointer, so that their number may exceed an int.
template <class Reader, class Activation, class X>
EMLEARN_CONSTEXPR void dense(const X* x, const float* weights, const float* bias, int n_in, int n_out, float* out) {
  int j = detail::four_rows(x, weights, bias, n_in, n_out, out);
  weights += static_cast<ptrdiff_t>(j) * n_in;
  for (int k = 0; k < j; ++k) out[k] = Activation::of(out[k]);
  for (; j < n_out; ++j) {
    float sum = Reader::read(bias + j);
    for (int i = 0; i < n_in; ++i) {
      sum += Reader::read(weights) * static_cast<float>(x[i]);
      ++weights;
    }
    out[j] = Activation::of(sum);
  }
}

/// The same for inputs that are whole numbers, or often zero: where there is no FPU, input after input.
template <class Reader, class Activation, class X>
EMLEARN_CONSTEXPR void dense_by_input(const X* x, const float* weights, const float* bias, int n_in, int n_out, float* out) {
  if (EMLEARN_HARD_FLOAT) {
    dense<Reader, Activation>(x, weights, bias, n_in, n_out, out);
    return;
  }
  detail::sums_by_input<Reader>(x, weights, bias, n_in, n_out, out);
  for (int j = 0; j < n_out; ++j) out[j] = Activation::of(out[j]);
}

/// The class of a binary classifier's one output, before its activation: logistic(z) > 0.5 without computing it.
EMLEARN_CONSTEXPR int binary_class(float z) { return z > 0.0f ? 1 : 0; }

/// The index of the largest of n values, the lowest where several are.
EMLEARN_CONSTEXPR int argmax(const float* z, int n) {
  int best = 0;
  for (int j = 1; j < n; ++j) {
    if (z[j] > z[best]) best = j;
  }
  return best;
}

/// Per label 1 where it applies, else 0, from the outputs before their activation.
EMLEARN_CONSTEXPR void labels(const float* z, int n, int32_t* out) {
  for (int j = 0; j < n; ++j) out[j] = binary_class(z[j]);
}

/// The probabilities of both classes of a binary classifier, from its one output before the activation.
inline void binary_proba(float z, float* out) {
  out[1] = logistic::of(z);
  out[0] = 1.0f - out[1];
}

/// z[j] becomes exp(z[j]) / sum of exp(z), relative to the largest: no finite z overflows.
inline void softmax(float* z, int n) {
  const float largest = z[argmax(z, n)];
  float sum = 0.0f;
  for (int j = 0; j < n; ++j) {
    z[j] = expf(z[j] - largest);
    sum += z[j];
  }
  for (int j = 0; j < n; ++j) z[j] /= sum;
}

/// Whether n values of a table are finite.
template <class Reader> EMLEARN_CONSTEXPR bool finite(const float* values, unsigned long n) {
  for (unsigned long i = 0; i < n; ++i) {
    const float value = Reader::read(values + i);
    if (!(value >= -3.402823466e+38f && value <= 3.402823466e+38f)) return false;
  }
  return true;
}

/// Whether the tables of a layer have the sizes that dense() reads, and hold finite numbers only.
template <class Reader, class Size>
EMLEARN_CONSTEXPR bool valid(const float* weights, Size n_weights, const float* bias, Size n_bias, int n_in, int n_out) {
  return n_in > 0 && n_out > 0 &&
         static_cast<unsigned long>(n_weights) == static_cast<unsigned long>(n_in) * static_cast<unsigned long>(n_out) &&
         static_cast<unsigned long>(n_bias) == static_cast<unsigned long>(n_out) &&
         finite<Reader>(weights, static_cast<unsigned long>(n_weights)) && finite<Reader>(bias, static_cast<unsigned long>(n_bias));
}

}}  // namespace emlearn::mlp

#endif
