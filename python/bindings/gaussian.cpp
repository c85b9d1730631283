// The Gaussian kernels on numpy arrays, for every raw type, covariance and arithmetic that the converter chooses from.
// SPDX-License-Identifier: MIT
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <emlearn/gaussian.hpp>
#include <emlearn/gaussian/distance.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "gaussian/module.hpp"

namespace py = pybind11;
namespace g = emlearn::gaussian;
using emlearn::direct;

namespace {

using floats = py::array_t<float, py::array::c_style>;
using runner = py::array (*)(const g::view&, const std::string&, const py::array&);

template <class C, class P, class X> py::array run(const g::view& v, const std::string& op, const py::array& rows) {
  const py::array_t<X, py::array::c_style> raw(rows);
  const py::ssize_t n = raw.shape(0);
  const py::ssize_t k = v.n_components();
  const X* x = raw.data();
  std::vector<typename P::number> scratch(static_cast<size_t>(v.n_components() + v.n_features()));
  if (op == "predict") {
    py::array_t<int32_t> out({n, py::ssize_t{1}});
    int32_t* answer = out.mutable_data();
    const py::gil_scoped_release unlocked;
    for (py::ssize_t i = 0; i < n; ++i) answer[i] = g::predict<C, P, direct>(v, x + i * v.n_features(), scratch.data());
    return std::move(out);
  }
  if (op == "detect") {
    py::array_t<int32_t> out({n, py::ssize_t{1}});
    int32_t* answer = out.mutable_data();
    for (py::ssize_t i = 0; i < n; ++i) answer[i] = g::detect<C, P, direct>(v, x + i * v.n_features(), scratch.data());
    return std::move(out);
  }
  using operation = void (*)(const g::view&, const X*, float*, typename P::number*);
  static const std::map<std::string, operation> operations = {
      {"predict_proba", g::predict_proba<C, P, direct, g::view, X>}, {"joints", g::joints<C, P, direct, g::view, X>},
      {"score_samples", g::score_samples<C, P, direct, g::view, X>}, {"mahalanobis", g::mahalanobis<C, P, direct, g::view, X>},
      {"nearness", g::nearness<C, P, direct, g::view, X>},           {"decision_function", g::decision_function<C, P, direct, g::view, X>}};
  const auto found = operations.find(op);
  if (found == operations.end()) throw std::invalid_argument("no operation " + op);
  const py::ssize_t width = op == "predict_proba" || (op == "joints" && k != 2) ? k : 1;
  py::array_t<float> out({n, width});
  float* answer = out.mutable_data();
  const py::gil_scoped_release unlocked;
  for (py::ssize_t i = 0; i < n; ++i, x += v.n_features()) found->second(v, x, answer + i * width, scratch.data());
  return std::move(out);
}

struct form {
  std::map<std::string, runner> by_type;
  bool (*valid)(const g::view&, ptrdiff_t, ptrdiff_t, ptrdiff_t);
  int words;
};

template <class C, class P> form form_of() {
  return {{{"float32", run<C, P, float>},
           {"float64", run<C, P, double>},
           {"int32", run<C, P, int32_t>},
           {"int16", run<C, P, int16_t>},
           {"uint16", run<C, P, uint16_t>},
           {"int8", run<C, P, int8_t>},
           {"uint8", run<C, P, uint8_t>}},
          g::valid<C, P, g::view>,
          P::words};
}

const std::map<std::tuple<std::string, std::string>, form>& forms() {
  using emlearn::plain_float;
  using emlearn::two_float;
  static const std::map<std::tuple<std::string, std::string>, form> all = {
      {{"diag", "plain_float"}, form_of<g::diag, plain_float>()}, {{"spherical", "plain_float"}, form_of<g::spherical, plain_float>()},
      {{"full", "plain_float"}, form_of<g::full, plain_float>()}, {{"tied", "plain_float"}, form_of<g::tied, plain_float>()},
      {{"diag", "two_float"}, form_of<g::diag, two_float>()},     {{"spherical", "two_float"}, form_of<g::spherical, two_float>()},
      {{"full", "two_float"}, form_of<g::full, two_float>()},     {{"tied", "two_float"}, form_of<g::tied, two_float>()},
  };
  return all;
}

const form& find(const std::string& covariance, const std::string& arithmetic) {
  const auto found = forms().find({covariance, arithmetic});
  if (found == forms().end()) throw std::invalid_argument("no kernel for " + covariance + " in " + arithmetic);
  return found->second;
}

bool valid(const std::string& covariance, const std::string& arithmetic, int n_features, int n_components, const floats& shift,
           const floats& scale, const floats& cost) {
  const g::view v = {n_features, n_components, shift.data(), scale.data(), cost.data()};
  return find(covariance, arithmetic).valid(v, shift.size(), scale.size(), cost.size());
}

py::array answer(const std::string& op, const std::string& covariance, const std::string& arithmetic, const py::array& rows,
                 const floats& shift, const floats& scale, const floats& cost) {
  const form& chosen = find(covariance, arithmetic);
  const auto by_type = chosen.by_type.find(py::str(rows.dtype()));
  if (by_type == chosen.by_type.end()) throw std::invalid_argument("no kernel for rows of this dtype");
  if (rows.ndim() != 2) throw std::invalid_argument("rows must have two dimensions");
  const g::view v = {static_cast<int>(rows.shape(1)), static_cast<int>(cost.size() / chosen.words), shift.data(), scale.data(),
                     cost.data()};
  if (!chosen.valid(v, shift.size(), scale.size(), cost.size())) throw std::invalid_argument("the tables are not valid");
  return by_type->second(v, op, rows);
}

std::vector<std::tuple<std::string, std::string, std::string>> kernels() {
  std::vector<std::tuple<std::string, std::string, std::string>> names;
  for (const auto& entry : forms())
    for (const auto& type : entry.second.by_type) names.emplace_back(std::get<0>(entry.first), std::get<1>(entry.first), type.first);
  return names;
}

}  // namespace

PYBIND11_MODULE(gaussian, m) {
  m.def("answer", &answer, "The answers of one operation, one row per row.");
  m.def("valid", &valid, "Whether the tables keep the invariants that emitted headers assert.");
  emlearn_bindings::bind_fixed(m);
  emlearn_bindings::bind_lanes(m);
  m.def("kernels", &kernels, "All (covariance, arithmetic, raw type) that were compiled.");
}
