// The nodes of trees on numpy arrays: every format of the closed list, chosen at run time, to the payloads of all leaves.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_TREES_NODES_HPP
#define EMLEARN_BINDINGS_TREES_NODES_HPP

#include <emlearn/trees.hpp>

#include <type_traits>
#include <vector>

#include "../arrays.hpp"

namespace emlearn_bindings {

namespace trees = emlearn::trees;

/// A value of a type, to pass the type to a generic lambda.
template <class T> struct type {
  using is = T;
};

template <class Key, class Missing, class F> auto with_widths(bool wide_feature, bool wide_link, F f) {
  if (wide_feature && wide_link) return f(type<trees::format<Key, true, true, Missing>>{});
  if (wide_feature) return f(type<trees::format<Key, true, false, Missing>>{});
  if (wide_link) return f(type<trees::format<Key, false, true, Missing>>{});
  return f(type<trees::format<Key, false, false, Missing>>{});
}

/// Calls f with the format for raw values of type X; a key that cannot go with X is refused.
template <class X, class F> auto with_format(const std::string& key, bool wide_feature, bool wide_link, const std::string& missing, F f) {
  const auto widths = [&](auto k) {
    using Key = typename decltype(k)::is;
    if (missing == "never") return with_widths<Key, trees::never_missing>(wide_feature, wide_link, f);
    if constexpr (std::is_floating_point<X>::value) {
      if (missing == "nan") return with_widths<Key, trees::nan_missing>(wide_feature, wide_link, f);
    } else {
      if (missing == "value") return with_widths<Key, trees::value_missing>(wide_feature, wide_link, f);
    }
    throw std::invalid_argument("missing=" + missing + " does not go with X's dtype");
  };
  if constexpr (std::is_same<X, float>::value) {
    if (key == "int32") return widths(type<int32_t>{});
  } else if constexpr (std::is_same<X, double>::value) {
    if (key == "int64") return widths(type<int64_t>{});
  } else {
    if constexpr (sizeof(X) >= 1 && std::is_signed<X>::value)
      if (key == "int8") return widths(type<int8_t>{});
    if constexpr (sizeof(X) >= 2 || !std::is_signed<X>::value)
      if (key == "uint8") return widths(type<uint8_t>{});
    if constexpr (sizeof(X) >= 2 && std::is_signed<X>::value)
      if (key == "int16") return widths(type<int16_t>{});
    if constexpr (sizeof(X) >= 4 || std::is_same<X, uint16_t>::value)
      if (key == "uint16") return widths(type<uint16_t>{});
    if constexpr (sizeof(X) >= 4)
      if (key == "int32") return widths(type<int32_t>{});
  }
  throw std::invalid_argument("key=" + key + " does not go with X's dtype");
}

/// Which payloads are right: with `starts`, classes below n_classes, and n_classes more than a place that `starts` names; else those
/// below n_payloads.
struct right_payload {
  uint32_t n_payloads, n_classes;
  const array<bool>& starts;

  bool operator()(uint32_t payload) const {
    if (starts.size() == 0) return payload < n_payloads;
    return payload < n_classes || (payload - n_classes < static_cast<size_t>(starts.size()) && starts.data()[payload - n_classes]);
  }
};

/// Of all rows, shape (n_samples, n_trees): walks apart from what is made of their payloads, so that forms of nodes and of leaves are
/// not multiplied. make(row) is a walk.
template <class X, class F> py::array_t<uint32_t> payloads_of(const X* x, size_t rows, size_t columns, uint16_t n_trees, F make) {
  auto out = matrix<uint32_t>(rows, n_trees);
  uint32_t* payload = out.mutable_data();
  const auto sink = [&payload](uint32_t value) { *payload++ = value; };
  for (size_t i = 0; i != rows; ++i, x += columns) make(x).each(sink);
  return out;
}

/// What a class of nodes, whatever their form, offers to Python.
template <class Nodes> void def_nodes(py::class_<Nodes>& own) {
  own.def("payloads", &Nodes::payloads, "The payload or the place of each row's leaf in each tree, shape (n_samples, n_trees).");
  own.def("valid", &Nodes::valid, py::arg("input"), py::arg("n_features"), py::arg("n_payloads"), py::arg("depth"),
          py::arg("n_classes") = 0, py::arg("starts") = array<bool>(0),
          "Whether the invariants of the nodes hold for rows of dtype `input`.");
}

}  // namespace emlearn_bindings

#endif
