"""Trees of one leaf for forms of nodes that have none: a split whose children are the same leaf.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np

from ..record import Trees

T = TypeVar("T", bound=Trees)


def asking(trees: T) -> T:
    """The same answers from trees that all ask something, nodes still in preorder; trees of which none asks anything stay so."""
    single = np.flatnonzero(trees.roots < 0)
    if len(single) == 0 or trees.n_nodes == 0:
        return trees
    ends = np.append(trees.roots[trees.roots >= 0], trees.n_nodes)
    before = np.array([ends[np.count_nonzero(trees.roots[:tree] >= 0)] for tree in single])
    moved = np.arange(trees.n_nodes) + np.searchsorted(before, np.arange(trees.n_nodes), side="right")

    def inserted(values: np.ndarray, new: np.ndarray) -> np.ndarray:
        return np.insert(values, before, new, axis=0)

    def moved_to(child: np.ndarray) -> np.ndarray:
        return np.where(child >= 0, moved[np.maximum(child, 0)], child)

    leaf, like = trees.roots[single], np.zeros(len(single), dtype=np.int64)
    roots = moved_to(trees.roots)
    roots[single] = before + np.arange(len(single))
    return dataclasses.replace(
        trees,
        roots=roots,
        feature=inserted(trees.feature, trees.feature[like]),
        threshold=inserted(trees.threshold, trees.threshold[like]),
        left=inserted(moved_to(trees.left), leaf),
        right=inserted(moved_to(trees.right), leaf),
        missing_left=inserted(trees.missing_left, trees.missing_left[like]),
        weight=None if trees.weight is None else inserted(trees.weight, trees.weight[like]),
    )
