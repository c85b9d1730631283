// Kernel machines on numpy arrays, for every kernel, arithmetic and raw type that the converter chooses from.
// SPDX-License-Identifier: MIT
#include <emlearn/svm/fixed.hpp>
#include <emlearn/svm/pairwise.hpp>
#include <emlearn/svm/products.hpp>
#include <tuple>
#include <type_traits>
#include <vector>

#include "arrays.hpp"

namespace py = pybind11;
namespace n = emlearn::neighbors;
namespace s = emlearn::svm;
using emlearn::direct;
using emlearn_bindings::array;

namespace {

/// What emitted headers have as constants of a type; coefficients are float, or int16_t with sums and weights of integers.
template <class Point, class Coefficient = float, class Sum = float, class Weight = float> struct machine {
  array<Point> table;
  array<Weight> factors;
  array<Coefficient> dual;
  array<Sum> constant;
  array<uint16_t> last;
  float gamma_, coef0_;
  int degree_;
  uint16_t reach_;
  uint32_t limit_;
  uint32_t scale_;
  int lift_, shift_;
  int64_t start_;
  int before_ = 0;  // numbers of a vector before its features

  int n_features() const { return static_cast<int>(table.shape(1)) - before_; }
  long n_points() const { return static_cast<long>(table.shape(0)); }
  float gamma() const { return gamma_; }
  float coef0() const { return coef0_; }
  int degree() const { return degree_; }
  uint16_t reach() const { return reach_; }
  uint32_t limit() const { return limit_; }
  uint32_t scale() const { return scale_; }
  int lift() const { return lift_; }
  int shift() const { return shift_; }
  int64_t start() const { return start_; }
  const Point* points() const { return table.data(); }
  const Weight* weights() const { return factors.data(); }
  const Coefficient* coefficients() const { return dual.data(); }
  const Sum* intercept() const { return constant.data(); }
  const uint16_t* ends() const { return last.data(); }
};

struct linear {};

/// Calls what(K(), Point(), IntegerRows()) for the kernel and arithmetic of these names.
template <class F> void with_kernel(const std::string& kernel, const std::string& arithmetic, F what) {
  if (kernel == "rbf" && arithmetic == "real") return what(s::rbf<n::real>(), float(), std::false_type());
  if (kernel == "rbf" && arithmetic == "weighted") return what(s::rbf<n::weighted>(), float(), std::false_type());
  if (kernel == "rbf" && arithmetic == "whole<uint32_t>") return what(s::rbf<n::whole<uint32_t>>(), int32_t(), std::true_type());
  if (kernel == "rbf" && arithmetic == "whole<uint64_t>") return what(s::rbf<n::whole<uint64_t>>(), int32_t(), std::true_type());
  if (kernel == "rbf" && arithmetic == "near") return what(s::near(), int32_t(), std::true_type());
  if (kernel == "linear" && arithmetic == "real") return what(linear(), float(), std::false_type());
  if (kernel == "polynomial" && arithmetic == "real") return what(s::polynomial(), float(), std::false_type());
  if (kernel == "sigmoid" && arithmetic == "real") return what(s::sigmoid(), float(), std::false_type());
  throw std::invalid_argument("no kernel for " + kernel + " in " + arithmetic);
}

/// The decisions of all rows, and the winners of votes where there are pairs of classes.
std::tuple<array<float>, array<int32_t>> functions(const std::string& kernel, const std::string& arithmetic, const py::array& points,
                                                   const array<float>& weights, float gamma, float coef0, int degree, uint16_t reach,
                                                   uint32_t limit, const array<float>& coefficients, const array<float>& intercept,
                                                   const array<uint16_t>& ends, const py::array& rows, int n_classes) {
  const size_t count = static_cast<size_t>(rows.shape(0));
  const int n_functions = static_cast<int>(intercept.size());
  auto out = emlearn_bindings::matrix<float>(count, static_cast<size_t>(n_functions));
  auto votes = emlearn_bindings::matrix<int32_t>(n_classes > 0 ? count : 0, 1);
  float* answer = out.mutable_data();
  int32_t* winners = votes.mutable_data();
  with_kernel(kernel, arithmetic, [&](auto k, auto zero, auto integers) {
    using K = decltype(k);
    const machine<decltype(zero)> v = {
        array<decltype(zero)>(points), weights, coefficients, intercept, ends, gamma, coef0, degree, reach, limit, 0, 0, 0, 0};
    constexpr bool is_linear = std::is_same<K, linear>::value;
    if (v.table.ndim() != 2 || (is_linear && v.n_points() != n_functions)) throw std::invalid_argument("the tables do not fit together");
    const bool has_pairs = ends.size() > 0;
    if (has_pairs && (ends.size() != n_classes || !s::valid_ends(ends.data(), n_classes, v.n_points())))
      throw std::invalid_argument("the classes' ends are not valid");
    if (!is_linear && coefficients.size() != static_cast<py::ssize_t>(v.n_points()) * (has_pairs ? n_classes - 1 : n_functions))
      throw std::invalid_argument("there are not as many coefficients as support vectors and functions need");
    std::vector<uint8_t> counts(static_cast<size_t>(n_classes));
    std::vector<float> scratch(static_cast<size_t>(n_classes));
    emlearn_bindings::with_rows(rows, [&](const auto* x, size_t n_rows, size_t columns) {
      using X = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      if (columns != static_cast<size_t>(v.n_features())) throw std::invalid_argument("rows have another number of features");
      if constexpr (decltype(integers)::value && !std::is_integral<X>::value) {
        throw std::invalid_argument("rows must be integers for integer arithmetic");
      } else {
        const py::gil_scoped_release unlocked;
        for (size_t i = 0; i < n_rows; ++i, x += columns) {
          float* own = answer + i * static_cast<size_t>(n_functions);
          if constexpr (is_linear)
            s::weighted_sums<direct>(v, x, n_functions, own);
          else if (has_pairs)
            s::pairs<K, direct, 0>(v, x, n_classes, scratch.data(), own);
          else
            s::functions<K, direct, 0>(v, x, n_functions, own);
          if (n_classes > 0) winners[i] = s::winner(own, n_classes, counts.data());
        }
      }
    });
  });
  return {out, votes};
}

/// Calls what(K()) for the kernel in integers of that name.
template <class N, class F> void with_whole_kernel(const std::string& name, F what) {
  constexpr bool is_wide = sizeof(N) == 4;
  typedef s::within_reach<s::counts> counts;
  typedef s::within_reach<s::scaled> scaled;
  if (name == "counts") return what(std::conditional_t<is_wide, s::near_wide<counts>, s::near_fixed<counts>>());
  if (name == "scaled") return what(std::conditional_t<is_wide, s::near_wide<scaled>, s::near_fixed<scaled>>());
  if (name == "polynomial") return what(s::polynomial_fixed<N>());
  if (name == "sigmoid") return what(s::sigmoid_fixed<N>());
  if (name == "polynomial, own starts") return what(s::polynomial_fixed<N, s::own_start>());
  if (name == "sigmoid, own starts") return what(s::sigmoid_fixed<N, s::own_start>());
  if (name == "linear") return what(linear());
  throw std::invalid_argument("no kernel for " + name + " in integers");
}

/// The same in integers, numbers of N and sums of Sum; decisions are sums times their units.
template <class N, class Sum> std::tuple<array<float>, array<int32_t>> fixed(const std::string& name, const array<int32_t>& points,
                                                                             const array<uint16_t>& weights, uint16_t reach, uint32_t limit,
                                                                             int lift, uint32_t scale, int shift, int64_t start, int degree,
                                                                             const array<N>& coefficients, const array<Sum>& intercept,
                                                                             const array<float>& units, const array<uint16_t>& ends,
                                                                             const py::array& rows, int n_classes) {
  const size_t count = static_cast<size_t>(rows.shape(0)), n_functions = static_cast<size_t>(intercept.size());
  auto out = emlearn_bindings::matrix<float>(count, n_functions);
  auto votes = emlearn_bindings::matrix<int32_t>(n_classes > 0 ? count : 0, 1);
  const bool own_starts = name.find(", own starts") != std::string::npos;
  const machine<int32_t, N, Sum, uint16_t> v = {points, weights, coefficients, intercept,         ends, 0, 0, degree, reach, limit, scale,
                                                lift,   shift,   start,        own_starts ? 2 : 0};
  const bool has_pairs = ends.size() > 0, is_linear = name == "linear";
  const py::ssize_t expected = is_linear ? 0 : points.shape(0) * (has_pairs ? n_classes - 1 : intercept.size());
  if (points.ndim() != 2 || v.n_features() < 1 || (weights.size() != 0 && weights.size() != points.shape(1)) ||
      units.size() != intercept.size() || lift < 0 || lift > 31 || shift < 0 || shift > 62 ||
      (is_linear && v.n_points() != static_cast<long>(n_functions)) ||
      (has_pairs && (ends.size() != n_classes || !s::valid_ends(ends.data(), n_classes, v.n_points()))) || coefficients.size() != expected)
    throw std::invalid_argument("the tables do not fit together");
  float* decisions = out.mutable_data();
  int32_t* winners = votes.mutable_data();
  std::vector<Sum> sums(n_functions), scratch(static_cast<size_t>(n_classes));
  std::vector<uint8_t> counts(static_cast<size_t>(n_classes));
  emlearn_bindings::with_rows(rows, [&](const auto* x, size_t n_rows, size_t columns) {
    using X = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
    if constexpr (!std::is_integral<X>::value || sizeof(X) > 2) {
      throw std::invalid_argument("rows must be integers of at most 16 bits");
    } else {
      if (columns != static_cast<size_t>(v.n_features())) throw std::invalid_argument("rows have another number of features");
      const py::gil_scoped_release unlocked;
      with_whole_kernel<N>(name, [&](auto kernel) {
        using K = decltype(kernel);
        const int n = static_cast<int>(n_functions);
        for (size_t i = 0; i < n_rows; ++i, x += columns) {
          if constexpr (std::is_same<K, linear>::value)
            s::whole_sums<N, direct>(v, x, n, sums.data());
          else if (has_pairs)
            s::pairs<K, direct, 0>(v, x, n_classes, scratch.data(), sums.data());
          else
            s::functions<K, direct, 0>(v, x, n, sums.data());
          s::in_units<direct>(sums.data(), units.data(), n, decisions + i * n_functions);
          if (n_classes > 0) winners[i] = s::winner(sums.data(), n_classes, counts.data());
        }
      });
    }
  });
  return {out, votes};
}

array<float> one_against_rest(const array<float>& decisions, int n_classes) {
  const size_t count = static_cast<size_t>(decisions.shape(0)), width = static_cast<size_t>(decisions.shape(1));
  auto out = emlearn_bindings::matrix<float>(count, static_cast<size_t>(n_classes));
  float* answer = out.mutable_data();
  for (size_t i = 0; i < count; ++i)
    s::one_against_rest(decisions.data() + i * width, n_classes, answer + i * static_cast<size_t>(n_classes));
  return out;
}

/// Platt's probabilities from the decisions of pairs, or from that of two classes.
array<float> probabilities(const array<float>& decisions, const array<float>& sigmoids, uint16_t n_classes) {
  const size_t count = static_cast<size_t>(decisions.shape(0)), width = static_cast<size_t>(decisions.shape(1));
  if (sigmoids.size() != static_cast<py::ssize_t>(2 * width) || width != n_classes * (n_classes - 1u) / 2u)
    throw std::invalid_argument("there are not as many sigmoids as pairs of classes");
  auto out = emlearn_bindings::matrix<float>(count, n_classes);
  float* answer = out.mutable_data();
  std::vector<float> pairs(width), slope(n_classes);
  for (size_t i = 0; i < count; ++i, answer += n_classes) {
    pairs.assign(decisions.data() + i * width, decisions.data() + (i + 1) * width);
    s::shares_of_pairs<direct>(pairs.data(), sigmoids.data(), static_cast<uint16_t>(width));
    s::couple(pairs.data(), n_classes, slope.data(), answer);
  }
  return out;
}

}  // namespace

PYBIND11_MODULE(svm, m) {
  m.def("functions", &functions, "Decisions of each row, and the class that wins most pairs.");
  m.def("fixed", &fixed<int16_t, int32_t>, "The same in integers alone.");
  m.def("wide", &fixed<int32_t, int64_t>, "The same in integers of 32 bits.");
  m.def("probabilities", &probabilities, "Probabilities of classes from decisions.");
  m.def("one_against_rest", &one_against_rest, "Decisions per class from those of pairs.");
}
