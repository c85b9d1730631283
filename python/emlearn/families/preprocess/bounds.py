"""How far the device's columns may be from scikit-learn's in float64.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...functions import FUNCTIONS
from .chi2 import chi2_bound
from .curves import curve_bound
from .record import Preprocess
from .reference import indices, norm
from .splines import spline_bound

_U32 = 2.0**-24
_TINY = 2.0**-126
_LARGEST = float(np.finfo(np.float32).max)


def bound(record: Preprocess, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; codes are exact, unless a feature's error leaves open which it is."""
    x, slack = X.astype(np.float64), np.zeros(X.shape) if error is None else error
    with np.errstate(all="ignore"):
        if record.kind == "function":
            return FUNCTIONS[record.name].error(x, slack) * (record.name != "absolute" or bool(np.any(slack)))
        if record.kind == "binarize":
            return np.where((np.abs(x - record.values[0]) <= slack) & (slack > 0), 1.0, 0.0)
        if record.kind == "normalize":
            values = _normalized(record, x, slack)
        elif record.kind == "polynomial":
            values = _products(record, x, slack)
        elif record.is_curve:
            values = curve_bound(record, x, slack)
        elif record.kind == "splines":
            values = spline_bound(record, x, slack)
        elif record.kind == "chi2":
            values = chi2_bound(record, x, slack)
        elif record.kind == "missing":
            return np.zeros((len(X), record.task.n_outputs))
        else:
            return _coded(record, x, slack)
    return np.nan_to_num(values, nan=np.inf, posinf=np.inf)


def _normalized(record: Preprocess, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """x / N moves by (e + |y| |e|_N) / (N - |e|_N); rounding is that of a sum of F terms, a root and a quotient."""
    size, off = norm(record.name, x)[:, np.newaxis], norm(record.name, slack)[:, np.newaxis]
    limit = float(record.values[0])
    y = np.abs(x) / np.where(size < limit, 1.0, size)
    moved = np.where(size < limit, slack, (slack + y * off) / (size - off))
    sure = (np.abs(size - limit) > off + 1e-5 * limit) & (size - off > 0) | (size + off < 0.99 * limit)
    if record.name == "l2":  # squares leave the range of float
        sure &= (size < 1e18) & ((size > 1e-17) | (np.max(np.abs(x), axis=1, keepdims=True) == 0) | (size < 0.01 * limit))
    sure &= size < _LARGEST / 2
    return np.where(sure, moved + (x.shape[1] + 6) * _U32 * y + _TINY, np.inf)


def _products(record: Preprocess, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """The product of the intervals, and a rounding for each factor; what underflows on the way is small beside the largest part."""
    size = np.hstack([np.abs(x), np.ones((len(x), 1))])[:, record.terms]
    most = size + np.hstack([slack, np.zeros((len(x), 1))])[:, record.terms]
    degree = record.terms.shape[1]
    exact, upper = np.prod(size, axis=2), np.prod(most, axis=2)
    on_the_way = np.max(np.cumprod(np.maximum(most, 1.0), axis=2), axis=2)
    factors = np.count_nonzero(record.terms < x.shape[1], axis=1)
    total = (upper - exact) + np.maximum(factors - 1, 0) * 2 * _U32 * upper + (factors > 1) * degree * _TINY * on_the_way
    return np.where(on_the_way < _LARGEST, total, np.inf)


def _coded(record: Preprocess, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    unsure = indices(record, x - slack) != indices(record, x + slack) if record.kind == "bins" else slack > 0
    if len(record.codes):
        return np.where(unsure, np.inf, _U32 * np.nanmax(np.abs(record.codes), initial=0))
    return np.tile(np.where(np.any(unsure, axis=1, keepdims=True), 1.0, 0.0), (1, record.task.n_outputs))


def margin(record: Preprocess, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """A transformer has no classes."""
    return np.zeros((len(X), 1))
