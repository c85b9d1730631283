// The kernels of multilayer perceptrons in integers on numpy arrays: the portable ones, for every intake and step.
// SPDX-License-Identifier: MIT
#include "integers.hpp"

#include <emlearn/mlp/power.hpp>

#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace py = pybind11;
namespace mlp = emlearn::mlp;
using emlearn::direct;
using emlearn_bindings::array;
using emlearn_bindings::bend;
using emlearn_bindings::matrix;
using emlearn_bindings::tables;

namespace {

template <class W> struct layer : emlearn_bindings::numbers_of<W> {
  const float* u;
  int in;
  layer(const tables<W>& t, const float* units, int n_in) : emlearn_bindings::numbers_of<W>(t), u(units), in(n_in) {}
  const float* unit() const { return u; }
  int n_in() const { return in; }
};

struct scale {
  int shift_first;
  uint32_t most, times;
  int pre() const { return shift_first; }
  uint32_t limit() const { return most; }
  uint32_t factor() const { return times; }
};

template <class X, class Q> void take(const emlearn_bindings::taking& t, const X* x, int n, Q* out) {
  emlearn_bindings::with_intake<X>(t, n, [&](const auto& v, auto kind) {
    if constexpr (kind == 0) {
      mlp::take_whole(v, x, out);
    } else if constexpr (kind == 1) {
      mlp::take_scaled<direct>(v, x, out);
    } else {
      mlp::take_real<direct>(v, x, out);
    }
  });
}

template <class W, class Q> py::array run(const emlearn_bindings::taking& taken, const std::vector<tables<W>>& all, const bend& curve,
                                          const array<float>& units, const std::string& output, const std::string& op,
                                          const std::tuple<int, uint32_t, uint32_t>& power, const py::array& X) {
  std::vector<layer<W>> layers;
  int widest = 1;
  for (const tables<W>& t : all) {
    const array<W>& w = std::get<0>(t);
    const int n_out = static_cast<int>(w.shape(0)), n_in = static_cast<int>(w.shape(1));
    if (std::get<1>(t).size() != n_out || (std::get<2>(t).size() != n_out && std::get<2>(t).size() != 0))
      throw std::invalid_argument("bias and factor do not fit the weights");
    layers.emplace_back(t, units.data(), n_in);
    widest = std::max({widest, n_in, n_out});
  }
  if (std::get<0>(taken) == "whole" && X.dtype().kind() == 'f') throw std::invalid_argument("X must hold whole numbers");
  if (layers.empty() || X.ndim() != 2 || X.shape(1) != layers.front().in)
    throw std::invalid_argument("X must have the columns of the first layer");
  const layer<W>& last = layers.back();
  const int n = last.out;
  const bool discrete = output == "softmax" || output == "logistic";
  if (!discrete && units.size() != n) throw std::invalid_argument("units: one per output");
  const array<uint16_t>& nodes = std::get<0>(curve);
  const auto step = emlearn_bindings::bent(curve);
  const scale s = {std::get<0>(power), std::get<1>(power), std::get<2>(power)};
  return emlearn_bindings::with_rows(X, [&](auto* x, size_t rows, size_t columns) {
    std::vector<Q> a(static_cast<size_t>(widest)), b(static_cast<size_t>(widest));
    std::vector<int32_t> z(static_cast<size_t>(n));
    const size_t width = op == "predict_proba" && output == "logistic" && n == 1 ? 2
                         : op == "predict" && output == "softmax"                ? 1
                                                                                 : static_cast<size_t>(n);
    const bool classes = discrete && op == "predict";
    py::array_t<float> answers = matrix<float>(classes ? 0 : rows, width);
    py::array_t<int32_t> indices = matrix<int32_t>(classes ? rows : 0, width);
    for (size_t row = 0; row < rows; ++row, x += columns) {
      Q *from = a.data(), *to = b.data();
      take(taken, x, static_cast<int>(columns), from);
      for (size_t k = 0; k + 1 < layers.size(); ++k) {
        if (nodes.size() == 0) {
          mlp::hidden<direct, mlp::plain>(layers[k], mlp::clamp(), from, to);
        } else {
          mlp::hidden<direct, mlp::plain>(layers[k], step, from, to);
        }
        std::swap(from, to);
      }
      if (!discrete) {
        float* const out = answers.mutable_data() + row * width;
        mlp::values<direct, mlp::plain>(last, from, n, out);
        if (output == "exp") {
          for (int j = 0; j < n; ++j) out[j] = mlp::mean_of(out[j]);
        }
      } else if (classes) {
        int32_t* const out = indices.mutable_data() + row * width;
        if (output == "softmax") {
          *out = mlp::best<direct, mlp::plain>(last, from, n);
        } else {
          mlp::positive<direct, mlp::plain>(last, from, n, out);
        }
      } else {
        float* const out = answers.mutable_data() + row * width;
        mlp::scores<direct, mlp::plain>(last, from, n, z.data());
        if (output == "softmax") {
          mlp::softmax(s, z.data(), n, out);
        } else if (n == 1) {
          mlp::chances(s, z[0], out);
        } else {
          for (int j = 0; j < n; ++j) out[j] = mlp::chance(s, z[static_cast<size_t>(j)]);
        }
      }
    }
    return classes ? py::array(indices) : py::array(answers);
  });
}

template <class W, class Q> void define(py::module_& m, const char* name) {
  m.def(name, &run<W, Q>, py::arg("intake"), py::arg("layers"), py::arg("curve"), py::arg("units"), py::arg("output"), py::arg("op"),
        py::arg("power"), py::arg("X"), "The answers of `op` for raw rows, shape (n_samples, width).");
}

}  // namespace

PYBIND11_MODULE(mlp_integer, m) {
  define<int8_t, uint8_t>(m, "int8");
  define<int16_t, uint16_t>(m, "int16");
  m.def("power", &mlp::power, py::arg("t"), "2^(-t / 2048) * 2^15.");
}
