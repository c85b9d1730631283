"""Distances, weights and means of points of which some are undecided: between their least and largest.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .record import Nearest, Points, Within

_U = 2.0**-24
_FLUSH = 2.0**-126


def distances(record: Points, total: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and largest distances for sums within `error`, the root's own rounding included."""
    slack = 4 * _U if record.power <= 2 else 2.0**-20 + (2.0**-14 + 4 * _U) / record.power
    low, high = np.maximum(total - error, 0), total + error
    return low ** (1 / record.power) * (1 - slack), high ** (1 / record.power) * (1 + slack) + _FLUSH


def weights(record: Nearest | Within, total: np.ndarray, wide: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and largest weight that each point may have."""
    if not record.by_distance:
        return np.ones_like(total), np.ones_like(total)
    low, high = distances(record, total, wide)
    with np.errstate(divide="ignore"):
        return (1 - 2 * _U) / high, (1 + 2 * _U) / low


def means(
    record: Nearest | Within,
    total: np.ndarray,
    wide: np.ndarray,
    sure: np.ndarray,
    maybe: np.ndarray,
    open_share: np.ndarray,
    n: np.ndarray,
) -> np.ndarray:
    """Of the values of points that count for certain and of those that may, which are at most `open_share` of the n that do."""
    least, most = weights(record, total, wide)
    close, among = sure & ~np.isfinite(most), sure | maybe
    results = []
    for values in record.values.astype(np.float64).T:
        spread = _range(values, among)
        with np.errstate(invalid="ignore"):
            middle = np.where(sure, (least + most) / 2, 0)
            mean = (middle * values).sum(axis=1) / middle.sum(axis=1)
            off = (np.where(sure, most - least, 0) * np.abs(values - mean[:, np.newaxis])).sum(axis=1) / np.where(sure, least, 0).sum(
                axis=1
            )
            # Points at no distance, perhaps, outweigh the others.
            others = np.where(sure & ~close, most, 0).sum(axis=1)
            outweighed = _range(values, close) + spread * others / (others + np.where(close, least, 0).sum(axis=1))
        off = np.where(close.any(axis=1), outweighed, off)
        share = 1.0 if record.by_distance else open_share
        off = np.where(maybe.any(axis=1), spread * share, np.minimum(off, spread))
        size = np.where(among, np.abs(values), 0).max(axis=1)
        results.append(np.where(np.isnan(off), spread, off) + (n + 8) * _U * size + _FLUSH)
    result = np.stack(results, axis=1)
    result[~np.isfinite(wide).all(axis=1)] = np.inf
    return result


def _range(values: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Largest less smallest of the values that each row marks; 0 where it marks none."""
    high, low = np.where(which, values, -np.inf).max(axis=1), np.where(which, values, np.inf).min(axis=1)
    return np.where(which.any(axis=1), high - low, 0.0)
