// What forests make of their leaves, on numpy arrays of payloads.
// SPDX-License-Identifier: MIT
#include <cmath>
#include <utility>

#include "module.hpp"
#include "payloads.hpp"

namespace emlearn_bindings {

namespace {

struct distributions {
  array<uint8_t> entries;
  array<uint32_t> shares;
  uint16_t n_pure;
  std::string sum;
  uint64_t whole;
  std::pair<std::string, std::string> entry;
  uint16_t n_classes;

  template <class C, class S, class Sum> trees::distributions<C, S, Sum> view() const {
    return {entries.data(), shares.data(), n_pure, static_cast<Sum>(whole)};
  }

  template <class Sum, class F> auto with_entry(F f) const {
    const auto is = [&](const char* c, const char* s) { return entry.first == c && entry.second == s; };
    if (is("uint8", "uint8")) return f(view<uint8_t, uint8_t, Sum>());
    if (is("uint8", "uint16")) return f(view<uint8_t, uint16_t, Sum>());
    if (is("uint16", "uint16")) return f(view<uint16_t, uint16_t, Sum>());
    if (is("uint16", "uint32")) return f(view<uint16_t, uint32_t, Sum>());
    throw std::invalid_argument("no such entry: " + entry.first + ", " + entry.second);
  }

  /// Calls f with the view in the entries' and the sums' types.
  template <class F> auto with(F f) const {
    if (sum == "uint32") return with_entry<uint32_t>(f);
    if (sum == "uint64") return with_entry<uint64_t>(f);
    throw std::invalid_argument("no such sum: " + sum);
  }

  /// Calls f(walk, distributions, votes, answer) for each row.
  template <class T, class F> py::array_t<T> each_row(const array<uint32_t>& payloads, size_t width, F f) const {
    return with([&](auto d) {
      std::vector<typename decltype(d)::format::sum_type> votes(n_classes);
      return emlearn_bindings::each_row<T>(payloads, width, [&](const known_payloads& walk, T* out) { f(walk, d, votes.data(), out); });
    });
  }

  py::array_t<int32_t> classify(const array<uint32_t>& payloads, const array<uint16_t>& classes_of) const {
    const uint16_t n_outputs = static_cast<uint16_t>(classes_of.size());
    return each_row<int32_t>(payloads, n_outputs, [&](const known_payloads& walk, auto d, auto* votes, int32_t* answer) {
      if (n_outputs > 1)
        trees::classify_outputs<emlearn::direct>(walk, d, classes_of.data(), n_outputs, votes, n_classes, answer);
      else
        *answer = walk.n_trees() == 1 ? trees::classify_one<emlearn::direct>(walk, d)
                                      : trees::classify<emlearn::direct>(walk, d, votes, n_classes);
    });
  }

  py::array_t<float> probabilities(const array<uint32_t>& payloads) const {
    return each_row<float>(payloads, n_classes, [&](const known_payloads& walk, auto d, auto* votes, float* answer) {
      trees::probabilities<emlearn::direct>(walk, d, votes, n_classes, answer);
    });
  }

  bool valid() const {
    return with([&](auto d) {
      using D = typename decltype(d)::format;
      const size_t n_entries = static_cast<size_t>(entries.size()) / D::entry_bytes;
      const size_t n_shares = static_cast<size_t>(shares.size()) * 4 / sizeof(typename D::sum_type);
      return trees::valid_entries<emlearn::direct>(d, n_entries, n_classes, static_cast<uint32_t>(n_shares));
    });
  }
};

py::array_t<float> mean(const array<uint32_t>& payloads, const array<float>& values) {
  const uint16_t n_outputs = static_cast<uint16_t>(values.shape(1));
  return each_row<float>(payloads, n_outputs, [&](const known_payloads& walk, float* out) {
    trees::mean<emlearn::direct>(walk, values.data(), n_outputs, out);
  });
}

py::array_t<int32_t> classify_binary(const array<uint32_t>& payloads, uint32_t all, bool early) {
  return each_row<int32_t>(payloads, 1, [&](const known_payloads& walk, int32_t* out) {
    *out = early ? trees::classify_binary<uint32_t, true>(walk, all) : trees::classify_binary<uint32_t, false>(walk, all);
  });
}

py::array_t<float> binary_probabilities(const array<uint32_t>& payloads, uint32_t all) {
  return each_row<float>(payloads, 2,
                         [&](const known_payloads& walk, float* out) { trees::binary_probabilities<uint32_t>(walk, all, out); });
}

py::array_t<float> fixed_sum(const array<uint32_t>& payloads, int32_t bias, int16_t shift) {
  const float unit = std::ldexp(1.0f, -shift);
  return each_row<float>(payloads, 1, [&](const known_payloads& walk, float* out) { *out = trees::fixed_sum(walk, bias, shift, unit); });
}

}  // namespace

void bind_leaves(py::module_& m) {
  py::class_<distributions>(m, "Distributions", "Leaf distributions of a classifier.")
      .def(py::init([](array<uint8_t> entries, array<uint32_t> shares, uint16_t n_pure, std::string sum, uint64_t whole,
                       std::pair<std::string, std::string> entry,
                       uint16_t n_classes) { return distributions{entries, shares, n_pure, sum, whole, entry, n_classes}; }),
           py::kw_only(), py::arg("entries"), py::arg("shares"), py::arg("n_pure"), py::arg("sum"), py::arg("whole"), py::arg("entry"),
           py::arg("n_classes"))
      .def("classify", &distributions::classify, "Class indices, shape (n_samples, n_outputs).")
      .def("probabilities", &distributions::probabilities, "Probabilities, shape (n_samples, n_classes over all outputs).")
      .def("valid", &distributions::valid, "Whether every distribution ends inside the table, with classes and shares in range.");
  m.def("classify_binary", &classify_binary, "Whether payloads add up to more than half of all, shape (n_samples, 1).");
  m.def("binary_probabilities", &binary_probabilities, "Probabilities of two classes, shape (n_samples, 2).");
  m.def("fixed_sum", &fixed_sum, "Sums of payloads and a bias, times 2^-shift, shape (n_samples, 1).");
  m.def("mean", &mean, "Means of values[payload], shape (n_samples, n_outputs).");
}

}  // namespace emlearn_bindings
