// The kernels of multilayer perceptrons on numpy arrays, for every input type and pair of activations.
// SPDX-License-Identifier: MIT
#include <emlearn/mlp.hpp>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace py = pybind11;
namespace mlp = emlearn::mlp;
using emlearn::direct;

namespace {

template <class T> using array = py::array_t<T, py::array::c_style>;

struct network {
  const float* weights;
  const float* biases;
  std::vector<int> sizes;
};

/// All layers but the last have activation Hidden, the last one has Output.
template <class X, class Hidden, class Output> struct kernel {
  static void forward(const network& net, const X* x, std::vector<float>& a, std::vector<float>& b, float* out) {
    const float *weights = net.weights, *bias = net.biases;
    const std::size_t last = net.sizes.size() - 2;
    float *from = b.data(), *to = a.data();
    for (std::size_t k = 0; k < last; ++k) {
      const int n_in = net.sizes[k], n_out = net.sizes[k + 1];
      if (k == 0) {
        mlp::dense<direct, Hidden>(x, weights, bias, n_in, n_out, to);
      } else {
        mlp::dense<direct, Hidden>(from, weights, bias, n_in, n_out, to);
      }
      weights += static_cast<std::ptrdiff_t>(n_in) * n_out;
      bias += n_out;
      std::swap(from, to);
    }
    const int n_in = net.sizes[last], n_out = net.sizes[last + 1];
    if (last == 0) {
      mlp::dense<direct, Output>(x, weights, bias, n_in, n_out, out);
    } else {
      mlp::dense<direct, Output>(from, weights, bias, n_in, n_out, out);
    }
  }
};

/// What is done with the last layer: the outputs of every operation, by the same kernels that an emitted header calls.
template <class X, class Hidden> void rows(const network& net, const std::string& output, const std::string& op, const X* x,
                                           py::ssize_t n_rows, float* values, int32_t* classes) {
  const std::size_t widest = static_cast<std::size_t>(*std::max_element(net.sizes.begin(), net.sizes.end()));
  std::vector<float> a(widest), b(widest), z(widest);
  const int n_in = net.sizes.front(), n_out = net.sizes.back();
  const bool binary = output == "logistic" && n_out == 1;
  for (py::ssize_t row = 0; row < n_rows; ++row, x += n_in) {
    if (classes != nullptr) {
      kernel<X, Hidden, mlp::identity>::forward(net, x, a, b, z.data());
      if (output == "softmax") {
        *classes++ = mlp::argmax(z.data(), n_out);
      } else if (binary) {
        *classes++ = mlp::binary_class(z[0]);
      } else {
        mlp::labels(z.data(), n_out, classes);
        classes += n_out;
      }
    } else if (output == "softmax") {
      kernel<X, Hidden, mlp::identity>::forward(net, x, a, b, values);
      mlp::softmax(values, n_out);
      values += n_out;
    } else if (binary && op == "predict_proba") {
      kernel<X, Hidden, mlp::identity>::forward(net, x, a, b, z.data());
      mlp::binary_proba(z[0], values);
      values += 2;
    } else {
      if (output == "identity") kernel<X, Hidden, mlp::identity>::forward(net, x, a, b, values);
      if (output == "logistic") kernel<X, Hidden, mlp::logistic>::forward(net, x, a, b, values);
      if (output == "exp") kernel<X, Hidden, mlp::exponential>::forward(net, x, a, b, values);
      values += n_out;
    }
  }
}

template <class X>
using function = void (*)(const network&, const std::string&, const std::string&, const X*, py::ssize_t, float*, int32_t*);

template <class X> struct entry {
  const char* hidden;
  function<X> call;
};

template <class X> const std::vector<entry<X>>& entries() {
  static const std::vector<entry<X>> all = {
      {"identity", rows<X, mlp::identity>},
      {"logistic", rows<X, mlp::logistic>},
      {"relu", rows<X, mlp::relu>},
      {"tanh", rows<X, mlp::hyperbolic>},
  };
  return all;
}

const std::vector<std::string> outputs = {"exp", "identity", "logistic", "softmax"};

template <class X> py::array run(const array<float>& weights, const array<float>& biases, const std::vector<int>& sizes,
                                 const std::string& hidden, const std::string& output, const std::string& op, const array<X>& x) {
  if (sizes.size() < 2 || *std::min_element(sizes.begin(), sizes.end()) < 1) throw std::invalid_argument("sizes: every layer has a unit");
  py::ssize_t n_weights = 0, n_biases = 0;
  for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
    n_weights += static_cast<py::ssize_t>(sizes[k]) * sizes[k + 1];
    n_biases += sizes[k + 1];
  }
  if (weights.size() != n_weights || biases.size() != n_biases) throw std::invalid_argument("weights and biases do not fit sizes");
  if (x.ndim() != 2 || x.shape(1) != sizes.front()) throw std::invalid_argument("x must have the columns of the first layer");
  if (std::find(outputs.begin(), outputs.end(), output) == outputs.end()) throw std::invalid_argument("no kernel for output " + output);
  const bool classes = op == "predict" && (output == "logistic" || output == "softmax");
  const bool one = classes && (output == "softmax" || sizes.back() == 1);
  const bool two = op == "predict_proba" && output == "logistic" && sizes.back() == 1;
  const py::ssize_t width = one ? 1 : two ? 2 : sizes.back(), n_rows = x.shape(0);
  const network net = {weights.data(), biases.data(), sizes};
  for (const entry<X>& each : entries<X>()) {
    if (hidden != each.hidden) continue;
    array<float> values({classes ? py::ssize_t{0} : n_rows, width});
    array<int32_t> indices({classes ? n_rows : py::ssize_t{0}, width});
    float* const value = values.mutable_data();
    int32_t* const index = classes ? indices.mutable_data() : nullptr;
    {
      const py::gil_scoped_release release;
      each.call(net, output, op, x.data(), n_rows, value, index);
    }
    return classes ? py::array(indices) : py::array(values);
  }
  throw std::invalid_argument("no kernel for hidden activation " + hidden);
}

using combination = std::tuple<std::string, std::string, std::string>;

template <class X> void define(py::module_& m, std::vector<combination>& all) {
  m.def("run", &run<X>, py::arg("weights").noconvert(), py::arg("biases").noconvert(), py::arg("sizes"), py::arg("hidden"),
        py::arg("output"), py::arg("op"), py::arg("x").noconvert(), "The answers of `op` for raw rows, shape (n_samples, width).");
  const std::string type = py::str(py::dtype::of<X>().attr("name"));
  for (const entry<X>& each : entries<X>())
    for (const std::string& output : outputs) all.emplace_back(type, each.hidden, output);
}

}  // namespace

PYBIND11_MODULE(mlp, m) {
  std::vector<combination> all;
  define<float>(m, all);
  define<double>(m, all);
  define<int32_t>(m, all);
  define<int16_t>(m, all);
  define<uint16_t>(m, all);
  define<int8_t>(m, all);
  define<uint8_t>(m, all);
  m.attr("combinations") = all;  // (input type, hidden activation, output activation)
}
