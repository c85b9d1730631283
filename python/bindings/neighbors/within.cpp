// Votes and means over the points within a radius, on numpy arrays.
// SPDX-License-Identifier: MIT
#include "module.hpp"
#include "rows.hpp"

namespace emlearn_bindings { namespace neighbors {

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
      auto out = matrix<int32_t>(count, 1);
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
    auto out = matrix<float>(count, columns);
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

}}  // namespace emlearn_bindings::neighbors
