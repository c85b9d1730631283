"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .record import Affine, Linear


def run(record: Linear, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    from ..._kernels import linear as kernel

    X = np.ascontiguousarray(X, dtype=record.input)
    if op == "transform" and record.projection is not None:
        return _values(record.projection, record, X)
    sums = _sums(record.scores, record, X)
    if op == "predict" and record.task.is_discrete:
        return np.asarray(kernel.decide(record.task.kind, sums))
    if record.digits is not None:
        return np.asarray(kernel.narrow(sums, record.digits.shift, record.digits.top, record.task.dtype))
    scores = _scaled(record.scores, sums)
    if op == "predict_proba" and scores.shape[1] == 1:
        return np.asarray(kernel.two_classes(record.link, scores))
    if op == "predict_proba" or (op == "decision_function" and record.first is not None):
        absolute = record.first is not None and (op == "decision_function" or record.link != "softmax")
        first = _values(record.first, record, X) if absolute and record.first is not None else np.zeros((0, 1), np.float32)
        return np.asarray(kernel.all_classes(record.link if op == "predict_proba" else "identity", scores, first))
    if op == "score_samples":
        return scores + np.float32(record.level)
    return np.asarray(kernel.exponential(scores)) if record.link == "exp" else scores


def _arguments(part: Affine, record: Linear) -> tuple[Any, ...]:
    largest = record.largest if part.is_integer else 0
    return part.sum_type, part.table, part.offset, part.columns.astype(np.uint16), part.bias_unit, largest


def _sums(part: Affine, record: Linear, X: np.ndarray) -> np.ndarray:
    from ..._kernels import linear as kernel

    if record.is_categorical:
        return np.asarray(kernel.category_sums(*_arguments(part, record), X, record.starts))
    return np.asarray(kernel.sums(*_arguments(part, record), X, record.above.astype(record.input)))


def _scaled(part: Affine, sums: np.ndarray) -> np.ndarray:
    from ..._kernels import linear as kernel

    return np.asarray(kernel.scale(sums, part.unit)) if part.is_integer else sums


def _values(part: Affine, record: Linear, X: np.ndarray) -> np.ndarray:
    return _scaled(part, _sums(part, record, X))


def valid(record: Linear) -> bool:
    """The invariants of the tables, by the same function that the emitted header asserts."""
    from ..._kernels import linear as kernel

    if record.is_categorical:
        return all(kernel.valid_categories(*_arguments(part, record), record.starts) for part in record.parts.values())
    return all(kernel.valid(*_arguments(part, record), record.n_features) for part in record.parts.values())
