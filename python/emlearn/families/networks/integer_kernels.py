"""The device's portable integer kernels, compiled for the host: layer after layer, the last one as that of a dense network.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..mlp.integer_reference import softmax_scale
from .emit import divisor
from .integer import IntegerLayer, IntegerNetwork
from .kernels import kind, window


def run(record: IntegerNetwork, op: str, X: np.ndarray) -> np.ndarray:
    """See :func:`emlearn.families.networks.kernels.run`."""
    from ..._kernels import mlp_integer, networks_integer

    def kernel(name: str) -> Any:
        return getattr(networks_integer, f"{name}_{record.numeric}")

    taken = record.intake
    low = taken.low if taken.kind != "whole" else np.broadcast_to(taken.low, len(taken.scale))
    rows = kernel("take")(taken.kind, taken.top, low, taken.factor, taken.shift, np.ascontiguousarray(X, dtype=record.input))
    curve = (np.zeros(1, np.uint16), 0, 0, 0)
    if record.curve is not None:
        curve = (record.curve.nodes, record.curve.bits, record.curve.spare, record.curve.mid)
    for layer in record.layers[:-1]:
        source = layer.source
        numbers = (layer.padding, layer.zero, layer.slope, divisor(source) if source.kind == "mean" else 0)
        form = "scaled mean" if source.kind == "mean" and layer.numbers else kind(source)
        rows = kernel("answer")(form, window(source), _tables(record, layer), numbers, source.activation, curve, rows)
    last = record.layers[-1]
    n, discrete = last.numbers, record.task.is_discrete
    assert n is not None
    rows = kernel("patches")(window(last.source), last.padding, rows)
    found = getattr(mlp_integer, record.numeric)(
        ("whole", 0xFF if record.bits == 8 else 0xFFFF, np.zeros(1, np.int32), np.zeros(0, np.uint16), 0),
        [(n.weights, n.bias, n.factor, n.shift, n.wide, n.top)],
        (np.zeros(0, np.uint16), 0, 0, 0),
        np.zeros(0, np.float32) if discrete else n.answer_scale.astype(np.float32),
        record.source.output,
        op,
        softmax_scale(record) if discrete else (0, 0, 0),
        rows,
    )
    return np.asarray(found).reshape(len(X), -1)


def _tables(record: IntegerNetwork, layer: IntegerLayer) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, bool, int]:
    n = layer.numbers
    if n is None:
        return np.zeros(0, np.int8 if record.bits == 8 else np.int16), np.zeros(0, np.int32), np.zeros(0, np.uint16), 0, False, 0
    if layer.source.kind == "each":
        return np.ascontiguousarray(n.weights.T), layer.each_bias, n.factor, n.shift, n.wide, n.top
    return n.weights, n.bias, n.factor, n.shift, n.wide, n.top
