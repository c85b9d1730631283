// Trees in a form that a large processor likes, and sixteen rows at a time through them.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_TREES_GROVE_HPP
#define EMLEARN_BINDINGS_TREES_GROVE_HPP

#include "four.hpp"
#include "planes.hpp"

namespace emlearn_bindings {

/// Small trees are not walked: each question tells which leaves its answer "right" rules out, all rows answer all questions, and the
/// leftmost leaf that is left is theirs (QuickScorer, Lucchese et al. 2015): vector code without a load that waits for another. In larger
/// ones eight rows walk side by side, without branches: the right child stands behind the left one, and a leaf leads to itself.
class grove {
 public:
  static constexpr size_t lanes = planes::lanes;

  /// Trees as the record has them: children from 0 on are nodes, others ~leaves.
  grove(const array<int64_t>& roots, const array<int64_t>& left, const array<int64_t>& right, const planes& keys) {
    for (py::ssize_t t = 0; t != roots.size(); ++t) {
      tree own = {static_cast<uint32_t>(tests_.size()), 0, questions_.size(), 0, positions_.size()};
      std::vector<waiting> open;
      size_t n_nodes = 0;
      place(roots.at(t), 1, keys, open);
      while (!open.empty()) {  // in preorder all but for pairs: what is walked together stands together
        const waiting next = open.back();
        open.pop_back();
        ++n_nodes;
        own.depth = std::max(own.depth, next.depth);
        child_[next.own] = static_cast<uint32_t>(tests_.size());
        place(left.at(next.node), next.depth + 1, keys, open);
        place(right.at(next.node), next.depth + 1, keys, open);
      }
      if (n_nodes < 32) {
        number_leaves(roots.at(t), left, right, keys);
        own.n_questions = questions_.size() - own.first_question;
        own.is_small = true;
      }
      n_steps_ += own.depth;
      trees_.push_back(own);
    }
  }

  size_t n_trees() const { return trees_.size(); }

  /// How many steps a row takes at most, over all trees.
  size_t n_steps() const { return n_steps_; }

  /// The leaves of a group of rows, whose keys are filled in. Lanes without a row have leaves, too.
  void leaves(size_t t, const int32_t* keys, uint32_t* found) const {
    const tree& own = trees_[t];
    if (own.is_small) return ask(own, keys, found);
    for (size_t i = 0; i != lanes; i += together)
      walk<together>(
          own, [own_keys = keys + i](uint32_t start, size_t lane) { return own_keys[start + lane]; }, found + i);
  }

  /// The same of N rows, each key made where it is asked for.
  template <size_t N, class Raw, class KeyOf> void leaves_of(size_t t, const Raw* const* rows, const KeyOf& key_of, uint32_t* found) const {
    walk<N>(
        trees_[t], [&](uint32_t start, size_t lane) { return key_of(start / lanes)(rows[lane]); }, found);
  }

 private:
  static constexpr size_t together = 8;
  static constexpr size_t few_steps = 10;  ///< of a walk, after which each step looks whether all rows have arrived

  struct tree {
    uint32_t root;
    size_t depth, first_question, n_questions, first_position;
    bool is_small = false;
  };
  struct waiting {
    uint32_t own;
    int64_t node;
    size_t depth;
  };
  struct test {
    int32_t bound;
    uint32_t start;  ///< where the keys of its plane stand
  };
  struct question : test {
    int32_t ruled_out;  ///< a bit for each leaf on the left, in order of position
  };

  void place(int64_t child, size_t depth, const planes& keys, std::vector<waiting>& open) {
    const bool inner = child >= 0;
    const size_t node = static_cast<size_t>(child);
    const uint32_t own = static_cast<uint32_t>(tests_.size());
    if (inner)
      tests_.push_back({keys.bound_of(node), keys.plane_of(node) * static_cast<uint32_t>(lanes)});
    else
      tests_.push_back({std::numeric_limits<int32_t>::max(), 0});
    child_.push_back(own);
    leaf_.push_back(inner ? 0 : static_cast<uint32_t>(~child));
    if (inner) open.push_back({own, child, depth});
  }

  /// Questions of a small tree, and its leaves from left to right.
  void number_leaves(int64_t root, const array<int64_t>& left, const array<int64_t>& right, const planes& keys) {
    const size_t first = positions_.size();
    struct visit {
      int64_t node;
      size_t start;  ///< the leaves before its left subtree
      bool is_left_done;
    };
    std::vector<visit> path = {{root, 0, false}};
    while (!path.empty()) {
      const visit here = path.back();
      path.pop_back();
      if (here.node < 0) {
        positions_.push_back(static_cast<uint32_t>(~here.node));
        continue;
      }
      const size_t node = static_cast<size_t>(here.node), done = positions_.size() - first;
      if (here.is_left_done) {
        const int32_t out = static_cast<int32_t>(((1u << done) - 1u) & ~((1u << here.start) - 1u));
        questions_.push_back({{keys.bound_of(node), keys.plane_of(node) * static_cast<uint32_t>(lanes)}, out});
        path.push_back({right.at(here.node), 0, false});
      } else {
        path.push_back({here.node, done, true});
        path.push_back({left.at(here.node), 0, false});
      }
    }
  }

  void ask(const tree& own, const int32_t* keys, uint32_t* found) const {
    four out[lanes / 4] = {};
    const question* const end = questions_.data() + own.first_question + own.n_questions;
    for (const question* q = end - own.n_questions; q != end; ++q)
      for (size_t i = 0; i != lanes / 4; ++i) out[i] |= above(keys + q->start + 4 * i, q->bound) & q->ruled_out;
    uint32_t position[lanes];
    for (size_t i = 0; i != lanes / 4; ++i) lowest_zero(out[i], position + 4 * i);
    const uint32_t* leaf = positions_.data() + own.first_position;
    for (size_t i = 0; i != lanes; ++i) found[i] = leaf[position[i]];
  }

  template <size_t N, class Key> void walk(const tree& own, const Key& key, uint32_t* found) const {
    const test* const tests = tests_.data();
    const uint32_t* const child = child_.data();
    const auto next = [&](uint32_t at, size_t i) { return child[at] + static_cast<uint32_t>(key(tests[at].start, i) > tests[at].bound); };
    uint32_t at[N];
    for (size_t i = 0; i != N; ++i) at[i] = own.root;
    for (size_t step = std::min(own.depth, few_steps); step != 0; --step)
      for (size_t i = 0; i != N; ++i) at[i] = next(at[i], i);
    for (size_t step = few_steps; step < own.depth; ++step) {
      uint32_t moved = 0;
      for (size_t i = 0; i != N; ++i) {
        const uint32_t to = next(at[i], i);
        moved |= to ^ at[i];
        at[i] = to;
      }
      if (moved == 0) break;
    }
    for (size_t i = 0; i != N; ++i) found[i] = leaf_[at[i]];
  }

  size_t n_steps_ = 0;
  std::vector<tree> trees_;
  std::vector<test> tests_;
  std::vector<uint32_t> child_, leaf_;
  std::vector<question> questions_;
  std::vector<uint32_t> positions_;
};

}  // namespace emlearn_bindings

#endif
