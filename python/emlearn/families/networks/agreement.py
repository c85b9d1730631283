"""What an integer network loses on the calibration rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools

import numpy as np

from ..mlp.agreement import beyond, compared, outputs
from ..mlp.integer import Calibration, Seen
from ..mlp.integer import Layer as Numbers
from ..mlp.integer_reference import scaled
from .integer import IntegerLayer, IntegerNetwork
from .integer_reference import answer, reference, take, weighted
from .real import answer as answer_of
from .real import logits


def calibration_of(record: IntegerNetwork, rows: np.ndarray) -> Calibration:
    """Both networks on the rows: classes, probabilities or values, and what was clamped."""
    source = record.source
    expected = outputs(source.output, source.is_binary, logits(source, rows.astype(np.float64)))
    return compared(record.task, expected, functools.partial(reference, record, X=rows), seen(record, rows))


def seen(record: IntegerNetwork, rows: np.ndarray) -> tuple[Seen, ...]:
    """Both networks on rows as the record takes them, step by step; pools cut off nothing and are left out."""
    real, q = rows.astype(np.float64), take(record.intake, rows)
    found = [Seen.of("intake", real, beyond(record.intake, real.reshape(-1, len(record.intake.scale))), q)]
    for k, layer in enumerate(record.layers):
        real = answer_of(layer.source, real)
        if k + 1 == len(record.layers):
            assert layer.numbers is not None
            found.append(Seen.of(f"layer {k}", real, 0, weighted(layer, q)))
            break
        cut = 0 if layer.numbers is None else _cut(record, layer, layer.numbers, q)
        q = answer(layer, record.curve, q)
        if layer.numbers is not None:
            found.append(Seen.of(f"layer {k}", real, cut, q))
    return tuple(found)


def _cut(record: IntegerNetwork, layer: IntegerLayer, numbers: Numbers, q: np.ndarray) -> int:
    """How many of a layer's answers are cut off at the upper end."""
    y = scaled(numbers, weighted(layer, q))
    if layer.source.activation in ("logistic", "tanh"):
        assert record.curve is not None
        return int(np.count_nonzero(np.abs(y) >= record.curve.largest))
    return int(np.count_nonzero(y > numbers.top))
