"""The most that smaller trees can be away from the ones they were made of, over all rows that there are.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ..families.ensembles.record import Boosted
from ..families.trees.record import Forest, Trees


def farthest(given: Forest | Boosted, made: Forest | Boosted) -> np.ndarray:
    """A bound of the difference of each sum (of each class's mean share), shape (n_columns,).

    `made` has the shape of `given`, but for nodes that became leaves; features, ways of missing values and the order of trees are the same.
    """
    low, high = _ranges(given)
    low_made, high_made = _ranges(made)
    off = [_tree(given, made, (low, high), (low_made, high_made), *roots) for roots in zip(given.roots.tolist(), made.roots.tolist())]
    if isinstance(given, Boosted):
        return np.bincount(given.column, weights=np.concatenate(off), minlength=given.n_columns)
    mean: np.ndarray = np.mean(off, axis=0)
    return mean


_Ranges = tuple[np.ndarray, np.ndarray]


def _tree(given: Trees, made: Trees, old: _Ranges, new: _Ranges, root: int, made_root: int) -> np.ndarray:
    """The largest difference of a leaf of one tree and the leaf that the other gives the same row."""
    worst, open_ = np.zeros(given.leaves.shape[1]), [(root, made_root)]
    while open_:
        node, other = open_.pop()
        if node < 0 or other < 0:
            worst = np.maximum(worst, _apart(given, made, old, new, node, other))
            continue
        left, right, made_left, made_right = (int(side[at]) for side, at in
            ((given.left, node), (given.right, node), (made.left, other), (made.right, other)))  # fmt: skip
        if made.threshold[other] < given.threshold[node]:
            worst = np.maximum(worst, _apart(given, made, old, new, left, made_right))
        elif made.threshold[other] > given.threshold[node]:
            worst = np.maximum(worst, _apart(given, made, old, new, right, made_left))
        open_ += ((left, made_left), (right, made_right))
    return worst


def _apart(given: Trees, made: Trees, old: _Ranges, new: _Ranges, node: int, other: int) -> np.ndarray:
    """The largest difference of any leaf below one node and any below the other."""
    low, high = (given.leaves[~node],) * 2 if node < 0 else (old[0][node], old[1][node])
    made_low, made_high = (made.leaves[~other],) * 2 if other < 0 else (new[0][other], new[1][other])
    apart: np.ndarray = np.maximum(np.abs(high - made_low), np.abs(made_high - low))
    return apart


def _ranges(trees: Trees) -> _Ranges:
    """The least and the largest leaf below each node, shapes (n_nodes, width). Nodes are in preorder."""
    low, high = np.empty((trees.n_nodes, trees.leaves.shape[1])), np.empty((trees.n_nodes, trees.leaves.shape[1]))
    left, right = trees.left.tolist(), trees.right.tolist()
    for node in range(trees.n_nodes - 1, -1, -1):
        ends = [(low[at], high[at]) if at >= 0 else (trees.leaves[~at],) * 2 for at in (left[node], right[node])]
        low[node] = np.minimum(ends[0][0], ends[1][0])
        high[node] = np.maximum(ends[0][1], ends[1][1])
    return low, high
