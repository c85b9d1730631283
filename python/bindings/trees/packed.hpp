// Nodes in half or whole bytes, on numpy arrays.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_TREES_PACKED_HPP
#define EMLEARN_BINDINGS_TREES_PACKED_HPP

#include <tuple>

#include "nodes.hpp"

namespace emlearn_bindings {

struct packed_nodes {
  using number = std::tuple<uint8_t, uint8_t, uint32_t>;
  array<uint8_t> nodes;
  uint8_t unit, length, head, threshold, shift;
  int32_t base;
  number leaf, skip;
  uint16_t n_trees;
  std::string missing;
  int32_t missing_value;

  trees::packed view() const {
    const auto of = [](const number& n) { return trees::number_format{std::get<0>(n), std::get<1>(n), std::get<2>(n)}; };
    return {nodes.data(), n_trees, missing_value, length, head, threshold, shift, base, of(leaf), of(skip)};
  }

  /// Calls f(format, first row, rows, columns).
  template <class F> auto with(const py::array& X, F f) const {
    return with_rows(X, [&](auto* x, size_t rows, size_t columns) {
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      const auto as = [&](auto missing_type) {
        if (unit == 8) return f(type<trees::packed_format<uint32_t, 8, decltype(missing_type)>>{}, x, rows, columns);
        return f(type<trees::packed_format<uint32_t, 4, decltype(missing_type)>>{}, x, rows, columns);
      };
      if constexpr (!std::is_same<Raw, double>::value) {
        if (missing == "never") return as(trees::never_missing{});
        if constexpr (std::is_same<Raw, float>::value) {
          if (missing == "nan") return as(trees::nan_missing{});
        } else {
          if (missing == "value") return as(trees::value_missing{});
        }
      }
      throw std::invalid_argument("missing=" + missing + " or nodes in half bytes do not go with X's dtype");
      return as(trees::never_missing{});
    });
  }

  py::array_t<uint32_t> payloads(const py::array& X) const {
    return with(X, [&](auto format, auto* x, size_t rows, size_t columns) {
      using F = typename decltype(format)::is;
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      return payloads_of(x, rows, columns, n_trees,
                         [&](const Raw* row) { return trees::packed_walk<F, emlearn::direct, trees::packed, Raw>(view(), row); });
    });
  }

  bool valid(const py::dtype& input, uint32_t n_features, uint32_t n_payloads, uint16_t depth, uint32_t n_classes,
             const array<bool>& starts) const {
    const py::array none(input, std::vector<py::ssize_t>{0, 1});
    const right_payload is_right{n_payloads, n_classes, starts};
    return with(none, [&](auto format, auto*, size_t, size_t) {
      using F = typename decltype(format)::is;
      std::vector<uint32_t> right_of(depth + 1u);
      return trees::valid_packed_nodes<F, emlearn::direct>(view(), static_cast<size_t>(nodes.size()), n_features, is_right, right_of.data(),
                                                           depth);
    });
  }
};

}  // namespace emlearn_bindings

#endif
