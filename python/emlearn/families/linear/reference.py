"""The device's answers in numpy: the same integers, or float32 steps in the same order, but for libm and fused multiply-adds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .record import Affine, Linear

_ONE = np.float32(1)


def reference(record: Linear, op: str, X: np.ndarray) -> np.ndarray:
    """The answer of `op` for raw values X, shape (n_samples, task.width(op))."""
    with np.errstate(all="ignore"):
        if op == "transform" and record.projection is not None:
            return values(record.projection, X)
        X = record.terms(X)
        if op == "predict" and record.task.is_discrete:
            return decide(record, sums(record.scores, X))
        if record.digits is not None:
            return record.digits.of(sums(record.scores, X), record.task.dtype)
        scores = values(record.scores, X)
        if op == "predict_proba":
            return _probabilities(record, scores, X)
        if op == "decision_function" and record.first is not None:
            return _all_scores(record.first, scores, X)
        if op == "score_samples":
            return scores + np.float32(record.level)
        return np.exp(scores) if record.link == "exp" else scores


def sums(part: Affine, X: np.ndarray) -> np.ndarray:
    """``b + sum over terms of w x``, added up in the order of the terms, of shape (n_samples, n_rows), in the part's ``sum_type``."""
    bias = part.offset.astype(part.sum_type) * np.array(part.bias_unit).astype(part.sum_type)
    total = np.repeat(bias[None, :], len(X), axis=0)
    for weights, column in zip(part.table, part.columns, strict=True):
        total += weights.astype(part.sum_type) * X[:, column, None].astype(part.sum_type)
    return total


def values(part: Affine, X: np.ndarray) -> np.ndarray:
    """The sums in float32, integers times their unit."""
    total = sums(part, X)
    return total.astype(np.float32) * part.unit if part.is_integer else total


def decide(record: Linear, scores: np.ndarray) -> np.ndarray:
    """Class indices, labels or +1 and -1 of the scores, int32 of shape (n_samples, n_outputs)."""
    if record.task.kind == "multilabel":
        return (scores > 0).astype(np.int32)
    if record.task.kind == "detector":
        return np.where(scores >= 0, 1, -1).astype(np.int32)
    return np.argmax(_with_zero(scores), axis=1).astype(np.int32)[:, None]


def _with_zero(scores: np.ndarray) -> np.ndarray:
    """The scores of all classes, the first one's being zero."""
    return np.hstack([np.zeros((len(scores), 1), scores.dtype), scores])


def _all_scores(first: Affine, scores: np.ndarray, X: np.ndarray) -> np.ndarray:
    return _with_zero(scores) + values(first, X)


def _probabilities(record: Linear, scores: np.ndarray, X: np.ndarray) -> np.ndarray:
    if scores.shape[1] == 1:
        p = np.clip((scores + _ONE) * np.float32(0.5), 0, 1) if record.link == "clipped" else logistic(scores)
        return np.hstack([_ONE - p, p])
    if record.link == "softmax":
        z = _with_zero(scores)
        return _shares(np.exp(z - z.max(axis=1, keepdims=True)))
    assert record.first is not None
    z = _all_scores(record.first, scores, X)
    if record.link == "clipped":
        p = np.clip((z + _ONE) * np.float32(0.5), 0, 1)
        p[~np.any(p > 0, axis=1)] = 1
        return _shares(p)
    below = np.minimum(z.max(axis=1, keepdims=True), 0)  # the logistic function, in units of exp of it
    e = np.exp(-np.abs(z))
    return _shares(np.where(z < 0, np.exp(z - below), _ONE) / (_ONE + e))


def _shares(values: np.ndarray) -> np.ndarray:
    """Each row divided by its sum, added up from the first on."""
    total = np.zeros((len(values), 1), dtype=np.float32)
    for k in range(values.shape[1]):
        total += values[:, k : k + 1]
    return values / total


def logistic(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)), by a power that is never larger than one."""
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, z.dtype.type(1)) / (z.dtype.type(1) + e)
