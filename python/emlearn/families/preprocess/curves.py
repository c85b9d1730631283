"""Learned curves of features: quantiles read, answered in numpy, and how far the device may be.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from sklearn.preprocessing import QuantileTransformer

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...record import Task
from .powers import powers, powers_rounding
from .record import Preprocess

_U32 = 2.0**-24

#: Where scikit-learn cuts the normal distribution's tails.
_TAIL = 1e-7

#: Of include/emlearn/functions.hpp's normal_quantile (tests/python/test_preprocess.py asks two million floats).
_NORMAL = 2.0**-18


def read_quantiles(estimator: QuantileTransformer) -> Preprocess:
    """quantiles_ (Q, F): knots, and for each the first and last of those that are the same float."""
    table = np.asarray(estimator.quantiles_, dtype=np.float64)
    check_finite("QuantileTransformer", quantiles_=table)
    knots, ranks, starts = [], [], [0]
    for column in table.astype(np.float32).T:
        values, first, count = np.unique(column, return_index=True, return_counts=True)
        own = np.column_stack([first, first + count - 1])
        knots.append(values)
        ranks.append(own)
        starts.append(starts[-1] + len(values))
    if starts[-1] >= 1 << 15:
        raise UnsupportedError(f"QuantileTransformer has {starts[-1]} different quantiles, and 32,767 fit: fit with fewer n_quantiles")
    n = table.shape[1]
    return Preprocess(
        "float32", n, Task("transformer", n), "quantiles", name=str(estimator.output_distribution),
        values=np.concatenate(knots), starts=np.array(starts, np.uint16),
        columns=np.concatenate(ranks).astype(np.uint16).ravel(), terms=np.array([[len(table) - 1]], np.uint16),
    )  # fmt: skip


def curve(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """The curves in x's dtype."""
    if record.kind != "quantiles":
        return powers(record, x)
    share, rest = _quantiles(record, x)
    return share if record.name == "uniform" else _normal(share, rest)


def _normal(share: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The normal distribution's quantiles of shares and of the rests to one; cut at those of 1e-7 and of 1 - 1e-7, as in scikit-learn."""
    size = -ndtri(np.clip(np.minimum(share, rest).astype(np.float64), _TAIL, 0.5))
    return np.where(share < rest, -size, size).astype(share.dtype)


def _quantiles(record: Preprocess, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The share below each value, and the rest to one, which is no difference of the two where it is small."""
    y, rest, most = np.zeros_like(x), np.ones_like(x), x.dtype.type(record.terms[0, 0])
    ranks = record.columns.reshape(-1, 2).astype(x.dtype)
    for i in range(x.shape[1]):
        own = slice(record.starts[i], record.starts[i + 1])
        knots, (before, behind) = record.values[own].astype(x.dtype), ranks[own].T
        at = np.searchsorted(knots, x[:, i], side="left")
        k = np.clip(at, 1, max(len(knots) - 1, 1))
        near = np.minimum(k, len(knots) - 1)
        share = (x[:, i] - knots[k - 1]) / (knots[near] - knots[k - 1])
        between = behind[k - 1] + (before[near] - behind[k - 1]) * share
        on = x[:, i] == knots[near]
        last, first = at == len(knots), at == 0
        last |= on & (k == len(knots) - 1)
        inner = np.where(on, (before[near] + behind[near]) / 2, between)
        y[:, i] = np.where(first, 0, np.where(last, 1, inner / most))
        above = (most - behind[k - 1]) - (before[near] - behind[k - 1]) * share
        above = np.where(on, ((most - before[near]) + (most - behind[near])) / 2, above)
        rest[:, i] = np.where(first, 1, np.where(last, 0, above / most))
    return y, rest


def curve_bound(record: Preprocess, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """All curves rise: what a feature's error and the rounding of knots move is told by both ends; arithmetic comes on top."""
    moved = slack.copy()
    if record.kind == "quantiles":
        for i in range(x.shape[1]):
            moved[:, i] += 4 * _U32 * (np.abs(x[:, i]) + np.abs(_beside(record, i, x[:, i])))
    low, high = x - moved, x + moved
    if record.kind == "quantiles":
        return _quantile_bound(record, x, low, high)
    y, ends = curve(record, x), (curve(record, low), curve(record, high))
    spread = np.maximum(ends[1] - y, y - ends[0])
    rounding = np.maximum(powers_rounding(record, low), powers_rounding(record, high))
    return np.where(np.isfinite(spread), spread, np.inf) + np.maximum(rounding, powers_rounding(record, x))


def _quantile_bound(record: Preprocess, x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Both ends of what the value may be, each a little further: rounding is relative to the share, to the rest, and to one rank."""
    ends = []
    for at, sign in ((low, -1), (x, 0), (high, 1)):
        share, rest = _quantiles(record, at)
        off = 16 * _U32 * (np.minimum(share, rest) + 1 / record.terms[0, 0])
        ends.append(curve(record, x) if sign == 0 else _moved(record, share, rest, sign * off))
    bottom, y, top = ends
    result: np.ndarray = np.maximum(top - y, y - bottom) + (_NORMAL if record.name == "normal" else 16 * _U32)
    if record.name == "normal":  # scikit-learn takes what is less than 1e-7 from an end for the end
        for i in range(x.shape[1]):
            knots = record.values[record.starts[i] : record.starts[i + 1]].astype(np.float64)
            near = np.minimum(np.abs(low[:, i] - knots[0]), np.abs(high[:, i] - knots[-1]))
            near = np.minimum(near, np.minimum(np.abs(high[:, i] - knots[0]), np.abs(low[:, i] - knots[-1])))
            result[:, i] = np.where(near <= 2.1e-7 + 4 * _U32 * np.abs(knots).max(), 2 * -ndtri(_TAIL), result[:, i])
    return result


def _moved(record: Preprocess, share: np.ndarray, rest: np.ndarray, off: np.ndarray) -> np.ndarray:
    if record.name == "uniform":
        return share + off
    return _normal(np.maximum(share + off, 0), np.maximum(rest - off, 0))


def _beside(record: Preprocess, i: int, x: np.ndarray) -> np.ndarray:
    """The larger magnitude of the knots around each value."""
    knots = np.abs(record.values[record.starts[i] : record.starts[i + 1]].astype(np.float64))
    at = np.searchsorted(record.values[record.starts[i] : record.starts[i + 1]], x)
    return np.maximum(knots[np.clip(at - 1, 0, len(knots) - 1)], knots[np.clip(at, 0, len(knots) - 1)])
