"""The rules in numpy, in the device's order of float32 steps.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...functions import FUNCTIONS
from .record import RULES, Decide


def reference(record: Decide, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    with np.errstate(all="ignore"):
        if record.rule == "constant":
            values = record.table[np.newaxis] if op == "predict_proba" or not record.task.is_discrete else np.argmax(record.table)
            return np.tile(values, (len(X), 1)).astype(np.int32 if op == "predict" and record.task.is_discrete else np.float32)
        X = X.astype(np.float32)
        if op == "predict" or record.rule == "curve":
            return _predict(record, X)
        return _scores(record, op, X)


def _predict(record: Decide, X: np.ndarray) -> np.ndarray:
    if record.rule == "threshold":
        return np.where(record.sign * X[:, :1] >= record.table[0], record.order[1], record.order[0]).astype(np.int32)
    if record.rule == "labels" or record.is_single:
        return np.greater_equal(X, record.table[0]).astype(np.int32)
    if record.rule == "target":
        values: np.ndarray = FUNCTIONS[record.function].of(X * record.table[0] + record.table[1])
        return values.astype(np.float32)
    if record.rule == "curve":
        return np.where(outside(record, X), np.float32(np.nan), curves(record, X))
    if record.rule == "code":
        return np.argmin(distances(record, X), axis=1).astype(np.int32)[:, np.newaxis]
    scores = X if record.rule == "rest" else _scores(record, "predict_proba" if record.rule != "pairs" else "decision_function", X)
    if record.rule == "pairs" and record.n_classes == 2:
        return (scores >= record.table[0]).astype(np.int32)
    return np.argmax(scores, axis=1).astype(np.int32)[:, np.newaxis]


def distances(record: Decide, X: np.ndarray) -> np.ndarray:
    """Squared distances to each code word, shape (n_samples, n_classes)."""
    words = record.table.reshape(record.n_classes, -1)
    total = np.zeros((len(X), len(words)), X.dtype)
    for i in range(words.shape[1]):
        total = total + (X[:, i : i + 1] - words[:, i].astype(X.dtype)) ** 2
    return total


def _scores(record: Decide, op: str, X: np.ndarray) -> np.ndarray:
    """``predict_proba`` or ``decision_function``."""
    if record.rule == "pairs":
        return pair_scores(X, record.n_classes)
    if record.rule in ("sigmoid", "isotonic"):
        return both_or_normalized(curves(record, X), 1 / record.n_classes)
    if op == "predict_proba" and record.is_single:
        return both(X)
    return normalized(X, -1.0) if record.rule == "rest" and op == "predict_proba" else X


def curves(record: Decide, X: np.ndarray) -> np.ndarray:
    """Each score's probability, before they are made to sum to one; in X's precision."""
    n = X.shape[1]
    if record.rule == "sigmoid":
        z = X * record.table[:n].astype(X.dtype) + record.table[n:].astype(X.dtype)
        e = np.exp(-np.abs(z))
        return np.where(z > 0, e, X.dtype.type(1)) / (X.dtype.type(1) + e)
    columns = [interpolate(X[:, k], *record.knots[:, record.starts[k] : record.starts[k + 1]].astype(X.dtype)) for k in range(n)]
    return np.column_stack(columns)


def outside(record: Decide, X: np.ndarray) -> np.ndarray:
    """Where a curve has no value."""
    return ~((record.table[0] <= X) & (record.table[1] >= X)) if len(record.table) else np.zeros(X.shape, bool)


def interpolate(at: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Straight lines between knots, level beyond the ends."""
    low = np.clip(np.searchsorted(x, at, side="right") - 1, 0, max(0, len(x) - 2))
    high = np.minimum(low + 1, len(x) - 1)
    with np.errstate(all="ignore"):  # beyond the ends
        inside = y[low] + (at - x[low]) / (x[high] - x[low]) * (y[high] - y[low])
    return np.where(~(at > x[0]), y[0], np.where(at >= x[-1], y[-1], inside)).astype(at.dtype)


def both(p: np.ndarray) -> np.ndarray:
    return np.hstack([p.dtype.type(1) - p, p])


def normalized(values: np.ndarray, otherwise: float) -> np.ndarray:
    """Divided by their sums; where that is 0 `otherwise`, or as they are where it is negative."""
    total = np.zeros((len(values), 1), values.dtype)
    for k in range(values.shape[1]):
        total = total + values[:, k : k + 1]
    rest = values if otherwise < 0 else np.full_like(values, otherwise)
    return np.where(total != 0, values / np.where(total != 0, total, 1), rest)


def both_or_normalized(values: np.ndarray, otherwise: float) -> np.ndarray:
    return both(values) if values.shape[1] == 1 else normalized(values, otherwise)


def pair_scores(X: np.ndarray, n_classes: int) -> np.ndarray:
    """Votes of pairs, and confidences that decide between equals; the second class's alone where there are two."""
    n_pairs, pair, one = n_classes * (n_classes - 1) // 2, 0, X.dtype.type(1)
    votes, sums = np.zeros((len(X), n_classes), X.dtype), np.zeros((len(X), n_classes), X.dtype)
    for i in range(n_classes):
        for j in range(i + 1, n_classes):
            second = X[:, pair] > 0.5
            votes[:, i] += ~second
            votes[:, j] += second
            sums[:, i] -= X[:, n_pairs + pair]
            sums[:, j] += X[:, n_pairs + pair]
            pair += 1
    scores = votes + sums / (X.dtype.type(3) * (np.abs(sums) + one))
    return scores[:, 1:] if n_classes == 2 else scores


def describe(record: Decide) -> dict[str, Any]:
    """Facts for people."""
    facts: dict[str, Any] = {"kind": RULES[record.rule]}
    if record.rule == "target":
        facts["function"] = record.function
    if record.task.is_discrete:
        facts["labels" if record.task.kind == "multilabel" else "classes"] = record.n_classes
    return facts
