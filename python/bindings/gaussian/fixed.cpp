// Gaussian models in integers on numpy arrays, for every raw type and form that the converter chooses from.
// SPDX-License-Identifier: MIT
#include <pybind11/numpy.h>

#include <emlearn/gaussian/whitened.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "module.hpp"

namespace emlearn_bindings {

namespace {

namespace py = pybind11;
namespace f = emlearn::gaussian::fixed;
using emlearn::direct;
template <class T> using array = py::array_t<T, py::array::c_style>;

/// The tables of an integer form behind numpy arrays.
template <class Form> struct integers {
  array<int32_t> origin;
  array<uint8_t> bits;
  array<typename Form::slope> slope;
  array<typename Form::intercept> intercept;
  array<typename Form::sum> constant;

  integers(const py::array& o, const py::array& b, const py::array& s, const py::array& i, const py::array& c)
      : origin(o), bits(b), slope(s), intercept(i), constant(c) {}
  f::view<Form, int32_t> view(float unit) const {
    return {static_cast<int>(origin.size()),
            static_cast<int>(constant.size()),
            unit,
            origin.data(),
            bits.data(),
            slope.data(),
            intercept.data(),
            constant.data()};
  }
};

/// What a form adds: its view, what is valid, and operations beyond probabilities and likelihoods.
template <class Form, int Triangular> struct family {
  typedef f::view<Form, int32_t> view;
  static view of(const integers<Form>& tables, float unit, int, int) { return tables.view(unit); }
  static bool valid(const view& v, const integers<Form>& t) {
    return f::valid<Form>(v, t.origin.size(), t.bits.size(), t.slope.size(), t.intercept.size(), t.constant.size());
  }
  template <class X> static int decide(const view& v, const X* x, typename Form::sum* scratch, int16_t* offsets, bool) {
    return f::sums<Form, direct>(v, x, scratch, offsets);
  }
  template <class Operations> static void add(Operations&) {}
};
template <class Form> struct family<Form, 1> {
  typedef f::triangles<Form, int32_t> view;
  static view of(const integers<Form>& tables, float unit, int n_matrices, int shift) {
    return {tables.view(unit), n_matrices, static_cast<uint8_t>(shift)};
  }
  static bool valid(const view& v, const integers<Form>& t) {
    return f::valid_triangles<Form>(v, t.origin.size(), t.bits.size(), t.slope.size(), t.intercept.size(), t.constant.size());
  }
  template <class X> static int decide(const view& v, const X* x, typename Form::sum* scratch, int16_t* offsets, bool detects) {
    return detects ? f::detect<Form, direct>(v, x, scratch, offsets) : f::sums<Form, direct>(v, x, scratch, offsets);
  }
  template <class X> static void add(std::map<std::string, void (*)(const view&, const X*, float*, typename Form::sum*, int16_t*)>& known) {
    known["joints"] = f::joints<Form, direct, view, X>;
    known["decision_function"] = f::decision_function<Form, direct, view, X>;
    known["mahalanobis"] = f::mahalanobis<Form, direct, view, X>;
    known["nearness"] = f::nearness<Form, direct, view, X>;
  }
};

template <class Form, class View, class X> py::array run(const View& v, const std::string& op, const py::array& rows) {
  const array<X> raw(rows);
  const py::ssize_t n = raw.shape(0), k = v.n_components();
  const X* x = raw.data();
  std::vector<typename Form::sum> scratch(static_cast<size_t>(k));
  std::vector<int16_t> offsets(static_cast<size_t>(v.n_features()));
  if (op == "predict" || op == "detect") {
    py::array_t<int32_t> out({n, py::ssize_t{1}});
    int32_t* answer = out.mutable_data();
    const py::gil_scoped_release unlocked;
    const bool detects = op == "detect";
    for (py::ssize_t i = 0; i < n; ++i, x += v.n_features())
      answer[i] = family<Form, Form::triangular>::decide(v, x, scratch.data(), offsets.data(), detects);
    return std::move(out);
  }
  std::map<std::string, void (*)(const View&, const X*, float*, typename Form::sum*, int16_t*)> operations = {
      {"predict_proba", f::predict_proba<Form, direct, View, X>}, {"score_samples", f::score_samples<Form, direct, View, X>}};
  family<Form, Form::triangular>::add(operations);
  const auto found = operations.find(op);
  if (found == operations.end()) throw std::invalid_argument("no operation " + op);
  const py::ssize_t width = op == "predict_proba" || (op == "joints" && k != 2) ? k : 1;
  py::array_t<float> out({n, width});
  float* answer = out.mutable_data();
  const py::gil_scoped_release unlocked;
  for (py::ssize_t i = 0; i < n; ++i, x += v.n_features()) found->second(v, x, answer + i * width, scratch.data(), offsets.data());
  return std::move(out);
}

/// Calls what(Form()) for the form of that name.
template <class F> auto with_form(const std::string& form, F what) {
  if (form == "squares") return what(f::squares());
  if (form == "steep_squares") return what(f::steep_squares());
  if (form == "polynomial<int32_t>") return what(f::polynomial<int32_t>());
  if (form == "polynomial<int64_t>") return what(f::polynomial<int64_t>());
  if (form == "whitened<int16_t>") return what(f::whitened<int16_t>());
  if (form == "whitened<int32_t>") return what(f::whitened<int32_t>());
  throw std::invalid_argument("no kernel for " + form);
}

bool fixed_valid(const std::string& form, float unit, int n_matrices, int shift, const py::array& origin, const py::array& bits,
                 const py::array& slope, const py::array& intercept, const py::array& constant) {
  return with_form(form, [&](auto known) {
    using Form = decltype(known);
    const integers<Form> tables(origin, bits, slope, intercept, constant);
    using kind = family<Form, Form::triangular>;
    return kind::valid(kind::of(tables, unit, n_matrices, shift), tables);
  });
}

py::array fixed_answer(const std::string& op, const std::string& form, const py::array& rows, float unit, int n_matrices, int shift,
                       const py::array& origin, const py::array& bits, const py::array& slope, const py::array& intercept,
                       const py::array& constant) {
  return with_form(form, [&](auto known) -> py::array {
    using Form = decltype(known);
    using kind = family<Form, Form::triangular>;
    using view = typename kind::view;
    const integers<Form> tables(origin, bits, slope, intercept, constant);
    const view v = kind::of(tables, unit, n_matrices, shift);
    if (rows.ndim() != 2 || rows.shape(1) != v.n_features()) throw std::invalid_argument("rows have another number of features");
    if (!kind::valid(v, tables)) throw std::invalid_argument("the tables are not valid");
    const std::string type = py::str(rows.dtype());
    if (type == "int8") return run<Form, view, int8_t>(v, op, rows);
    if (type == "uint8") return run<Form, view, uint8_t>(v, op, rows);
    if (type == "int16") return run<Form, view, int16_t>(v, op, rows);
    if (type == "uint16") return run<Form, view, uint16_t>(v, op, rows);
    if (type == "int32") return run<Form, view, int32_t>(v, op, rows);
    throw std::invalid_argument("no kernel for rows of this dtype");
  });
}

}  // namespace

void bind_fixed(py::module_& m) {
  m.def("fixed_answer", &fixed_answer, "The answers of one operation of an integer form, one row per row.");
  m.def("fixed_valid", &fixed_valid, "Whether the tables of an integer form keep the invariants that emitted headers assert.");
}

}  // namespace emlearn_bindings
