// The kernels of Gaussian processes on numpy arrays, with covariances put together at run time.
// SPDX-License-Identifier: MIT
#include <emlearn/gaussian_process.hpp>
#include <tuple>
#include <vector>

#include "arrays.hpp"

using namespace emlearn_bindings;
namespace process = emlearn::gaussian_process;
using emlearn::direct;

namespace {

/// (kind, parameter, start of its scales, their step), and the coefficient of a product of such.
using factor = std::tuple<std::string, float, int, int>;
using term = std::tuple<float, std::vector<factor>>;

/// The tables behind numpy arrays.
struct tables {
  array<float> points, weights, offset, whitening, unit;

  int n_points() const { return static_cast<int>(points.shape(0)); }
  int n_outputs() const { return static_cast<int>(offset.size()); }
};

/// The same as the view of an emitted header.
struct view {
  const tables& all;

  int n_points() const { return all.n_points(); }
  int n_outputs() const { return all.n_outputs(); }
  const float* weights() const { return all.weights.data(); }
  const float* offset() const { return all.offset.data(); }
  const float* whitening() const { return all.whitening.data(); }
  const float* unit() const { return all.unit.data(); }
};

float function(const std::string& kind, float d, float parameter) {
  if (kind == "rbf") return process::rbf(d);
  if (kind == "matern1") return process::matern1(d);
  if (kind == "matern3") return process::matern3(d);
  if (kind == "matern5") return process::matern5(d);
  if (kind == "rational") return process::rational(d, parameter);
  if (kind == "periodic") return process::periodic(d, parameter);
  throw std::invalid_argument("no covariance is called " + kind);
}

/// A sum of products of factors.
struct covariance {
  const tables& all;
  const std::vector<term>& shared;
  const std::vector<term>& own;
  float constant;
  const array<float>& scales;

  template <class Reader, class X> float of(const X* x, int t) const {
    const int n = static_cast<int>(all.points.shape(1));
    const float* point = all.points.data() + static_cast<ptrdiff_t>(t) * n;
    float sum = 0.0f;
    for (const term& each : shared) {
      float value = std::get<0>(each);
      for (const factor& f : std::get<1>(each)) {
        const float* scale = scales.data() + std::get<2>(f);
        const int step = std::get<3>(f);
        value *= std::get<0>(f) == "dot" ? process::product<Reader>(x, point, scale, step, n) + std::get<1>(f)
                                         : function(std::get<0>(f), process::distance<Reader>(x, point, scale, step, n), std::get<1>(f));
      }
      sum += value;
    }
    return sum;
  }

  template <class Reader, class X> float itself(const X* x) const {
    const int n = static_cast<int>(all.points.shape(1));
    float sum = constant;
    for (const term& each : own) {
      float value = std::get<0>(each);
      for (const factor& f : std::get<1>(each)) {
        if (std::get<0>(f) == "dot")
          value *= process::length<Reader>(x, scales.data() + std::get<2>(f), std::get<3>(f), n) + std::get<1>(f);
      }
      sum += value;
    }
    return sum;
  }
};

void check(const tables& t, const std::vector<term>& shared, const std::vector<term>& own, const array<float>& scales, const py::array& X,
           bool has_variance, bool has_unit) {
  const py::ssize_t n = t.points.ndim() == 2 ? t.points.shape(0) : 0, width = n ? t.points.shape(1) : 0;
  bool fits = n > 0 && X.ndim() == 2 && X.shape(1) == width && t.offset.size() > 0 && t.weights.size() == n * t.offset.size();
  fits = fits && (!has_variance || t.whitening.size() == n * (n + 1) / 2) && (!has_unit || t.unit.size() == t.offset.size());
  for (const std::vector<term>* terms : {&shared, &own})
    for (const term& each : *terms)
      for (const factor& f : std::get<1>(each)) {
        const int start = std::get<2>(f), step = std::get<3>(f);
        fits = fits && start >= 0 && (step == 0 || step == 1) && start + step * (width - 1) < scales.size();
      }
  if (!fits) throw std::invalid_argument("the tables do not fit each other, or X");
}

py::array answer(const std::string& op, const py::array& X, const std::vector<term>& shared, const std::vector<term>& own, float constant,
                 const array<float>& scales, const array<float>& points, const array<float>& weights, const array<float>& offset,
                 const array<float>& whitening, const array<float>& unit, const array<float>& squash) {
  const tables all = {points, weights, offset, whitening, unit};
  check(all, shared, own, scales, X, op == "predict_std" || op == "predict_proba", op == "predict_std");
  const covariance kernel = {all, shared, own, constant, scales};
  const view v = {all};
  std::vector<float> scratch(static_cast<size_t>(v.n_points())), mean(static_cast<size_t>(v.n_outputs()));
  return with_rows(X, [&](auto* x, size_t rows, size_t width) -> py::array {
    if (op == "classify") {
      auto out = matrix<int32_t>(rows, 1);
      for (size_t i = 0; i != rows; ++i, x += width) {
        process::means<covariance, direct>(v, kernel, x, mean.data());
        out.mutable_data()[i] = mean[0] > 0.0f ? 1 : 0;
      }
      return out;
    }
    const size_t wide = op == "predict_proba" ? 2 : mean.size();
    auto out = matrix<float>(rows, wide);
    float* to = out.mutable_data();
    for (size_t i = 0; i != rows; ++i, x += width, to += wide) {
      if (op == "predict") {
        process::means<covariance, direct>(v, kernel, x, to);
      } else if (op == "predict_std") {
        process::deviations<covariance, direct>(v, kernel, x, to, scratch.data());
      } else if (op == "predict_proba") {
        process::means<covariance, direct>(v, kernel, x, mean.data());
        to[1] = process::probability<direct>(mean[0], process::variance<covariance, direct>(v, kernel, x, scratch.data()), squash.data());
        to[0] = 1.0f - to[1];
      } else {
        throw std::invalid_argument("no operation " + op);
      }
    }
    return out;
  });
}

}  // namespace

PYBIND11_MODULE(gaussian_process, m) {
  m.def("answer", &answer, "The answers of one operation, one row per row.");
  m.def("error_function", [](const array<float>& x) {
    array<float> out(x.size());
    for (py::ssize_t i = 0; i < x.size(); ++i) out.mutable_data()[i] = process::detail::error_function(x.data()[i]);
    return out;
  });
}
