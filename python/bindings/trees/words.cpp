// Nodes in words, on numpy arrays.
// SPDX-License-Identifier: MIT
#include "module.hpp"
#include "nodes.hpp"

namespace emlearn_bindings {

namespace {

struct word_nodes {
  array<uint32_t> nodes, table;  ///< the payloads of leaves by number; empty where leaves are payloads
  uint32_t n_leaves;
  std::string key;
  uint8_t leaf_bits;
  uint16_t n_trees;
  std::string missing;
  int32_t missing_value;

  struct view : trees::words {
    bool has_table;
    template <class Reader> uint32_t payload(uint32_t leaf) const { return has_table ? payloads_[leaf] : leaf; }
  };
  view tables() const { return {{nodes.data(), table.data(), n_leaves, n_trees, missing_value}, table.size() != 0}; }

  /// Calls f(format, first row, rows, columns). A format that allows for long skips reads tables without them, too; and widths of leaves
  /// that are read alike are one.
  template <class F> auto with(const py::array& X, F f) const {
    return with_rows(X, [&](auto* x, size_t rows, size_t columns) {
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      return with_format<Raw>(key, false, false, missing, [&](auto stream) {
        using Stream = typename decltype(stream)::is;
        using Key = typename Stream::key_type;
        if constexpr (sizeof(Key) == 8) {
          throw std::invalid_argument("nodes in words have no keys of 64 bits");
          return f(type<trees::words_format<int32_t, 8, true, typename Stream::missing>>{}, x, rows, columns);
        } else if constexpr (sizeof(Key) == 2) {
          if (leaf_bits < 8) return f(type<trees::words_format<Key, 7, true, typename Stream::missing>>{}, x, rows, columns);
          return f(type<trees::words_format<Key, 16, true, typename Stream::missing>>{}, x, rows, columns);
        } else {
          if (leaf_bits <= 8) return f(type<trees::words_format<Key, 8, true, typename Stream::missing>>{}, x, rows, columns);
          if (leaf_bits < 16) return f(type<trees::words_format<Key, 15, true, typename Stream::missing>>{}, x, rows, columns);
          return f(type<trees::words_format<Key, 16, true, typename Stream::missing>>{}, x, rows, columns);
        }
      });
    });
  }

  py::array_t<uint32_t> payloads(const py::array& X) const {
    return with(X, [&](auto format, auto* x, size_t rows, size_t columns) {
      using F = typename decltype(format)::is;
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      return payloads_of(x, rows, columns, n_trees,
                         [&](const Raw* row) { return trees::words_walk<F, emlearn::direct, view, Raw>(tables(), row); });
    });
  }

  bool valid(const py::dtype& input, uint32_t n_features, uint32_t n_payloads, uint16_t depth, uint32_t n_classes,
             const array<bool>& starts) const {
    const py::array none(input, std::vector<py::ssize_t>{0, 1});
    const right_payload is_right{n_payloads, n_classes, starts};
    return with(none, [&](auto format, auto*, size_t, size_t) {
      using F = typename decltype(format)::is;
      std::vector<size_t> right_of(depth + 1u);
      return (table.size() == 0 || static_cast<size_t>(table.size()) == n_leaves) &&
             trees::valid_word_nodes<F, emlearn::direct>(tables(), static_cast<size_t>(nodes.size()), n_features, is_right, right_of.data(),
                                                         depth);
    });
  }
};

}  // namespace

void bind_words(py::module_& m) {
  py::class_<word_nodes> own(m, "Words", "The nodes of trees in words.");
  own.def(py::init([](array<uint32_t> nodes, array<uint32_t> table, uint32_t n_leaves, std::string key, uint8_t leaf_bits, uint16_t n_trees,
                      std::string missing, int32_t missing_value) {
            return word_nodes{nodes, table, n_leaves, key, leaf_bits, n_trees, missing, missing_value};
          }),
          py::kw_only(), py::arg("nodes"), py::arg("table"), py::arg("n_leaves"), py::arg("key"), py::arg("leaf_bits"), py::arg("n_trees"),
          py::arg("missing"), py::arg("missing_value"));
  def_nodes(own);
}

}  // namespace emlearn_bindings
