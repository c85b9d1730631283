// Nodes in a stream of bits, with leaves of both kinds, on numpy arrays.
// SPDX-License-Identifier: MIT
#include <tuple>

#include "module.hpp"
#include "nodes.hpp"
#include "payloads.hpp"

namespace emlearn_bindings {

namespace {

/// Leaves that hold counts in the stream; their payloads are places there, in bits.
struct bit_counts {
  array<uint8_t> nodes;
  array<uint32_t> units;
  uint16_t least, n_classes;
  uint8_t class_bits, n_bits, k_bits, first_bits, step, passes;
  uint32_t whole, slack;
  std::string sum;

  template <class Sum, bool Table> trees::bit_counts<Sum, uint32_t, Table> view(const Sum* typed_units) const {
    return {typed_units,
            least,
            n_classes,
            class_bits,
            n_bits,
            k_bits,
            first_bits,
            step,
            passes,
            static_cast<Sum>(whole),
            static_cast<Sum>(slack)};
  }
  /// What tells how long leaves are.
  trees::bit_counts<uint32_t, uint32_t, false> widths() const { return view<uint32_t, false>(nullptr); }

  /// A walk whose places are known.
  struct known_places {
    known_payloads places;
    const uint8_t* nodes;
    uint16_t n_trees() const { return places.n_trees(); }
    template <class Sink> void each(const Sink& sink) const {
      places.each([&](uint32_t at) {
        trees::bit_place<emlearn::direct, uint32_t> p = {nodes + (at >> 3), at & 7};
        sink.read(p, true);
      });
    }
  };

  /// Calls f with the leaves in the type of sums, and whether there is one pass.
  template <class F> auto with(F f) const {
    const auto typed = [&](auto sum_value) {
      using Sum = decltype(sum_value);
      std::vector<Sum> typed_units(units.data(), units.data() + units.size());
      if (passes != 1) return f(view<Sum, false>(nullptr), std::false_type{});
      return units.size() ? f(view<Sum, true>(typed_units.data()), std::true_type{}) : f(view<Sum, false>(nullptr), std::true_type{});
    };
    return sum == "uint16" ? typed(uint16_t{}) : typed(uint32_t{});
  }

  template <class T, class F> py::array_t<T> each_row(const array<uint32_t>& places, size_t width, F f) const {
    auto out = matrix<T>(static_cast<size_t>(places.shape(0)), width);
    with([&](auto leaves, auto exact) {
      std::vector<typename decltype(leaves)::format::sum_type> votes(2 * n_classes);
      known_payloads::each_row(places, [&](const known_payloads& walk, py::ssize_t i) {
        f(known_places{walk, nodes.data()}, leaves, exact, votes.data(), out.mutable_data(i, 0));
      });
    });
    return out;
  }

  py::array_t<int32_t> classify(const array<uint32_t>& places, const array<uint16_t>&) const {
    return each_row<int32_t>(places, 1, [](const known_places& walk, auto leaves, auto exact, auto* votes, int32_t* out) {
      *out = trees::classify_counts<emlearn::direct, decltype(exact)::value>(walk, leaves, votes);
    });
  }

  py::array_t<float> probabilities(const array<uint32_t>& places) const {
    return each_row<float>(places, n_classes, [](const known_places& walk, auto leaves, auto exact, auto* votes, float* out) {
      trees::count_probabilities<emlearn::direct, decltype(exact)::value>(walk, leaves, votes, out);
    });
  }
};

struct bit_nodes {
  using number = std::tuple<uint8_t, uint8_t, uint32_t>;
  array<uint8_t> nodes;
  array<uint32_t> table;  ///< the payloads of leaves by number; empty where leaves are payloads
  uint8_t feature, threshold, shift, jumps, jump;
  int32_t base;
  number leaf;
  uint32_t n_leaves;
  py::object counts;  ///< bit_counts, or None
  uint16_t n_trees;
  std::string missing;
  int32_t missing_value;

  trees::bits view() const {
    const uint32_t* payloads = table.size() ? table.data() : nullptr;
    return {nodes.data(), payloads, n_trees, missing_value,     feature,           threshold,         shift,
            jumps,        jump,     base,    std::get<0>(leaf), std::get<1>(leaf), std::get<2>(leaf), n_leaves};
  }

  /// Calls f(missing type, first row, rows, columns).
  template <class F> auto with(const py::array& X, F f) const {
    return with_rows(X, [&](auto* x, size_t rows, size_t columns) {
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      if constexpr (!std::is_same<Raw, double>::value) {
        if (missing == "never") return f(trees::never_missing{}, x, rows, columns);
        if constexpr (std::is_same<Raw, float>::value) {
          if (missing == "nan") return f(trees::nan_missing{}, x, rows, columns);
        } else {
          if (missing == "value") return f(trees::value_missing{}, x, rows, columns);
        }
      }
      throw std::invalid_argument("missing=" + missing + " or nodes in bits do not go with X's dtype");
      return f(trees::never_missing{}, static_cast<const float*>(nullptr), rows, columns);
    });
  }

  /// Writes the place of each leaf.
  struct place_sink {
    const uint8_t* nodes;
    trees::bit_counts<uint32_t, uint32_t, false> leaves;
    uint32_t* out;
    template <class Place> void read(Place& p, bool here) {
      if (here) *out++ = static_cast<uint32_t>(p.bytes - nodes) * 8 + p.at;
      trees::add_bit_counts<emlearn::direct, decltype(leaves), trees::divided_pass>{leaves, nullptr, 1, 0, 0, nullptr}.read(p, false);
    }
  };

  template <class Leaf, class Missing> using format = trees::bits_format<uint32_t, uint16_t, Leaf, Missing>;

  /// The payload of each row's leaf in each tree, or its place.
  py::array_t<uint32_t> payloads(const py::array& X) const {
    return with(X, [&](auto kind, auto* x, size_t rows, size_t columns) {
      using Missing = decltype(kind);
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      auto out = matrix<uint32_t>(rows, n_trees);
      if (counts.is_none()) {
        uint32_t* payload = out.mutable_data();
        const auto sink = [&payload](uint32_t value) { *payload++ = value; };
        for (size_t i = 0; i != rows; ++i, x += columns)
          trees::bits_walk<format<trees::payload_leaves, Missing>, emlearn::direct, trees::bits, Raw>(view(), x).each(sink);
      } else {
        place_sink sink = {nodes.data(), counts.cast<const bit_counts&>().widths(), out.mutable_data()};
        for (size_t i = 0; i != rows; ++i, x += columns)
          trees::bits_walk<format<trees::count_leaves, Missing>, emlearn::direct, trees::bits, Raw>(view(), x).each(sink);
      }
      return out;
    });
  }

  bool valid(const py::dtype& input, uint32_t n_features, uint32_t n_payloads, uint16_t depth, uint32_t n_classes,
             const array<bool>& starts) const {
    const py::array none(input, std::vector<py::ssize_t>{0, 1});
    return with(none, [&](auto kind, auto*, size_t, size_t) {
      std::vector<size_t> right_of(jumps + 1u);
      std::vector<uint8_t> level_of(jumps + 1u);
      const auto check = [&](auto leaves) {
        using F = format<trees::payload_leaves, decltype(kind)>;
        return trees::bits_check<F, emlearn::direct, trees::bits, decltype(leaves)>{
            view(), n_features, leaves, depth, {nodes.data(), static_cast<size_t>(nodes.size()), 0, false}}
            .all(right_of.data(), level_of.data());
      };
      if (counts.is_none()) return check(trees::check_numbers<emlearn::direct>(view(), right_payload{n_payloads, n_classes, starts}));
      const bit_counts& found = counts.cast<const bit_counts&>();
      const uint32_t n_units = static_cast<uint32_t>(found.units.size());
      if (n_units != 0)
        return check(trees::right_counts<trees::bit_counts<uint32_t, uint32_t, true>>{found.view<uint32_t, true>(nullptr), n_units});
      return check(trees::right_counts<trees::bit_counts<uint32_t, uint32_t, false>>{found.widths(), n_units});
    });
  }
};

}  // namespace

void bind_bits(py::module_& m) {
  py::class_<bit_counts>(m, "BitCounts", "Leaves of a classifier that hold counts, in a stream of bits.")
      .def(py::init([](array<uint8_t> nodes, array<uint32_t> units, uint16_t least, uint16_t n_classes, uint8_t class_bits, uint8_t n_bits,
                       uint8_t k_bits, uint8_t first_bits, uint8_t step, uint8_t passes, uint32_t whole, uint32_t slack, std::string sum) {
             return bit_counts{nodes, units, least, n_classes, class_bits, n_bits, k_bits, first_bits, step, passes, whole, slack, sum};
           }),
           py::kw_only(), py::arg("nodes"), py::arg("units"), py::arg("least"), py::arg("n_classes"), py::arg("class_bits"),
           py::arg("n_bits"), py::arg("k_bits"), py::arg("first_bits"), py::arg("step"), py::arg("passes"), py::arg("whole"),
           py::arg("slack"), py::arg("sum"))
      .def("classify", &bit_counts::classify, "Class indices, shape (n_samples, 1).")
      .def("probabilities", &bit_counts::probabilities, "Probabilities, shape (n_samples, n_classes).");
  py::class_<bit_nodes> own(m, "Bits", "The nodes of trees in a stream of bits.");
  own.def(py::init([](array<uint8_t> nodes, array<uint32_t> table, uint8_t feature, uint8_t threshold, uint8_t shift, uint8_t jumps,
                      uint8_t jump, int32_t base, bit_nodes::number number, uint32_t n_leaves, py::object counts, uint16_t n_trees,
                      std::string missing, int32_t missing_value) {
            return bit_nodes{nodes, table,  feature,  threshold, shift,   jumps,   jump,
                             base,  number, n_leaves, counts,    n_trees, missing, missing_value};
          }),
          py::kw_only(), py::arg("nodes"), py::arg("table"), py::arg("feature"), py::arg("threshold"), py::arg("shift"), py::arg("jumps"),
          py::arg("jump"), py::arg("base"), py::arg("number"), py::arg("n_leaves"), py::arg("counts"), py::arg("n_trees"),
          py::arg("missing"), py::arg("missing_value"));
  def_nodes(own);
}

}  // namespace emlearn_bindings
