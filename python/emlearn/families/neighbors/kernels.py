"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .record import Centroids, Density, Nearest, Points, Within
from .reference import of_score


def run(record: Points, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    from ..._kernels import neighbors as kernel

    if isinstance(record, Centroids):
        answer: np.ndarray = kernel.centroids(op, *_tables(record), X, record.children, record.rows)
        return record.labels[answer].astype(np.int32) if op == "predict" and len(record.labels) else answer
    if isinstance(record, Within):
        return _within(record, op, X)
    assert isinstance(record, Nearest)
    if isinstance(record, Density):
        return of_score(record, op, kernel.outlying(*_tables(record), X, record.k, record.values))
    n_classes = record.task.n_classes[0] if record.task.is_discrete else 0
    return kernel.nearest(op, *_tables(record), X, record.k, record.by_distance, n_classes, record.labels.astype(np.uint16), record.values)


def _within(record: Within, op: str, X: np.ndarray) -> np.ndarray:
    from ..._kernels import neighbors as kernel

    width = record.task.width("predict_proba") if record.task.is_discrete else 0
    labels, nothing = record.labels.astype(np.uint16), record.nothing
    if op == "predict_proba":
        nothing = (np.arange(width) == record.shown).astype(np.float32)
    found: np.ndarray = kernel.within(
        op, *_tables(record), X, record.limit, record.by_distance, width, labels, record.values, record.none, nothing
    )
    return found


def valid(record: Points) -> bool:
    """The invariants of the tables, by the same function that the emitted header asserts."""
    from ..._kernels import neighbors as kernel

    return bool(kernel.valid(*_tables(record)))


def _tables(record: Points) -> tuple[Any, ...]:
    """Metric, arithmetic and points; integers as int32, to which every narrower type is equal."""
    points = record.points if record.points.dtype == np.float32 else record.points.astype(np.int32)
    return record.metric, record.arithmetic, points, record.weights, record.unit
