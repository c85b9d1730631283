// The functions of the module: each file of this folder compiles by itself, in less time and memory than all at once.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_NEIGHBORS_MODULE_HPP
#define EMLEARN_BINDINGS_NEIGHBORS_MODULE_HPP

#include "../arrays.hpp"

namespace emlearn_bindings { namespace neighbors {

py::object centroids(const std::string& op, const std::string& metric, const std::string& arithmetic, const py::array& points,
                     const array<float>& weights, float unit, const py::array& rows, const array<int16_t>& children,
                     const array<int16_t>& centres);

py::object nearest(const std::string& op, const std::string& metric, const std::string& arithmetic, const py::array& points,
                   const array<float>& weights, float unit, const py::array& rows, int k, bool by_distance, int n_classes,
                   const array<uint16_t>& labels, const array<float>& values);

py::object within(const std::string& op, const std::string& metric, const std::string& arithmetic, const py::array& points,
                  const array<float>& weights, float unit, const py::array& rows, const py::object& limit, bool by_distance, int n_classes,
                  const array<uint16_t>& labels, const array<float>& values, int none, const array<float>& nothing);

py::object outlying(const std::string& metric, const std::string& arithmetic, const py::array& points, const array<float>& weights,
                    float unit, const py::array& rows, int k, const array<float>& values);

}}  // namespace emlearn_bindings::neighbors

#endif
