"""How far distances, votes and means on the device may be from scikit-learn's.

Each sum of a point lies, on the device and in scikit-learn, within an interval around the one that exact arithmetic gives. Which
points are the nearest is decided where intervals do not meet; where they do, every choice among the undecided ones is allowed for.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from . import within
from .choices import distances, means, weights
from .record import Centroids, Density, Nearest, Points, Within

_U, _U64 = 2.0**-24, 2.0**-53
_FLUSH = 2.0**-126
#: Rows times points times features at a time.
_BLOCK = 1 << 21
#: Beyond this a sum of the device may overflow.
_HUGE = 1e37


def sums(
    record: Points, X: np.ndarray, error: np.ndarray | None = None, loss: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The exact sums of raw rows, and how far the device's or scikit-learn's may be from them; both (n_samples, n_points).

    The error is that of both together, so that each lies within it, and both within it of each other. Of integers, `loss` is what the
    device's weighted difference of each feature loses: in units of it, and relative.
    """
    x = X.astype(np.float64)
    before = np.zeros_like(x) if error is None else error
    whole = record.points.dtype.kind in "iu"
    moved = np.abs(record.points - record.exact_points) if whole else np.zeros(record.exact_points.shape)
    cut, relative = (np.zeros(record.n_features),) * 2 if loss is None else loss
    lost = np.abs(x - x.astype(np.float32).astype(np.float64)) if not whole else np.zeros_like(x)
    p, w, F = record.exact_points, record.exact_weights, record.n_features
    total, device, peer = (np.zeros((len(x), len(p))) for _ in range(3))
    largest = record.metric == "chebyshev"
    counts = float(record.unit) ** record.power  # sums of equal weights are in raw counts
    expanded = np.zeros_like(total)
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(F):
            d = np.abs(x[:, i : i + 1] - p[:, i])
            z = w[i] * d
            reach = w[i] * (np.abs(x[:, i : i + 1]) + np.abs(p[:, i]) + 2 * record.shift[i])
            own = w[i] * before[:, i : i + 1] + _U64 * (record.steps + 6) * reach
            if whole:
                off = own + w[i] * moved[:, i] + cut[i] + relative[i] * z
            else:
                off = own + w[i] * (_U * np.abs(p[:, i]) + 2 * lost[:, i : i + 1]) + 4 * _U * z + _FLUSH
            if largest:
                total, device, peer = (np.maximum(a, b) for a, b in ((total, z), (device, off), (peer, own)))
                continue
            power = z**record.power
            total += power
            device += (z + off) ** record.power - power
            peer += (z + own) ** record.power - power
            expanded += reach**2
        if not whole and not largest:
            device += (F + record.power + 4) * _U * (total + device) + 2 * F * _FLUSH * counts
        peer += (F + 12) * _U64 * (total + peer)
        if record.metric == "euclidean":  # scikit-learn may multiply squares out
            peer += 2 * (F + 12) * _U64 * expanded
        result = device + peer
        result[~(total + device < (_HUGE if whole else _HUGE * min(counts, 1.0)))] = np.inf
    return total, np.where(np.isnan(result), np.inf, result)


def bound(record: Points, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    blocks = []
    for rows, off in _blocks(record, X, error):
        total, wide = sums(record, rows, off)
        if isinstance(record, Centroids):
            blocks.append(_of_transform(record, total, wide) if op == "transform" else np.zeros((len(rows), 1)))
        elif isinstance(record, Within):
            blocks.append(within.bound(record, op, total, wide))
        elif isinstance(record, Density):
            blocks.append(_of_density(record, total, wide) if op != "predict" else np.zeros((len(rows), 1)))
        else:
            assert isinstance(record, Nearest)
            if op == "predict_proba":
                blocks.append(_of_shares(record, total, wide))
            else:
                blocks.append(np.zeros((len(rows), 1)) if record.task.is_discrete else _of_means(record, total, wide))
    return np.concatenate(blocks)


def margin(record: Points, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """Infinite for rows whose nearest point, or way down the tree, is undecided; of votes, twice what their shares may be off."""
    blocks = []
    for rows, off in _blocks(record, X, error):
        total, wide = sums(record, rows, off)
        if isinstance(record, Centroids):
            undecided = _tree_undecided(record, total, wide) if len(record.children) else _undecided(total, wide)
            blocks.append(np.where(undecided, np.inf, 0.0)[:, np.newaxis])
        elif isinstance(record, Within):
            blocks.append(within.margin(record, total, wide))
        elif isinstance(record, Density):
            blocks.append(_of_density(record, total, wide))
        else:
            assert isinstance(record, Nearest)
            blocks.append(2 * _of_shares(record, total, wide).max(axis=1, keepdims=True))
    return np.concatenate(blocks)


def _blocks(record: Points, X: np.ndarray, error: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray | None]]:
    rows = max(1, _BLOCK // (len(record.exact_points) * 8))
    starts = range(0, max(1, len(X)), rows)
    return [(X[start : start + rows], None if error is None else error[start : start + rows]) for start in starts]


def _undecided(total: np.ndarray, wide: np.ndarray) -> np.ndarray:
    best = np.argmin(total, axis=1)
    rows = np.arange(len(total))
    high = total[rows, best] + wide[rows, best]
    low = total - wide
    low[rows, best] = np.inf
    return (low.min(axis=1, initial=np.inf) <= high) & (total.shape[1] > 1) | ~np.isfinite(high)


def _tree_undecided(record: Centroids, total: np.ndarray, wide: np.ndarray) -> np.ndarray:
    node, result = np.zeros(len(total), dtype=np.int64), np.zeros(len(total), dtype=bool)
    rows = np.arange(len(total))
    while np.any(walking := node >= 0):
        at = np.where(walking, 2 * node, 0)
        left, right = total[rows, at], total[rows, at + 1]
        result |= walking & ~(np.abs(left - right) > wide[rows, at] + wide[rows, at + 1])
        node = np.where(walking, record.children.astype(np.int64)[at + (right < left)], node)
    return result


def _of_transform(record: Centroids, total: np.ndarray, wide: np.ndarray) -> np.ndarray:
    if len(record.rows):
        total, wide = total[:, record.rows], wide[:, record.rows]
    low, high = distances(record, total, wide)
    return np.where(np.isfinite(high), high - low + 2 * _U * high, np.inf)


def _sure(record: Nearest, total: np.ndarray, wide: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points that are among the k nearest for certain, points that may be (without these), and how many of those are."""
    k, low, high = record.k, total - wide, total + wide
    possible = low <= np.partition(high, k - 1, axis=1)[:, k - 1 : k]
    next_one = np.partition(low, k, axis=1)[:, k : k + 1] if total.shape[1] > k else np.full((len(total), 1), np.inf)
    sure = (high < next_one) & possible
    return sure, possible & ~sure, (k - sure.sum(axis=1))[:, np.newaxis]


def _of_shares(record: Nearest, total: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """Between the least and the largest share of each class: undecided points all for it, or none."""
    sure, maybe, open_places = _sure(record, total, wide)
    least, most = weights(record, total, wide)
    n_classes = record.task.n_classes[0]
    shares = []
    with np.errstate(invalid="ignore"):
        for c in range(n_classes):
            mine = record.labels == c
            low, high = np.where(sure & mine, least, 0).sum(axis=1), np.where(sure & mine, most, 0).sum(axis=1)
            rest_low, rest_high = np.where(sure & ~mine, least, 0).sum(axis=1), np.where(sure & ~mine, most, 0).sum(axis=1)
            for_it, against = (np.where(maybe & kind, most, 0) for kind in (mine, ~mine))
            count_for, count_against = (maybe & mine).sum(axis=1), (maybe & ~mine).sum(axis=1)
            places = open_places[:, 0]
            high = high + np.minimum(places, count_for) * for_it.max(axis=1)
            rest_high = rest_high + np.minimum(places, count_against) * against.max(axis=1)
            forced = np.maximum(places - count_against, 0) * np.where(maybe & mine, least, np.inf).min(axis=1, initial=np.inf)
            rest_forced = np.maximum(places - count_for, 0) * np.where(maybe & ~mine, least, np.inf).min(axis=1, initial=np.inf)
            low = low + np.where(np.isfinite(forced), forced, 0)
            rest_low = rest_low + np.where(np.isfinite(rest_forced), rest_forced, 0)
            # At no distance a weight is without limit: then nan is what the limit gives, all or nothing.
            top, bottom = np.nan_to_num(high / (high + rest_low), nan=1.0), np.nan_to_num(low / (low + rest_high), nan=0.0)
            shares.append(np.clip(top - bottom, 0, 1))
    return np.stack(shares, axis=1) + (record.k + 6) * _U


def _of_means(record: Nearest, total: np.ndarray, wide: np.ndarray) -> np.ndarray:
    sure, maybe, places = _sure(record, total, wide)
    return means(record, total, wide, sure, maybe, places[:, 0] / record.k, np.full(len(total), record.k))


def _of_density(record: Density, total: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """Both means between their least and largest, undecided places filled with the least and the largest of those that may be there."""
    sure, maybe, places = _sure(record, total, wide)
    low, high = distances(record, total, wide)
    far, dense = record.values.astype(np.float64).T

    def ends(least: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bottom = np.where(sure, least, 0).sum(axis=1) + places[:, 0] * _finite(np.where(maybe, least, np.inf).min(axis=1))
        return bottom, np.where(sure, most, 0).sum(axis=1) + places[:, 0] * _finite(np.where(maybe, most, -np.inf).max(axis=1))

    reach = ends(np.maximum(low, far * (1 - 2 * _U)), np.maximum(high, far * (1 + 2 * _U)))
    density = ends(*(np.broadcast_to(dense * (1 + sign * 2 * _U), total.shape) for sign in (-1, 1)))
    k = record.k
    least, most = (density[i] / k * (reach[i] / k + 1e-10) for i in (0, 1))
    result = most - least + 2 * (k + 8) * _U * (most + abs(record.offset)) + _FLUSH
    result[~np.isfinite(result) | ~np.isfinite(wide).all(axis=1)] = np.inf
    return result[:, np.newaxis]


def _finite(values: np.ndarray) -> np.ndarray:
    """Zero for those that nothing may fill."""
    return np.where(np.isfinite(values), values, 0.0)
