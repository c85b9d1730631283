"""Leaves of all trees that share few values, chosen together so that what one tree loses others make good.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..families.trees.shorten import shares

Round = Callable[[np.ndarray], np.ndarray]

#: The given value of a leaf counts as many rows as this, against those that reach it.
_PRIOR = 2.0

_SWEEPS = 4


def refit(leaf: np.ndarray, column: np.ndarray | None, values: np.ndarray, target: np.ndarray, share: float, rounded: Round) -> np.ndarray:
    """Leaves whose sums are near `target`, tree after tree by least squares against what the other trees leave over.

    Parameters
    ----------
    leaf : ndarray of shape (n_samples, n_trees)
        The leaf that each row reaches.
    column : ndarray of shape (n_trees,), or None
        The column of `target` that each tree adds to; None where every leaf has a value for all of them.
    values : ndarray of shape (n_leaves, width)
        Where to start, and what leaves that few rows reach stay close to.
    target : ndarray of shape (n_samples, n_columns)
    share : float
        What a leaf's value counts in a sum.
    rounded : callable
        From values to the nearest ones that leaves may have.

    Returns
    -------
    ndarray of shape (n_leaves, width)
    """
    found = rounded(values)
    columns = [slice(None)] * leaf.shape[1] if column is None else [slice(c, c + 1) for c in column.tolist()]
    left_over = target.copy()
    for tree, of in enumerate(columns):
        left_over[:, of] -= share * found[leaf[:, tree]]
    groups = [_group(leaf[:, tree]) for tree in range(leaf.shape[1])]
    for _ in range(_SWEEPS):
        for tree, of in enumerate(columns):
            ids, order, starts, count = groups[tree]
            mean = np.add.reduceat(left_over[order, of], starts, axis=0) / share
            wanted = (mean + count[:, None] * found[ids] + _PRIOR * values[ids]) / (count[:, None] + _PRIOR)
            new = rounded(wanted)
            change = new - found[ids]
            found[ids] = new
            left_over[order, of] -= share * np.repeat(change, count.astype(np.int64), axis=0)
    return found


def _group(leaf: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The leaves that are reached, rows in their order, where each starts there, and how many it has."""
    order = np.argsort(leaf, kind="stable")
    ids, starts, count = np.unique(leaf[order], return_index=True, return_counts=True)
    return ids, order, starts, count.astype(np.float64)


def codebook(values: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    """`size` values, ascending, that stand for all others with the least squared error (Lloyd's algorithm in one dimension)."""
    distinct, inverse = np.unique(values, return_inverse=True)
    if len(distinct) <= size:
        return distinct
    mass = np.bincount(inverse.reshape(-1), weights=weight, minlength=len(distinct))
    moments = np.concatenate([[0.0], np.cumsum(mass)]), np.concatenate([[0.0], np.cumsum(mass * distinct)])
    steps = np.cumsum(np.cbrt(mass) * np.gradient(distinct) ** (2 / 3))  # about as dense as an optimal quantiser is
    book = np.interp((np.arange(size) + 0.5) / size * steps[-1], steps, distinct)
    for _ in range(50):
        edges = np.concatenate([[0], np.searchsorted(distinct, (book[1:] + book[:-1]) / 2), [len(distinct)]])
        mass_of, total_of = np.diff(moments[0][edges]), np.diff(moments[1][edges])
        new = np.where(mass_of > 0, total_of / np.where(mass_of > 0, mass_of, 1), book)
        if np.array_equal(new, book):
            break
        book = new
    return np.unique(book)


def nearest(book: np.ndarray) -> Round:
    """To the nearest value of a codebook."""
    edges = (book[1:] + book[:-1]) / 2

    def rounded(values: np.ndarray) -> np.ndarray:
        found: np.ndarray = book[np.searchsorted(edges, values)]
        return found

    return rounded


def simplex(values: np.ndarray) -> np.ndarray:
    """Shares of classes: none is negative, and they add up to one."""
    values = np.maximum(values, 0.0)
    total = values.sum(axis=1, keepdims=True)
    found: np.ndarray = np.where(total > 0, values / np.where(total > 0, total, 1.0), 1.0 / values.shape[1])
    return found


def to_shares(values: np.ndarray, whole: int) -> np.ndarray:
    """Shares of classes as multiples of ``1 / whole``."""
    return shares(simplex(values), whole)
