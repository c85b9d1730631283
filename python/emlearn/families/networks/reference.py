"""The device's answers in numpy: the same float32 steps in the same order, but for libm and fused multiply-adds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ..mlp.reference import ACTIVATIONS as CURVES
from .patches import patches, repeated, taps
from .record import Layer, Network


def reference(record: Network, op: str, X: np.ndarray) -> np.ndarray:
    """The answer of `op` for raw values X, shape (n_samples, task.width(op))."""
    with np.errstate(all="ignore"):
        z = logits(record, X.astype(np.float32))
        if op == "predict" and record.task.is_discrete:
            return np.argmax(z, axis=1).astype(np.int32)[:, None] if record.output == "softmax" else (z > 0).astype(np.int32)
        if record.output == "softmax":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            total = np.zeros((len(z), 1), dtype=np.float32)
            for j in range(z.shape[1]):
                total += e[:, j : j + 1]
            return e / total
        values = CURVES[record.output](z)
        return np.hstack([np.float32(1) - values, values]) if record.is_binary else values


def logits(record: Network, rows: np.ndarray) -> np.ndarray:
    """The last layer's answers, in the dtype of the rows: float32 as on the device."""
    for layer in record.layers:
        rows = answer(layer, rows)
    return rows


def answer(layer: Layer, rows: np.ndarray) -> np.ndarray:
    """A layer's answers, (n_samples, n_out)."""
    window, kind = layer.window, layer.kind
    if kind == "dense":
        x = patches(window, rows)
        z = np.repeat(layer.bias.astype(rows.dtype)[None, :], len(x), axis=0)
        for i in range(x.shape[1]):
            z += layer.weights[:, i].astype(rows.dtype) * x[:, i : i + 1]
        return activate(layer, z).reshape(len(rows), -1)
    if kind == "each":
        under = repeated(layer.multiplier, taps(window, rows))
        z = np.broadcast_to(layer.bias.astype(rows.dtype), under[:, :, 0].shape).copy()
        for t in range(under.shape[2]):
            z += layer.weights[t].astype(rows.dtype) * under[:, :, t]
        return activate(layer, z).reshape(len(rows), -1)
    if kind == "largest":
        return taps(window, rows, -np.inf).max(axis=2).reshape(len(rows), -1)
    under = taps(window, rows)
    total = np.zeros_like(under[:, :, 0])
    for t in range(under.shape[2]):
        total = total + under[:, :, t]
    return (total / counts(layer)[:, None].astype(rows.dtype)).reshape(len(rows), -1)


def counts(layer: Layer) -> np.ndarray:
    """By what a mean is divided, at each place."""
    positions = layer.window.positions
    return np.full(len(positions), positions.shape[1]) if layer.counts_padding else np.count_nonzero(positions >= 0, axis=1)


def activate(layer: Layer, z: np.ndarray) -> np.ndarray:
    """The layer's activation, in z's precision."""
    zero, number = z.dtype.type(0), z.dtype.type(np.float32(layer.number))
    name = layer.activation
    if name == "clipped":
        return np.minimum(np.maximum(z, zero), number)
    if name == "leaky":
        return np.where(z > 0, z, z * number)
    if name == "elu":
        return np.where(z > 0, z, number * (np.exp(np.minimum(z, zero)) - z.dtype.type(1)))
    return CURVES[name](z)
