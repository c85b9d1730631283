// Leaves that hold counts, as generated code adds them up, on numpy arrays of payloads.
// SPDX-License-Identifier: MIT
#include "module.hpp"
#include "payloads.hpp"

namespace emlearn_bindings {

namespace {

struct entries {
  array<uint8_t> bytes;
  uint16_t n_classes;
  uint8_t first_bits, step, passes;
  uint16_t whole, slack, lead;

  /// Calls f(walk, leaves, sums, row) for each row; masks have room for all classes.
  template <class F> void each_row(const array<uint32_t>& payloads, F f) const {
    const trees::entries<uint32_t> leaves = {bytes.data(), n_classes, first_bits, step, passes, whole, slack, lead};
    std::vector<unsigned> sums(n_classes);
    known_payloads::each_row(payloads, [&](const known_payloads& walk, py::ssize_t i) { f(walk, leaves, sums.data(), i); });
  }

  py::array_t<int32_t> classify(const array<uint32_t>& payloads, const array<uint16_t>&) const {
    auto out = matrix<int32_t>(static_cast<size_t>(payloads.shape(0)), 1);
    each_row(payloads, [&](const auto& walk, const auto& leaves, unsigned* sums, py::ssize_t i) {
      *out.mutable_data(i, 0) = passes == 1 ? trees::classify_entries<emlearn::direct, trees::single_votes, true>(walk, leaves, sums)
                                            : trees::classify_entries<emlearn::direct, trees::single_votes, false>(walk, leaves, sums);
    });
    return out;
  }

  py::array_t<float> probabilities(const array<uint32_t>& payloads) const {
    auto out = matrix<float>(static_cast<size_t>(payloads.shape(0)), n_classes);
    each_row(payloads, [&](const auto& walk, const auto& leaves, unsigned* sums, py::ssize_t i) {
      if (passes == 1)
        trees::entry_probabilities<emlearn::direct, trees::single_votes, true>(walk, leaves, sums, out.mutable_data(i, 0));
      else
        trees::entry_probabilities<emlearn::direct, trees::single_votes, false>(walk, leaves, sums, out.mutable_data(i, 0));
    });
    return out;
  }
};

}  // namespace

void bind_entries(py::module_& m) {
  py::class_<entries>(m, "Entries", "Leaves of a classifier that hold counts, for speed.")
      .def(py::init([](array<uint8_t> bytes, uint16_t n_classes, uint8_t first_bits, uint8_t step, uint8_t passes, uint16_t whole,
                       uint16_t slack, uint16_t lead) { return entries{bytes, n_classes, first_bits, step, passes, whole, slack, lead}; }),
           py::kw_only(), py::arg("bytes"), py::arg("n_classes"), py::arg("first_bits"), py::arg("step"), py::arg("passes"),
           py::arg("whole"), py::arg("slack"), py::arg("lead"))
      .def("classify", &entries::classify, "Class indices, shape (n_samples, 1).")
      .def("probabilities", &entries::probabilities, "Probabilities, shape (n_samples, n_classes).");
}

}  // namespace emlearn_bindings
