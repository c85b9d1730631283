// The nodes of trees in a stream of bytes, in every format of the closed list, on numpy arrays.
// SPDX-License-Identifier: MIT
#include "nodes.hpp"

#include "module.hpp"

namespace emlearn_bindings {

namespace {

struct nodes {
  array<uint8_t> stream;
  uint16_t n_trees;
  std::string key;
  bool wide_feature, wide_link;
  std::string missing;
  int32_t missing_value;

  trees::forest view() const { return {stream.data(), n_trees, missing_value}; }

  /// Calls f(format, first row, rows, columns).
  template <class F> auto with(const py::array& X, F f) const {
    return with_rows(X, [&](auto* x, size_t rows, size_t columns) {
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      return with_format<Raw>(key, wide_feature, wide_link, missing, [&](auto format) { return f(format, x, rows, columns); });
    });
  }

  py::array_t<uint32_t> payloads(const py::array& X) const {
    return with(X, [&](auto format, auto* x, size_t rows, size_t columns) {
      using F = typename decltype(format)::is;
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      return payloads_of(x, rows, columns, n_trees,
                         [&](const Raw* row) { return trees::walk<F, emlearn::direct, trees::forest, Raw>(view(), row); });
    });
  }

  bool valid(const py::dtype& input, uint32_t n_features, uint32_t n_payloads, uint16_t depth, uint32_t n_classes,
             const array<bool>& starts) const {
    const py::array none(input, std::vector<py::ssize_t>{0, 1});
    const right_payload is_right{n_payloads, n_classes, starts};
    return with(none, [&](auto format, auto*, size_t, size_t) {
      using F = typename decltype(format)::is;
      std::vector<size_t> right_of(depth + 1u);
      return trees::valid_nodes<F, emlearn::direct>(view(), static_cast<size_t>(stream.size()), n_features, is_right, right_of.data(),
                                                    depth);
    });
  }
};

}  // namespace

void bind_nodes(py::module_& m) {
  py::class_<nodes> own(m, "Nodes", "The nodes of trees in one of the formats.");
  own.def(py::init([](array<uint8_t> stream, uint16_t n_trees, std::string key, bool wide_feature, bool wide_link, std::string missing,
                      int32_t missing_value) { return nodes{stream, n_trees, key, wide_feature, wide_link, missing, missing_value}; }),
          py::kw_only(), py::arg("stream"), py::arg("n_trees"), py::arg("key"), py::arg("wide_feature"), py::arg("wide_link"),
          py::arg("missing"), py::arg("missing_value"));
  def_nodes(own);
}

}  // namespace emlearn_bindings
