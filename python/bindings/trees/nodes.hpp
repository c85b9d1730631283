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

/// A walk whose payloads are known: what aggregators take in place of one over nodes.
struct known_payloads {
  using id_type = uint32_t;
  const uint32_t* payload;
  uint16_t count;

  /// Calls f(walk, i) for each row of payloads of shape (n_samples, n_trees).
  template <class F> static void each_row(const array<uint32_t>& payloads, F f) {
    if (payloads.ndim() != 2 || payloads.shape(1) > 65535)
      throw std::invalid_argument("payloads must be a matrix of at most 65535 columns");
    for (py::ssize_t i = 0; i != payloads.shape(0); ++i)
      f(known_payloads{payloads.data(i, 0), static_cast<uint16_t>(payloads.shape(1))}, i);
  }

  uint16_t n_trees() const { return count; }
  template <class Sink> void each(Sink&& sink) const {
    for (uint16_t t = 0; t != count; ++t) {
      sink(payload[t]);
      if (trees::decided(sink, static_cast<uint16_t>(count - 1 - t))) return;
      t = static_cast<uint16_t>(t + trees::passed_over(sink));
    }
  }
};

}  // namespace emlearn_bindings

#endif
