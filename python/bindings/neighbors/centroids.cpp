// The nearest of a few points, or the distances to all, on numpy arrays.
// SPDX-License-Identifier: MIT
#include "module.hpp"
#include "rows.hpp"

namespace emlearn_bindings { namespace neighbors {

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
      auto out = matrix<int32_t>(count, 1);
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
    auto out = matrix<float>(count, columns);
    float* answer = out.mutable_data();
    for_rows<A>(rows, v.n_features(), [&](const auto* x, size_t i) {
      for (size_t k = 0; k < columns; ++k)
        answer[i * columns + k] = n::far<M, A, direct>(v, centres.size() > 0 ? centres.data()[k] : static_cast<long>(k), x);
    });
    return std::move(out);
  });
}

}}  // namespace emlearn_bindings::neighbors
