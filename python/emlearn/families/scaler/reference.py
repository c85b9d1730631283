"""Scaling in numpy, float32 as on the device.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...record import Record
from .record import Scaler

_LARGEST = float(np.finfo(np.float32).max)


def reference(record: Scaler, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    with np.errstate(over="ignore", invalid="ignore"):
        y = X[:, record.columns].astype(np.float32)
        for s in range(record.n_segments):
            if len(record.fill):
                y = np.where(np.isnan(y), record.fill[s], y)
            y = np.minimum(np.maximum(y * record.scale[s] + record.offset[s], record.low[s]), record.high[s])
    return y


def bound(record: Scaler, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """Rounding of the tables, the product and the sum, in units of 2^-24 of their sizes; clipping never adds to it.

    Beyond the range of float there is none.
    """
    unit, least = 2.0**-24, 2.0**-149
    y = X[:, record.columns].astype(np.float64)
    rounds = X.dtype.itemsize > 2 and X.dtype != np.float32  # other raw types are floats exactly
    slack = np.where(np.isnan(y), 0.0, unit * np.abs(y) + least) if rounds else np.zeros(y.shape)
    if error is not None:
        slack = slack + error[:, record.columns]
    for s in range(record.n_segments):
        if len(record.fill):
            filled = np.isnan(y) & ~np.isnan(record.fill[s])
            y = np.where(filled, record.fill[s], y)
            slack = np.where(filled, unit * np.abs(y) + least, slack)
        scale, offset = record.scale[s].astype(np.float64), record.offset[s].astype(np.float64)
        size = np.abs(y * scale) + np.abs(offset)
        slack = (1 + unit) * np.abs(scale) * slack + 4 * unit * size + least * (2 + np.abs(y))
        slack = np.where(size < _LARGEST, slack, np.inf)
        y = np.minimum(np.maximum(y * scale + offset, record.low[s]), record.high[s])
        slack = slack + unit * np.maximum(np.abs(record.low[s]), np.abs(record.high[s])) * (np.abs(record.high[s]) < 1e38)
    return slack


def margin(record: Record, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """Of any record of the family: none has classes."""
    return np.zeros((len(X), 1))


def describe(record: Scaler) -> dict[str, Any]:
    """Facts for people."""
    clips = bool(np.any(np.abs(record.low) < 1e38) or np.any(np.abs(record.high) < 1e38))
    facts: dict[str, Any] = {"kind": "scaler" if record.n_segments else "selection", "features": record.n_features}
    if record.selects:
        facts["columns"] = len(record.columns)
    if len(record.fill):
        facts["fills missing values of"] = int(np.count_nonzero(~np.all(np.isnan(record.fill), axis=0)))
    if record.n_segments:
        facts["clips"] = "yes" if clips else "no"
    return facts
