"""Records from weights and biases: one function per kind of task.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...fitted import of_one_class
from ...record import Task
from .record import Affine, Linear

#: Roundings of a term beside those of its sum, where the estimator does nothing else to it.
_ROUNDINGS = 4


def regressor(name: str, scores: Affine, link: str = "identity", projection: Affine | None = None, is_column: bool = False) -> Linear:
    """One output per row of `scores`."""
    n_projected = projection.n_rows if projection is not None else 0
    task = dataclasses.replace(task_of("regressor", scores.n_rows, n_projected=n_projected), is_column=is_column)
    return _linear(name, scores, task, link, projection=projection)


def classifier(name: str, scores: Affine, classes: Any, link: str, has_decision: bool = True, projection: Affine | None = None) -> Linear:
    """From one row per class, or one row that is positive for the second of two classes.

    Raises
    ------
    UnsupportedError
        Fewer than two classes.
    """
    n_classes = len(classes)
    if n_classes < 2:
        raise of_one_class(name, classes[0])
    task = task_of("classifier", 1, n_classes, projection.n_rows if projection is not None else 0)
    if scores.n_rows == 1:  # two classes
        return _linear(name, scores, task, link, has_decision=has_decision, projection=projection)
    others = Affine.of(
        scores.weights[1:] - scores.weights[0],
        scores.bias[1:] - scores.bias[0],
        scores.size[1:] + scores.size[0],
        scores.shift[1:] + scores.shift[0],
    )
    first = Affine.of(scores.weights[:1], scores.bias[:1], scores.size[:1], scores.shift[:1])
    needed = has_decision or (link != "softmax" and n_classes > 2)
    return _linear(name, others, task, link, first if needed else None, projection, has_decision)


def multilabel(name: str, scores: Affine) -> Linear:
    """One label per row of `scores`."""
    return _linear(name, scores, task_of("multilabel", scores.n_rows), "none", has_decision=True)


def detector(name: str, scores: Affine, level: float) -> Linear:
    """One row, positive or zero for what the detector knows; SGDOneClassSVM answers in int32."""
    return _linear(name, scores, task_of("detector", answers="int32"), "none", level=level)


def transformer(name: str, scores: Affine) -> Linear:
    """One output column per row of `scores`.

    Raises
    ------
    UnsupportedError
        There is none.
    """
    if scores.n_rows == 0:
        raise UnsupportedError(f"{name} was fitted with no components, and gives rows without columns: fit it with at least one")
    return _linear(name, scores, task_of("transformer", scores.n_rows), "none")


def task_of(kind: str, n_outputs: int = 1, n_classes: int = 0, n_projected: int = 0, answers: str = "") -> Task:
    """The task with the widths that its operations have."""
    widths = []
    if kind == "classifier":
        widths.append(("decision_function", n_classes if n_classes > 2 else 1))
    if n_projected:
        widths.append(("transform", n_projected))
    return Task(kind, n_outputs, (n_classes,) if kind == "classifier" else (), tuple(widths), answers=answers)


def _linear(
    name: str,
    scores: Affine,
    task: Task,
    link: str,
    first: Affine | None = None,
    projection: Affine | None = None,
    has_decision: bool = False,
    level: float = 0.0,
) -> Linear:
    return Linear("float32", scores.weights.shape[1], task, scores, first, projection, link, has_decision, level, name, _ROUNDINGS)


def dense(values: Any) -> np.ndarray:
    """Learned numbers as float64, also those that were made sparse."""
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)
