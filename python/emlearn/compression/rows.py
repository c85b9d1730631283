"""Which way given rows go through trees: what each node sees of them, and between which values its threshold may move.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..families.trees.keys import limits, to_keys
from ..families.trees.record import Trees


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """Rows as a record's kernel takes them.

    Attributes
    ----------
    keys : ndarray of shape (n_samples, n_features), int64
    missing : ndarray of shape (n_samples, n_features), bool
    """

    keys: np.ndarray
    missing: np.ndarray

    @classmethod
    def of(cls, trees: Trees, raw: np.ndarray) -> Rows:
        missing = {"nan": np.isnan(raw), "value": raw == trees.missing_value, "never": np.zeros(raw.shape, bool)}[trees.missing]
        return cls(to_keys(raw), missing)

    def __len__(self) -> int:
        return len(self.keys)


@dataclasses.dataclass(frozen=True, eq=False)
class Ways:
    """Where rows went.

    Attributes
    ----------
    leaf : ndarray of shape (n_samples, n_trees)
        The leaf that each row reaches in each tree.
    below, above : ndarray of shape (n_nodes,), int64
        The largest key that went left, the least that went right; the ends of all keys where none did.
    """

    leaf: np.ndarray
    below: np.ndarray
    above: np.ndarray


def follow(trees: Trees, rows: Rows) -> Ways:
    """All rows through all trees."""
    least, most = limits(trees.input)
    below, above = np.full(trees.n_nodes, least, dtype=np.int64), np.full(trees.n_nodes, most + 1, dtype=np.int64)
    leaf = np.empty((len(rows), trees.n_trees), dtype=np.int64)
    for tree, root in enumerate(trees.roots.tolist()):
        at, row = np.full(len(rows), root, dtype=np.int64), np.arange(len(rows))
        while len(row := row[at[row] >= 0]):
            node = at[row]
            key, missing = rows.keys[row, trees.feature[node]], rows.missing[row, trees.feature[node]]
            left = np.where(missing, trees.missing_left[node], key <= trees.threshold[node])
            seen = ~missing
            np.maximum.at(below, node[left & seen], key[left & seen])
            np.minimum.at(above, node[~left & seen], key[~left & seen])
            at[row] = np.where(left, trees.left[node], trees.right[node])
        leaf[:, tree] = ~at
    return Ways(leaf, below, above)
