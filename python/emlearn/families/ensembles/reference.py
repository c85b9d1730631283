"""The oracle: ensembles in numpy, on the arrays of the record (never on the encoded bytes).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..trees.reference import leaves
from .categories import extended
from .record import Boosted, Embedding, Isolation, Median, Recoded, Summed, Votes


def reference(record: Any, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`: the device's integer sums, then what is made of them in float64, in the device's types."""
    if isinstance(record, Recoded):
        return reference(record.inner, op, extended(record, X))
    if isinstance(record, Embedding):
        return _columns(record, X)
    if isinstance(record, Median):
        return record.leaves[_median(record, X), 0].astype(np.float32)[:, None]
    if op == "predict" and record.task.is_discrete:
        return _discrete(record, X).astype(np.int32)[:, None]
    with np.errstate(over="ignore"):
        return answer(record, op, scores(record, X)).astype(np.float32)


def sums(record: Any, X: np.ndarray) -> np.ndarray:
    """The device's integers: sums per column of trees, or votes per class; int64 of shape (n_samples, n_columns)."""
    if isinstance(record, Summed) and record.has_vectors:
        return record.start + record.leaves[leaves(record, X)].sum(axis=1)
    reached = record.leaves[leaves(record, X), 0] if not isinstance(record, Median) else leaves(record, X)
    if isinstance(record, Summed):
        return record.start + reached.reshape(len(X), record.n_columns, -1).sum(axis=2)
    votes = np.zeros((len(X), record.n_classes), dtype=np.int64)
    for tree in range(record.n_trees):
        votes[np.arange(len(X)), reached[:, tree]] += record.weights[tree]
    return votes


def _discrete(record: Any, X: np.ndarray) -> np.ndarray:
    found = sums(record, X)
    if isinstance(record, Isolation):
        return np.where(found[:, 0] >= 0, 1, -1)
    if isinstance(record, Boosted) and record.is_binary:
        return np.asarray(found[:, 0] >= 0).astype(np.int32)
    return np.argmax(found, axis=1)


def scores(record: Any, X: np.ndarray) -> np.ndarray:
    """The sums as numbers, float64 of shape (n_samples, n_columns): of votes, the decision values."""
    if isinstance(record, Votes):
        scale, offset = affine(record)
        votes = sums(record, X)
        return scale * (votes[:, 1:] - votes[:, :1] if record.n_classes == 2 else votes) + offset
    return record.base + record.step * sums(record, X)


def affine(record: Votes) -> tuple[float, float]:
    """Decision values from integer votes (of two classes, from their difference): scale and offset."""
    n = record.n_classes
    if n <= 2:
        return (2.0 / record.whole if n == 2 else 0.0), 0.0
    return n / (n - 1) / record.whole, -1.0 / (n - 1)


def answer(record: Any, op: str, z: np.ndarray) -> np.ndarray:
    """What `op` makes of the scores."""
    if isinstance(record, Isolation):
        score = record.score(z)
        return score - record.offset if op == "decision_function" else score
    if op == "decision_function":
        return z
    link, factor = link_of(record)
    return LINKS[link](factor * z)


def link_of(record: Any) -> tuple[str, float]:
    """The link of the probabilities (of a regressor: of its values), and what scores are multiplied with before."""
    if isinstance(record, Votes):
        return ("logistic", 1.0) if record.n_classes == 2 else ("softmax", 1.0 / max(record.n_classes - 1, 1))
    return record.link, record.factor


def _logistic(z: np.ndarray) -> np.ndarray:
    p = _sigmoid(z)
    return np.column_stack([1.0 - p, p])


def _sigmoid(z: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, 1.0) / (1.0 + e)


def _softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


LINKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": np.asarray,
    "exp": np.exp,
    "sigmoid": _sigmoid,
    "logistic": _logistic,
    "softmax": _softmax,
}


def _median(record: Median, X: np.ndarray) -> np.ndarray:
    """The rank at which the sum of the weights of all trees of ranks up to it has reached half of all."""
    rank = leaves(record, X)
    order = np.argsort(rank, axis=1, kind="stable")
    reached = np.cumsum(record.weights[order], axis=1)
    half = (int(record.weights.sum()) + 1) // 2
    return np.take_along_axis(rank, order, axis=1)[np.arange(len(X)), np.argmax(reached >= half, axis=1)]


def _columns(record: Embedding, X: np.ndarray) -> np.ndarray:
    out = np.zeros((len(X), record.task.n_outputs), dtype=np.float32)
    np.put_along_axis(out, record.leaves[leaves(record, X), 0], 1.0, axis=1)
    return out
