"""What an integer network loses on the calibration rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np

from ...gaps import gap_of_best
from ...record import Task
from .integer import Calibration, Intake, IntegerMlp, Seen
from .integer_reference import activations, reference, scaled, sums
from .record import Mlp
from .reference import ACTIVATIONS


def calibration_of(record: IntegerMlp, rows: np.ndarray) -> Calibration:
    """Both networks on the rows: classes, probabilities or values, and what was clamped."""
    expected = answers(record.source, rows)
    sane = np.all(np.isfinite(expected), axis=1)  # exp may leave the range of float
    rows, expected = rows[sane], expected[sane]
    return compared(record.task, expected, functools.partial(reference, record, X=rows), seen(record, rows))


def compared(task: Task, expected: np.ndarray, answer: Callable[[str], np.ndarray], steps: tuple[Seen, ...]) -> Calibration:
    """The float network's probabilities or values (n_samples, n), float64, against what the integer one answers to an operation."""
    discrete = task.is_discrete
    rows, got = expected, answer("predict_proba" if discrete else "predict").astype(np.float64)
    difference = float(np.max(np.abs(got - expected), initial=0))
    if not discrete:
        if len(rows) == 0:
            return Calibration(0, 0.0, 0.0, 0.0, steps)
        spread = float(np.sqrt(np.mean(np.var(expected, axis=0)))) or 1.0
        kept = max(0.0, 1 - float(np.sqrt(np.mean((got - expected) ** 2))) / spread)
        return Calibration(len(rows), kept, 0.0, difference, steps)
    classes = answer("predict")
    if task.kind == "multilabel":
        changed = classes != (expected > 0.5)
        gap = 2 * np.abs(expected - 0.5)
    else:
        changed = classes != np.argmax(expected, axis=1)[:, None]
        gap = gap_of_best(expected)[:, None]
    kept = 1 - float(np.mean(np.any(changed, axis=1)))
    return Calibration(len(rows), kept, float(np.max(gap[changed], initial=0)), difference, steps)


def answers(source: Mlp, rows: np.ndarray) -> np.ndarray:
    """The float network in float64: probabilities of a classifier, values of a regressor."""
    *_, z = _values(source, rows)
    return outputs(source.output, source.is_binary, z)


def _values(source: Mlp, rows: np.ndarray) -> Iterator[np.ndarray]:
    """What each layer of the float network answers, in float64, the last one without its activation."""
    a = rows.astype(np.float64)
    for k, (W, b) in enumerate(source.layers):
        a = a @ W.T + b
        if k + 1 < len(source.layers):
            a = ACTIVATIONS[source.hidden](a)
        yield a


def outputs(output: str, is_binary: bool, z: np.ndarray) -> np.ndarray:
    """Probabilities or values of the last layer's answers, float64."""
    with np.errstate(all="ignore"):
        if output == "softmax":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return np.asarray(e / e.sum(axis=1, keepdims=True))
        values = ACTIVATIONS[output](z)
    return np.hstack([1 - values, values]) if is_binary else values


def seen(record: IntegerMlp, rows: np.ndarray) -> tuple[Seen, ...]:
    """Both networks on rows as the record takes them, step by step."""
    whole = activations(record, rows)
    with np.errstate(all="ignore"):
        real = [rows.astype(np.float64), *_values(record.source, rows)]
    found = [Seen.of("intake", real[0], beyond(record.intake, real[0]), whole[0])]
    for k, (layer, q) in enumerate(zip(record.layers, whole, strict=True)):
        v = sums(layer, q)
        if k + 1 == len(record.layers):
            found.append(Seen.of(f"layer {k}", real[-1], 0, v))
            break
        y = scaled(layer, v)
        cut = int(np.count_nonzero(y > layer.top if record.curve is None else np.abs(y) >= record.curve.largest))
        found.append(Seen.of(f"layer {k}", real[k + 1], cut, whole[k + 1]))
    return tuple(found)


def beyond(taken: Intake, rows: np.ndarray) -> int:
    """How many values the intake cuts off at the upper end."""
    return int(np.count_nonzero(rows > taken.scale * (taken.top + 0.5) + taken.offset))
