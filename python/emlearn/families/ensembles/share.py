"""Trees that are the same for every column of sums, walked once: their leaves become vectors.

XGBoost's ``multi_strategy="multi_output_tree"`` and CatBoost's losses of several columns grow such trees.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..trees.record import Trees
from ..trees.sklearn import distinct
from .record import Boosted


@dataclasses.dataclass(frozen=True)
class _Unrolled:
    """A tree in preorder: its nodes, whether each of nodes and leaves is a node, and where its leaves hang."""

    nodes: list[int]
    shape: list[bool]
    leaves: list[int]
    parents: list[int]
    on_left: list[bool]

    @classmethod
    def of(cls, record: Trees, root: int) -> _Unrolled:
        found = cls([], [], [], [], [])
        stack = [(root, -1, False)]
        while stack:
            at, parent, is_left = stack.pop()
            found.shape.append(at >= 0)
            if at >= 0:
                found.nodes.append(at)
                stack += ((int(record.right[at]), at, False), (int(record.left[at]), at, True))
            else:
                found.leaves.append(~at)
                found.parents.append(parent)
                found.on_left.append(is_left)
        return found


def shared(record: Boosted) -> Boosted:
    """The record with a tree for each group of trees that differ in nothing but leaves, one per column; itself where there are others."""
    k = record.n_columns
    if k == 1 or record.leaves.shape[1] > 1 or not np.array_equal(record.column, np.arange(record.n_trees) % k) or record.n_trees % k:
        return record
    trees = [_Unrolled.of(record, int(root)) for root in record.roots]
    groups = [trees[at : at + k] for at in range(0, len(trees), k)]
    if not all(_alike(record, group[0], other) for group in groups for other in group[1:]):
        return record
    vectors = np.concatenate([np.stack([record.leaves[tree.leaves, 0] for tree in group], axis=1) for group in groups])
    leaves, ids = distinct(vectors)
    kept = [group[0] for group in groups]
    order = np.array([node for tree in kept for node in tree.nodes], dtype=np.int64)
    number = np.zeros(record.n_nodes, dtype=np.int64)
    number[order] = np.arange(len(order))
    left, right = (number[np.maximum(child[order], 0)] for child in (record.left, record.right))
    parent = np.array([each for tree in kept for each in tree.parents], dtype=np.int64)
    on_left = np.array([each for tree in kept for each in tree.on_left], dtype=bool)
    for child, side in ((left, on_left & (parent >= 0)), (right, ~on_left & (parent >= 0))):
        child[number[parent[side]]] = ~ids[side]
    roots = np.array([number[tree.nodes[0]] if tree.nodes else -1 for tree in kept], dtype=np.int64)
    roots[roots < 0] = ~ids[parent < 0]
    return dataclasses.replace(
        record, roots=roots, feature=record.feature[order], threshold=record.threshold[order], left=left, right=right,
        missing_left=record.missing_left[order], weight=None if record.weight is None else record.weight[order], leaves=leaves,
        column=np.zeros(len(kept), dtype=np.int64),
    )  # fmt: skip


def _alike(record: Boosted, one: _Unrolled, other: _Unrolled) -> bool:
    fields = (record.feature, record.threshold, record.missing_left)
    return one.shape == other.shape and all(np.array_equal(field[one.nodes], field[other.nodes]) for field in fields)
