"""Decision trees with fewer leaves: the splits go first that the training data miss least, over all trees of a forest.

The order is that of minimal cost-complexity pruning (Breiman et al., Classification and Regression Trees, 1984, chapter 3), with one
scale for all trees: a split goes when its whole subtree lowers the impurity by the least per leaf. Read from ``tree_.impurity`` and
``tree_.weighted_n_node_samples``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import dataclasses
import itertools
from typing import Any

import numpy as np
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree, _build_pruned_tree_py

from ..compression.weakest import weakest_first


@dataclasses.dataclass(frozen=True)
class Cut:
    """A node that becomes a leaf.

    Attributes
    ----------
    loss : float
        What that raises the impurity by, per leaf; never less than that of a cut before it.
    tree, node : int
    splits : int
        How many splits go.
    """

    loss: float
    tree: int
    node: int
    splits: int


@dataclasses.dataclass(frozen=True)
class Pruner:
    """Trees, and the order in which they lose splits.

    Attributes
    ----------
    trees : list of fitted decision trees
        They are not changed.
    cuts : list of Cut
    """

    trees: list[BaseDecisionTree]
    cuts: list[Cut]

    @classmethod
    def of(cls, trees: list[BaseDecisionTree]) -> Pruner:
        found = [cut for number, tree in enumerate(trees) for cut in _cuts(tree.tree_, number)]
        return cls(trees, sorted(found, key=lambda cut: cut.loss))

    def first(self, n_trees: int) -> Pruner:
        """The same for the first trees alone."""
        return Pruner(self.trees[:n_trees], [cut for cut in self.cuts if cut.tree < n_trees])

    @property
    def n_splits(self) -> int:
        return sum(cut.splits for cut in self.cuts)

    def keep(self, n_splits: int) -> list[BaseDecisionTree]:
        """Copies of the trees with at most so many splits in all."""
        ends: list[list[int]] = [[] for _ in self.trees]
        left = self.n_splits
        for cut in self.cuts:
            if left <= n_splits:
                break
            ends[cut.tree].append(cut.node)
            left -= cut.splits
        return [_shortened(tree, nodes) if nodes else tree for tree, nodes in zip(self.trees, ends, strict=True)]


def _cuts(tree: Any, number: int) -> list[Cut]:
    left, right = tree.children_left.tolist(), tree.children_right.tolist()
    impurity = tree.impurity * tree.weighted_n_node_samples / tree.weighted_n_node_samples[0]
    below, leaves = impurity.tolist(), [1] * tree.node_count
    parent = [-1] * tree.node_count
    for node in range(tree.node_count - 1, -1, -1):  # children stand behind their parents
        if left[node] >= 0:
            parent[left[node]] = parent[right[node]] = node
            below[node] = below[left[node]] + below[right[node]]
            leaves[node] = leaves[left[node]] + leaves[right[node]]
    cuts = weakest_first(left, right, parent, leaves, impurity.tolist(), below)
    losses = itertools.accumulate((max(loss, 0.0) for loss, _, _ in cuts), max)
    return [Cut(loss, number, node, gone) for loss, (_, node, gone) in zip(losses, cuts, strict=True)]


def _shortened(tree: BaseDecisionTree, ends: list[int]) -> BaseDecisionTree:
    """A copy in which some nodes are leaves."""
    whole = tree.tree_
    is_leaf = (whole.children_left < 0).astype(np.uint8)
    is_leaf[ends] = 1
    made = Tree(whole.n_features, np.atleast_1d(whole.n_classes).astype(np.intp), whole.n_outputs)
    _build_pruned_tree_py(made, whole, is_leaf)
    found = copy.copy(tree)
    found.tree_ = made
    return found
