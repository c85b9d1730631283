// The kernels of distances on numpy arrays.
// SPDX-License-Identifier: MIT
#include "neighbors/module.hpp"
#include "neighbors/rows.hpp"

namespace emlearn_bindings { namespace neighbors { namespace {

bool valid(const std::string& metric, const std::string& arithmetic, const py::array& points, const array<float>& weights, float unit) {
  return with_metric(metric, arithmetic,
                     [&](auto, auto, auto zero) -> py::object {
                       const array<decltype(zero)> table(points);
                       const bool sound = n::valid(view_of(table, weights, unit), table.size(), weights.size());
                       return py::bool_(sound && (weights.size() > 0) == (arithmetic == "weighted"));
                     })
      .template cast<bool>();
}

}}}  // namespace emlearn_bindings::neighbors

namespace kernels = emlearn_bindings::neighbors;

PYBIND11_MODULE(neighbors, m) {
  m.def("centroids", &kernels::centroids, "The nearest of a few points, or the distances to all.");
  m.def("nearest", &kernels::nearest, "Votes or means over the k nearest points.");
  m.def("within", &kernels::within, "Votes or means over the points within a radius.");
  m.def("outlying", &kernels::outlying, "Local outlier factors, negative.");
  m.def("valid", &kernels::valid, "Whether the tables keep the invariants that emitted headers assert.");
}
