"""The device's answers in numpy: the same float32 steps in the same order, but for libm and fused multiply-adds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .record import Mlp


def reference(record: Mlp, op: str, X: np.ndarray) -> np.ndarray:
    """The answer of `op` for raw values X, shape (n_samples, task.width(op))."""
    with np.errstate(all="ignore"):
        z = logits(record, X)
        if op == "predict" and record.task.is_discrete:
            if record.output == "softmax":
                return np.argmax(z, axis=1).astype(np.int32)[:, None]
            return (z > 0).astype(np.int32)
        if record.output == "softmax":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            total = np.zeros((len(z), 1), dtype=np.float32)
            for j in range(z.shape[1]):
                total += e[:, j : j + 1]
            return e / total
        values = ACTIVATIONS[record.output](z)
        return np.hstack([np.float32(1) - values, values]) if record.is_binary else values


def logits(record: Mlp, X: np.ndarray) -> np.ndarray:
    """The last layer before its activation, float32 of shape (n_samples, sizes[-1])."""
    a = X.astype(np.float32)
    layers = record.layers
    for k, (W, b) in enumerate(layers):
        z = np.repeat(b[None, :], len(a), axis=0)
        for i in range(W.shape[1]):
            z += W[:, i] * a[:, i : i + 1]
        a = ACTIVATIONS[record.hidden](z) if k + 1 < len(layers) else z
    return a


def _logistic(z: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, np.float32(1)) / (np.float32(1) + e)


def _identity(z: np.ndarray) -> np.ndarray:
    return z


def _relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, z.dtype.type(0))


#: Any precision: the bound asks in float64.
ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": _identity,
    "logistic": _logistic,
    "relu": _relu,
    "tanh": np.tanh,
    "exp": np.exp,
}
