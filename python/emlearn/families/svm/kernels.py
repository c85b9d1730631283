"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .products import with_starts
from .record import Machine
from .reference import device_gamma


def run(record: Machine, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    from ..._kernels import svm as kernel

    n_classes = record.task.n_classes[0] if record.role == "pairs" else 0
    values, votes = _fixed(record, X, n_classes) if record.is_fixed else _float(record, X, n_classes)
    if record.role == "value":
        return values
    if record.role == "detector":
        if op == "predict":
            return np.where(values > 0, 1, -1).astype(np.int32)
        return values if op == "decision_function" else values + np.float32(record.offset)
    if op == "predict_proba":
        found: np.ndarray = kernel.probabilities(values, record.sigmoids, record.task.n_classes[0])
        return found
    if record.role == "binary":
        return (~(values < 0)).astype(np.int32) if op == "predict" else values
    if op == "decision_function" and record.shape == "ovo":
        return values
    if op == "predict" and not record.break_ties:
        return votes
    scores: np.ndarray = kernel.one_against_rest(values, n_classes)
    return scores if op == "decision_function" else np.argmax(scores, axis=1).astype(np.int32)[:, np.newaxis]


def _float(record: Machine, X: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Decisions, and winners of votes."""
    from ..._kernels import svm as kernel

    points = record.points if record.points.dtype == np.float32 else record.points.astype(np.int32)
    constants = float(device_gamma(record)), float(record.coef0), record.degree
    within = (record.integers.reach, record.integers.limit) if record.integers is not None else (0, 0)
    tables = record.coefficients, record.intercept, record.ends
    found: tuple[np.ndarray, np.ndarray] = kernel.functions(
        record.kernel, record.arithmetic, points, record.weights, *constants, *within, *tables, X, n_classes
    )
    return found


def _fixed(record: Machine, X: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """The same of sums in integers."""
    from ..._kernels import svm as kernel

    own = record.integers
    assert own is not None
    scaled = "scaled" if len(own.factors) else "counts"
    constants = own.reach, own.limit, own.lift, own.scale, own.shift, own.start, record.degree
    points, tables = with_starts(record).astype(np.int32), (record.coefficients, record.intercept, own.units, record.ends)
    run_wide = kernel.wide if record.is_wide else kernel.fixed
    name = scaled if record.kernel == "rbf" else record.kernel + (", own starts" if len(own.starts) else "")
    found: tuple[np.ndarray, np.ndarray] = run_wide(name, points, own.factors, *constants, *tables, X, n_classes)
    return found
