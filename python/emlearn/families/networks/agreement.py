"""What an integer network loses on the calibration rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools

import numpy as np

from ..mlp.agreement import compared, outputs
from ..mlp.integer import Calibration
from ..mlp.integer_reference import scaled
from .integer import IntegerNetwork
from .integer_reference import answer, reference, take, weighted
from .real import logits


def calibration_of(record: IntegerNetwork, rows: np.ndarray) -> Calibration:
    """Both networks on the rows: classes, probabilities or values, and what was clamped."""
    source = record.source
    expected = outputs(source.output, source.is_binary, logits(source, rows.astype(np.float64)))
    return compared(record.task, expected, functools.partial(reference, record, X=rows), _saturated(record, rows))


def _saturated(record: IntegerNetwork, rows: np.ndarray) -> tuple[int, ...]:
    """Values beyond the upper end, the intake first; none of pools."""
    taken = record.intake
    ends = (taken.scale * (taken.top + 0.5) + taken.offset) + np.zeros(len(taken.scale))
    beyond = [int(np.count_nonzero(rows.reshape(-1, len(taken.scale)) > ends))]
    q = take(taken, rows)
    for layer in record.layers[:-1]:
        if layer.numbers is not None:
            y = scaled(layer.numbers, weighted(layer, q))
            bends = layer.source.activation in ("logistic", "tanh") and record.curve is not None
            beyond.append(int(np.count_nonzero(np.abs(y) >= record.curve.largest if bends else y > layer.numbers.top)))  # type: ignore[union-attr]
        q = answer(layer, record.curve, q)
    return tuple(beyond)
