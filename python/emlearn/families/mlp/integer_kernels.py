"""The device's portable integer kernels, compiled for the host.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .integer import IntegerMlp
from .integer_reference import softmax_scale


def run(record: IntegerMlp, op: str, X: np.ndarray) -> np.ndarray:
    """See :func:`emlearn.families.mlp.kernels.run`."""
    from ..._kernels import mlp_integer

    taken, last = record.intake, record.layers[-1]
    discrete = record.task.is_discrete
    return getattr(mlp_integer, record.numeric)(
        (taken.kind, taken.top, taken.low, taken.factor, taken.shift),
        [(layer.weights, layer.bias, layer.factor, layer.shift, layer.wide, layer.top) for layer in record.layers],
        (np.zeros(0, np.uint16), 0, 0, 0)
        if record.curve is None
        else (record.curve.nodes, record.curve.bits, record.curve.spare, record.curve.mid),
        np.zeros(0, np.float32) if discrete else last.answer_scale.astype(np.float32),
        record.source.output,
        op,
        softmax_scale(record) if discrete else (0, 0, 0),
        np.ascontiguousarray(X, dtype=record.input),
    )
