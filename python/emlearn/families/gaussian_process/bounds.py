"""How far the device's answers may be from scikit-learn's, row by row.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .covariance import bounded, bounded_itself
from .record import Process
from .squash import DRIFT_BY_MEAN, DRIFT_BY_VARIANCE, probability_error

_U, _U64 = 2.0**-24, 2.0**-53
_HUGE = 1e37
#: Numbers at once: rows times points.
_BLOCK = 1 << 20


def bound(record: Process, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; infinite for rows that may leave the range of float32."""
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), 1))
    return np.concatenate([_bound(record, op, rows, off) for rows, off in _blocks(record, X, error)])


def margin(record: Process, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """Two classes change places where f is within its error of zero: then the probabilities differ by twice the slope times that."""
    off = np.concatenate([_mean(record, *bounded(record, rows, doubt))[1] for rows, doubt in _blocks(record, X, error)])
    return 2 * DRIFT_BY_MEAN * off + 2.0**-20


def points_as_raw(record: Process) -> np.ndarray:
    """The values of the raw type nearest to the training points."""
    if np.issubdtype(record.input, np.integer):
        limits = np.iinfo(record.input)
        return np.clip(np.rint(record.points), limits.min, limits.max).astype(record.input)
    return record.points.astype(record.input)


def _blocks(record: Process, X: np.ndarray, error: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    rows = max(1, _BLOCK // len(record.points))
    doubt = np.zeros(X.shape) if error is None else error
    return [(X[start : start + rows], doubt[start : start + rows]) for start in range(0, max(1, len(X)), rows)]


def _bound(record: Process, op: str, X: np.ndarray, doubt: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        k, off = bounded(record, X, doubt)
        mean, wrong = _mean(record, k, off)
        if op == "predict":
            result = wrong
        else:
            variance, spread = _variance(record, k, off, *bounded_itself(record, X, doubt))
            if op == "predict_std":
                result = _deviation(variance, spread)[:, np.newaxis] * np.abs(record.unit)
            else:
                moved = DRIFT_BY_MEAN * wrong[:, 0] + DRIFT_BY_VARIANCE * spread
                result = np.repeat((moved + probability_error(mean[:, 0], np.maximum(variance, 0)))[:, np.newaxis], 2, axis=1)
                result = np.minimum(result, 1.0)
    return np.where(np.isnan(result), np.inf, result)


def _mean(record: Process, k: np.ndarray, off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """offset + weights' k, and its error; rounding of n products, of the weights and of scikit-learn's own."""
    n, w = len(record.points), np.abs(record.weights)
    size = (np.abs(k) + off) @ w + np.abs(record.offset)
    wrong = off @ w + (n + 4) * (_U + _U64) * size
    return k @ record.weights + record.offset, np.where(size < _HUGE, wrong, np.inf)


def _variance(record: Process, k: np.ndarray, off: np.ndarray, own: np.ndarray, own_off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """kernel(x, x) - |W k|^2, and its error.

    scikit-learn solves L v = k (a classifier's k has been scaled): off by gamma(n) |L^-1| |L| |v|; W was made by the same solution.
    """
    n, w = len(record.points), np.abs(record.whitening)
    v = k @ record.whitening.T
    reach = (np.abs(k) + off) @ w.T
    inverse = np.abs(_inverse(record.factor))
    growth = inverse @ np.abs(record.factor)
    solved = 4 * (n + 4) * _U64 * ((np.abs(v) + reach) @ growth.T)
    wrong = off @ w.T + (n + 4) * _U * reach + solved
    squares = (v * v).sum(axis=1)
    total = ((2 * np.abs(v) + wrong) * wrong).sum(axis=1) + own_off
    total += (n + 3) * (_U + _U64) * ((np.abs(v) + wrong) ** 2).sum(axis=1) + 2 * _U * (np.abs(own) + squares)
    return own - squares, np.where(squares + total + np.abs(own) < _HUGE, total, np.inf)


def _inverse(factor: np.ndarray) -> np.ndarray:
    from scipy.linalg import solve_triangular

    return solve_triangular(factor, np.eye(len(factor)), lower=True)


def _deviation(variance: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Of the root: the interval's ends, and its own rounding."""
    middle = np.sqrt(np.maximum(variance, 0))
    low, high = np.sqrt(np.maximum(variance - off, 0)), np.sqrt(np.maximum(variance + off, 0))
    return np.maximum(high - middle, middle - low) + 6 * _U * high
