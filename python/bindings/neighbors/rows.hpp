// Rows and points on numpy arrays, for every metric, arithmetic and raw type that the converter chooses from.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_NEIGHBORS_ROWS_HPP
#define EMLEARN_BINDINGS_NEIGHBORS_ROWS_HPP

#include <emlearn/neighbors/radius.hpp>
#include <vector>

#include "../arrays.hpp"

namespace emlearn_bindings { namespace neighbors {

namespace n = emlearn::neighbors;
using emlearn::direct;

/// Integers of which rows are brought to 32 bits and sums to 64, so that high powers need one kernel each: the same sums.
struct widened : n::whole<uint64_t> {};

/// Calls what(M(), A(), Point()) for the metric and arithmetic of these names.
template <class F> py::object with_metric(const std::string& metric, const std::string& arithmetic, F what) {
  const auto floats = [&](auto m) -> py::object {
    if (arithmetic == "real") return what(m, n::real(), float());
    if (arithmetic == "weighted") return what(m, n::weighted(), float());
    throw std::invalid_argument("no kernel for " + metric + " in " + arithmetic);
  };
  const auto all = [&](auto m) -> py::object {
    if (arithmetic == "whole<uint32_t>") return what(m, n::whole<uint32_t>(), int32_t());
    if (arithmetic == "whole<uint64_t>") return what(m, n::whole<uint64_t>(), int32_t());
    return floats(m);
  };
  const auto powers = [&](auto m) -> py::object {
    if (arithmetic == "whole<uint32_t>" || arithmetic == "whole<uint64_t>") return what(m, widened(), int32_t());
    return floats(m);
  };
  if (metric == "manhattan") return all(n::manhattan());
  if (metric == "euclidean") return all(n::euclidean());
  if (metric == "chebyshev") return all(n::chebyshev());
  if (metric == "minkowski<3>") return powers(n::minkowski<3>());
  if (metric == "minkowski<4>") return powers(n::minkowski<4>());
  if (metric == "minkowski<5>") return powers(n::minkowski<5>());
  if (metric == "minkowski<6>") return powers(n::minkowski<6>());
  if (metric == "minkowski<7>") return powers(n::minkowski<7>());
  if (metric == "minkowski<8>") return powers(n::minkowski<8>());
  throw std::invalid_argument("no kernel for " + metric);
}

template <class Point> n::view<Point> view_of(const array<Point>& points, const array<float>& weights, float unit) {
  if (points.ndim() != 2) throw std::invalid_argument("points must have two dimensions");
  return {static_cast<int>(points.shape(1)), static_cast<long>(points.shape(0)), unit, points.data(), weights.data()};
}

/// Rows as values of one type: all that float arithmetic makes of them, or wide integers.
template <class T> std::vector<T> values_of(const py::array& rows) {
  return with_rows(rows, [&](const auto* x, size_t count, size_t columns) {
    if (std::is_integral<T>::value && !std::is_integral<std::remove_const_t<std::remove_pointer_t<decltype(x)>>>::value)
      throw std::invalid_argument("rows must be integers for integer arithmetic");
    std::vector<T> values(count * columns);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(x[i]);
    return values;
  });
}

/// Calls row(x, i) for each row: of floats, or typed as the array is for integer arithmetic, which takes integer rows only.
template <class A, class F> void for_rows(const py::array& rows, int n_features, F row) {
  const auto each = [&](const auto* x, size_t count, size_t columns) {
    if (columns != static_cast<size_t>(n_features)) throw std::invalid_argument("rows have another number of features");
    const py::gil_scoped_release unlocked;
    for (size_t i = 0; i < count; ++i) row(x + i * columns, i);
  };
  if constexpr (std::is_floating_point<typename A::sum>::value || std::is_same<A, widened>::value) {
    typedef std::conditional_t<std::is_same<A, widened>::value, int32_t, float> value;
    const std::vector<value> values = values_of<value>(rows);
    each(values.data(), static_cast<size_t>(rows.shape(0)), static_cast<size_t>(rows.shape(1)));
  } else {
    with_rows(rows, [&](const auto* x, size_t count, size_t columns) {
      if constexpr (std::is_integral<std::remove_const_t<std::remove_pointer_t<decltype(x)>>>::value)
        each(x, count, columns);
      else
        throw std::invalid_argument("rows must be integers for integer arithmetic");
    });
  }
}

}}  // namespace emlearn_bindings::neighbors

#endif
