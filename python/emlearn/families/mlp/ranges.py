"""How far the whole numbers of a value reach: what is cut off against how coarse the steps are, by least squares over calibration rows.

The largest value of many is far from most of them. A range that ends before it cuts it off, and gives all others finer steps.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

#: Parts of the way from the anchor to the widest end that are tried.
_PARTS = np.linspace(1, 0.2, 17)


def ends(values: np.ndarray, low: np.ndarray, high: np.ndarray, top: int, anchor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ends of least squared error for whole numbers 0..top, for each column.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n), float64
        Those at the anchor are whole numbers themselves, and are not rounded.
    low, high : ndarray of shape (n,)
        The widest ends. They are taken for the values of one row more, so that few rows do not narrow what they know little of.
    top : int
    anchor : ndarray of shape (n,)
        What the ends move to: between `low` and `high`.
    """
    above, below = (_cut_off(sign * (values - anchor), sign * (end - anchor)) for sign, end in ((1, high), (-1, low)))
    rounded = np.mean(values != anchor, axis=0) / 12
    width = _PARTS[:, None, None] * (anchor - low) + _PARTS[:, None] * (high - anchor)  # [part below, part above, column]
    error = below[:, None] + above + rounded * (width / top) ** 2
    best = np.argmin(error.reshape(-1, error.shape[-1]), axis=0)
    part_below, part_above = _PARTS[best // len(_PARTS)], _PARTS[best % len(_PARTS)]
    return anchor - part_below * (anchor - low), anchor + part_above * (high - anchor)


def _cut_off(values: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The mean squares of what lies beyond each part of the end, (n_parts, n)."""
    n = len(values)
    beyond = [np.sum(np.square(np.maximum(values - part * end, 0)), axis=0) for part in _PARTS]
    return (np.array(beyond) + np.square((1 - _PARTS)[:, None] * end)) / (n + 1)
