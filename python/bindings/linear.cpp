// The linear kernels on numpy arrays: sums for every raw type, and what the emitted headers make of them.
// SPDX-License-Identifier: MIT
#include <emlearn/linear.hpp>
#include <emlearn/linear/categories.hpp>
#include <emlearn/linear/digits.hpp>

#include "arrays.hpp"
#include "lanes.hpp"

using namespace emlearn_bindings;
namespace linear = emlearn::linear;
using emlearn::direct;

namespace {

/// The tables of one map, and what is done with them for a type of weights, biases and sums.
struct tables {
  const py::array& weights;
  const py::array& bias;
  const array<uint16_t>& columns;
  int64_t bias_unit;
  uint64_t largest;
};

template <class Weight, class Bias, class Sum> struct kernel {
  typedef linear::view<Weight, Bias, Sum> view;

  static bool fits(const tables& t) { return py::isinstance<array<Weight>>(t.weights) && py::isinstance<array<Bias>>(t.bias); }

  static view view_of(const tables& t) {
    if (t.weights.ndim() != 2 || t.weights.shape(0) != t.columns.size() || t.weights.shape(1) != t.bias.size())
      throw std::invalid_argument("weights, bias and columns do not fit each other");
    return {static_cast<int>(t.weights.shape(0)),
            static_cast<int>(t.weights.shape(1)),
            static_cast<const Weight*>(t.weights.data()),
            static_cast<const Bias*>(t.bias.data()),
            t.columns.data(),
            static_cast<Sum>(t.bias_unit)};
  }

  static bool valid(const tables& t, int n_features) {
    return linear::valid(view_of(t), t.weights.size(), t.bias.size(), n_features, t.largest);
  }

  static py::array sums(const tables& t, const py::array& X, const py::array& above) {
    const view v = view_of(t);
    return with_rows(X, [&](auto* x, size_t rows, size_t width) -> py::array {
      if (!valid(t, static_cast<int>(width))) throw std::invalid_argument("the tables are not valid");
      auto out = matrix<Sum>(rows, static_cast<size_t>(v.n_rows()));
      Sum* to = out.mutable_data();
      typedef std::remove_cv_t<std::remove_pointer_t<decltype(x)>> raw;
      const linear::binary_view<view, raw> binary(v, static_cast<const raw*>(above.data()));
      for (size_t i = 0; i != rows; ++i, x += width, to += v.n_rows()) {
        if (above.size() != 0) {
          linear::sums<direct>(binary, x, to);
        } else {
          linear::sums<direct>(v, x, to);
        }
      }
      return out;
    });
  }
};

/// The float scores of rows, which go side by side: bit by bit those of the portable kernel.
py::array lane_sums(const array<float>& weights, const array<float>& bias, const array<uint16_t>& columns, const py::array& X) {
  const tables t = {weights, bias, columns, 1, 0};
  const auto v = kernel<float, float, float>::view_of(t);
  return with_rows(X, [&](auto* x, size_t rows, size_t width) -> py::array {
    if (!kernel<float, float, float>::valid(t, static_cast<int>(width))) throw std::invalid_argument("the tables are not valid");
    const size_t n_in = static_cast<size_t>(v.n_terms()), n_out = static_cast<size_t>(v.n_rows());
    auto out = matrix<float>(rows, n_out);
    float* const to = out.mutable_data();
    std::vector<float> turned(n_in * lanes::rows), sums(n_out * lanes::rows);
    each_block(rows, lanes::rows, [&](size_t first, size_t count) {
      for (size_t i = 0; i != n_in; ++i)
        for (size_t row = 0; row != count; ++row)
          turned[i * lanes::rows + row] = v.template value<direct>(x + (first + row) * width, static_cast<int>(i));
      weighted_sums(
          turned.data(), v.bias(), n_in, n_out, [&](size_t j, size_t i) { return v.weights()[i * n_out + j]; }, sums.data());
      for (size_t row = 0; row != count; ++row)
        for (size_t j = 0; j != n_out; ++j) to[(first + row) * n_out + j] = sums[j * lanes::rows + row];
    });
    return out;
  });
}

/// A view of features that are categories.
template <class View> struct category_view : View {
  int n_features_;
  const uint16_t* starts_;

  category_view(const View& view, const array<uint16_t>& starts)
      : View(view), n_features_(static_cast<int>(starts.size()) - 1), starts_(starts.data()) {
    if (starts.size() < 1) throw std::invalid_argument("starts has no entry");
  }
  int n_features() const { return n_features_; }
  const uint16_t* starts() const { return starts_; }
};

/// Calls f with the kernel of the tables' types.
template <class F> auto with_kernel(const std::string& sum_type, const tables& t, F f) {
  if (sum_type == "float32" && kernel<float, float, float>::fits(t)) return f(kernel<float, float, float>());
  if (sum_type == "int32" && kernel<int8_t, int32_t, int32_t>::fits(t)) return f(kernel<int8_t, int32_t, int32_t>());
  if (sum_type == "int32" && kernel<int16_t, int32_t, int32_t>::fits(t)) return f(kernel<int16_t, int32_t, int32_t>());
  if (sum_type == "int64" && kernel<int8_t, int32_t, int64_t>::fits(t)) return f(kernel<int8_t, int32_t, int64_t>());
  if (sum_type == "int64" && kernel<int16_t, int32_t, int64_t>::fits(t)) return f(kernel<int16_t, int32_t, int64_t>());
  if (sum_type == "int64" && kernel<int32_t, int32_t, int64_t>::fits(t)) return f(kernel<int32_t, int32_t, int64_t>());
  throw std::invalid_argument("no kernel for weights, bias and sums of these types");
}

bool valid(const std::string& sum_type, const py::array& weights, const py::array& bias, const array<uint16_t>& columns, int64_t bias_unit,
           uint64_t largest, int n_features) {
  const tables t = {weights, bias, columns, bias_unit, largest};
  return with_kernel(sum_type, t, [&](auto k) { return k.valid(t, n_features); });
}

py::array sums(const std::string& sum_type, const py::array& weights, const py::array& bias, const array<uint16_t>& columns,
               int64_t bias_unit, uint64_t largest, const py::array& X, const py::array& above) {
  if (above.size() != 0 && (!above.dtype().is(X.dtype()) || X.ndim() != 2 || above.size() != X.shape(1)))
    throw std::invalid_argument("above must have one value per feature, of the rows' type");
  const tables t = {weights, bias, columns, bias_unit, largest};
  return with_kernel(sum_type, t, [&](auto k) { return k.sums(t, X, above); });
}

bool valid_categories(const std::string& sum_type, const py::array& weights, const py::array& bias, const array<uint16_t>& columns,
                      int64_t bias_unit, uint64_t largest, const array<uint16_t>& starts) {
  const tables t = {weights, bias, columns, bias_unit, largest};
  return with_kernel(sum_type, t, [&](auto k) {
    const category_view<typename decltype(k)::view> v(k.view_of(t), starts);
    return k.valid(t, v.n_terms()) && linear::valid_starts(v);
  });
}

py::array category_sums(const std::string& sum_type, const py::array& weights, const py::array& bias, const array<uint16_t>& columns,
                        int64_t bias_unit, uint64_t largest, const py::array& X, const array<uint16_t>& starts) {
  if (!valid_categories(sum_type, weights, bias, columns, bias_unit, largest, starts))
    throw std::invalid_argument("the tables are not valid");
  const tables t = {weights, bias, columns, bias_unit, largest};
  return with_kernel(sum_type, t, [&](auto k) -> py::array {
    typedef typename decltype(k)::view view;
    const category_view<view> v(k.view_of(t), starts);
    return with_rows(X, [&](auto* x, size_t rows, size_t width) -> py::array {
      if (width != static_cast<size_t>(v.n_features())) throw std::invalid_argument("rows have another number of features");
      auto out = matrix<typename view::sum>(rows, static_cast<size_t>(v.n_rows()));
      for (size_t i = 0; i != rows; ++i)
        linear::category_sums<direct>(v, x + i * width, out.mutable_data() + i * static_cast<size_t>(v.n_rows()));
      return out;
    });
  });
}

template <class Sum> py::array scale(const array<Sum>& sums, const array<float>& unit) {
  if (sums.ndim() != 2 || sums.shape(1) != unit.size()) throw std::invalid_argument("sums and unit do not fit each other");
  const size_t rows = static_cast<size_t>(sums.shape(0)), n = static_cast<size_t>(sums.shape(1));
  auto out = matrix<float>(rows, n);
  for (size_t i = 0; i != rows; ++i)
    linear::scale<direct>(sums.data() + i * n, static_cast<int>(n), unit.data(), 1, out.mutable_data() + i * n);
  return out;
}

template <class Sum> py::array narrow(const array<Sum>& sums, const array<uint8_t>& shift, int64_t top, const std::string& type) {
  if (sums.ndim() != 2 || sums.shape(1) != shift.size()) throw std::invalid_argument("sums and shift do not fit each other");
  const auto as = [&](auto zero) -> py::array {
    const size_t rows = static_cast<size_t>(sums.shape(0)), n = static_cast<size_t>(sums.shape(1));
    auto out = matrix<decltype(zero)>(rows, n);
    for (size_t i = 0; i != rows; ++i)
      linear::narrow<direct>(sums.data() + i * n, static_cast<int>(n), shift.data(), static_cast<Sum>(top), out.mutable_data() + i * n);
    return std::move(out);
  };
  if (type == "uint8") return as(uint8_t{});
  if (type == "int16") return as(int16_t{});
  if (type == "int32") return as(int32_t{});
  throw std::invalid_argument("no answers of type " + type);
}

/// Calls f for each row of scores with the answer's row of the given width.
template <class Answer, class Score, class F> py::array each_row(const array<Score>& scores, size_t width, F f) {
  const size_t rows = static_cast<size_t>(scores.shape(0)), n = static_cast<size_t>(scores.shape(1));
  auto out = matrix<Answer>(rows, width);
  Answer* to = out.mutable_data();
  const Score* from = scores.data();
  for (size_t i = 0; i != rows; ++i, from += n, to += width) f(from, static_cast<int>(n), to);
  return out;
}

template <class Sum> py::array decide(const std::string& kind, const array<Sum>& scores) {
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
  m.def("lane_sums", &lane_sums, py::arg("weights"), py::arg("bias"), py::arg("columns"), py::arg("X"), "sums() with rows side by side.");
  m.def("valid", &valid, "Whether the tables keep the invariants that emitted headers assert.");
  m.def("category_sums", &category_sums, "Scores of rows of categories, shape (n_samples, n_rows).");
  m.def("valid_categories", &valid_categories, "Whether the tables of categories keep the invariants that emitted headers assert.");
  m.def("decide", &decide<float>, py::arg("kind"), py::arg("scores").noconvert(), "Classes, labels or +1 and -1 of scores.");
  m.def("decide", &decide<int32_t>, py::arg("kind"), py::arg("scores").noconvert());
  m.def("decide", &decide<int64_t>, py::arg("kind"), py::arg("scores").noconvert());
  m.def("scale", &scale<int32_t>, py::arg("sums").noconvert(), py::arg("unit"), "Integer sums as the numbers that they stand for.");
  m.def("scale", &scale<int64_t>, py::arg("sums").noconvert(), py::arg("unit"));
  m.def("narrow", &narrow<int32_t>, py::arg("sums").noconvert(), py::arg("shift"), py::arg("top"), py::arg("type"),
        "Integer sums as whole numbers 0 to top of the named type.");
  m.def("narrow", &narrow<int64_t>, py::arg("sums").noconvert(), py::arg("shift"), py::arg("top"), py::arg("type"));
  m.def("two_classes", &two_classes, "Probabilities from the one score of two classes.");
  m.def("all_classes", &all_classes, "Scores or probabilities of all classes from those relative to the first.");
  m.def("exponential", &exponential, "exp of each score.");
}
