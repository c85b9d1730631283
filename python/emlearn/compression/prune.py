"""Splits that say least go first, over all trees: by minimal cost-complexity pruning of the leaves' own values.

One scale for all trees, see :mod:`.weakest`. A node's impurity is the squared
deviation of its leaves from their mean, by how much of the data reaches each.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..families.trees.record import Trees
from .weakest import weakest_first


@dataclasses.dataclass(frozen=True, eq=False)
class Order:
    """The order in which splits go.

    Attributes
    ----------
    cuts : list of (int, int)
        Nodes that become leaves, and how many splits go with each.
    mean : ndarray of shape (n_nodes, width)
        What a node answers as a leaf.
    n_splits : int
        Of all trees.
    """

    cuts: list[tuple[int, int]]
    mean: np.ndarray
    n_splits: int


def order(trees: Trees, values: np.ndarray, weight: np.ndarray) -> Order:
    """Rank the splits.

    Parameters
    ----------
    trees : Trees
        Nodes in preorder, so that children stand behind their parents.
    values : ndarray of shape (n_leaves, width)
        What leaves add to the answer.
    weight : ndarray of shape (n_leaves,)
        How much of the data reaches each, more than 0.
    """
    left, right = trees.left.tolist(), trees.right.tolist()
    n = trees.n_nodes
    mass, total = np.zeros(n), np.zeros((n, values.shape[1]))
    squares = np.zeros(n)
    own_squares = weight * np.sum(values**2, axis=1)
    leaves, parent = [0] * n, [-1] * n
    for node in range(n - 1, -1, -1):
        for child in (left[node], right[node]):
            if child >= 0:
                mass[node] += mass[child]
                total[node] += total[child]
                squares[node] += squares[child]
                leaves[node] += leaves[child]
                parent[child] = node
            else:
                mass[node] += weight[~child]
                total[node] += weight[~child] * values[~child]
                squares[node] += own_squares[~child]
                leaves[node] += 1
    mean = total / mass[:, None]
    impurity = np.maximum(squares - np.sum(total * mean, axis=1), 0.0).tolist()
    cuts = weakest_first(left, right, parent, leaves, impurity, [0.0] * n)
    return Order([(node, gone) for _, node, gone in cuts], mean, n)


def ends(found: Order, n_splits: int, column: np.ndarray | None, roots: np.ndarray) -> np.ndarray:
    """Which nodes become leaves so that about `n_splits` stay; those below an end are not told apart.

    Trees of several columns stay equally many in each, as their kernels want them: `column` has that of each tree, `roots` its first node.
    """
    chosen, left = [], found.n_splits
    for node, gone in found.cuts:
        if left <= n_splits:
            break
        chosen.append(node)
        left -= gone
    if column is None or np.ptp(column) == 0:
        return np.array(chosen, dtype=np.int64)
    column_of = dict(zip(roots.tolist(), column.tolist(), strict=True))
    gone_roots = [node for node in chosen if node in column_of]
    spare = len(roots) // (int(column.max()) + 1)
    for each in set(column.tolist()):
        spare = min(spare, sum(column_of[node] == each for node in gone_roots))
    kept: set[int] = set()
    for each in set(column.tolist()):
        kept.update([node for node in gone_roots if column_of[node] == each][spare:])
    return np.array([node for node in chosen if node not in kept], dtype=np.int64)
