// The likeliest Gaussian class of many rows, side by side: the classes that the portable kernels give, row by row.
// SPDX-License-Identifier: MIT
#include "lanes.hpp"

#include <emlearn/gaussian.hpp>

#include <cmath>
#include <vector>

#include "../arrays.hpp"
#include "module.hpp"

namespace emlearn_bindings {

namespace {

namespace g = emlearn::gaussian;
using emlearn::direct;
using emlearn::plain_float;
using emlearn::two_float;

/// Diagonal covariances have a scale for each feature, spherical ones one for all.
template <class C> size_t step() { return C::entries(2) == 2 ? 1 : 0; }

/// Single floats: the same operations in the same order, so the same bits.
template <class C> struct singles {
  typedef square_sums<float> sums;
  const g::view& v;

  explicit singles(const g::view& view) : v(view) {}
  template <class X> void operator()(const X*, const float* turned, size_t count, int32_t* out) const {
    const size_t n = static_cast<size_t>(v.n_features());
    float found[sums::rows], least[sums::rows];
    const float *shift = v.shift(), *scale = v.scale();
    for (int k = 0; k != v.n_components(); ++k) {
      sums all;
      for (size_t i = 0; i != n; ++i) all.add(turned + i * sums::rows, shift[i], scale[i * step<C>()]);
      all.store(found);
      for (size_t row = 0; row != count; ++row) {
        const float candidate = plain_float::plus(g::detail::saturated<plain_float>(found[row]), v.cost()[k]);
        if (k != 0 && !plain_float::less(candidate, least[row])) continue;
        least[row] = candidate;
        out[row] = k;
      }
      shift += n;
      scale += C::entries(static_cast<int>(n));
    }
  }
};

/// Pairs of floats: in double, which tells how close two classes are; a row that is too close for that goes to the portable kernel.
template <class C> struct doubles {
  typedef square_sums<double> sums;
  const g::view& v;
  std::vector<double> shift, scale, cost, reach;

  static std::vector<double> values(const float* words, size_t n) {
    std::vector<double> all(n);
    for (size_t i = 0; i != n; ++i) all[i] = static_cast<double>(words[2 * i]) + static_cast<double>(words[2 * i + 1]);
    return all;
  }
  explicit doubles(const g::view& view) : v(view) {
    const size_t n = static_cast<size_t>(v.n_features()), k = static_cast<size_t>(v.n_components());
    shift = values(v.shift(), k * n);
    scale = values(v.scale(), k * static_cast<size_t>(C::entries(v.n_features())));
    cost = values(v.cost(), k);
    for (size_t c = 0; c != k; ++c) {
      double sum = 0;  // subnormals that are flushed to zero are as if a mean were 2^-78 off by 6 u^2 of it
      for (size_t i = 0; i != n; ++i) sum += std::pow((std::fabs(shift[c * n + i]) + 0x1p-78) * scale_of(c)[i * step<C>()], 2);
      reach.push_back(std::sqrt(sum));
    }
  }
  const double* scale_of(size_t k) const { return scale.data() + k * static_cast<size_t>(C::entries(v.n_features())); }

  /// How far a class's sum of squares and its cost may be from what pairs of floats make of them, by docs/models/gaussian.md: with the size
  /// of a mean in standard deviations, whose squares add up to reach^2, differences err by 6 u^2 (|z| + 2 |m|) and products by 24 u^2 |z|;
  /// the double sum itself by far less.
  double error(size_t k, double sum) const {
    const double n = v.n_features(), unit = 0x1p-48;
    return unit * ((110 + 4 * n) * sum + 25 * std::sqrt(sum) * reach[k] + 300 * unit * reach[k] * reach[k] + 9 * std::fabs(cost[k])) +
           1e-30;
  }

  template <class X> void operator()(const X* x, const double* turned, size_t count, int32_t* out) const {
    const size_t n = static_cast<size_t>(v.n_features()), classes = cost.size();
    std::vector<double> found(classes * sums::rows);
    for (size_t k = 0; k != classes; ++k) {
      const double *s = shift.data() + k * n, *f = scale_of(k);
      sums all;
      for (size_t i = 0; i != n; ++i) all.add(turned + i * sums::rows, s[i], f[i * step<C>()]);
      all.store(found.data() + k * sums::rows);
    }
    for (size_t row = 0; row != count; ++row) {
      out[row] = clear_winner(found.data() + row);
      if (out[row] < 0) out[row] = g::predict<C, two_float, direct>(v, x + row * n, static_cast<two_float::number*>(nullptr));
    }
  }

  /// The class below all others by more than both may err; -1 if there is none, or if its sum is not a number of ordinary size.
  int32_t clear_winner(const double* squares) const {
    size_t best = 0;
    for (size_t k = 1; k != cost.size(); ++k)
      if (squares[k * sums::rows] + cost[k] < squares[best * sums::rows] + cost[best]) best = k;
    const double least = squares[best * sums::rows], most = least + cost[best] + error(best, least);
    bool clear = least < 1e30;
    for (size_t k = 0; k != cost.size(); ++k) {
      const double sum = squares[k * sums::rows];
      clear = clear && (k == best || sum + cost[k] - error(k, sum) > most);
    }
    return clear ? static_cast<int32_t>(best) : -1;
  }
};

template <class Kernel, class P, class C, class T>
py::array run(const py::array& X, const array<float>& shift, const array<float>& scale, const array<float>& cost) {
  return with_rows(X, [&](auto* x, size_t rows, size_t columns) -> py::array {
    const g::view v = {static_cast<int>(columns), static_cast<int>(cost.size() / P::words), shift.data(), scale.data(), cost.data()};
    if (!g::valid<C, P>(v, shift.size(), scale.size(), cost.size())) throw std::invalid_argument("the tables are not valid");
    auto out = matrix<int32_t>(rows, 1);
    int32_t* const answer = out.mutable_data();
    const py::gil_scoped_release release;
    const Kernel classes(v);
    constexpr size_t side_by_side = Kernel::sums::rows;
    std::vector<T> turned(columns * side_by_side);
    each_block(rows, side_by_side, [&](size_t first, size_t count) {
      turn(x + first * columns, count, columns, side_by_side, turned.data());
      classes(x + first * columns, turned.data(), count, answer + first);
    });
    return out;
  });
}

py::array classes(const std::string& covariance, const std::string& arithmetic, const py::array& X, const array<float>& shift,
                  const array<float>& scale, const array<float>& cost) {
  const bool diag = covariance == "diag", plain = arithmetic == "plain_float";
  if ((!diag && covariance != "spherical") || (!plain && arithmetic != "two_float"))
    throw std::invalid_argument("no kernel for " + covariance + " in " + arithmetic);
  const auto chosen = diag
                          ? (plain ? run<singles<g::diag>, plain_float, g::diag, float> : run<doubles<g::diag>, two_float, g::diag, double>)
                          : (plain ? run<singles<g::spherical>, plain_float, g::spherical, float>
                                   : run<doubles<g::spherical>, two_float, g::spherical, double>);
  return chosen(X, shift, scale, cost);
}

}  // namespace

void bind_lanes(py::module_& m) { m.def("classes", &classes, "What answer() predicts, with rows side by side."); }

}  // namespace emlearn_bindings
