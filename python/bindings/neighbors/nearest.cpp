// Votes, means and outlier factors over the k nearest points, on numpy arrays.
// SPDX-License-Identifier: MIT
#include "module.hpp"
#include "rows.hpp"

namespace emlearn_bindings { namespace neighbors {

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
      auto out = matrix<float>(count, columns);
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
      auto out = matrix<int32_t>(count, 1);
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
    auto out = matrix<float>(count, static_cast<size_t>(n_classes));
    float* answer = out.mutable_data();
    for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
      ask(x);
      vote(answer + i * static_cast<size_t>(n_classes));
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
    auto out = matrix<float>(static_cast<size_t>(rows.shape(0)), 1);
    float* answer = out.mutable_data();
    std::vector<n::neighbor<typename A::sum>> found(static_cast<size_t>(k));
    for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
      n::search<M, A, direct>(v, x, k, found.data());
      answer[i] = n::outlying<M, direct>(found.data(), k, unit, values.data());
    });
    return std::move(out);
  });
}

}}  // namespace emlearn_bindings::neighbors
