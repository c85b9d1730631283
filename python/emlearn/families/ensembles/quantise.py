"""Sums of float64 leaves to sums of integers: one step for all, chosen so that no sum leaves 32 bits.

A leaf v of a tree becomes q = round(v / step), less the least q of its tree, so that what stands in flash is not negative; the rest goes
into the start of the sum. What is lost is measured: ``slack`` adds up the largest |v - q step| of each tree.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TypeVar

import numpy as np

from ...errors import InvalidInputError
from ..trees.record import Trees
from .record import Boosted, Isolation, Summed

S = TypeVar("S", bound=Summed)

#: Leaves of boosted trees by default: a step of at most 2^-14 of the largest leaf, so an error of 2^-15 of it.
LEAF_BITS = 15

#: As fine as sums of 31 bits allow: finer than a float's sums.
FINEST_BITS = 30

#: Leaves that have at most so many values in all are numbered alike in all trees, so that the table of them is short.
_FEW = 256

_MOST = 1 << 30  # with a unit for each tree, and the same again for the rounding of a tree's least leaf, below 2^31


def quantise(record: S, bits: int = LEAF_BITS) -> S:
    """The record with integer leaves.

    Parameters
    ----------
    record : Summed
        Nodes in preorder, tree after tree.
    bits : int
        A leaf's most, less one step; fewer where sums would leave 32 bits. At least 1.

    Raises
    ------
    InvalidInputError
        Sums beyond the range of float.
    """
    given = _magnitudes(record)
    record = _by_column(record)
    tree, leaf = occurrences(record)
    values = record.leaves[leaf]
    low, high = np.zeros((2, record.n_trees, values.shape[1]))
    if isinstance(record, Isolation):  # the same few path lengths in all trees
        np.maximum.at(high, tree, values)
    else:
        low[:], high[:] = np.inf, -np.inf
        np.minimum.at(low, tree, values)
        np.maximum.at(high, tree, values)
    size = record.per_column(np.maximum(np.abs(low), np.abs(high)))
    folds_base = record.task.is_discrete
    step = _step(float(np.max(high - low)), size + (np.abs(record.base) if folds_base else 0), bits)
    least = np.rint(low / step)
    q = np.rint(values / step)
    lost = np.zeros(low.shape)
    np.maximum.at(lost, tree, np.abs(values - q * step))
    start, slack = record.per_column(least).astype(np.int64), record.per_column(lost)
    start, base, rest = _start(record, start, step, slack)
    integers, ids = np.unique(q - least[tree], axis=0, return_inverse=True)
    left, right, roots = replaced(record, ids.reshape(-1))
    return dataclasses.replace(
        record, leaves=integers.astype(np.int64), left=left, right=right, roots=roots, step=step, start=start, base=base,
        slack=slack + rest, size=size + given,
    )  # fmt: skip


def _magnitudes(record: Summed) -> np.ndarray:
    """Per column, |base| and those of the leaves that :func:`_by_column` adds to it."""
    single = record.roots < 0
    leaves = np.where(single[:, None], np.abs(record.leaves[np.where(single, ~record.roots, 0)]), 0.0)
    return np.abs(record.base) + record.per_column(leaves)


def _by_column(record: S) -> S:
    """Trees of one leaf folded into the base, the others column after column, and empty trees where a column has fewer."""
    grown = record.roots >= 0
    leaves = np.where(grown[:, None], 0.0, record.leaves[np.where(grown, 0, ~record.roots)])
    base = record.base + record.per_column(leaves)
    roots, column = record.roots[grown], record.column[grown]
    count = np.array([len(column)]) if record.has_vectors else np.bincount(column, minlength=record.n_columns)
    lacking = max(1, int(count.max())) - count
    roots = np.concatenate([roots, np.full(lacking.sum(), ~len(record.leaves))])
    column = np.concatenate([column, np.repeat(np.arange(len(lacking)), lacking)])
    order = np.argsort(column, kind="stable")
    leaves = np.concatenate([record.leaves, np.zeros((1, record.leaves.shape[1]))])
    folded = int(np.count_nonzero(~grown))
    return dataclasses.replace(record, roots=roots[order], column=column[order], base=base, leaves=leaves, folded=folded)


def occurrences(record: Trees) -> tuple[np.ndarray, np.ndarray]:
    """Where leaves stand: the tree and the leaf of all left children, all right ones and all roots that are leaves, in this order."""
    grown = np.flatnonzero(record.roots >= 0)
    order = grown[np.argsort(record.roots[grown])]
    of_node = order[np.searchsorted(record.roots[order], np.arange(record.n_nodes), side="right") - 1] if len(grown) else np.zeros(0, int)
    single = np.flatnonzero(record.roots < 0)
    tree = np.concatenate([of_node[record.left < 0], of_node[record.right < 0], single])
    leaf = np.concatenate([~record.left[record.left < 0], ~record.right[record.right < 0], ~record.roots[single]])
    return tree.astype(np.int64), leaf.astype(np.int64)


def replaced(record: Trees, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """left, right and roots with the leaves of :func:`occurrences` numbered anew."""
    sides, at = [], 0
    for side in (record.left, record.right, record.roots):
        side = side.copy()
        count = int(np.count_nonzero(side < 0))
        side[side < 0] = ~ids[at : at + count]
        at += count
        sides.append(side)
    return sides[0], sides[1], sides[2]


def _step(spread: float, totals: np.ndarray, bits: int) -> float:
    total = float(np.max(totals))
    if not total < float(np.finfo(np.float32).max):
        raise InvalidInputError(
            f"the leaves of all trees add up to {total:.3g}, and sums must stay below 3.4e38 in float: scale the targets and fit again"
        )
    step = max(spread / max((1 << bits) - 2, 0.5), total / _MOST, float(np.finfo(np.float32).tiny))
    narrow = np.float32(step)
    return float(narrow if float(narrow) >= step else np.nextafter(narrow, np.float32(np.inf)))


def _start(record: Summed, least: np.ndarray, step: float, slack: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where sums start, what stays a float, and what is lost."""
    if isinstance(record, Isolation):
        threshold = _threshold(record, step, float(slack[0]))
        return least - threshold, record.base + threshold * step, np.zeros(1)
    if isinstance(record, Boosted) and record.is_binary:
        exact = Fraction(float(record.base[0])) / Fraction(step)
        whole = math.floor(exact) if record.zero_is_one else math.ceil(exact) - 1  # then the second class is where the sum is >= 0
        return least + whole, np.array([float((exact - whole) * Fraction(step))]), np.zeros(1)
    if isinstance(record, Boosted) and record.task.kind == "classifier":
        steps = np.rint(record.base / step)
        return least + steps.astype(np.int64), np.zeros(record.n_columns), np.abs(record.base - steps * step)
    return least, record.base, np.zeros(record.n_columns)


def _threshold(record: Isolation, step: float, slack: float) -> int:
    """The sum, in steps, from which on a row is an inlier: no inlier of scikit-learn's is below it, whatever the rounding of leaves."""
    if record.inlier(0.0):
        return 0
    low, high = 0.0, _MOST * step  # invariant: an outlier at low; the least inlier is at most high, or there is none
    if not record.inlier(high):
        return _MOST + record.n_trees  # which leaves that are rounded up do not reach, either
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (low, middle) if record.inlier(middle) else (middle, high)
    return min(_MOST, max(0, math.ceil(Fraction(high - float(record.base[0]) - slack) / Fraction(step))))
