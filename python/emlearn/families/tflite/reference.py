"""The answers of a TensorFlow Lite network in numpy, equal to its reference kernels' and to the device's to the bit.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ..networks.patches import patches, repeated, taps
from .fixed import ROUNDED, softmax
from .record import ByteLayer, ByteNetwork


def reference(record: ByteNetwork, op: str, X: np.ndarray) -> np.ndarray:
    """The answer of `op` for raw values X, shape (n_samples, task.width(op))."""
    rows = take(record, X)
    for layer in record.layers:
        rows = answer(layer, rows)
    return answers(record, op, rows)


def take(record: ByteNetwork, X: np.ndarray) -> np.ndarray:
    """Bytes of raw values, int64 of the same shape."""
    if record.low is not None:
        return X.astype(np.int64) - record.low
    with np.errstate(all="ignore"):
        return to_bytes(X.astype(np.float32), record.scale, record.zero)


def to_bytes(features: np.ndarray, scale: float, zero: int) -> np.ndarray:
    """float32 features as QUANTIZE rounds them, int64; NaN is 0."""
    t = np.clip(np.nan_to_num(features / np.float32(scale), nan=-256.0, posinf=256.0, neginf=-256.0), -256, 256)
    whole = np.trunc(t)
    rest = t - whole
    return np.clip(whole + (rest >= 0.5) - (rest <= -0.5) + zero, 0, 255).astype(np.int64)


def unsure(record: ByteNetwork, X: np.ndarray, error: np.ndarray | None) -> np.ndarray:
    """Rows with a byte that is another one within `error` of its raw value, bool of shape (n_samples,)."""
    if error is None:
        return np.zeros(len(X), bool)
    low, high = (take(record, np.nextafter((X + sign * error).astype(np.float32), np.float32(sign * np.inf))) for sign in (-1, 1))
    return np.any(low != high, axis=1)


def answer(layer: ByteLayer, rows: np.ndarray) -> np.ndarray:
    """A layer's answers, int64 of shape (n_samples, n_out)."""
    window, kind = layer.source.window, layer.source.kind
    if kind == "table":
        return layer.table.astype(np.int64)[rows]
    if kind == "largest":
        return taps(window, rows, -1).max(axis=2).reshape(len(rows), -1)
    if kind == "average":
        n = np.count_nonzero(window.positions >= 0, axis=1)[:, None]
        total = taps(window, rows, 128).sum(axis=2) - 128 * window.positions.shape[1]
        away = (np.abs(total) + n // 2) // n
        return (np.where(total > 0, away, -away) + 128).reshape(len(rows), -1)
    y = ROUNDED[layer.rounded](_sums(layer, rows), layer.multiplier.astype(np.int64), layer.power.astype(np.int64))
    return np.clip(y + layer.zero, layer.least, layer.top).reshape(len(rows), -1)


def _sums(layer: ByteLayer, rows: np.ndarray) -> np.ndarray:
    """Sums with their biases, a row for each place."""
    window = layer.source.window
    if layer.source.kind == "dense":
        # float64 holds them exactly, and its product is the fast one.
        under = patches(window, rows, layer.padding).astype(np.float64)
        return (under @ layer.arithmetic.weights.T.astype(np.float64)).astype(np.int64) + layer.arithmetic.bias
    above = taps(window, rows, layer.padding) - layer.padding
    if layer.source.kind == "total":
        return above.sum(axis=2).reshape(-1, layer.n_out)
    under = repeated(layer.source.multiplier, above)
    found = np.einsum("nptc,ct->npc", under, layer.arithmetic.weights.astype(np.int64)).reshape(-1, layer.n_out)
    return found + layer.arithmetic.bias


def answers(record: ByteNetwork, op: str, rows: np.ndarray) -> np.ndarray:
    """What an operation makes of the last layer's bytes."""
    kind = record.answer.kind
    if kind == "values":
        return (rows - record.answer.zero).astype(np.float32) * np.float32(record.answer.scale)
    if kind == "softmax":
        shares = softmax(rows, record.answer.powers)
        if op == "predict":
            return np.argmax(shares, axis=1).astype(np.int32)[:, None]
    else:
        shares = rows
        if op == "predict":
            return (shares > 128).astype(np.int32)
    found = shares.astype(np.float32) * np.float32(2.0**-8)
    return np.hstack([np.float32(1) - found, found]) if record.is_binary else found
