// The rules that make one answer of several, on numpy arrays.
// SPDX-License-Identifier: MIT
#include <emlearn/decide.hpp>
#include <emlearn/functions.hpp>
#include <emlearn/join.hpp>

#include "arrays.hpp"

using namespace emlearn_bindings;
namespace decide = emlearn::decide;
namespace functions = emlearn::functions;
using emlearn::direct;

namespace {

/// Calls f(row, out) for each row of X, out a row of a new matrix with `width` columns.
template <class Out, class F> py::array_t<Out> rows(const array<float>& X, size_t width, F f) {
  const auto n = static_cast<size_t>(X.shape(0)), columns = static_cast<size_t>(X.shape(1));
  auto out = matrix<Out>(n, width);
  Out* y = out.mutable_data();
  for (size_t i = 0; i != n; ++i) f(X.data() + i * columns, y + i * width);
  return out;
}

template <class F> py::array_t<float> mapped(const array<float>& X, float scale, float offset) {
  const auto width = static_cast<size_t>(X.shape(1));
  return rows<float>(X, width, [&](const float* x, float* out) {
    for (size_t i = 0; i != width; ++i) out[i] = F::of(x[i] * scale + offset);
  });
}

py::array_t<float> target(const array<float>& X, const std::string& function, float scale, float offset) {
  if (function == "identity") return mapped<functions::identity>(X, scale, offset);
  if (function == "absolute") return mapped<functions::absolute>(X, scale, offset);
  if (function == "exp") return mapped<functions::exp>(X, scale, offset);
  if (function == "expm1") return mapped<functions::expm1>(X, scale, offset);
  if (function == "log") return mapped<functions::log>(X, scale, offset);
  if (function == "logistic") return mapped<functions::logistic>(X, scale, offset);
  if (function == "log1p") return mapped<functions::log1p>(X, scale, offset);
  if (function == "reciprocal") return mapped<functions::reciprocal>(X, scale, offset);
  if (function == "sqrt") return mapped<functions::sqrt>(X, scale, offset);
  if (function == "square") return mapped<functions::square>(X, scale, offset);
  throw std::invalid_argument("no function " + function);
}

/// Probabilities of n classes from the curves of each score.
template <class Curve> py::array_t<float> probabilities(const array<float>& X, uint16_t n, Curve curve) {
  const auto n_curves = static_cast<size_t>(X.shape(1));
  return rows<float>(X, n, [&](const float* x, float* out) {
    if (n_curves == 1) {
      decide::both(curve(x[0], size_t{0}), out);
      return;
    }
    for (size_t i = 0; i != n_curves; ++i) out[i] = curve(x[i], i);
    decide::normalize(out, n, 1.0f / static_cast<float>(n));
  });
}

}  // namespace

PYBIND11_MODULE(decide, m) {
  m.def("target", &target, "function(x * scale + offset), elementwise.");
  m.def("labels", [](const array<float>& X, float least) {
    const auto n = static_cast<uint16_t>(X.shape(1));
    return rows<int32_t>(X, n, [&](const float* x, int32_t* out) { decide::labels(x, least, n, out); });
  });
  m.def("largest", [](const array<float>& X) {
    return rows<int32_t>(X, 1, [&](const float* x, int32_t* out) { *out = emlearn::join::largest(x, static_cast<uint16_t>(X.shape(1))); });
  });
  m.def("nearest", [](const array<float>& X, const array<float>& table) {
    const auto n = static_cast<uint16_t>(table.shape(0)), width = static_cast<uint16_t>(table.shape(1));
    return rows<int32_t>(X, 1, [&](const float* x, int32_t* out) { *out = decide::nearest<direct>(x, table.data(), n, width); });
  });
  m.def("pairs",
        [](const array<float>& X, uint16_t n) { return rows<float>(X, n, [&](const float* x, float* out) { decide::pairs(x, n, out); }); });
  m.def("both", [](const array<float>& X) { return rows<float>(X, 2, [](const float* x, float* out) { decide::both(x[0], out); }); });
  m.def("normalized", [](const array<float>& X, float otherwise) {
    const auto n = static_cast<uint16_t>(X.shape(1));
    return rows<float>(X, n, [&](const float* x, float* out) {
      decide::copy(x, n, out);
      decide::normalize(out, n, otherwise);
    });
  });
  m.def("sigmoid", [](const array<float>& X, const array<float>& slopes, const array<float>& offsets, uint16_t n) {
    return probabilities(X, n, [&](float x, size_t i) { return decide::falling(x * slopes.data()[i] + offsets.data()[i]); });
  });
  m.def("curve", [](const array<float>& X, const array<float>& knots_x, const array<float>& knots_y) {
    const auto n = static_cast<uint16_t>(knots_x.size());
    return rows<float>(X, 1,
                       [&](const float* x, float* out) { *out = decide::interpolate<direct>(*x, knots_x.data(), knots_y.data(), n); });
  });
  m.def("isotonic",
        [](const array<float>& X, const array<float>& knots_x, const array<float>& knots_y, const array<uint16_t>& starts, uint16_t n) {
          return probabilities(X, n, [&](float x, size_t i) {
            const uint16_t from = starts.data()[i], count = static_cast<uint16_t>(starts.data()[i + 1] - from);
            return decide::interpolate<direct>(x, knots_x.data() + from, knots_y.data() + from, count);
          });
        });
}
