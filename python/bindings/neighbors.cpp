// The kernels of distances on numpy arrays, for every metric, arithmetic and raw type that the converter chooses from.
// SPDX-License-Identifier: MIT
#include <emlearn/neighbors/radius.hpp>
#include <vector>

#include "arrays.hpp"

namespace py = pybind11;
namespace n = emlearn::neighbors;
using emlearn::direct;
using emlearn_bindings::array;

namespace {

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
  if (metric == "manhattan") return all(n::manhattan());
  if (metric == "euclidean") return all(n::euclidean());
  if (metric == "chebyshev") return all(n::chebyshev());
  if (metric == "minkowski<3>") return floats(n::minkowski<3>());
  if (metric == "minkowski<4>") return floats(n::minkowski<4>());
  if (metric == "minkowski<5>") return floats(n::minkowski<5>());
  if (metric == "minkowski<6>") return floats(n::minkowski<6>());
  if (metric == "minkowski<7>") return floats(n::minkowski<7>());
  if (metric == "minkowski<8>") return floats(n::minkowski<8>());
  throw std::invalid_argument("no kernel for " + metric);
}

template <class Point> n::view<Point> view_of(const array<Point>& points, const array<float>& weights, float unit) {
  if (points.ndim() != 2) throw std::invalid_argument("points must have two dimensions");
  return {static_cast<int>(points.shape(1)), static_cast<long>(points.shape(0)), unit, points.data(), weights.data()};
}

/// Calls row(x, i) for each row, typed as the array is; integer arithmetic takes integer rows only.
template <class A, class F> void for_rows(const py::array& rows, int n_features, F row) {
  emlearn_bindings::with_rows(rows, [&](const auto* x, size_t count, size_t columns) {
    if (columns != static_cast<size_t>(n_features)) throw std::invalid_argument("rows have another number of features");
    using X = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
    if constexpr (std::is_floating_point<typename A::sum>::value || std::is_integral<X>::value) {
      const py::gil_scoped_release unlocked;
      for (size_t i = 0; i < count; ++i) row(x + i * columns, i);
    } else {
      throw std::invalid_argument("rows must be integers for integer arithmetic");
    }
  });
}

py::object centroids(const std::string& op, const std::string& metric, const std::string& arithmetic, const py::array& points,
                     const array<float>& weights, float unit, const py::array& rows, const array<int16_t>& children,
                     const array<int16_t>& centres) {
  return with_metric(metric, arithmetic, [&](auto m, auto a, auto zero) -> py::object {
    using M = decltype(m);
    using A = decltype(a);
    const array<decltype(zero)> table(points);
    const auto v = view_of(table, weights, unit);
    const size_t count = static_cast<size_t>(rows.shape(0));
    if (op == "predict") {
      auto out = emlearn_bindings::matrix<int32_t>(count, 1);
      int32_t* answer = out.mutable_data();
      const bool tree = children.size() > 0;
      if (tree && !n::valid_tree(children.data(), static_cast<long>(children.size()), static_cast<int>(centres.size())))
        throw std::invalid_argument("the tree is not valid");
      for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
        answer[i] =
            tree ? n::descend<M, A, direct>(v, x, children.data()) : n::nearest<M, A, direct>(v, x, 0, static_cast<int>(v.n_points()));
      });
      return std::move(out);
    }
    if (op != "transform") throw std::invalid_argument("no operation " + op);
    const size_t columns = static_cast<size_t>(centres.size() > 0 ? centres.size() : v.n_points());
    auto out = emlearn_bindings::matrix<float>(count, columns);
    float* answer = out.mutable_data();
    for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
      for (size_t k = 0; k < columns; ++k)
        answer[i * columns + k] = n::far<M, A, direct>(v, centres.size() > 0 ? centres.data()[k] : static_cast<long>(k), x);
    });
    return std::move(out);
  });
}

py::object nearest(const std::string& op, const std::string& metric, const std::string& arithmetic, const py::array& points,
                   const array<float>& weights, float unit, const py::array& rows, int k, bool by_distance, int n_classes,
                   const array<uint16_t>& labels, const array<float>& values) {
  return with_metric(metric, arithmetic, [&](auto m, auto a, auto zero) -> py::object {
    using M = decltype(m);
    using A = decltype(a);
    const array<decltype(zero)> table(points);
    const auto v = view_of(table, weights, unit);
    if (k < 1 || k > v.n_points()) throw std::invalid_argument("k must be from 1 to the number of points");
    const size_t count = static_cast<size_t>(rows.shape(0));
    std::vector<n::neighbor<typename A::sum>> found(static_cast<size_t>(k));
    const auto ask = [&](const auto* x) { n::search<M, A, direct>(v, x, k, found.data()); };
    if (n_classes == 0) {
      const size_t columns = static_cast<size_t>(values.shape(1));
      auto out = emlearn_bindings::matrix<float>(count, columns);
      float* answer = out.mutable_data();
      for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
        ask(x);
        const int width = static_cast<int>(columns);
        if (by_distance)
          n::mean<M, n::by_distance, direct>(found.data(), k, unit, values.data(), width, answer + i * columns);
        else
          n::mean<M, n::uniform, direct>(found.data(), k, unit, values.data(), width, answer + i * columns);
      });
      return std::move(out);
    }
    if (!n::valid_labels(labels.data(), static_cast<long>(labels.size()), v.n_points(), n_classes))
      throw std::invalid_argument("a class is out of range");
    std::vector<float> shares(static_cast<size_t>(n_classes));
    const auto vote = [&](float* out) {
      if (by_distance)
        n::shares<M, n::by_distance, direct>(found.data(), k, unit, labels.data(), n_classes, out);
      else
        n::shares<M, n::uniform, direct>(found.data(), k, unit, labels.data(), n_classes, out);
    };
    if (op == "predict") {
      auto out = emlearn_bindings::matrix<int32_t>(count, 1);
      int32_t* answer = out.mutable_data();
      std::vector<int> votes(static_cast<size_t>(n_classes));
      for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
        ask(x);
        if (by_distance) vote(shares.data());
        answer[i] = by_distance ? n::largest(shares.data(), n_classes)
                                : n::majority<direct>(found.data(), k, labels.data(), n_classes, votes.data());
      });
      return std::move(out);
    }
    if (op != "predict_proba") throw std::invalid_argument("no operation " + op);
    auto out = emlearn_bindings::matrix<float>(count, static_cast<size_t>(n_classes));
    float* answer = out.mutable_data();
    for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
      ask(x);
      vote(answer + i * static_cast<size_t>(n_classes));
    });
    return std::move(out);
  });
}

py::object within(const std::string& op, const std::string& metric, const std::string& arithmetic, const py::array& points,
                  const array<float>& weights, float unit, const py::array& rows, const py::object& limit, bool by_distance, int n_classes,
                  const array<uint16_t>& labels, const array<float>& values, int none, const array<float>& nothing) {
  return with_metric(metric, arithmetic, [&](auto m, auto a, auto zero) -> py::object {
    using M = decltype(m);
    using A = decltype(a);
    const array<decltype(zero)> table(points);
    const auto v = view_of(table, weights, unit);
    const auto most = limit.cast<typename A::sum>();
    const size_t count = static_cast<size_t>(rows.shape(0)), columns = static_cast<size_t>(nothing.size());
    if (n_classes > 0 && !n::valid_labels(labels.data(), static_cast<long>(labels.size()), v.n_points(), n_classes))
      throw std::invalid_argument("a class is out of range");
    if (n_classes == 0 && values.size() != static_cast<py::ssize_t>(v.n_points()) * nothing.size())
      throw std::invalid_argument("there are not as many values as points need");
    const auto shares = [&](const auto* x, float* out) {
      return by_distance ? n::shares_within<M, n::each_by_distance, A, direct>(v, x, most, labels.data(), n_classes, out)
                         : n::shares_within<M, n::each_alike, A, direct>(v, x, most, labels.data(), n_classes, out);
    };
    if (n_classes > 0 && op == "predict") {
      auto out = emlearn_bindings::matrix<int32_t>(count, 1);
      int32_t* answer = out.mutable_data();
      std::vector<int> votes(static_cast<size_t>(n_classes));
      std::vector<float> own(static_cast<size_t>(n_classes));
      for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
        if (by_distance)
          answer[i] = shares(x, own.data()) ? n::largest(own.data(), n_classes) : none;
        else
          answer[i] = n::majority_within<M, A, direct>(v, x, most, labels.data(), n_classes, none, votes.data());
      });
      return std::move(out);
    }
    auto out = emlearn_bindings::matrix<float>(count, columns);
    float* answer = out.mutable_data();
    const int width = static_cast<int>(columns);
    for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
      float* own = answer + i * columns;
      const bool found = n_classes > 0 ? shares(x, own)
                         : by_distance ? n::mean_within<M, n::each_by_distance, A, direct>(v, x, most, values.data(), width, own)
                                       : n::mean_within<M, n::each_alike, A, direct>(v, x, most, values.data(), width, own);
      for (size_t j = 0; !found && j < columns; ++j) own[j] = nothing.data()[j];
    });
    return std::move(out);
  });
}

py::object outlying(const std::string& metric, const std::string& arithmetic, const py::array& points, const array<float>& weights,
                    float unit, const py::array& rows, int k, const array<float>& values) {
  return with_metric(metric, arithmetic, [&](auto m, auto a, auto zero) -> py::object {
    using M = decltype(m);
    using A = decltype(a);
    const array<decltype(zero)> table(points);
    const auto v = view_of(table, weights, unit);
    if (k < 1 || k > v.n_points() || values.size() != 2 * table.shape(0)) throw std::invalid_argument("the tables do not fit together");
    auto out = emlearn_bindings::matrix<float>(static_cast<size_t>(rows.shape(0)), 1);
    float* answer = out.mutable_data();
    std::vector<n::neighbor<typename A::sum>> found(static_cast<size_t>(k));
    for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
      n::search<M, A, direct>(v, x, k, found.data());
      answer[i] = n::outlying<M, direct>(found.data(), k, unit, values.data());
    });
    return std::move(out);
  });
}

bool valid(const std::string& metric, const std::string& arithmetic, const py::array& points, const array<float>& weights, float unit) {
  return with_metric(metric, arithmetic,
                     [&](auto, auto, auto zero) -> py::object {
                       const array<decltype(zero)> table(points);
                       const bool sound = n::valid(view_of(table, weights, unit), table.size(), weights.size());
                       return py::bool_(sound && (weights.size() > 0) == (arithmetic == "weighted"));
                     })
      .template cast<bool>();
}

}  // namespace

PYBIND11_MODULE(neighbors, m) {
  m.def("centroids", &centroids, "The nearest of a few points, or the distances to all.");
  m.def("nearest", &nearest, "Votes or means over the k nearest points.");
  m.def("within", &within, "Votes or means over the points within a radius.");
  m.def("outlying", &outlying, "Local outlier factors, negative.");
  m.def("valid", &valid, "Whether the tables keep the invariants that emitted headers assert.");
}
