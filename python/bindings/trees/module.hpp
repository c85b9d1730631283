// What the files of this folder add to the module: each compiles by itself, in less time and memory than all at once.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_TREES_MODULE_HPP
#define EMLEARN_BINDINGS_TREES_MODULE_HPP

#include <pybind11/pybind11.h>

namespace emlearn_bindings {

void bind_bits(pybind11::module_& m);
void bind_bulk(pybind11::module_& m);
void bind_counts(pybind11::module_& m);
void bind_entries(pybind11::module_& m);
void bind_leaves(pybind11::module_& m);
void bind_levels(pybind11::module_& m);
void bind_nodes(pybind11::module_& m);
void bind_words(pybind11::module_& m);

}  // namespace emlearn_bindings

#endif
