"""The device's portable kernels, compiled for the host: layer after layer.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ..networks.kernels import kind, window
from .record import ByteLayer, ByteNetwork


def run(record: ByteNetwork, op: str, X: np.ndarray) -> np.ndarray:
    """See :func:`emlearn.families.networks.kernels.run`."""
    from ..._kernels import tflite

    rows = tflite.take(record.scale, record.zero, record.low, np.ascontiguousarray(X, dtype=record.input))
    for layer in record.layers:
        numbers = (layer.padding, layer.zero, layer.least, layer.top)
        tables = (*_weights(layer), layer.multiplier, layer.power, layer.table)
        rows = getattr(tflite, f"answer_{layer.rounded}")(kind(layer.source), window(layer.source), tables, numbers, rows)
    last = record.answer
    return np.asarray(tflite.last(last.kind, op, record.is_binary, last.scale, last.zero, last.powers, last.is_sure, rows))


def _weights(layer: ByteLayer) -> tuple[np.ndarray, np.ndarray]:
    if layer.numbers is None:
        return np.zeros(0, np.int8), np.zeros(0, np.int32)
    weights, bias = layer.numbers.weights, layer.numbers.bias
    return (np.ascontiguousarray(weights.T) if layer.source.kind == "each" else weights), bias
