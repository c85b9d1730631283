// The kernels of trees on numpy arrays: nodes to payloads, and payloads to answers.
// SPDX-License-Identifier: MIT
#include "trees/module.hpp"

PYBIND11_MODULE(trees, m) {
  emlearn_bindings::bind_bits(m);
  emlearn_bindings::bind_bulk(m);
  emlearn_bindings::bind_counts(m);
  emlearn_bindings::bind_entries(m);
  emlearn_bindings::bind_leaves(m);
  emlearn_bindings::bind_levels(m);
  emlearn_bindings::bind_nodes(m);
  emlearn_bindings::bind_words(m);
}
