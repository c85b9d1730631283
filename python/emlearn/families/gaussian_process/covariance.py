"""The kernel in numpy: in the device's float32, or in float64 with the error that both sides may have.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...functions import FUNCTIONS, cosine_of_turns
from .record import Factor, Process, Term

_U, _U64 = 2.0**-24, 2.0**-53
#: Relative errors of include/emlearn/detail/exponential.hpp.
_EXP, _LOG = 2.0**-22, 2.0**-21
#: Chips that flush subnormals to zero lose this much; powers below it are zero on the device.
_FLUSH, _VANISHED = 2.0**-126, 2.0**-110
#: Distances from here on count as this on the device.
_FAR = np.float32(1e30)


def device(record: Process, X: np.ndarray) -> np.ndarray:
    """The covariances of rows with all points as the device has them, float32 of shape (n_samples, n)."""
    x, points = X.astype(np.float32), record.held("points")
    total = np.zeros((len(x), len(points)), np.float32)
    for term in record.shared:
        value = np.full_like(total, term.coefficient)
        for factor in term.factors:
            value = value * _function(factor, _sum(factor, x, points), np.float32)
        total = total + value
    return total


def device_itself(record: Process, X: np.ndarray) -> np.ndarray:
    """That of rows with themselves, float32 of shape (n_samples,)."""
    x = X.astype(np.float32)
    total = np.full(len(x), constant(record), np.float32)
    for term in varying(record):
        value = np.full(len(x), term.coefficient, np.float32)
        for factor in (factor for factor in term.factors if factor.kind == "dot"):
            z = x * factor.scale.astype(np.float32)
            value = value * ((z * z).sum(axis=1, dtype=np.float32) + np.float32(factor.parameter))
        total = total + value
    return total


def constant(record: Process) -> float:
    """What terms that are the same for every row add to its covariance with itself."""
    return sum(term.coefficient for term in record.terms if not _varies(term))


def varying(record: Process) -> list[Term]:
    """The other terms."""
    return [term for term in record.terms if _varies(term)]


def _varies(term: Term) -> bool:
    return any(factor.kind == "dot" for factor in term.factors)


def _sum(factor: Factor, x: np.ndarray, points: np.ndarray) -> np.ndarray:
    scale = factor.scale.astype(x.dtype)
    total = np.zeros((len(x), len(points)), x.dtype)
    for i in range(x.shape[1]):
        if factor.kind == "dot":
            total += (x[:, i : i + 1] * scale[i]) * (points[:, i] * scale[i])
        else:
            z = (x[:, i : i + 1] - points[:, i]) * scale[i]
            total += z * z
    return total if factor.kind == "dot" else np.where(total < _FAR, total, _FAR.astype(x.dtype))


def _function(factor: Factor, d: np.ndarray, dtype: type) -> np.ndarray:
    if factor.kind == "dot":
        return d + dtype(factor.parameter)
    if factor.kind == "rbf":
        return np.exp(-d)
    if factor.kind == "rational":
        return np.exp(-dtype(factor.parameter) * np.log1p(d))
    r = np.sqrt(d)
    if factor.kind == "periodic":
        return np.exp(-dtype(factor.parameter) * (dtype(1) - cosine_of_turns(r)))
    polynomial = {"matern1": 1, "matern3": 1 + r, "matern5": 1 + r + d / dtype(3)}[factor.kind]
    return polynomial * np.exp(-r)


def _times(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The product of numbers with errors, rounded."""
    (a, e), (b, f) = first, second
    value = a * b
    largest = (np.abs(a) + e) * (np.abs(b) + f)
    return value, largest - np.abs(value) + _U * largest + _FLUSH


def bounded(record: Process, X: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The covariances of rows with all points, and how far the device and scikit-learn together may be from them; (n_samples, n)."""
    total = np.zeros((len(X), len(record.points)))
    wrong, size = np.zeros_like(total), np.zeros_like(total)
    for term in record.shared:
        part = np.full_like(total, term.coefficient), np.full_like(total, _U * abs(term.coefficient))
        for factor in term.factors:
            part = _times(part, _factor(record, factor, X.astype(np.float64), error))
        total, wrong, size = total + part[0], wrong + part[1], size + np.abs(part[0])
    return total, wrong + len(record.shared) * _U * (size + wrong) + 8 * _U64 * size


def bounded_itself(record: Process, X: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those with themselves; (n_samples,)."""
    total = np.full(len(X), constant(record))
    wrong, size = 2 * _U * np.abs(total), np.abs(total)
    ax = np.abs(X.astype(np.float64))
    n = X.shape[1]
    for term in varying(record):
        part = np.full(len(X), term.coefficient), np.full(len(X), _U * abs(term.coefficient))
        for factor in (factor for factor in term.factors if factor.kind == "dot"):
            z, off = ax * factor.scale, (_lost(X) + error) * factor.scale
            square = (z * z).sum(axis=1)
            doubt = ((2 * z + off) * off).sum(axis=1) + (n + 8) * _U * ((z + off) ** 2).sum(axis=1) + 2 * _U * abs(factor.parameter)
            doubt += (record.steps + n + 8) * _U64 * square + n * _FLUSH
            part = _times(part, (square + factor.parameter, doubt))
        total, wrong, size = total + part[0], wrong + part[1], size + np.abs(part[0])
    return total, wrong + len(record.terms) * _U * (size + wrong)


def _lost(X: np.ndarray) -> np.ndarray:
    x = X.astype(np.float64)
    return 2 * np.abs(x - x.astype(np.float32).astype(np.float64))


def _factor(record: Process, factor: Factor, x: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, ax, lost = x.shape[1], np.abs(x), _lost(x)
    shape = len(x), len(record.points)
    d, off = np.zeros(shape), np.zeros(shape)
    for i in range(n):
        p, s = record.points[:, i], factor.scale[i]
        doubt = lost[:, i : i + 1] + error[:, i : i + 1]
        reach = ax[:, i : i + 1] + np.abs(p) + 2 * record.shift[i]
        if factor.kind == "dot":
            d += x[:, i : i + 1] * p * s * s
            own = np.abs(x[:, i : i + 1] * p) * ((n + 8) * _U + (record.steps + n + 8) * _U64)
            off += s * s * (doubt * np.abs(p) + own) + _FLUSH
            continue
        z = np.abs((x[:, i : i + 1] - p) * s)
        wrong = s * (doubt + _U * np.abs(p) + (record.steps + 6) * _U64 * reach) + 4 * _U * z + _FLUSH
        d += z * z
        off += (2 * z + wrong) * wrong
    if factor.kind == "dot":
        value = d + factor.parameter
        return value, off + 2 * _U * (abs(factor.parameter) + np.abs(value) + off)
    off += (n + 2) * (_U + _U64) * (d + off) + n * _FLUSH
    return _of_distance(factor, np.minimum(d, float(_FAR)), off)


def _of_distance(factor: Factor, d: np.ndarray, off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The function of a distance within `off` of d; and its own rounding."""
    value = _function(factor, d, np.float64)
    low, high = np.maximum(d - off, 0), d + off
    if factor.kind == "periodic":  # rises and falls; a cosine's slope is 2 pi at most
        r = np.sqrt(high)
        wave = FUNCTIONS["cosine_of_turns"].error(r, r - np.sqrt(low) + 4 * _U * r)
        moved = value * np.expm1(np.minimum(factor.parameter * (wave + 8 * _U), 50))
        return value, np.minimum(moved, 1.0) + _EXP + 2 * _U + _VANISHED
    most = _function(factor, low, np.float64)  # the others fall
    moved = np.maximum(most - value, value - _function(factor, high, np.float64))
    if factor.kind == "rational":
        power = factor.parameter * np.log1p(high)
        exponent = 2 * _U * factor.parameter + power * (_LOG + 4 * _U)
        return value, moved + most * np.expm1(exponent) * (1 + _EXP) + most * (_EXP + 2 * _U) + _VANISHED
    if factor.kind == "rbf":
        return value, moved + most * (_EXP + 2 * _U) + _VANISHED
    r, decay = np.sqrt(high), np.exp(-np.sqrt(low))
    slope = {"matern1": 1, "matern3": r, "matern5": r * (1 + r) / 3}[factor.kind] * decay  # of the function over r
    return value, moved + 2 * _U * r * slope + most * (_EXP + 8 * _U) + _VANISHED
