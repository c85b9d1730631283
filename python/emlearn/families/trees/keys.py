"""Keys: integers that order as the raw values do, and the thresholds among them, found by searching the real chain.

scikit-learn compares ``float32(x) <= float64(threshold)`` (HistGradientBoosting ``float64(x)``). For each node the largest raw
value that goes left is searched by bisection through the estimator's own arithmetic, never by inverting a formula: no rounding can
move a row to the other side.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...front import Front


def limits(dtype: str) -> tuple[int, int]:
    """The least and the largest key of values that are not missing (the infinities, for floats)."""
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
        return int(info.min), int(info.max)
    infinity = int(to_keys(np.array([np.inf], dtype=dtype))[0])
    return -infinity - 1, infinity


def to_keys(values: np.ndarray) -> np.ndarray:
    """int64 keys of raw values: integers are their own, floats order by their bits (-0 just below +0, NaN outside)."""
    if values.dtype.kind in "iu":
        return values.astype(np.int64)
    signed, mask = (np.int32, 0x7FFFFFFF) if values.dtype == np.float32 else (np.int64, 0x7FFFFFFFFFFFFFFF)
    bits = values.view(signed)
    return np.where(bits < 0, bits ^ signed(mask), bits).astype(np.int64)


def from_keys(keys: np.ndarray, dtype: str) -> np.ndarray:
    """The raw values of keys, the inverse of :func:`to_keys`."""
    if np.issubdtype(dtype, np.integer):
        return keys.astype(dtype)
    signed, mask = (np.int32, 0x7FFFFFFF) if dtype == "float32" else (np.int64, 0x7FFFFFFFFFFFFFFF)
    bits = keys.astype(signed)
    return np.where(bits < 0, bits ^ signed(mask), bits).astype(signed).view(dtype)


def thresholds(front: Front, feature: np.ndarray, threshold: np.ndarray, looks_at: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    """Thresholds on raw keys that split as `threshold` does behind `front`.

    Parameters
    ----------
    front : Front
    feature : ndarray of shape (n_nodes,), int
    threshold : ndarray of shape (n_nodes,), float64
    looks_at : {"float32", "float64"}
        What the estimator casts a feature to before it compares.

    Returns
    -------
    keys : ndarray of shape (n_nodes,), int64
        The largest key on the left; one below the least key where there is none.
    swapped : ndarray of shape (n_nodes,), bool
        Where the feature falls as the raw value rises: key <= threshold is then the old right child.
    """
    dtype = front.input.dtype
    swapped = front.decreasing[feature]
    least, most = limits(dtype)
    low = np.full(len(feature), least - 1, dtype=np.int64)
    high = np.full(len(feature), most, dtype=np.int64)
    while np.any(low < high):  # invariant: low is on the left (or none), everything above high is not
        middle = (low >> 1) + (high >> 1) + ((low | high) & 1)  # rounded up, without overflow
        with np.errstate(over="ignore", invalid="ignore"):
            features = front.apply(from_keys(np.maximum(middle, least), dtype), feature).astype(looks_at)
            on_left = (features.astype(np.float64) <= threshold) ^ swapped
        low = np.where(on_left, middle, low)
        high = np.where(on_left, high, middle - 1)
    return low, swapped
