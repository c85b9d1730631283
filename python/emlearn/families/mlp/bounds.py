"""How far the device's answers may be from scikit-learn's: a running error analysis, row by row.

Both compute the network of the record's float32 tables, but for errors: scikit-learn has the weights before their rounding, and
rounds in float64; the device rounds in float32, sums in any order, fused or not, and has a libm that is off by some ulps. Each is
followed as a radius around the values that float64 gives for the tables, through every layer; the bound is the sum of both. The steps are
those of :mod:`.radii`.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from . import radii
from .record import Mlp

#: Rows at a time: keeps the intermediate arrays small.
_CHUNK = 4096


def bound(record: Mlp, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; for ``predict`` of a classifier zero: there the margin decides.

    Infinite for rows whose sums may leave the range of float32.
    """
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), record.task.n_outputs))
    found = []
    with np.errstate(all="ignore"):
        for rows, errors in in_blocks(X, error):
            z = _logits(record, rows, errors)
            a = radii.softmax(z) if record.output == "softmax" else radii.activate(record.output, z)
            values = np.nan_to_num(a.sklearn + a.device, nan=np.inf, posinf=np.inf)
            if record.task.is_discrete:
                values = np.minimum(values, 1.0)
            values[a.overflow] = np.inf
            found.append(np.repeat(values + radii.U32, 2, axis=1) if record.is_binary else values)
    return np.concatenate(found) if found else np.zeros((0, record.task.width(op)))


def margin(record: Mlp, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`.

    Two logits that change places lie within the sum of their errors, 2 R; then their probabilities p >= q have
    q >= p exp(-2 R) and p + q <= 1, so p - q <= tanh(R). One logit that changes sign is within R: |2 p - 1| <= tanh(R / 2).
    """
    found = []
    with np.errstate(all="ignore"):
        for rows, errors in in_blocks(X, error):
            z = _logits(record, rows, errors)
            radius = np.nan_to_num(z.sklearn + z.device, nan=np.inf, posinf=np.inf)
            radius[z.overflow] = np.inf
            gap = np.tanh(radius.max(axis=1, keepdims=True)) if record.output == "softmax" else np.tanh(radius / 2)
            found.append(gap + 64 * radii.U64)
    return np.concatenate(found) if found else np.zeros((0, record.task.n_outputs))


def in_blocks(X: np.ndarray, error: np.ndarray | None) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Some rows at a time, and what the stages before have left in them."""
    for start in range(0, len(X), _CHUNK):
        yield X[start : start + _CHUNK], None if error is None else error[start : start + _CHUNK]


def _logits(record: Mlp, X: np.ndarray, error: np.ndarray | None) -> radii.Radii:
    """The last layer before its activation."""
    a = radii.raw(record, X, error)
    layers = record.layers
    for k, (W, b) in enumerate(layers):
        a = radii.dense(a, W.astype(np.float64), b.astype(np.float64), record.slack_at(a.center) if k == 0 else np.zeros(len(b)))
        if k + 1 < len(layers):
            a = radii.activate(record.hidden, a)
    return a
