"""The answers in numpy, step by step as the device's kernels take them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .record import Centroids, Density, Nearest, Points, Within

#: Rows times points at a time.
_BLOCK = 1 << 21


def reference(record: Points, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    rows = max(1, _BLOCK // len(record.points))
    kinds = {Centroids: _centroids, Within: _within, Density: _density, Nearest: _nearest}
    answer = next(way for kind, way in kinds.items() if isinstance(record, kind))
    with np.errstate(all="ignore"):
        return np.concatenate([answer(record, op, X[start : start + rows]) for start in range(0, max(1, len(X)), rows)])  # type: ignore[operator]


def sums(record: Points, X: np.ndarray) -> np.ndarray:
    """The sum of each point, shape (n_samples, n_points): float32, or uint64 of whole numbers."""
    whole = record.points.dtype.kind in "iu"
    total = np.zeros((len(X), len(record.points)), np.uint64 if whole else np.float32)
    for i in range(record.n_features):
        if whole:
            d = np.abs(X[:, i : i + 1].astype(np.int64) - record.points[:, i].astype(np.int64)).astype(np.uint64)
        else:
            d = np.abs(X[:, i : i + 1].astype(np.float32) - record.points[:, i])
            if len(record.weights):
                d = d * record.weights[i]
        if record.metric == "chebyshev":
            total = np.where(d > total, d, total)
            continue
        power = d
        for _ in range(1, record.power):
            power = power * d
        total = total + power
    return total


def _roots(record: Points, total: np.ndarray) -> np.ndarray:
    values = total.astype(np.float32)
    if record.power == 2:
        values = np.sqrt(values)
    elif record.power > 2:
        values = np.where(values > 1.2e-38, np.exp(np.log(values) / np.float32(record.power)), np.float32(0))
    return values * np.float32(record.unit)


def _centroids(record: Centroids, op: str, X: np.ndarray) -> np.ndarray:
    total = sums(record, X)
    if op == "transform":
        return _roots(record, total[:, record.rows] if len(record.rows) else total)
    if not len(record.children):
        best = _first_least(total)
        return (record.labels[best] if len(record.labels) else best).astype(np.int32)[:, np.newaxis]
    node = np.zeros(len(X), dtype=np.int64)
    rows = np.arange(len(X))
    while np.any(walking := node >= 0):
        at = np.where(walking, 2 * node, 0)
        node = np.where(walking, record.children.astype(np.int64)[at + (total[rows, at + 1] < total[rows, at])], node)
    return (-node - 1).astype(np.int32)[:, np.newaxis]


def _first_least(total: np.ndarray) -> np.ndarray:
    """The first of the smallest; a sum that is not a number is never smaller than another."""
    best, least = np.zeros(len(total), np.int64), total[:, 0].copy()
    for k in range(1, total.shape[1]):
        smaller = total[:, k] < least
        best[smaller], least[smaller] = k, total[smaller, k]
    return best


def _nearest(record: Nearest, op: str, X: np.ndarray) -> np.ndarray:
    total = sums(record, X)
    order = np.argsort(total, axis=1, kind="stable")[:, : record.k]
    near = np.take_along_axis(total, order, axis=1)
    weights = np.ones(near.shape, np.float32)
    if record.by_distance:
        away = _roots(record, near)
        none = away < np.float32(1.2e-38)
        weights = np.where(none[:, :1], none, np.float32(1) / away).astype(np.float32)
    size = np.zeros(len(X), np.float32)
    for i in range(record.k):
        size += weights[:, i]
    if not record.task.is_discrete:
        mean = np.zeros((len(X), record.values.shape[1]), np.float32)
        for i in range(record.k):
            mean += weights[:, i : i + 1] * record.values[order[:, i]]
        return mean / size[:, np.newaxis]
    votes = np.zeros((len(X), record.task.n_classes[0]), np.float32)
    for i in range(record.k):
        votes[np.arange(len(X)), record.labels[order[:, i]]] += weights[:, i]
    shares = votes / size[:, np.newaxis]
    if op == "predict_proba":
        return shares
    return np.argmax(shares if record.by_distance else votes, axis=1).astype(np.int32)[:, np.newaxis]


def _within(record: Within, op: str, X: np.ndarray) -> np.ndarray:
    total = sums(record, X)
    near = total <= (np.uint64(record.limit) if record.arithmetic.startswith("whole") else np.float32(record.limit))
    weights = near.astype(np.float32)
    if record.by_distance:
        away = _roots(record, total)
        none = near & (away < np.float32(1.2e-38))
        weights = np.where(none.any(axis=1, keepdims=True), none, np.where(near, np.float32(1) / away, 0)).astype(np.float32)
    size, lonely = np.zeros(len(X), np.float32), ~near.any(axis=1)
    regressor = not record.task.is_discrete
    out = np.zeros((len(X), len(record.nothing) if regressor else record.task.width("predict_proba")), np.float32)
    for j in range(len(record.points)):
        size += weights[:, j]
        if regressor:
            out += weights[:, j : j + 1] * record.values[j]
        else:
            out[:, record.labels[j]] += weights[:, j]
    shares: np.ndarray = out / np.where(lonely, 1, size)[:, np.newaxis]
    if regressor:
        return np.where(lonely[:, np.newaxis], record.nothing, shares)
    if op == "predict_proba":
        return np.where(lonely[:, np.newaxis], (np.arange(out.shape[1]) == record.shown).astype(np.float32), shares)
    best = np.argmax(shares if record.by_distance else out, axis=1)
    return np.where(lonely, record.none, best).astype(np.int32)[:, np.newaxis]


def _density(record: Density, op: str, X: np.ndarray) -> np.ndarray:
    total = sums(record, X)
    order = np.argsort(total, axis=1, kind="stable")[:, : record.k]
    away = _roots(record, np.take_along_axis(total, order, axis=1))
    reach, dense = np.zeros(len(X), np.float32), np.zeros(len(X), np.float32)
    for i in range(record.k):
        reach += np.maximum(away[:, i], record.values[order[:, i], 0])
        dense += record.values[order[:, i], 1]
    k = np.float32(record.k)
    return of_score(record, op, (-(dense / k) * (reach / k + np.float32(1e-10)))[:, np.newaxis])


def of_score(record: Density, op: str, score: np.ndarray) -> np.ndarray:
    """A detector's other answers from its score."""
    if op == "score_samples":
        return score
    decision: np.ndarray = score - np.float32(record.offset)
    return np.where(decision < 0, -1, 1).astype(np.int32) if op == "predict" else decision


def describe(record: Points) -> dict[str, Any]:
    """See :class:`emlearn.registry.Family`."""
    kind = "neighbours within a radius" if isinstance(record, Within) else "nearest neighbours"
    facts: dict[str, Any] = {"model": "nearest centre" if isinstance(record, Centroids) else f"{kind}, {record.task.kind}"}
    facts["points"] = len(record.points)
    facts["features"] = record.n_features
    facts["metric"] = record.metric
    if isinstance(record, Within):
        facts["radius"] = record.radius
        facts["weights"] = "1 / distance" if record.by_distance else "equal"
    if isinstance(record, Nearest):
        facts["k"] = record.k
        if record.left_out:
            what = f"the classes of {record.changed:.0f}" if record.task.is_discrete else f"means by at most {record.changed:.3g}"
            all_points = record.left_out + len(record.points)
            facts["left out by max_points"] = f"{record.left_out}, which changes {what} of the {all_points} points themselves"
        facts["weights"] = "1 / distance" if record.by_distance else "equal"
    whole, kind = record.arithmetic.startswith("whole"), "exact integers" if record.top is None else f"integers 0..{record.top}"
    facts["arithmetic"] = f"{kind}, sums of {32 if '32' in record.arithmetic else 64} bits" if whole else "float32"
    return facts
