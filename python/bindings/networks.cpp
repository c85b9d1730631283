// The kernels of networks in float on numpy arrays, a layer at a time.
// SPDX-License-Identifier: MIT
#include "arrays.hpp"
#include "windows.hpp"

#include <emlearn/networks.hpp>

namespace py = pybind11;
namespace mlp = emlearn::mlp;
namespace networks = emlearn::networks;
using emlearn::direct;
using emlearn_bindings::array;
using emlearn_bindings::matrix;

namespace {

struct layer : emlearn_bindings::window {
  const float *w, *b;
  int in, out, over;
  layer(const emlearn_bindings::window& base, const array<float>& weights, const array<float>& bias, int divisor)
      : window(base), w(weights.data()), b(bias.data()), in(0), out(static_cast<int>(bias.size())), over(divisor) {}
  const float* weights() const { return w; }
  const float* bias() const { return b; }
  int n_in() const { return in; }
  int n_out() const { return out; }
  int multiplier() const { return out / channels(); }
  int divisor() const { return over; }
};

/// The number of an activation that has one, for the call at hand.
float number = 0.0f;
struct current {
  static float value() { return number; }
};

template <class Activation, class X> void weighted(const layer& v, const std::string& kind, const X* x, float* patch, float* out) {
  if (kind == "each") {
    networks::convolve_each<direct, Activation>(v, x, out);
  } else {
    networks::convolve<direct, Activation>(v, x, patch, out);
  }
}

template <class X>
void dispatch(const layer& v, const std::string& kind, const std::string& activation, const X* x, float* patch, float* out) {
  if (kind == "largest") return networks::largest(v, x, out);
  if (kind == "mean") return networks::mean(v, x, out);
  if (activation == "identity") return weighted<mlp::identity>(v, kind, x, patch, out);
  if (activation == "relu") return weighted<mlp::relu>(v, kind, x, patch, out);
  if (activation == "logistic") return weighted<mlp::logistic>(v, kind, x, patch, out);
  if (activation == "tanh") return weighted<mlp::hyperbolic>(v, kind, x, patch, out);
  if (activation == "clipped") return weighted<networks::clipped<current>>(v, kind, x, patch, out);
  if (activation == "leaky") return weighted<networks::leaky<current>>(v, kind, x, patch, out);
  if (activation == "elu") return weighted<networks::elu<current>>(v, kind, x, patch, out);
  throw std::invalid_argument("no kernel for activation " + activation);
}

py::array answer(const std::string& kind, const std::vector<int>& numbers, const array<float>& weights, const array<float>& bias,
                 const std::string& activation, float slope, int divisor, const py::array& X) {
  layer v(emlearn_bindings::window(numbers, kind == "in place"), weights, bias, divisor);
  const bool pools = kind == "largest" || kind == "mean";
  if (!pools && (v.out < 1 || weights.size() % v.out != 0)) throw std::invalid_argument("weights do not fit the bias");
  v.in = pools ? 0 : static_cast<int>(weights.size() / v.out);
  if (!pools && v.in != v.taps() * (kind == "each" ? 1 : v.channels())) throw std::invalid_argument("weights do not fit the window");
  number = slope;
  std::vector<float> patch(static_cast<size_t>(v.in));
  return emlearn_bindings::with_rows(X, [&](auto* x, size_t rows, size_t columns) {
    if (columns != v.inputs()) throw std::invalid_argument("X must have the columns of the layer");
    const size_t width = v.places() * static_cast<size_t>(pools ? v.channels() : v.out);
    py::array_t<float> out = matrix<float>(rows, width);
    for (size_t row = 0; row < rows; ++row)
      dispatch(v, kind, activation, x + row * columns, patch.data(), out.mutable_data() + row * width);
    return py::array(out);
  });
}

/// What an operation makes of the last layer's answers.
py::array last(const std::string& output, const std::string& op, const array<float>& z) {
  if (z.ndim() != 2) throw std::invalid_argument("z must be a matrix");
  const size_t rows = static_cast<size_t>(z.shape(0)), n = static_cast<size_t>(z.shape(1));
  const int count = static_cast<int>(n);
  if (output != "softmax" && output != "logistic") return z;
  const bool one = output == "softmax" || n == 1;
  if (op == "predict") {
    py::array_t<int32_t> out = matrix<int32_t>(rows, one ? 1 : n);
    for (size_t row = 0; row < rows; ++row) {
      const float* from = z.data() + row * n;
      int32_t* to = out.mutable_data() + row * (one ? 1 : n);
      if (output == "softmax") {
        *to = mlp::argmax(from, count);
      } else {
        mlp::labels(from, count, to);
      }
    }
    return out;
  }
  const size_t width = output == "logistic" && n == 1 ? 2 : n;
  py::array_t<float> out = matrix<float>(rows, width);
  for (size_t row = 0; row < rows; ++row) {
    const float* from = z.data() + row * n;
    float* to = out.mutable_data() + row * width;
    if (output == "softmax") {
      for (size_t j = 0; j < n; ++j) to[j] = from[j];
      mlp::softmax(to, count);
    } else if (n == 1) {
      mlp::binary_proba(*from, to);
    } else {
      for (size_t j = 0; j < n; ++j) to[j] = mlp::logistic::of(from[j]);
    }
  }
  return out;
}

}  // namespace

PYBIND11_MODULE(networks, m) {
  m.def("answer", &answer, py::arg("kind"), py::arg("window"), py::arg("weights").noconvert(), py::arg("bias").noconvert(),
        py::arg("activation"), py::arg("number"), py::arg("divisor"), py::arg("X"), "A layer's answers, shape (n_samples, n_out).");
  m.def("last", &last, py::arg("output"), py::arg("op"), py::arg("z"), "The answers of `op` from the last layer's.");
}
