"""How far a rule's numbers may be from scikit-learn's, and the rows in which its class may be another.

Scores come with the error that the models before have; classes are excused only in rows in which the scores' order lies within it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...functions import DRIFT, FUNCTIONS, LIBM
from ...gaps import gap_of_best
from .record import Decide
from .reference import curves, distances, normalized, pair_scores

_U32 = 2.0**-24


def bound(record: Decide, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; for classes zero: there the margin decides."""
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), record.task.n_outputs))
    if record.rule == "constant":
        return np.tile(_U32 * np.abs(record.exact_table)[np.newaxis] + 2.0**-149, (len(X), 1))
    x, slack = X.astype(np.float64), np.zeros(X.shape) if error is None else error
    with np.errstate(all="ignore"):
        values = _bound(record, op, x, slack)
    return np.nan_to_num(values, nan=np.inf, posinf=np.inf)


def _bound(record: Decide, op: str, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    if record.rule == "target":
        y = x * record.exact_table[0] + record.exact_table[1]
        size = np.abs(x * record.exact_table[0]) + abs(record.exact_table[1])
        return FUNCTIONS[record.function].error(y, np.abs(record.exact_table[0]) * slack + 4 * _U32 * size) + 2.0**-126
    if record.rule == "pairs":
        return _pair_bound(record, x, slack)
    if record.rule == "curve":
        off = _curve_bound(record, x, slack)[1]
        # The limits are floats within scikit-learn's, less than one step of a float away.
        at_an_end = np.any([np.abs(x - limit) <= slack + 2 * _U32 * abs(limit) for limit in record.exact_table], axis=0) & (slack > 0)
        return np.where(at_an_end, np.inf, off)
    if record.rule in ("sigmoid", "isotonic"):
        p, slack = _curve_bound(record, x, slack)
        return np.hstack([slack + _U32, slack]) if x.shape[1] == 1 else _normalized_bound(p, slack)
    if op == "predict_proba" and record.is_single:
        return np.hstack([slack + _U32, slack + 2.0**-52])
    if record.rule == "rest" and op == "predict_proba":
        return _normalized_bound(x, slack)
    return slack


def _normalized_bound(values: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """Of values / sum: where the sum may be 0, anything from 0 to 1."""
    total, loose = values.sum(axis=1, keepdims=True), slack.sum(axis=1, keepdims=True)
    share = values / total
    moved = (slack + share * loose) / (total - loose)
    rounded = (values.shape[1] + 2) * _U32 * share + 2.0**-126
    exact = (total == 0) & (loose == 0)
    return np.where(exact, _U32, np.where(total > loose, np.minimum(moved, 1.0) + rounded, 1.0))


def _curve_bound(record: Decide, x: np.ndarray, slack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each score's probability, and how far it may be off."""
    n = x.shape[1]
    center = curves(record, x)
    if record.rule == "sigmoid":
        a, b = np.abs(record.exact_table[:n]), np.abs(record.exact_table[n:])
        z = a * slack + 4 * _U32 * (a * (np.abs(x) + slack) + b)
        # The sigmoid's slope is p (1 - p) <= 1/4; the exponential's relative error reaches p dampened by its share of 1 + e.
        libm = (LIBM + 4 * _U32) * center + DRIFT
        return center, np.minimum(z / 4, 1.0) + libm
    # Monotone: what lies between the ends of the interval, which the rounding of knots widens.
    reach = np.zeros(n)
    for k in range(n):
        reach[k] = np.max(np.abs(record.knots[0, record.starts[k] : record.starts[k + 1]]), initial=0)
    wide = slack + 2 * _U32 * (reach + np.abs(x)) + 2.0**-126
    ends = curves(record, x - wide), curves(record, x + wide)
    spread = np.maximum(np.abs(ends[0] - center), np.abs(ends[1] - center))
    size = np.array([np.max(np.abs(record.knots[1, record.starts[k] : record.starts[k + 1]]), initial=0) for k in range(n)])
    # Five roundings of a step of up to twice the size, and those of its ends; scikit-learn's are as many where it was fitted on float32.
    return center, spread + 32 * _U32 * size


def _pair_bound(record: Decide, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """The function s / (3 (|s| + 1)) has slope 1/3 at most; a vote that may go the other way leaves no bound."""
    n, n_pairs = record.n_classes, x.shape[1] // 2
    sums, sizes, open_votes = np.zeros((len(x), n)), np.zeros((len(x), n)), np.zeros((len(x), n))
    pair = 0
    for i in range(n):
        for j in range(i + 1, n):
            for k in (i, j):
                sums[:, k] += slack[:, n_pairs + pair]
                sizes[:, k] += np.abs(x[:, n_pairs + pair])
                open_votes[:, k] += slack[:, pair]
            pair += 1
    total = np.where(open_votes > 0, np.inf, (sums + n * _U32 * sizes) / 3 + 4 * _U32 * n)
    return total[:, 1:] if n == 2 else total


def margin(record: Decide, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """Infinite in rows in which another class is within the error, zero elsewhere; shape (n_samples, n_outputs)."""
    if record.rule == "constant" or not record.task.is_discrete:
        return np.zeros((len(X), record.task.n_outputs))
    x, slack = X.astype(np.float64), np.zeros(X.shape) if error is None else error
    with np.errstate(all="ignore"):
        return np.where(_close(record, x, slack), np.inf, 0.0)


def _close(record: Decide, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    if record.rule in ("threshold", "labels") or record.is_single:
        score, off = (record.sign * x[:, :1], slack[:, :1]) if record.rule == "threshold" else (x, slack)
        return (np.abs(score - record.exact_table[0]) <= off) & (off > 0)
    if record.rule == "code":
        # Distances are off by no more than the point is; the squares' rounding is relative.
        ordered = np.sort(np.sqrt(distances(record, x)), axis=1)
        off = np.sqrt(np.sum(slack**2, axis=1)) + (x.shape[1] + 4) * _U32 * ordered[:, -1]
        return (ordered[:, 1] - ordered[:, 0] <= 2 * off)[:, np.newaxis]
    if record.rule == "pairs":
        scores, off = pair_scores(x, record.n_classes), _pair_bound(record, x, slack)
        if record.n_classes == 2:
            return np.abs(scores - record.exact_table[0]) <= off
    elif record.rule == "rest":
        scores, off = x, slack
    else:
        scores, off = _told(record, x), _bound(record, "predict_proba", x, slack)
    return gap_of_best(scores)[:, np.newaxis] <= 2 * np.max(np.nan_to_num(off, nan=np.inf), axis=1, keepdims=True)


def _told(record: Decide, x: np.ndarray) -> np.ndarray:
    p = curves(record, x)
    return np.hstack([1 - p, p]) if x.shape[1] == 1 else normalized(p, 1 / record.n_classes)
