// Trees as questions and leaves by their answers, on numpy arrays.
// SPDX-License-Identifier: MIT
#include "module.hpp"
#include "nodes.hpp"

namespace emlearn_bindings {

namespace {

struct levels_nodes {
  array<uint8_t> depths;
  array<uint16_t> features;
  array<int64_t> thresholds;
  array<uint16_t> leaves;
  std::string missing;
  int32_t missing_value;

  /// Calls f(format, first row, rows, columns): the widest types of the tables, which the walk does not tell from narrower ones.
  template <class F> auto with(const py::array& X, F f) const {
    return with_rows(X, [&](auto* x, size_t rows, size_t columns) {
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      const auto as = [&](auto missing_type) {
        return f(type<trees::levels_format<uint16_t, int64_t, uint16_t, decltype(missing_type)>>{}, x, rows, columns);
      };
      if (missing == "never") return as(trees::never_missing{});
      if constexpr (std::is_floating_point<Raw>::value) {
        if (missing == "nan") return as(trees::nan_missing{});
      } else {
        if (missing == "value") return as(trees::value_missing{});
      }
      throw std::invalid_argument("missing=" + missing + " does not go with X's dtype");
      return as(trees::never_missing{});
    });
  }

  template <class Format> trees::levels<Format> view() const {
    return {depths.data(), features.data(), thresholds.data(), leaves.data(), static_cast<uint16_t>(depths.size()), missing_value};
  }

  py::array_t<uint32_t> payloads(const py::array& X) const {
    return with(X, [&](auto format, auto* x, size_t rows, size_t columns) {
      using F = typename decltype(format)::is;
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      return payloads_of(x, rows, columns, static_cast<uint16_t>(depths.size()),
                         [&](const Raw* row) { return trees::levels_walk<F, emlearn::direct, trees::levels<F>, Raw>(view<F>(), row); });
    });
  }

  bool valid(const py::dtype& input, uint32_t n_features, uint32_t n_payloads, uint16_t, uint32_t n_classes,
             const array<bool>& starts) const {
    const py::array none(input, std::vector<py::ssize_t>{0, 1});
    const right_payload is_right{n_payloads, n_classes, starts};
    return with(none, [&](auto format, auto*, size_t, size_t) {
      using F = typename decltype(format)::is;
      return thresholds.size() == features.size() &&
             trees::valid_levels<F, emlearn::direct>(view<F>(), static_cast<size_t>(depths.size()), static_cast<size_t>(features.size()),
                                                     static_cast<size_t>(leaves.size()), n_features, is_right);
    });
  }
};

}  // namespace

void bind_levels(py::module_& m) {
  py::class_<levels_nodes> own(m, "Levels", "Trees as questions and leaves by their answers.");
  own.def(
      py::init([](array<uint8_t> depths, array<uint16_t> features, array<int64_t> thresholds, array<uint16_t> leaves, std::string missing,
                  int32_t missing_value) { return levels_nodes{depths, features, thresholds, leaves, missing, missing_value}; }),
      py::kw_only(), py::arg("depths"), py::arg("features"), py::arg("thresholds"), py::arg("leaves"), py::arg("missing"),
      py::arg("missing_value"));
  def_nodes(own);
}

}  // namespace emlearn_bindings
