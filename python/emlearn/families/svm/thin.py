"""Fewer support vectors: those that add nothing, always; on request, those whose part the others of their class can best take over.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from .near import parts
from .record import Machine

#: What a solution of normal equations is kept from growing by, relative to kernels of 1.
_RIDGE = 1e-9


def distinct(points: np.ndarray, dual: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(points, coefficients, ends) with vectors of one class in one place added up, and none whose coefficients are all zero.

    Only coefficients of one sign are added up: what cancels would be lost for the bound of scikit-learn's own rounding.
    """
    own = np.searchsorted(ends, np.arange(len(points)), side="right") if len(ends) else np.zeros(len(points), np.int64)
    _, place = np.unique(np.column_stack([own, points + 0.0]), axis=0, return_inverse=True)
    place = place.ravel()
    added, size = (np.zeros((place.max(initial=-1) + 1, dual.shape[1])) for _ in range(2))
    np.add.at(added, place, dual)
    np.add.at(size, place, np.abs(dual))
    cancels = np.any(np.abs(added) < 0.999999 * size, axis=1)
    first = np.full(len(added), len(points))
    np.minimum.at(first, place, np.arange(len(points)))
    merged = np.where(cancels[place][:, np.newaxis], dual, added[place])
    kept = (cancels[place] | (first[place] == np.arange(len(points)))) & np.any(merged != 0, axis=1)
    if len(ends):
        ends = np.cumsum(np.bincount(own[kept], minlength=len(ends))).astype(ends.dtype)
    return points[kept], merged[kept], ends


def thin(record: Machine, max_points: int) -> Machine:
    """The record with at most that many support vectors; see :func:`emlearn.registry.thin`.

    Of each class's part of the decisions, a vector of the kernel's Hilbert space, the part that the kept vectors span is kept: nothing of
    what they span is nearer. How far the whole decision is from what it was, in that space, is the most that any row's decision changes
    by, because a radial kernel of a row with itself is 1.
    """
    n = len(record.exact_points)
    if record.kernel == "linear" or n <= max_points:
        return record
    if record.kernel != "rbf":
        raise UnsupportedError(f"max_points={max_points}: only machines with kernel='rbf' have it, not {record.kernel!r}; leave it out")
    blocks = _blocks(record)
    if max_points < len(blocks):
        raise InvalidInputError(f"max_points={max_points}: each of the {len(blocks)} classes needs a support vector: give more")
    exact = record.exact_coefficients
    searches = [_Span(_kernel(record, block, block), exact[block]) for block in blocks]
    for _ in range(n - max_points):
        min(searches, key=lambda search: search.least).remove()
    kept = np.concatenate([np.arange(n)[block][search.kept] for block, search in zip(blocks, searches, strict=True)])
    coefficients = np.concatenate([search.coefficients for search in searches])
    ends = record.ends
    if len(ends):
        ends = np.cumsum([len(search.kept) for search in searches]).astype(ends.dtype)
    made = dataclasses.replace(
        record, exact_points=record.exact_points[kept], points=record.points[kept], coefficients=coefficients,
        exact_coefficients=coefficients, ends=ends, left_out=record.left_out + n - max_points,
    )  # fmt: skip
    return dataclasses.replace(made, residual=_residual(record, made, kept) + (record.residual if len(record.residual) else 0.0))


def _blocks(record: Machine) -> list[slice]:
    """The vectors of each class, which have coefficients of their own; all of them where there are no pairs."""
    starts = [0, *record.ends.tolist()]
    return [slice(low, high) for low, high in itertools.pairwise(starts) if high > low] or [slice(0, len(record.points))]


def _kernel(record: Machine, rows: slice | np.ndarray, columns: slice | np.ndarray) -> np.ndarray:
    a, b = (record.exact_points[which] * record.exact_weights for which in (rows, columns))
    total = np.zeros((len(a), len(b)))
    for p, q in zip(a.T, b.T, strict=True):
        total += (p[:, np.newaxis] - q) ** 2
    value: np.ndarray = np.exp(-record.gamma * total)
    return value


def _residual(record: Machine, made: Machine, kept: np.ndarray) -> np.ndarray:
    """The distance of each decision from what it was, with what float64 may lose on the way."""
    change = np.zeros((record.n_functions, len(record.exact_points)))
    for function, mine, column in parts(record):
        change[function, mine] += record.exact_coefficients[mine, column]
    for function, mine, column in parts(made):
        change[function, kept[mine]] -= made.exact_coefficients[mine, column]
    size = np.abs(change).sum(axis=1)
    everything = slice(None)
    square = np.einsum("fi,fi->f", change @ _kernel(record, everything, everything), change)
    result: np.ndarray = np.sqrt(np.maximum(square, 0.0) + (4 * len(kept) + 64 + 4 * change.shape[1]) * 2.0**-53 * size**2)
    return result


class _Span:
    """Vectors of one class that are left, and the coefficients that come nearest to the whole class's part."""

    def __init__(self, kernel: np.ndarray, coefficients: np.ndarray) -> None:
        self.whole, self.all = kernel, coefficients
        self.inverse = np.linalg.inv(kernel + _RIDGE * np.eye(len(kernel)))
        self.kept = np.arange(len(kernel))
        self.now = coefficients.copy()

    @property
    def _costs(self) -> np.ndarray:
        """By how much the square of the distance grows with the loss of each."""
        costs: np.ndarray = (self.now**2).sum(axis=1) / np.diag(self.inverse)
        return costs

    @property
    def least(self) -> float:
        """Of the vector that is missed least; the last one stays."""
        return float(self._costs.min()) if len(self.kept) > 1 else np.inf

    def remove(self) -> None:
        at = int(np.argmin(self._costs))
        column, own = self.inverse[:, at], self.inverse[at, at]
        self.now = np.delete(self.now - np.outer(column / own, self.now[at]), at, axis=0)
        smaller = self.inverse - np.outer(column, column / own)
        self.inverse = np.delete(np.delete(smaller, at, axis=0), at, axis=1)
        self.kept = np.delete(self.kept, at)

    @property
    def coefficients(self) -> np.ndarray:
        """Solved anew, without what rounding has left on the way."""
        if len(self.kept) == len(self.whole):
            return self.all
        inner = self.whole[np.ix_(self.kept, self.kept)] + _RIDGE * np.eye(len(self.kept))
        return np.linalg.solve(inner, self.whole[self.kept] @ self.all)
