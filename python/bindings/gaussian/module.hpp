// What the files of this folder add to the module.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_GAUSSIAN_MODULE_HPP
#define EMLEARN_BINDINGS_GAUSSIAN_MODULE_HPP

#include <pybind11/pybind11.h>

namespace emlearn_bindings {

void bind_fixed(pybind11::module_& m);
void bind_lanes(pybind11::module_& m);

}  // namespace emlearn_bindings

#endif
