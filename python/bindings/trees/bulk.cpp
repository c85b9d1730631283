// Many rows at once on the host: the leaves that the portable kernels reach, by walks without branches.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <limits>

#include "module.hpp"
#include "nodes.hpp"

namespace emlearn_bindings {

namespace {

/// Trees in a form that a large processor likes: the right child stands behind the left one, and a leaf is a node that leads to itself.
/// Several rows walk side by side, so that loads of one overlap those of others.
class bulk {
 public:
  bulk(const array<int64_t>& roots, const array<int32_t>& feature, const array<int64_t>& threshold, const array<int64_t>& left,
       const array<int64_t>& right, const array<bool>& missing_left, std::string missing, int32_t missing_value)
      : missing_(std::move(missing)), missing_value_(missing_value) {
    const auto place = [&](int64_t child) {
      const uint32_t own = static_cast<uint32_t>(nodes_.size());
      const bool inner = child >= 0;
      const int64_t most = std::numeric_limits<int32_t>::max();
      const int64_t bound = inner ? threshold.at(child) : most;
      if (bound > most || bound < std::numeric_limits<int32_t>::min()) throw std::invalid_argument("thresholds must have 32 bits");
      const uint32_t flag = !inner || missing_left.at(child) ? left_flag : 0;
      nodes_.push_back({static_cast<int32_t>(bound), flag | (inner ? static_cast<uint32_t>(feature.at(child)) : 0), own});
      leaf_.push_back(inner ? 0 : static_cast<uint32_t>(~child));
      if (inner) open_.push_back({own, child});
    };
    for (py::ssize_t tree = 0; tree != roots.size(); ++tree) {
      roots_.push_back(static_cast<uint32_t>(nodes_.size()));
      place(roots.at(tree));
      while (!open_.empty()) {  // in preorder all but for pairs: what is walked together stands together
        const waiting next = open_.back();
        open_.pop_back();
        nodes_[next.own].child = static_cast<uint32_t>(nodes_.size());
        place(left.at(next.node));
        place(right.at(next.node));
      }
    }
  }

  /// table[leaf] of each row's leaf in each tree, shape (n_samples, n_trees).
  py::array_t<uint32_t> payloads(const py::array& X, const array<uint32_t>& table) const {
    py::array_t<uint32_t> out = matrix<uint32_t>(static_cast<size_t>(X.shape(0)), roots_.size());
    uint32_t* const first = out.mutable_data();
    each_block(X, [&](size_t tree, size_t row, size_t rows, const uint32_t* leaves) {
      for (size_t i = 0; i != rows; ++i) first[(row + i) * roots_.size() + tree] = table.data()[leaves[i]];
    });
    return out;
  }

  /// What leaves add to sums: shares of shape (n_leaves, n_classes), and how close another sum may come to the largest.
  void set_shares(const array<uint32_t>& shares, int64_t slack) {
    shares_.assign(shares.data(), shares.data() + shares.size());
    n_classes_ = static_cast<size_t>(shares.shape(1));
    slack_ = slack;
  }

  /// The class of the largest sum of shares, the lowest of equals, shape (n_samples, 1); again(rows) has those of rows where another one
  /// is within `slack` of it, if that is not negative.
  py::array_t<int32_t> classify(const py::array& X, const py::function& again) const {
    const size_t n = static_cast<size_t>(X.shape(0));
    py::array_t<int32_t> out = matrix<int32_t>(n, 1);
    int32_t* const first = out.mutable_data();
    std::vector<uint32_t> votes(std::min(n, static_cast<size_t>(block)) * n_classes_);
    std::vector<int64_t> close;
    each_block(X, [&](size_t tree, size_t row, size_t rows, const uint32_t* leaves) {
      if (tree == 0) std::fill(votes.begin(), votes.end(), 0u);
      for (size_t i = 0; i != rows; ++i) {
        const uint32_t* share = shares_.data() + leaves[i] * n_classes_;
        uint32_t* vote = votes.data() + i * n_classes_;
        for (size_t c = 0; c != n_classes_; ++c) vote[c] += share[c];
      }
      if (tree + 1 != roots_.size()) return;
      for (size_t i = 0; i != rows; ++i) {
        first[row + i] = winner(votes.data() + i * n_classes_);
        if (first[row + i] < 0) close.push_back(static_cast<int64_t>(row + i));
      }
    });
    if (!close.empty()) {
      const array<int32_t> answers = again(X[py::array_t<int64_t>(static_cast<py::ssize_t>(close.size()), close.data())]);
      for (size_t i = 0; i != close.size(); ++i) first[close[i]] = answers.data()[i];
    }
    return out;
  }

 private:
  struct node {
    int32_t threshold;
    uint32_t feature;  ///< left_flag: a missing value goes left
    uint32_t child;    ///< the left one; the right one is behind it
  };
  struct waiting {
    uint32_t own;
    int64_t node;
  };
  static constexpr uint32_t left_flag = 0x80000000u;
  static constexpr size_t block = 64, together = 8;

  /// -1 where another sum is close.
  int32_t winner(const uint32_t* votes) const {
    const uint32_t* const best = std::max_element(votes, votes + n_classes_);
    if (slack_ >= 0)
      for (size_t c = 0; c != n_classes_; ++c)
        if (votes + c != best && static_cast<int64_t>(*best) - votes[c] <= slack_) return -1;
    return static_cast<int32_t>(best - votes);
  }

  /// Calls f(tree, first row, rows, leaves) for blocks of rows, all trees of a block in order.
  template <class F> void each_block(const py::array& X, F f) const {
    with_rows(X, [&](auto* x, size_t rows, size_t columns) {
      using Raw = std::remove_const_t<std::remove_pointer_t<decltype(x)>>;
      if constexpr (std::is_same<Raw, double>::value) {
        throw std::invalid_argument("keys of doubles have 64 bits");
      } else if (missing_ == "never") {
        run<trees::never_missing>(x, rows, columns, f);
      } else if constexpr (std::is_same<Raw, float>::value) {
        run<trees::nan_missing>(x, rows, columns, f);
      } else {
        run<trees::value_missing>(x, rows, columns, f);
      }
    });
  }

  template <class Missing, class Raw, class F> void run(const Raw* x, size_t rows, size_t columns, F f) const {
    const size_t most = std::min(rows, static_cast<size_t>(block));
    std::vector<int32_t> keys((most + together - 1) / together * together * columns);
    uint32_t leaves[block];
    for (size_t row = 0; row < rows; row += block) {
      const size_t n = std::min(rows - row, static_cast<size_t>(block));
      for (size_t i = 0; i != n * columns; ++i) keys[i] = static_cast<int32_t>(trees::ordered_key(x[row * columns + i]));
      for (size_t tree = 0; tree != roots_.size(); ++tree) {
        if (n == 1)
          walk<Missing, 1>(roots_[tree], keys.data(), columns, leaves);
        else
          for (size_t i = 0; i < n; i += together) walk<Missing, together>(roots_[tree], keys.data() + i * columns, columns, leaves + i);
        f(tree, row, n, static_cast<const uint32_t*>(leaves));
      }
    }
  }

  /// Rows behind the last one of a block walk, too, with whatever keys are there.
  template <class Missing, size_t N> void walk(uint32_t root, const int32_t* keys, size_t columns, uint32_t* leaves) const {
    uint32_t at[N], moved = 0;
    for (size_t i = 0; i != N; ++i) at[i] = root;
    do {
      moved = 0;
      for (size_t i = 0; i != N; ++i) {
        const node& here = nodes_[at[i]];
        const int32_t key = keys[i * columns + (here.feature & ~left_flag)];
        bool right = key > here.threshold;
        if (Missing::flagged && Missing::is_missing(key, missing_value_)) right = (here.feature & left_flag) == 0;
        const uint32_t next = here.child + right;
        moved |= next ^ at[i];
        at[i] = next;
      }
    } while (moved != 0);
    for (size_t i = 0; i != N; ++i) leaves[i] = leaf_[at[i]];
  }

  std::vector<node> nodes_;
  std::vector<uint32_t> leaf_, roots_, shares_;
  size_t n_classes_ = 0;
  int64_t slack_ = -1;
  std::vector<waiting> open_;
  std::string missing_;
  int32_t missing_value_;
};

}  // namespace

void bind_bulk(py::module_& m) {
  py::class_<bulk>(m, "Bulk", "Trees for many rows at once.")
      .def(py::init<const array<int64_t>&, const array<int32_t>&, const array<int64_t>&, const array<int64_t>&, const array<int64_t>&,
                    const array<bool>&, std::string, int32_t>(),
           py::kw_only(), py::arg("roots"), py::arg("feature"), py::arg("threshold"), py::arg("left"), py::arg("right"),
           py::arg("missing_left"), py::arg("missing"), py::arg("missing_value"))
      .def("payloads", &bulk::payloads, "table[leaf] of each row's leaf in each tree, shape (n_samples, n_trees).")
      .def("set_shares", &bulk::set_shares, "What leaves add to the sums of classes, and how close sums may be.")
      .def("classify", &bulk::classify, "Class indices, shape (n_samples, 1); again(rows) has those of close rows.");
}

}  // namespace emlearn_bindings
