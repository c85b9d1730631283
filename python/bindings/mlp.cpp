// The kernels of multilayer perceptrons on numpy arrays, for every input type and pair of activations.
// SPDX-License-Identifier: MIT
#include "mlp/answers.hpp"

#include <tuple>

using namespace emlearn_bindings;
namespace mlp = emlearn::mlp;
using emlearn::direct;

namespace {

/// The sums of the last layer; the layers before it have activation Hidden. a and b have room for the widest layer.
template <class X, class Hidden> void forward(const network& net, const X* x, std::vector<float>& a, std::vector<float>& b, float* out) {
  const float *weights = net.weights, *bias = net.biases;
  const size_t last = net.sizes.size() - 2;
  float *from = b.data(), *to = a.data();
  for (size_t k = 0; k < last; ++k) {
    const int n_in = net.sizes[k], n_out = net.sizes[k + 1];
    if (k == 0) {
      mlp::dense<direct, Hidden>(x, weights, bias, n_in, n_out, to);
    } else {
      mlp::dense<direct, Hidden>(from, weights, bias, n_in, n_out, to);
    }
    weights += static_cast<ptrdiff_t>(n_in) * n_out;
    bias += n_out;
    std::swap(from, to);
  }
  const int n_in = net.sizes[last], n_out = net.sizes[last + 1];
  if (last == 0) {
    mlp::dense<direct, mlp::identity>(x, weights, bias, n_in, n_out, out);
  } else {
    mlp::dense<direct, mlp::identity>(from, weights, bias, n_in, n_out, out);
  }
}

template <class X, class Hidden> void rows(const network& net, const X* x, size_t n_rows, answers& out) {
  std::vector<float> a(net.widest()), b(net.widest()), z(net.widest());
  for (size_t row = 0; row != n_rows; ++row, x += net.sizes.front()) {
    forward<X, Hidden>(net, x, a, b, z.data());
    out(row, z.data());
  }
}

template <class X> using function = void (*)(const network&, const X*, size_t, answers&);

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

template <class X> py::array run(const array<float>& weights, const array<float>& biases, const std::vector<int>& sizes,
                                 const std::string& hidden, const std::string& output, const std::string& op, const array<X>& x) {
  const network net(weights, biases, sizes);
  if (x.ndim() != 2 || x.shape(1) != sizes.front()) throw std::invalid_argument("x must have the columns of the first layer");
  const size_t n_rows = static_cast<size_t>(x.shape(0));
  answers out(output, op, net, n_rows);
  for (const entry<X>& each : entries<X>()) {
    if (hidden != each.hidden) continue;
    {
      const py::gil_scoped_release release;
      each.call(net, x.data(), n_rows, out);
    }
    return out.taken();
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
  bind_lanes(m);
  m.attr("combinations") = all;  // (input type, hidden activation, output activation)
}
