"""How a raw row becomes whole numbers on the device: chosen by the calibration rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .integer import Intake

#: Raw types whose difference of two values, times a 16-bit factor, fits 32 bits.
_SHORT = ("int8", "uint8", "int16", "uint16")


def choose(dtype: str, rows: np.ndarray, top: int, whole: bool = True) -> Intake:
    """The intake for raw rows (n_samples, n_features) of `dtype`, answers 0..top.

    Whole numbers that all lie within `top` of each other are taken as they are, unless `whole` is false. Otherwise each feature has
    the range of the rows and some more, a sixteenth for 8 bits and a quarter for more, on both sides.
    """
    margin = 1 / 16 if top <= 255 else 1 / 4
    if np.issubdtype(dtype, np.integer):
        low, high = int(rows.min()), int(rows.max())
        if high - low <= top and whole:
            return _whole(low, max(high - low, 1), rows.shape[1])
        if dtype in _SHORT:
            return _scaled(dtype, rows.astype(np.int64), top, margin)
    return _real(rows.astype(np.float64), top, margin)


def _whole(low: int, top: int, n_features: int) -> Intake:
    scale = np.ones(n_features)
    return Intake("whole", top, np.array([low], np.int32), np.zeros(0, np.uint16), 0, scale, np.full(n_features, float(low)))


def _scaled(dtype: str, rows: np.ndarray, top: int, margin: float) -> Intake:
    limits = np.iinfo(dtype)
    more = np.rint(margin * np.ptp(rows, axis=0)).astype(np.int64)
    low = np.maximum(rows.min(axis=0) - more, limits.min)
    spread = np.maximum(np.minimum(rows.max(axis=0) + more, limits.max) - low, 1)
    shift = next(bits for bits in (16, 8, 4, 0) if bits == 0 or int(np.max((top << bits) // spread)) < 1 << 16)
    factor = np.clip((top << shift) // spread, 1, (1 << 16) - 1)
    return Intake(
        "scaled", top, low.astype(dtype), factor.astype(np.uint16), shift, 2.0**shift / factor.astype(np.float64), low.astype(np.float64)
    )


def _real(rows: np.ndarray, top: int, margin: float) -> Intake:
    """`low` is half a step below the least value, so that cutting off rounds to the nearest."""
    spread = np.ptp(rows, axis=0) * (1 + 2 * margin)
    least = rows.min(axis=0) - np.ptp(rows, axis=0) * margin
    usual = spread[spread > 0].max(initial=0.0) or 1.0
    with np.errstate(over="ignore", divide="ignore"):
        factor = np.clip(top / np.where(spread > 0, spread, usual), 1e-30, 1e30).astype(np.float32)
    steps = factor.astype(np.float64)
    low = (least - 0.5 / steps).astype(np.float32)
    return Intake("real", top, low, factor, 0, 1 / steps, low.astype(np.float64) + 0.5 / steps)


def apply(intake: Intake, X: np.ndarray) -> np.ndarray:
    """The device's whole numbers for raw rows, int64 of shape (n_samples, n_features)."""
    if intake.kind == "real":
        with np.errstate(all="ignore"):
            t = (X.astype(np.float32) - intake.low) * intake.factor
            return np.where(t > 0, np.minimum(t, np.float32(intake.top)), np.float32(0)).astype(np.int64)
    d = X.astype(np.int64) - intake.low.astype(np.int64)
    if intake.kind == "scaled":
        d = (np.maximum(d, 0) * intake.factor.astype(np.int64) + ((1 << intake.shift) >> 1)) >> intake.shift
    return np.clip(d, 0, intake.top)
