"""Fewer points for neighbours: those that no vote can ever reach, always; on request, those whose loss changes least.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from .record import Density, Nearest, Points

#: Candidates for a choice: beyond, as many are drawn first.
_MOST = 4096


def reachable(points: np.ndarray, targets: np.ndarray, k: int) -> np.ndarray:
    """Points that can be among the k nearest, ascending: of those in one place with one target, the first k."""
    rows = np.column_stack([points.astype(np.float64), targets.reshape(len(points), -1).astype(np.float64)])
    _, group = np.unique(rows + 0.0, axis=0, return_inverse=True)  # + 0.0: zeros of both signs are one place
    group = group.ravel()
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], group[order])
    return np.sort(order[np.arange(len(order)) - first < k])


def thin(record: Points, max_points: int) -> Points:
    """The record with at most that many points; see :func:`emlearn.registry.thin`."""
    if not isinstance(record, Nearest) or isinstance(record, Density):
        raise UnsupportedError(f"max_points={max_points}: {type(record).__name__} models need all their points; leave it out")
    if max_points < record.k:
        raise InvalidInputError(f"max_points={max_points}: {record.k} neighbours are asked, so that many points are the least")
    if len(record.points) <= max_points:
        return record
    kept, changed = choose(record, max_points)
    chosen = {name: getattr(record, name)[kept] for name in ("exact_points", "points")}
    chosen["labels" if record.task.is_discrete else "values"] = (record.labels if record.task.is_discrete else record.values)[kept]
    return dataclasses.replace(record, **chosen, left_out=len(record.points) - max_points, changed=changed)


def choose(record: Nearest, n: int) -> tuple[np.ndarray, float]:
    """The n points that are left, ascending, and what that changes (:attr:`Nearest.changed`).

    Again and again the one goes whose loss changes the answers to all points least. Answers are the means of the k nearest points'
    targets (of classes, a column for each); a class that changes weighs more than any mean. Ties go to the first point.
    """
    points, k = record.exact_points * record.exact_weights, record.k
    drawn = np.arange(len(points))
    if len(points) > _MOST:
        drawn = np.sort(np.random.default_rng(0).permutation(len(points))[: max(_MOST, n)])
    points = points[drawn]
    if record.task.is_discrete:
        values = np.eye(record.task.n_classes[0])[record.labels[drawn]]
    else:
        values = record.values[drawn]
        values = values / max(float(np.ptp(values, axis=0).max()), 1e-30)
    near = np.argsort(_distances(record, points), axis=1, kind="stable").astype(np.int32)
    search = _Removal(near, values, k, record.task.is_discrete)
    for _ in range(len(points) - n):
        search.remove()
    changed = search.changed()
    return drawn[search.alive], changed if record.task.is_discrete else changed * float(np.ptp(record.values[drawn], axis=0).max())


def _distances(record: Nearest, points: np.ndarray) -> np.ndarray:
    """Of points to each other, as powers."""
    total = np.zeros((len(points), len(points)), np.float32)
    for column in points.T:
        d = np.abs(column[:, np.newaxis] - column).astype(np.float32)
        total = np.maximum(total, d) if record.metric == "chebyshev" else total + d**record.power
    return total


class _Removal:
    """Which points are left, and what the loss of each would change."""

    def __init__(self, near: np.ndarray, values: np.ndarray, k: int, votes: bool) -> None:
        self.near, self.values, self.k, self.votes = near, values, k, votes
        self.alive = np.ones(len(near), bool)
        self.wanted = values[near[:, :k]].mean(axis=1)
        self.top = near[:, : k + 1].copy()
        self.costs = np.zeros((len(near), k))
        self.total = np.zeros(len(near))
        self._add(np.arange(len(near)))

    def changed(self) -> float:
        """Of all points: how many have another class than at first, or the largest change of a mean."""
        now = self.values[self.top[:, : self.k]].mean(axis=1)
        if self.votes:
            return float(np.count_nonzero(now.argmax(axis=1) != self.wanted.argmax(axis=1)))
        return float(np.abs(now - self.wanted).max())

    def remove(self) -> None:
        gone = int(np.argmin(np.where(self.alive, self.total, np.inf)))
        self.alive[gone] = False
        rows = np.flatnonzero((self.top == gone).any(axis=1))
        np.subtract.at(self.total, self.top[rows, : self.k], self.costs[rows])
        left = self.near[rows][self.alive[self.near[rows]]].reshape(len(rows), -1)
        self.top[rows, : min(self.k + 1, left.shape[1])] = left[:, : self.k + 1]
        if left.shape[1] > self.k:
            self._add(rows)

    def _add(self, rows: np.ndarray) -> None:
        """What each of the k nearest of these rows' points would change if the next one took its place."""
        own = self.values[self.top[rows]]
        now = own[:, : self.k].mean(axis=1)
        then = now[:, np.newaxis] + (own[:, self.k :] - own[:, : self.k]) / self.k
        cost = self._loss(then, self.wanted[rows][:, np.newaxis]) - self._loss(now, self.wanted[rows])[:, np.newaxis]
        self.costs[rows] = cost
        np.add.at(self.total, self.top[rows, : self.k], cost)

    def _loss(self, mean: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        loss: np.ndarray = ((mean - wanted) ** 2).sum(axis=-1)
        return loss + 10.0 * (mean.argmax(axis=-1) != wanted.argmax(axis=-1)) if self.votes else loss
