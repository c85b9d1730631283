"""How a raw row becomes whole numbers on the device: chosen by the calibration rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .integer import Intake
from .ranges import ends

#: Raw types whose difference of two values, times a 16-bit factor, fits 32 bits.
_SHORT = ("int8", "uint8", "int16", "uint16")


def choose(dtype: str, rows: np.ndarray, top: int, whole: bool = True, padded: bool = False) -> Intake:
    """The intake for raw rows (n_samples, n_features) of `dtype`, answers 0..top.

    Whole numbers that all lie within `top` of each other are taken as they are, unless `whole` is false. Otherwise each feature has
    the range of the rows and some more, a quarter, on both sides; with 8 bits that of least error (:mod:`.ranges`), at most a sixteenth
    more.
    `padded`: zero joins the rows, and is the same whole number for all features.
    """
    margin = 1 / 16 if top <= 255 else 1 / 4
    if np.issubdtype(dtype, np.integer):
        low, high = int(rows.min()), int(rows.max())
        if padded:
            low, high = min(low, 0), max(high, 0)
        if high - low <= top and whole:
            return _whole(low, max(high - low, 1), rows.shape[1])
        if dtype in _SHORT:
            return _scaled(dtype, *_ends(rows, top, margin, padded), top, top // 2 if padded and rows.min() < 0 else top)
    return _real(*_ends(rows, top, margin, padded), top)


def _ends(rows: np.ndarray, top: int, margin: float, padded: bool) -> tuple[np.ndarray, np.ndarray]:
    x = rows.astype(np.float64)
    if not padded:
        more = margin * np.ptp(x, axis=0)
        low, high = x.min(axis=0) - more, x.max(axis=0) + more
        return ends(x, low, high, top, x.mean(axis=0)) if top <= 255 else (low, high)
    zero, below = np.zeros(x.shape[1]), top // 2 if np.any(x < 0) else 0
    most = (1 + 2 * margin) * np.abs(x).max(axis=0)
    if top <= 255:
        _, most = ends(np.abs(x), zero, most, below or top, zero)
    return (-most, most / below * (top - below)) if below else (zero, most)  # zero is the whole number `below`


def _whole(low: int, top: int, n_features: int) -> Intake:
    scale = np.ones(n_features)
    return Intake("whole", top, np.array([low], np.int32), np.zeros(0, np.uint16), 0, scale, np.full(n_features, float(low)))


def _scaled(dtype: str, least: np.ndarray, most: np.ndarray, top: int, steps: int) -> Intake:
    """`steps` to the upper end, or, where they are fewer than `top`, to zero, which then is that whole number."""
    limits = np.iinfo(dtype)
    low, high = (np.clip(np.rint(end), limits.min, limits.max).astype(np.int64) for end in (least, most))
    spread = high - low if steps == top else -low
    spread = np.where(spread > 0, spread, max(int(spread.max()), 1))  # one that never changes asks for no fine steps
    shift = next(bits for bits in (16, 12, 8, 4, 0) if bits == 0 or int(np.max((steps << bits) // spread)) < 1 << 16)
    factor = np.clip((steps << shift) // spread, 1, (1 << 16) - 1)
    if steps < top:  # rounded up, so that `steps` of them, to the nearest raw value where that is finer, are in the type
        factor = np.clip(-((-steps << shift) // spread), 1, (1 << 16) - 1)
        low = np.where(factor <= 1 << shift, -np.rint((steps << shift) / factor).astype(np.int64), low)
    return Intake(
        "scaled", top, low.astype(dtype), factor.astype(np.uint16), shift, 2.0**shift / factor.astype(np.float64), low.astype(np.float64)
    )


def _real(least: np.ndarray, most: np.ndarray, top: int) -> Intake:
    """`low` is half a step below the least value, so that cutting off rounds to the nearest."""
    spread = most - least
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
