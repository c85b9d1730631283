"""What an integer network loses on the calibration rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from ...record import Task
from .integer import Calibration, IntegerMlp
from .integer_reference import activations, reference, scaled, sums
from .record import Mlp
from .reference import ACTIVATIONS


def calibration_of(record: IntegerMlp, rows: np.ndarray) -> Calibration:
    """Both networks on the rows: classes, probabilities or values, and what was clamped."""
    expected = answers(record.source, rows)
    sane = np.all(np.isfinite(expected), axis=1)  # exp may leave the range of float
    rows, expected = rows[sane], expected[sane]
    return compared(record.task, expected, functools.partial(reference, record, X=rows), _saturated(record, rows))


def compared(task: Task, expected: np.ndarray, answer: Callable[[str], np.ndarray], saturated: tuple[int, ...]) -> Calibration:
    """The float network's probabilities or values (n_samples, n), float64, against what the integer one answers to an operation."""
    discrete = task.is_discrete
    rows, got = expected, answer("predict_proba" if discrete else "predict").astype(np.float64)
    difference = float(np.max(np.abs(got - expected), initial=0))
    if not discrete:
        if len(rows) == 0:
            return Calibration(0, 0.0, 0.0, 0.0, saturated)
        spread = float(np.sqrt(np.mean(np.var(expected, axis=0)))) or 1.0
        kept = max(0.0, 1 - float(np.sqrt(np.mean((got - expected) ** 2))) / spread)
        return Calibration(len(rows), kept, 0.0, difference, saturated)
    classes = answer("predict")
    if task.kind == "multilabel":
        changed = classes != (expected > 0.5)
        gap = 2 * np.abs(expected - 0.5)
    else:
        changed = classes != np.argmax(expected, axis=1)[:, None]
        ordered = np.sort(expected, axis=1)
        gap = (ordered[:, -1] - ordered[:, -2])[:, None]
    kept = 1 - float(np.mean(np.any(changed, axis=1)))
    return Calibration(len(rows), kept, float(np.max(gap[changed], initial=0)), difference, saturated)


def answers(source: Mlp, rows: np.ndarray) -> np.ndarray:
    """The float network in float64: probabilities of a classifier, values of a regressor."""
    a = rows.astype(np.float64)
    for k, (W, b) in enumerate(source.layers):
        a = a @ W.T + b
        if k + 1 < len(source.layers):
            a = ACTIVATIONS[source.hidden](a)
    return outputs(source.output, source.is_binary, a)


def outputs(output: str, is_binary: bool, z: np.ndarray) -> np.ndarray:
    """Probabilities or values of the last layer's answers, float64."""
    with np.errstate(all="ignore"):
        if output == "softmax":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return np.asarray(e / e.sum(axis=1, keepdims=True))
        values = ACTIVATIONS[output](z)
    return np.hstack([1 - values, values]) if is_binary else values


def _saturated(record: IntegerMlp, rows: np.ndarray) -> tuple[int, ...]:
    """Values beyond the upper end, the intake first."""
    taken = record.intake
    beyond = [int(np.count_nonzero(rows > (taken.scale * (taken.top + 0.5) + taken.offset)))]
    for layer, q in zip(record.layers[:-1], activations(record, rows), strict=False):
        y = scaled(layer, sums(layer, q))
        beyond.append(int(np.count_nonzero(y > layer.top if record.curve is None else np.abs(y) >= record.curve.largest)))
    return tuple(beyond)
