// The linear kernels on numpy arrays: sums for every raw type, and what the emitted headers make of them.
// SPDX-License-Identifier: MIT
#include <emlearn/linear.hpp>

#include "arrays.hpp"

using namespace emlearn_bindings;
namespace linear = emlearn::linear;
using emlearn::direct;

namespace {

linear::view view_of(const array<float>& table, const array<float>& bias, const array<uint16_t>& columns) {
  if (table.ndim() != 2 || table.shape(0) != columns.size() || table.shape(1) != bias.size())
    throw std::invalid_argument("table, bias and columns do not fit each other");
  return {static_cast<int>(table.shape(0)), static_cast<int>(table.shape(1)), table.data(), bias.data(), columns.data()};
}

bool valid(const array<float>& table, const array<float>& bias, const array<uint16_t>& columns, int n_features) {
  return linear::valid(view_of(table, bias, columns), table.size(), bias.size(), n_features);
}

py::array sums(const py::array& X, const array<float>& table, const array<float>& bias, const array<uint16_t>& columns) {
  const linear::view v = view_of(table, bias, columns);
  return with_rows(X, [&](auto* x, size_t rows, size_t width) -> py::array {
    if (!linear::valid(v, table.size(), bias.size(), static_cast<int>(width))) throw std::invalid_argument("the tables are not valid");
    auto out = matrix<float>(rows, static_cast<size_t>(v.n_rows()));
    float* to = out.mutable_data();
    const py::gil_scoped_release unlocked;
    for (size_t i = 0; i != rows; ++i, x += width, to += v.n_rows()) linear::sums<direct>(v, x, to);
    return out;
  });
}

/// Calls f for each row of scores with the answer's row of the given width.
template <class Answer, class F> py::array each_row(const array<float>& scores, size_t width, F f) {
  const size_t rows = static_cast<size_t>(scores.shape(0)), n = static_cast<size_t>(scores.shape(1));
  auto out = matrix<Answer>(rows, width);
  Answer* to = out.mutable_data();
  const float* from = scores.data();
  for (size_t i = 0; i != rows; ++i, from += n, to += width) f(from, static_cast<int>(n), to);
  return out;
}

py::array decide(const std::string& kind, const array<float>& scores) {
  if (kind == "multilabel")
    return each_row<int32_t>(scores, static_cast<size_t>(scores.shape(1)), [](auto* z, int n, int32_t* out) { linear::labels(z, n, out); });
  if (kind == "detector") return each_row<int32_t>(scores, 1, [](auto* z, int, int32_t* out) { *out = z[0] >= 0 ? 1 : -1; });
  return each_row<int32_t>(scores, 1, [](auto* z, int n, int32_t* out) { *out = linear::largest(z, n); });
}

/// Of the one score of two classes.
py::array two_classes(const std::string& link, const array<float>& scores) {
  return each_row<float>(scores, 2, [&](const float* z, int, float* out) {
    link == "clipped" ? linear::clipped_proba(z[0], out) : emlearn::mlp::binary_proba(z[0], out);
  });
}

/// Of the scores of all classes; link "identity" leaves them as they are, relative to `first`.
py::array all_classes(const std::string& link, const array<float>& scores, const array<float>& first) {
  const size_t width = static_cast<size_t>(scores.shape(1)) + 1;
  const float* base = first.size() ? first.data() : nullptr;
  return each_row<float>(scores, width, [&](const float* z, int n, float* out) {
    out[0] = 0.0f;
    for (int j = 0; j < n; ++j) out[j + 1] = z[j];
    if (base) linear::add_first(*base++, out, n + 1);
    if (link == "softmax") emlearn::mlp::softmax(out, n + 1);
    if (link == "one_vs_rest") linear::one_vs_rest(out, n + 1);
    if (link == "clipped") linear::clipped(out, n + 1);
  });
}

py::array exponential(const array<float>& scores) {
  return each_row<float>(scores, static_cast<size_t>(scores.shape(1)), [](const float* z, int n, float* out) {
    for (int j = 0; j < n; ++j) out[j] = emlearn::mlp::exponential::of(z[j]);
  });
}

}  // namespace

PYBIND11_MODULE(linear, m) {
  m.def("sums", &sums, "Scores of rows X, shape (n_samples, n_rows).");
  m.def("valid", &valid, "Whether the tables keep the invariants that emitted headers assert.");
  m.def("decide", &decide, "Classes, labels or +1 and -1 of scores.");
  m.def("two_classes", &two_classes, "Probabilities from the one score of two classes.");
  m.def("all_classes", &all_classes, "Scores or probabilities of all classes from those relative to the first.");
  m.def("exponential", &exponential, "exp of each score.");
}
