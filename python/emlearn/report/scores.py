"""Scores of a model and of its estimator against true labels or values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError

if TYPE_CHECKING:
    from ..model import Model


def check_truth(model: Model, y: Any, n_rows: int) -> None:
    """Refuse labels or values that no score can be told by; None is no y.

    Raises
    ------
    InvalidInputError
        Another number of rows or of outputs, or labels of which the model knows none.
    """
    if y is None:
        return
    if np.ma.is_masked(y):
        raise InvalidInputError("y is a masked array with masked values: leave these rows out, of X too")
    truth, task = np.asarray(y), model.record.task
    if truth.ndim == 0 or len(truth) != n_rows:
        raise InvalidInputError(f"y has {truth.size if truth.ndim == 0 else len(truth)} rows, X has {n_rows}: give one y per row")
    if "predict" not in model.record.ops:
        return
    if truth.size != n_rows * task.n_outputs:
        raise InvalidInputError(f"y has shape {truth.shape}, and the model {task.n_outputs} outputs: give one column for each")
    if task.kind != "classifier":
        return
    for column, labels in zip(truth.reshape(n_rows, -1).T, model.head.classes, strict=True):
        if not set(column.tolist()) & set(labels.tolist()):
            given, known = (", ".join(sorted(map(repr, set(values.tolist())))[:3]) for values in (column, labels))
            raise InvalidInputError(f"y has none of the labels that the model was fitted with: {given} in place of {known}")


def scores(model: Model, answers: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], y: Any) -> dict[str, Any]:
    """``score`` and ``estimator_score`` of a report: the share of right rows, or R^2; none of both where there is no y."""
    if y is None or "predict" not in answers:
        return {}
    return {name: _score(model, np.asarray(y), values["predict"]) for name, values in (("score", answers), ("estimator_score", expected))}


def _score(model: Model, y: np.ndarray, values: np.ndarray) -> float:
    task = model.record.task
    values, truth = values.reshape(len(values), -1), y.reshape(len(values), -1)
    if task.is_discrete:
        labels = model.head.decode(values, task).reshape(len(values), -1)
        return float(np.mean(np.all(labels == truth, axis=1)))
    from sklearn.metrics import r2_score

    return float(r2_score(truth, values))
