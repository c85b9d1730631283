// The tree kernels on numpy arrays: every format of the closed list, chosen at run time.
// SPDX-License-Identifier: MIT
#include <emlearn/trees.hpp>

#include <utility>
#include <vector>

#include "arrays.hpp"

using namespace emlearn_bindings;
namespace trees = emlearn::trees;

namespace {

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

struct distributions {
  array<uint8_t> entries;
  array<uint32_t> shares;
  uint16_t n_pure;
  std::string sum;
  uint64_t whole;
  std::pair<std::string, std::string> entry;
  uint16_t n_classes;

  /// Calls f with the view in the entries' and the sums' types.
  template <class F> auto with(F f) const {
    if (sum == "uint32") return with_entry<uint32_t>(f);
    if (sum == "uint64") return with_entry<uint64_t>(f);
    throw std::invalid_argument("no such sum: " + sum);
  }

 private:
  template <class Sum, class F> auto with_entry(F f) const {
    const auto is = [&](const char* c, const char* s) { return entry.first == c && entry.second == s; };
    if (is("uint8", "uint8")) return f(view<uint8_t, uint8_t, Sum>());
    if (is("uint8", "uint16")) return f(view<uint8_t, uint16_t, Sum>());
    if (is("uint16", "uint16")) return f(view<uint16_t, uint16_t, Sum>());
    if (is("uint16", "uint32")) return f(view<uint16_t, uint32_t, Sum>());
    throw std::invalid_argument("no such entry: " + entry.first + ", " + entry.second);
  }
  template <class C, class S, class Sum> trees::distributions<C, S, Sum> view() const {
    return {entries.data(), shares.data(), n_pure, static_cast<Sum>(whole)};
  }
};

/// A walk whose leaves are known.
struct known_leaves {
  using id_type = uint32_t;
  const uint32_t* id;
  uint16_t count;

  uint16_t n_trees() const { return count; }
  uint32_t next() { return *id++; }
};

struct forest {
  array<uint8_t> nodes;
  uint16_t n_trees;
  std::string key;
  bool wide_feature, wide_link;
  std::string missing;
  int32_t missing_value;

  trees::forest view() const { return {nodes.data(), n_trees, missing_value}; }

  /// Calls f(format, first row, rows, columns).
  template <class F> auto with(const py::array& X, F f) const {
    return with_rows(X, [&](auto* x, size_t rows, size_t columns) {
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      return with_format<Raw>(key, wide_feature, wide_link, missing, [&](auto format) { return f(format, x, rows, columns); });
    });
  }

  /// The leaf ids of all rows, shape (n_samples, n_trees): the walk of the format, apart from what is made of its ids, so that
  /// formats and leaf formats are not multiplied.
  py::array_t<uint32_t> leaf_ids(const py::array& X) const {
    return with(X, [&](auto format, auto* x, size_t rows, size_t columns) {
      using F = typename decltype(format)::is;
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      auto out = matrix<uint32_t>(rows, n_trees);
      uint32_t* id = out.mutable_data();
      for (size_t i = 0; i != rows; ++i, x += columns) {
        trees::walk<F, emlearn::direct, trees::forest, Raw> walk(view(), x);
        for (uint16_t t = 0; t != n_trees; ++t) *id++ = walk.next();
      }
      return out;
    });
  }

  py::array_t<int32_t> classify(const py::array& X, const distributions& leaves, const array<uint16_t>& classes_of) const {
    const uint16_t n_outputs = static_cast<uint16_t>(classes_of.size());
    return each_row<int32_t>(X, n_outputs, leaves, [&](const known_leaves& walk, auto d, auto* votes, int32_t* answer) {
      if (n_outputs > 1)
        trees::classify_outputs<emlearn::direct>(walk, d, classes_of.data(), n_outputs, votes, leaves.n_classes, answer);
      else
        *answer = n_trees == 1 ? trees::classify_one<emlearn::direct>(walk, d)
                               : trees::classify<emlearn::direct>(walk, d, votes, leaves.n_classes);
    });
  }

  py::array_t<float> probabilities(const py::array& X, const distributions& leaves) const {
    return each_row<float>(X, leaves.n_classes, leaves, [&](const known_leaves& walk, auto d, auto* votes, float* answer) {
      trees::probabilities<emlearn::direct>(walk, d, votes, leaves.n_classes, answer);
    });
  }

  py::array_t<float> mean(const py::array& X, const array<float>& values) const {
    const size_t n_outputs = static_cast<size_t>(values.shape(1));
    const auto ids = leaf_ids(X);
    auto out = matrix<float>(static_cast<size_t>(ids.shape(0)), n_outputs);
    for (py::ssize_t i = 0; i != ids.shape(0); ++i)
      trees::mean<emlearn::direct>(known_leaves{ids.data(i, 0), n_trees}, values.data(), static_cast<uint16_t>(n_outputs),
                                   out.mutable_data(i, 0));
    return out;
  }

  bool valid(const py::dtype& input, uint32_t n_features, uint32_t n_leaf_ids, uint16_t depth) const {
    const py::array none(input, std::vector<py::ssize_t>{0, 1});
    return with(none, [&](auto format, auto*, size_t, size_t) {
      using F = typename decltype(format)::is;
      std::vector<size_t> right_of(depth + 1u);
      return trees::valid_nodes<F, emlearn::direct>(view(), static_cast<size_t>(nodes.size()), n_features, n_leaf_ids, right_of.data(),
                                                    depth);
    });
  }

 private:
  /// Calls f(walk over known leaves, distributions, votes, answer) for each row of X.
  template <class T, class F> py::array_t<T> each_row(const py::array& X, size_t width, const distributions& leaves, F f) const {
    const auto ids = leaf_ids(X);
    auto out = matrix<T>(static_cast<size_t>(ids.shape(0)), width);
    leaves.with([&](auto d) {
      std::vector<typename decltype(d)::format::sum_type> votes(leaves.n_classes);
      for (py::ssize_t i = 0; i != ids.shape(0); ++i) f(known_leaves{ids.data(i, 0), n_trees}, d, votes.data(), out.mutable_data(i, 0));
    });
    return out;
  }
};

}  // namespace

PYBIND11_MODULE(trees, m) {
  py::class_<distributions>(m, "Distributions", "Leaf distributions of a classifier.")
      .def(py::init([](array<uint8_t> entries, array<uint32_t> shares, uint16_t n_pure, std::string sum, uint64_t whole,
                       std::pair<std::string, std::string> entry,
                       uint16_t n_classes) { return distributions{entries, shares, n_pure, sum, whole, entry, n_classes}; }),
           py::kw_only(), py::arg("entries"), py::arg("shares"), py::arg("n_pure"), py::arg("sum"), py::arg("whole"), py::arg("entry"),
           py::arg("n_classes"))
      .def(
          "valid",
          [](const distributions& self) {
            return self.with([&](auto d) {
              using D = typename decltype(d)::format;
              const size_t n_entries = static_cast<size_t>(self.entries.size()) / D::entry_bytes;
              const size_t n_shares = static_cast<size_t>(self.shares.size()) * 4 / sizeof(typename D::sum_type);
              return trees::valid_entries<emlearn::direct>(d, n_entries, self.n_classes, static_cast<uint32_t>(n_shares));
            });
          },
          "Whether every distribution ends inside the table, with classes and shares in range.");
  py::class_<forest>(m, "Forest", "The nodes of a forest in one of the formats.")
      .def(py::init([](array<uint8_t> nodes, uint16_t n_trees, std::string key, bool wide_feature, bool wide_link, std::string missing,
                       int32_t missing_value) { return forest{nodes, n_trees, key, wide_feature, wide_link, missing, missing_value}; }),
           py::kw_only(), py::arg("nodes"), py::arg("n_trees"), py::arg("key"), py::arg("wide_feature"), py::arg("wide_link"),
           py::arg("missing"), py::arg("missing_value"))
      .def("leaf_ids", &forest::leaf_ids, "The id of each row's leaf in each tree, shape (n_samples, n_trees).")
      .def("classify", &forest::classify, "Class indices, shape (n_samples, n_outputs).")
      .def("probabilities", &forest::probabilities, "Probabilities, shape (n_samples, n_classes over all outputs).")
      .def("mean", &forest::mean, "Means of values[leaf], shape (n_samples, n_outputs).")
      .def("valid", &forest::valid, py::arg("input"), py::arg("n_features"), py::arg("n_leaf_ids"), py::arg("depth"),
           "Whether the invariants of the nodes hold for rows of dtype `input`.");
}
