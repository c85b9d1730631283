"""Trees that cannot change the class any more are not asked: in which order they stand, and where generated code looks.

Votes are whole numbers that only grow, so their order is free, and a class that has more than half of all that the trees will have
given wins, alone. Rounding shares down takes from a sum, so a rounded sum above one half is an exact one above it, by far more than what
scikit-learn's own rounding may turn; with two classes, less than half with all that is left added is the other one, and sums are exact.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from .record import Forest, Trees

#: What a level of a tree costs, and what its leaf does, next to each other.
_LEVEL, _LEAF = 5.0, 20.0

#: What looking costs next to a tree: at all sums, or at one.
LOOK_AT_ALL, LOOK_AT_ONE = 0.2, 0.1


def applies(record: Forest) -> bool:
    """Whether classes are often enough decided before the last tree, by the leaves that the training rows reach."""
    if not record.is_classifier or record.task.n_outputs > 1 or record.optimize == "size" or record.n_trees < 3 or record.n_nodes == 0:
        return False
    return float(_kept(record)[0].mean()) > 0.5


def arranged(record: Forest) -> Forest:
    """With the trees that say most for what they cost first."""
    if not applies(record):
        return record
    share, levels = _kept(record)
    order = np.argsort(-share / (_LEVEL * levels + _LEAF), kind="stable")
    return dataclasses.replace(record, roots=record.roots[order])


def checks(n_trees: int, look: float) -> frozenset[int]:
    """After how many trees generated code looks whether the class is decided.

    It cannot be before half of the trees; from there on, each tree decides about 1.6 rows of n_trees. Looking after every m-th one
    costs ``look / m`` per tree, and ``m / 2`` trees too many per row: m is where the sum is least.
    """
    every = max(1, int(math.sqrt(1.25 * look * n_trees)))
    return frozenset(range(n_trees // 2 + 1, n_trees, every))


def _kept(record: Trees) -> tuple[np.ndarray, np.ndarray]:
    """Of each tree, the mean share that it gives the true class of a training row, and the levels that a row passes."""
    weight = np.ones((record.n_nodes, 2)) if record.weight is None else record.weight
    purity = np.square(record.leaves).sum(axis=1)
    tree = np.searchsorted(np.sort(record.roots), np.arange(record.n_nodes), side="right") - 1
    share, levels, total = (np.zeros(record.n_trees) for _ in range(3))
    np.add.at(levels, tree, weight.sum(axis=1))
    for side, children in enumerate((record.left, record.right)):
        leaf = children < 0
        np.add.at(share, tree[leaf], weight[leaf, side] * purity[~children[leaf]])
        np.add.at(total, tree[leaf], weight[leaf, side])
    rank = np.argsort(np.argsort(record.roots, kind="stable"), kind="stable")
    total = np.where(total > 0, total, 1.0)
    single = record.roots < 0
    found = np.where(single, purity[np.where(single, ~record.roots, 0)], (share / total)[rank])
    return found, np.where(single, 0.0, (levels / total)[rank])
