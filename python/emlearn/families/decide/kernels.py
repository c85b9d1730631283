"""The device's kernels on the rule's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .record import Decide
from .reference import outside, reference


def run(record: Decide, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    from ..._kernels import decide as kernel

    if record.rule == "constant":  # no kernel: the header holds the answer itself
        return reference(record, op, X)
    n, rows = record.n_classes, np.ascontiguousarray(X, dtype=np.float32)
    if record.rule == "target":
        return kernel.target(rows, record.function, *record.table.tolist())
    if record.rule == "curve":
        return np.where(outside(record, rows), np.float32(np.nan), kernel.curve(rows, *record.knots))
    if record.rule == "threshold" and op == "predict":
        reached = kernel.labels(np.ascontiguousarray(np.float32(record.sign) * rows[:, :1]), float(record.table[0]))
        return np.array(record.order, dtype=np.int32)[reached]
    if (record.rule == "labels" or record.is_single) and op == "predict":
        return kernel.labels(rows, float(record.table[0]))
    if record.rule == "code":
        return kernel.nearest(rows, record.table.reshape(n, -1))
    scores = _scores(record, op, rows)
    if op != "predict":
        return scores
    if record.rule == "pairs" and n == 2:
        return kernel.labels(scores, float(record.table[0]))
    return kernel.largest(scores)


def _scores(record: Decide, op: str, rows: np.ndarray) -> np.ndarray:
    from ..._kernels import decide as kernel

    n = record.n_classes
    if record.rule == "pairs":
        scores = kernel.pairs(rows, n)
        return np.ascontiguousarray(scores[:, 1:]) if n == 2 else scores
    if record.rule == "sigmoid":
        half = rows.shape[1]
        return kernel.sigmoid(rows, record.table[:half], record.table[half:], n)
    if record.rule == "isotonic":
        return kernel.isotonic(rows, record.knots[0], record.knots[1], record.starts, n)
    if op == "predict_proba" and record.is_single:
        return kernel.both(rows)
    return kernel.normalized(rows, -1.0) if record.rule == "rest" and op == "predict_proba" else rows
