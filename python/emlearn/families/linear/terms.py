"""What is multiplied by the weights where it is not the raw values: bits above thresholds, and categories.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np


def above(X: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """1 for a raw value above its feature's threshold, else 0; float32."""
    return (thresholds < X).astype(np.float32)


def near(X: np.ndarray, thresholds: np.ndarray, error: np.ndarray) -> np.ndarray:
    """By how much these may be off where X may by `error`: a value that close to its threshold may be on either side."""
    return (np.abs(X - thresholds) <= 2 * error).astype(np.float64)


def categories(X: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """One column per category of each feature, 1 where the raw value, cut to a whole number, is it; float32."""
    whole = np.trunc(np.nan_to_num(X.astype(np.float64), nan=-1))
    blocks = [whole[:, f : f + 1] == np.arange(starts[f + 1] - starts[f]) for f in range(X.shape[1])]
    return np.hstack(blocks).astype(np.float32)


def between(X: np.ndarray, starts: np.ndarray, error: np.ndarray) -> np.ndarray:
    """By how much these may be off: where `error` leaves the category open, all that it may be."""
    x = X.astype(np.float64)
    low, high = np.trunc(x - 2 * error), np.trunc(x + 2 * error)
    blocks = []
    for f in range(X.shape[1]):
        known = np.arange(starts[f + 1] - starts[f])
        blocks.append((low[:, f : f + 1] <= known) & (known <= high[:, f : f + 1]) & (low != high)[:, f : f + 1])
    return np.hstack(blocks).astype(np.float64)
