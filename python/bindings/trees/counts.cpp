// Leaves that hold counts, on numpy arrays of payloads.
// SPDX-License-Identifier: MIT
#include <memory>

#include "module.hpp"
#include "payloads.hpp"

namespace emlearn_bindings {

namespace {

struct counts {
  array<uint8_t> bytes;
  array<uint32_t> units;
  uint16_t least, n_classes;
  uint8_t class_bits, first_bits, step, passes;
  uint32_t whole, slack, lead;
  std::string sum, count, mask;

  /// Calls f with the view in the types of sums, counts and masks, and with the kind of passes; `units` are as wide as sums.
  template <class F> auto with(F f) const {
    const auto typed = [&](auto sum_value, auto count_value, auto mask_value, auto table) {
      using Sum = decltype(sum_value);
      std::vector<Sum> typed_units(units.data(), units.data() + units.size());
      return f(trees::counts<Sum, decltype(count_value), decltype(mask_value), decltype(table)::value>{
          bytes.data(), typed_units.data(), least, n_classes, class_bits, first_bits, step, passes, static_cast<Sum>(whole),
          static_cast<Sum>(slack), static_cast<Sum>(lead)});
    };
    const auto counted = [&](auto sum_value, auto mask_value, auto table) {
      return count == "uint8" ? typed(sum_value, uint8_t{}, mask_value, table) : typed(sum_value, uint16_t{}, mask_value, table);
    };
    if (passes == 1) {
      if (sum == "uint8") return counted(uint8_t{}, uint8_t{}, std::true_type{});
      if (sum == "uint16") return counted(uint16_t{}, uint8_t{}, std::true_type{});
      return counted(uint32_t{}, uint8_t{}, std::true_type{});
    }
    const auto masked = [&](auto mask_value) {
      if (sum == "uint16") return counted(uint16_t{}, mask_value, std::false_type{});
      return units.size() ? counted(uint32_t{}, mask_value, std::true_type{}) : counted(uint32_t{}, mask_value, std::false_type{});
    };
    return mask == "uint8" ? masked(uint8_t{}) : mask == "uint16" ? masked(uint16_t{}) : masked(uint32_t{});
  }

  py::array_t<int32_t> classify(const array<uint32_t>& payloads, const array<uint16_t>&) const {
    auto out = matrix<int32_t>(static_cast<size_t>(payloads.shape(0)), 1);
    with([&](auto leaves) {
      using sum_type = typename decltype(leaves)::format::sum_type;
      std::vector<sum_type> votes(n_classes);
      known_payloads::each_row(payloads, [&](const known_payloads& walk, py::ssize_t i) {
        int32_t& answer = *out.mutable_data(i, 0);
        if (walk.n_trees() == 1) {
          answer = trees::classify_one_count<emlearn::direct>(walk, leaves);
        } else if constexpr (!std::is_same<sum_type, uint8_t>::value) {
          answer = passes == 1 ? trees::classify_counts<emlearn::direct, true>(walk, leaves, votes.data())
                               : trees::classify_counts<emlearn::direct, false>(walk, leaves, votes.data());
        } else {
          answer = trees::classify_counts<emlearn::direct, true>(walk, leaves, votes.data());
        }
      });
    });
    return out;
  }

  py::array_t<float> probabilities(const array<uint32_t>& payloads) const {
    auto out = matrix<float>(static_cast<size_t>(payloads.shape(0)), n_classes);
    with([&](auto leaves) {
      std::vector<typename decltype(leaves)::format::sum_type> votes(2 * n_classes);
      known_payloads::each_row(payloads, [&](const known_payloads& walk, py::ssize_t i) {
        if constexpr (!std::is_same<typename decltype(leaves)::format::sum_type, uint8_t>::value) {
          if (passes != 1) return trees::count_probabilities<emlearn::direct, false>(walk, leaves, votes.data(), out.mutable_data(i, 0));
        }
        trees::count_probabilities<emlearn::direct, true>(walk, leaves, votes.data(), out.mutable_data(i, 0));
      });
    });
    return out;
  }

  /// Where leaves start, or None where they are damaged.
  py::object starts() const {
    const size_t size = static_cast<size_t>(bytes.size());
    py::array_t<bool> start(static_cast<py::ssize_t>(size));
    const bool sound = with([&](auto leaves) {
      return trees::valid_counts<emlearn::direct>(leaves, size, static_cast<uint32_t>(units.size()), start.mutable_data());
    });
    return sound ? py::object(start) : py::object(py::none());
  }
};

}  // namespace

void bind_counts(py::module_& m) {
  py::class_<counts>(m, "Counts", "Leaves of a classifier that hold counts.")
      .def(py::init([](array<uint8_t> bytes, array<uint32_t> units, uint16_t least, uint16_t n_classes, uint8_t class_bits,
                       uint8_t first_bits, uint8_t step, uint8_t passes, uint32_t whole, uint32_t slack, uint32_t lead, std::string sum,
                       std::string count, std::string mask) {
             return counts{bytes, units, least, n_classes, class_bits, first_bits, step, passes, whole, slack, lead, sum, count, mask};
           }),
           py::kw_only(), py::arg("bytes"), py::arg("units"), py::arg("least"), py::arg("n_classes"), py::arg("class_bits"),
           py::arg("first_bits"), py::arg("step"), py::arg("passes"), py::arg("whole"), py::arg("slack"), py::arg("lead"), py::arg("sum"),
           py::arg("count"), py::arg("mask"))
      .def("classify", &counts::classify, "Class indices, shape (n_samples, 1).")
      .def("probabilities", &counts::probabilities, "Probabilities, shape (n_samples, n_classes).")
      .def("starts", &counts::starts, "Whether a leaf starts at each byte; None where the leaves are damaged.");
}

}  // namespace emlearn_bindings
