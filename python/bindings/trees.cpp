// The kernels of trees on numpy arrays: nodes to payloads, and payloads to answers.
// SPDX-License-Identifier: MIT
#include "trees/bits.hpp"
#include "trees/bulk.hpp"
#include "trees/counts.hpp"
#include "trees/entries.hpp"
#include "trees/leaves.hpp"
#include "trees/levels.hpp"
#include "trees/nodes.hpp"
#include "trees/words.hpp"

using namespace emlearn_bindings;

PYBIND11_MODULE(trees, m) {
  py::class_<nodes>(m, "Nodes", "The nodes of trees in one of the formats.")
      .def(py::init([](array<uint8_t> stream, uint16_t n_trees, std::string key, bool wide_feature, bool wide_link, std::string missing,
                       int32_t missing_value) { return nodes{stream, n_trees, key, wide_feature, wide_link, missing, missing_value}; }),
           py::kw_only(), py::arg("stream"), py::arg("n_trees"), py::arg("key"), py::arg("wide_feature"), py::arg("wide_link"),
           py::arg("missing"), py::arg("missing_value"))
      .def("payloads", &nodes::payloads, "The payload of each row's leaf in each tree, shape (n_samples, n_trees).")
      .def("valid", &nodes::valid, py::arg("input"), py::arg("n_features"), py::arg("n_payloads"), py::arg("depth"),
           py::arg("n_classes") = 0, py::arg("starts") = array<bool>(0),
           "Whether the invariants of the nodes hold for rows of dtype `input`.");
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
  py::class_<bit_nodes>(m, "Bits", "The nodes of trees in a stream of bits.")
      .def(py::init([](array<uint8_t> nodes, array<uint32_t> table, uint8_t feature, uint8_t threshold, uint8_t shift, uint8_t jumps,
                       uint8_t jump, int32_t base, bit_nodes::number number, uint32_t n_leaves, py::object counts, uint16_t n_trees,
                       std::string missing, int32_t missing_value) {
             return bit_nodes{nodes, table,  feature,  threshold, shift,   jumps,   jump,
                              base,  number, n_leaves, counts,    n_trees, missing, missing_value};
           }),
           py::kw_only(), py::arg("nodes"), py::arg("table"), py::arg("feature"), py::arg("threshold"), py::arg("shift"), py::arg("jumps"),
           py::arg("jump"), py::arg("base"), py::arg("number"), py::arg("n_leaves"), py::arg("counts"), py::arg("n_trees"),
           py::arg("missing"), py::arg("missing_value"))
      .def("payloads", &bit_nodes::payloads, "The payload or the place of each row's leaf in each tree, shape (n_samples, n_trees).")
      .def("valid", &bit_nodes::valid, py::arg("input"), py::arg("n_features"), py::arg("n_payloads"), py::arg("depth"),
           py::arg("n_classes") = 0, py::arg("starts") = array<bool>(0),
           "Whether the invariants of the nodes hold for rows of dtype `input`.");
  py::class_<levels_nodes>(m, "Levels", "Trees as questions and leaves by their answers.")
      .def(py::init([](array<uint8_t> depths, array<uint16_t> features, array<int64_t> thresholds, array<uint16_t> leaves,
                       std::string missing,
                       int32_t missing_value) { return levels_nodes{depths, features, thresholds, leaves, missing, missing_value}; }),
           py::kw_only(), py::arg("depths"), py::arg("features"), py::arg("thresholds"), py::arg("leaves"), py::arg("missing"),
           py::arg("missing_value"))
      .def("payloads", &levels_nodes::payloads, "The payload of each row's leaf in each tree, shape (n_samples, n_trees).")
      .def("valid", &levels_nodes::valid, py::arg("input"), py::arg("n_features"), py::arg("n_payloads"), py::arg("depth"),
           py::arg("n_classes") = 0, py::arg("starts") = array<bool>(0),
           "Whether the invariants of the tables hold for rows of dtype `input`.");
  py::class_<word_nodes>(m, "Words", "The nodes of trees in words.")
      .def(py::init([](array<uint32_t> nodes, array<uint32_t> table, uint32_t n_leaves, std::string key, uint8_t leaf_bits,
                       uint16_t n_trees, std::string missing, int32_t missing_value) {
             return word_nodes{nodes, table, n_leaves, key, leaf_bits, n_trees, missing, missing_value};
           }),
           py::kw_only(), py::arg("nodes"), py::arg("table"), py::arg("n_leaves"), py::arg("key"), py::arg("leaf_bits"), py::arg("n_trees"),
           py::arg("missing"), py::arg("missing_value"))
      .def("payloads", &word_nodes::payloads, "The payload of each row's leaf in each tree, shape (n_samples, n_trees).")
      .def("valid", &word_nodes::valid, py::arg("input"), py::arg("n_features"), py::arg("n_payloads"), py::arg("depth"),
           py::arg("n_classes") = 0, py::arg("starts") = array<bool>(0),
           "Whether the invariants of the nodes hold for rows of dtype `input`.");
  py::class_<bulk>(m, "Bulk", "Trees for many rows at once.")
      .def(py::init<const array<int64_t>&, const array<int32_t>&, const array<int64_t>&, const array<int64_t>&, const array<int64_t>&,
                    const array<bool>&, std::string, int32_t>(),
           py::kw_only(), py::arg("roots"), py::arg("feature"), py::arg("threshold"), py::arg("left"), py::arg("right"),
           py::arg("missing_left"), py::arg("missing"), py::arg("missing_value"))
      .def("payloads", &bulk::payloads, "table[leaf] of each row's leaf in each tree, shape (n_samples, n_trees).")
      .def("set_shares", &bulk::set_shares, "What leaves add to the sums of classes, and how close sums may be.")
      .def("classify", &bulk::classify, "Class indices, shape (n_samples, 1); again(rows) has those of close rows.");
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
  py::class_<entries>(m, "Entries", "Leaves of a classifier that hold counts, for speed.")
      .def(py::init([](array<uint8_t> bytes, uint16_t n_classes, uint8_t first_bits, uint8_t step, uint8_t passes, uint16_t whole,
                       uint16_t slack, uint16_t lead) { return entries{bytes, n_classes, first_bits, step, passes, whole, slack, lead}; }),
           py::kw_only(), py::arg("bytes"), py::arg("n_classes"), py::arg("first_bits"), py::arg("step"), py::arg("passes"),
           py::arg("whole"), py::arg("slack"), py::arg("lead"))
      .def("classify", &entries::classify, "Class indices, shape (n_samples, 1).")
      .def("probabilities", &entries::probabilities, "Probabilities, shape (n_samples, n_classes).");
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
