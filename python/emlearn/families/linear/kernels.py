"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .record import Affine, Linear

#: The sums of a part for rows, by one way or another.
Sums = Callable[[Affine, Linear, np.ndarray], np.ndarray]


def run(record: Linear, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    return _answers(record, op, _sums, X)


def bulk(record: Linear, op: str) -> Callable[[np.ndarray], np.ndarray]:
    """See :func:`emlearn.registry.bulk_of`: rows of float models go side by side."""
    return functools.partial(_answers, record, op, _lane_sums)


def _answers(record: Linear, op: str, sums_of: Sums, X: np.ndarray) -> np.ndarray:
    from ..._kernels import linear as kernel

    X = np.ascontiguousarray(X, dtype=record.input)
    if op == "transform" and record.projection is not None:
        return _values(record.projection, record, sums_of, X)
    sums = sums_of(record.scores, record, X)
    if op == "predict" and record.task.is_discrete:
        return np.asarray(kernel.decide(record.task.kind, sums))
    if record.digits is not None:
        return np.asarray(kernel.narrow(sums, record.digits.shift, record.digits.top, record.task.dtype))
    scores = _scaled(record.scores, sums)
    if op == "predict_proba" and scores.shape[1] == 1:
        return np.asarray(kernel.two_classes(record.link, scores))
    if op == "predict_proba" or (op == "decision_function" and record.first is not None):
        absolute = record.first is not None and (op == "decision_function" or record.link != "softmax")
        first = _values(record.first, record, sums_of, X) if absolute and record.first is not None else np.zeros((0, 1), np.float32)
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


def _lane_sums(part: Affine, record: Linear, X: np.ndarray) -> np.ndarray:
    from ..._kernels import linear as kernel

    if part.is_integer or record.is_categorical or record.above.size:
        return _sums(part, record, X)
    return np.asarray(kernel.lane_sums(part.table, part.offset, part.columns.astype(np.uint16), X))


def _scaled(part: Affine, sums: np.ndarray) -> np.ndarray:
    from ..._kernels import linear as kernel

    return np.asarray(kernel.scale(sums, part.unit)) if part.is_integer else sums


def _values(part: Affine, record: Linear, sums_of: Sums, X: np.ndarray) -> np.ndarray:
    return _scaled(part, sums_of(part, record, X))


def valid(record: Linear) -> bool:
    """The invariants of the tables, by the same function that the emitted header asserts."""
    from ..._kernels import linear as kernel

    if record.is_categorical:
        return all(kernel.valid_categories(*_arguments(part, record), record.starts) for part in record.parts.values())
    return all(kernel.valid(*_arguments(part, record), record.n_features) for part in record.parts.values())
