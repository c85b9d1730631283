"""How far the device's answers may be from scikit-learn's, row by row.

Both are followed as radii around the scores that float64 gives for the device's tables: scikit-learn has other weights (those before
their rounding) and rounds in float64, the device rounds in its own arithmetic. A sum of n products that is rounded at every step, in
any order, fused or not, is off by at most gamma(n + 1) = (n + 1) u / (1 - (n + 1) u) times the sum of magnitudes (Higham, Accuracy
and Stability of Numerical Algorithms, 2nd ed., section 3.1).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..mlp.radii import DRIFT, LIBM
from . import digits
from .record import Affine, Linear
from .reference import reference

_U32, _U64 = 2.0**-24, 2.0**-53
_LARGEST = float(np.finfo(np.float32).max)

#: Products, or operands, below the smallest normal float may be flushed to zero.
_FLUSH = 2.0**-126

#: Below this score float64's own logistic function loses digits, and then is zero.
_VANISHED = -700.0


@dataclasses.dataclass
class _Scores:
    """Values that float64 gives for the tables, and how far apart scikit-learn and the device may be; rows x scores."""

    center: np.ndarray
    radius: np.ndarray


def bound(record: Linear, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; for ``predict`` of classes zero: there the margin decides.

    Infinite for rows whose sums may leave the range of float32.
    """
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), record.task.n_outputs))
    with np.errstate(all="ignore"):
        if op == "transform" and record.projection is not None:
            return _known(_sums(record.projection, record, X, error).radius)
        if record.digits is not None:
            part, size = record.scores, np.abs(X.astype(np.float64))
            rounding = _gamma(2 * (X.shape[1] + record.roundings) + 2, _U64) * (size @ part.size.T + part.shift + np.abs(record.digits.low))
            return _known(digits.off(record, X, reference(record, op, X), error, rounding))
        scores = _sums(record.scores, record, X, error)
        if op == "predict_proba":
            return np.minimum(_known(_probabilities(record, scores, X, error)), 1.0)
        if op == "decision_function" and record.first is not None:
            scores = _all_scores(record, scores, X, error)
        if op == "score_samples":
            scores = _plus(scores, _Scores(np.float64(record.level), np.float64(2 * _U32 * abs(record.level))))
        return _known(_exp(scores) if record.link == "exp" else scores.radius)


def margin(record: Linear, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`.

    Two scores that change places lie within the sum of their radii, rho; without ``decision_function`` the gap is one of probabilities
    p >= q: q >= p exp(-rho) and p + q <= 1, so p - q <= tanh(rho / 2).
    """
    with np.errstate(all="ignore"):
        radius = _known(_sums(record.scores, record, X, error, decides=True).radius)
        if record.task.kind == "classifier":  # class 0 has a score of zero, and no radius
            radius = np.sort(radius, axis=1)[:, -2:].sum(axis=1, keepdims=True)
        return radius if record.gap_op == "decision_function" else np.tanh(radius / 2) + 64 * _U64


def _known(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values, nan=np.inf, posinf=np.inf)


def _sums(part: Affine, record: Linear, X: np.ndarray, error: np.ndarray | None, decides: bool = False) -> _Scores:
    x = record.terms(X).astype(np.float64)
    error = record.doubt(X, error)
    size = np.abs(x)
    held, offset = part.held, part.held_bias
    total = size @ np.abs(held).T + np.abs(offset)
    center = x @ held.T + offset
    n = (record.n_features if record.is_categorical else x.shape[1]) + record.roundings
    sklearn = size @ np.abs(part.weights - held).T + np.abs(part.bias - offset)
    sklearn += _gamma(2 * n + 2, _U64) * (size @ part.size.T + part.shift + total)
    if part.is_integer and error is not None:
        sklearn += 2 * error @ np.abs(part.weights).T
    if part.is_integer:  # exact sums, then converted to float and multiplied by the unit
        return _Scores(center, sklearn + (0 if decides else 4 * _U32) * (np.abs(center) + sklearn) + _FLUSH)
    # Raw values: int32 and float64 are converted to float with one rounding, the other types without.
    converted = record.input in ("int32", "float64") and not (record.is_binary or record.is_categorical)
    wrong = size * 2 * _U32 + _FLUSH if converted else np.zeros_like(size)
    if error is not None:
        # X is what numpy has for the stage before; scikit-learn's values are within `error` of the device's and of these.
        sklearn += error @ np.abs(part.weights).T
        wrong = wrong + 2 * error
    spread = wrong @ np.abs(held).T
    terms = (record.n_features if record.is_categorical else len(part.columns)) + 1
    flushed = _FLUSH * (terms + (size + wrong).sum(axis=1, keepdims=True) + np.abs(held).sum(axis=1))
    device = spread + _gamma(terms, _U32) * (total + spread) + flushed
    overflow = ~((total + spread) * (1 + _gamma(terms, _U32)) < _LARGEST) | np.any(size > _LARGEST, axis=1, keepdims=True)
    return _Scores(center, np.where(overflow, np.inf, sklearn + device))


def _plus(a: _Scores, b: _Scores) -> _Scores:
    """Both added on the device, in float."""
    center = a.center + b.center
    largest = np.abs(a.center) + a.radius + np.abs(b.center) + b.radius
    return _Scores(center, a.radius + b.radius + _U32 * largest + _FLUSH)


def _all_scores(record: Linear, scores: _Scores, X: np.ndarray, error: np.ndarray | None) -> _Scores:
    assert record.first is not None
    first, others = _sums(record.first, record, X, error), _with_zero(scores)
    return _plus(others, first)


def _with_zero(scores: _Scores) -> _Scores:
    zero = np.zeros((len(scores.center), 1))
    return _Scores(np.hstack([zero, scores.center]), np.hstack([zero, scores.radius]))


def _exp(z: _Scores) -> np.ndarray:
    value = np.exp(z.center)
    largest = np.exp(z.center + z.radius)
    libm = LIBM + DRIFT * (np.abs(z.center) + z.radius)
    wrong = largest - value + largest * libm + 8 * _U64 * largest + _FLUSH
    return np.where(largest * (1 + libm) < _LARGEST, wrong, np.inf)


def _probabilities(record: Linear, scores: _Scores, X: np.ndarray, error: np.ndarray | None) -> np.ndarray:
    if scores.center.shape[1] == 1:
        one = scores.radius / 2 + 2 * _U32 if record.link == "clipped" else _logistic(scores)
        return np.repeat(one + _U32, 2, axis=1)
    if record.link == "softmax":
        z = _with_zero(scores)
        return _softmax(z.center, z.radius, z.center.max(axis=1, keepdims=True) - z.center)
    z = _all_scores(record, scores, X, error)
    if record.link == "clipped":
        return _clipped(z)
    # p is the softmax of log(logistic(z)), whose slope is at most one.
    largest = z.center.max(axis=1, keepdims=True)
    wrong = _softmax(-np.logaddexp(0, -z.center), z.radius, np.abs(z.center) + np.abs(largest))
    return np.where(largest - z.radius.max(axis=1, keepdims=True) < _VANISHED, 1.0, wrong)


def _logistic(z: _Scores) -> np.ndarray:
    def f(x: np.ndarray) -> np.ndarray:
        return np.where(x < 0, np.exp(-np.abs(x)), 1.0) / (1 + np.exp(-np.abs(x)))

    p, swing = f(z.center), np.maximum(f(z.center + z.radius) - f(z.center), f(z.center) - f(z.center - z.radius))
    # Of a large |z| the power is lost beside 1, or with p: |z| exp(-|z|) < 1.
    return swing + (p + swing) * (LIBM + DRIFT * (1 + np.maximum(z.radius - z.center, 0)) + 4 * _U32) + _FLUSH


def _softmax(logits: np.ndarray, radius: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Logits that move by at most d change p by at most p (1 - p) (exp(2 d) - 1): all others the other way is the worst.

    On the device, a power of exponent -depth has a relative error of u depth from rounding it and the libm's; dividing by the sum adds
    the mean of the others', the sum's gamma and one rounding more.
    """
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    n, most = p.shape[1], radius.max(axis=1, keepdims=True)
    swing = np.minimum((p + 1e-14) * (1 - p + 1e-14) * np.expm1(2 * most), 1.0)
    highest = np.minimum(p + swing, 1.0)
    relative = np.minimum(1.01 * (LIBM + 4 * _U32 + (DRIFT + _U32) * (depth + 2 * most + 1)), 1.0)
    others = np.minimum((highest * relative).sum(axis=1, keepdims=True), 1.0)
    slight = _gamma(8 * n + 16, _U64) * (1 + depth)
    return swing + highest * (relative + others + _gamma(n + 2, _U32)) * 1.01 + (n + 1) * _FLUSH + slight


def _clipped(z: _Scores) -> np.ndarray:
    """c / sum of c, with c = (1 + z) / 2 within 0 and 1: near a sum of zero anything may come out."""
    c = np.clip((z.center + 1) / 2, 0, 1)
    wrong = z.radius / 2 + 2 * _U32
    total, doubt = c.sum(axis=1, keepdims=True), wrong.sum(axis=1, keepdims=True)
    surely_none = np.all(z.center + z.radius < -1, axis=1, keepdims=True)
    quotient = np.where(total > doubt, (wrong + c / total * doubt) / (total - doubt), 1.0) + _gamma(c.shape[1] + 2, _U32)
    return np.where(surely_none, 2 * _U32, quotient)


def _gamma(n: int, unit: float) -> float:
    """Higham's gamma(n); beyond 10^7 terms of float32 it says nothing."""
    return n * unit / (1 - n * unit) if n * unit < 1 else np.inf
