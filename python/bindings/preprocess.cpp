// Features made of features, on numpy arrays.
// SPDX-License-Identifier: MIT
#include <emlearn/functions.hpp>
#include <emlearn/preprocess.hpp>
#include <emlearn/preprocess/chi2.hpp>
#include <emlearn/preprocess/curves.hpp>
#include <emlearn/preprocess/splines.hpp>

#include "arrays.hpp"

using namespace emlearn_bindings;
namespace preprocess = emlearn::preprocess;
namespace functions = emlearn::functions;
using emlearn::direct;

namespace {

using rows_t = array<float>;

/// Calls f(row, out) for each row of X, out a row of a new matrix with `width` columns.
template <class F> py::array_t<float> each(const rows_t& X, size_t width, F f) {
  const auto n = static_cast<size_t>(X.shape(0)), columns = static_cast<size_t>(X.shape(1));
  auto out = matrix<float>(n, width);
  float* y = out.mutable_data();
  for (size_t i = 0; i != n; ++i) f(X.data() + i * columns, y + i * width);
  return out;
}

uint16_t columns_of(const rows_t& X) { return static_cast<uint16_t>(X.shape(1)); }

template <class F> py::array_t<float> mapped(const rows_t& X) {
  const uint16_t n = columns_of(X);
  return each(X, n, [&](const float* x, float* out) { preprocess::map<F>(x, n, out); });
}

py::array_t<float> map(const rows_t& X, const std::string& name) {
  if (name == "absolute") return mapped<functions::absolute>(X);
  if (name == "cosine_of_turns") return mapped<functions::cosine_of_turns>(X);
  if (name == "exp") return mapped<functions::exp>(X);
  if (name == "expm1") return mapped<functions::expm1>(X);
  if (name == "log") return mapped<functions::log>(X);
  if (name == "logistic") return mapped<functions::logistic>(X);
  if (name == "normal_quantile") return mapped<functions::normal_quantile>(X);
  if (name == "log1p") return mapped<functions::log1p>(X);
  if (name == "reciprocal") return mapped<functions::reciprocal>(X);
  if (name == "sqrt") return mapped<functions::sqrt>(X);
  if (name == "square") return mapped<functions::square>(X);
  throw std::invalid_argument("no function " + name);
}

template <preprocess::norm Norm> py::array_t<float> normalized(const rows_t& X, float least) {
  const uint16_t n = columns_of(X);
  return each(X, n, [&](const float* x, float* out) { preprocess::normalize<Norm>(x, n, least, out); });
}

template <class Find> py::array_t<float> coded(const rows_t& X, const array<float>& values, const array<uint16_t>& starts,
                                               const array<float>& codes, const array<uint16_t>& columns, uint16_t width) {
  const uint16_t n = columns_of(X);
  return each(X, width, [&](const float* x, float* out) {
    if (codes.size())
      preprocess::ordinal<direct, Find>(x, values.data(), starts.data(), codes.data(), n, out);
    else
      preprocess::one_hot<direct, Find>(x, values.data(), starts.data(), columns.data(), n, width, out);
  });
}

}  // namespace

PYBIND11_MODULE(preprocess, m) {
  m.def("map", &map);
  m.def("power", [](const rows_t& X, const std::string& name, const array<float>& powers) {
    const uint16_t n = columns_of(X);
    if (powers.size() != (name == "box_cox" ? n : 2 * n)) throw std::invalid_argument("there are not as many powers as features need");
    return each(X, n, [&](const float* x, float* out) {
      if (name == "box_cox")
        preprocess::box_cox<direct>(x, powers.data(), n, out);
      else
        preprocess::yeo_johnson<direct>(x, powers.data(), n, out);
    });
  });
  m.def("standardized", [](const rows_t& X, const array<float>& rows, bool is_signed) {
    const uint16_t n = columns_of(X);
    if (rows.size() != (is_signed ? 8 : 4) * n) throw std::invalid_argument("there are not as many rows as features need");
    return each(X, n, [&](const float* x, float* out) { preprocess::standardized<direct>(x, rows.data(), is_signed, n, out); });
  });
  m.def("quantiles", [](const rows_t& X, const array<float>& knots, const array<uint16_t>& starts, const array<uint16_t>& ranks,
                        uint16_t most, bool is_normal) {
    const uint16_t n = columns_of(X);
    if (starts.size() != n + 1 || ranks.size() != 2 * knots.size()) throw std::invalid_argument("the tables do not fit together");
    return each(X, n, [&](const float* x, float* out) {
      if (is_normal)
        preprocess::quantiles<preprocess::normal, direct>(x, knots.data(), starts.data(), ranks.data(), most, n, out);
      else
        preprocess::quantiles<preprocess::uniform, direct>(x, knots.data(), starts.data(), ranks.data(), most, n, out);
    });
  });
  m.def("chi2", [](const rows_t& X, const array<float>& values) {
    const uint16_t n = columns_of(X), steps = static_cast<uint16_t>((values.size() + 1) / 2);
    const auto width = static_cast<size_t>(n) * (2 * steps - size_t{1});
    return each(X, width, [&](const float* x, float* out) { preprocess::chi2<direct>(x, values.data(), n, steps, out); });
  });
  m.def("splines", [](const rows_t& X, const array<float>& knots, const array<float>& slopes, uint16_t degree, uint16_t width,
                      const std::string& beyond) {
    const uint16_t n = columns_of(X);
    if (degree < 1 || degree > preprocess::most_spline_degree || knots.size() % n || knots.size() < n * (2 * degree + 2))
      throw std::invalid_argument("there are not as many knots as splines of this degree need");
    if (beyond == "linear" && slopes.size() != 2 * n * width) throw std::invalid_argument("there are not as many slopes as columns need");
    const auto n_knots = static_cast<uint16_t>(knots.size() / n);
    return each(X, static_cast<size_t>(n) * width, [&](const float* x, float* out) {
      if (beyond == "linear")
        preprocess::splines<preprocess::beyond::linear, direct>(x, knots.data(), slopes.data(), n, n_knots, degree, width, out);
      else if (beyond == "constant")
        preprocess::splines<preprocess::beyond::constant, direct>(x, knots.data(), slopes.data(), n, n_knots, degree, width, out);
      else
        preprocess::splines<preprocess::beyond::polynomial, direct>(x, knots.data(), slopes.data(), n, n_knots, degree, width, out);
    });
  });
  m.def("binarize", [](const rows_t& X, float threshold) {
    const uint16_t n = columns_of(X);
    return each(X, n, [&](const float* x, float* out) { preprocess::binarize(x, n, threshold, out); });
  });
  m.def("normalize", [](const rows_t& X, const std::string& norm, float least) {
    if (norm == "l1") return normalized<preprocess::norm::l1>(X, least);
    if (norm == "l2") return normalized<preprocess::norm::l2>(X, least);
    return normalized<preprocess::norm::max>(X, least);
  });
  m.def("polynomial", [](const rows_t& X, const array<uint16_t>& terms) {
    const auto n_outputs = static_cast<uint16_t>(terms.shape(0)), degree = static_cast<uint16_t>(terms.shape(1));
    return each(X, n_outputs, [&](const float* x, float* out) {
      preprocess::polynomial<direct>(x, terms.data(), columns_of(X), n_outputs, degree, out);
    });
  });
  m.def("missing", [](const rows_t& X, const array<uint16_t>& terms) {
    const auto n_outputs = static_cast<uint16_t>(terms.shape(0));
    return each(X, n_outputs, [&](const float* x, float* out) { preprocess::missing<direct>(x, terms.data(), n_outputs, out); });
  });
  m.def("codes", [](const rows_t& X, bool bins, const array<float>& values, const array<uint16_t>& starts, const array<float>& codes,
                    const array<uint16_t>& columns, uint16_t width) {
    return bins ? coded<preprocess::bin>(X, values, starts, codes, columns, width)
                : coded<preprocess::category>(X, values, starts, codes, columns, width);
  });
}
