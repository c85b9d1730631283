"""How far the device's answers may be from scikit-learn's, row by row.

Every term bounds one source of error in ``joint[k] = constant - sum z^2``; the letters follow docs/models/gaussian.md. Sums are
bounded for any order, fused or not. Everything is relative to the joint that exact arithmetic makes of the record's tables.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .fixed import FixedGaussian
from .record import Gaussian

_U = 2.0**-24
_U64 = 2.0**-53
#: expf and logf: 4 units in the last place.
_LIBM = 4 * 2.0**-23
#: Chips that flush subnormals to zero lose this much.
_FLUSH = 2.0**-126
#: Sums from here on may saturate on the device.
_HUGE = 9e37
#: Stands for infinity where two are subtracted.
_FAR = 1e300
#: For products of the small errors themselves.
_SECOND_ORDER = 1.001


class _Unit:
    """Relative errors of one arithmetic over n features."""

    def __init__(self, arithmetic: str, n: int) -> None:
        u2 = _U * _U
        plain = arithmetic == "plain_float"
        self.plain = plain
        self.table = _U if plain else u2
        self.product = _U if plain else 24 * u2
        self.column = (n + 2) * _U if plain else (40 + 3 * n) * u2
        self.sum = (n + 2) * _U if plain else (32 + 3 * n) * u2
        self.last = _U if plain else 8 * u2

    def difference(self, x: np.ndarray, m: np.ndarray, d: np.ndarray) -> np.ndarray:
        """The error of x - m, conversion of x included."""
        if self.plain:
            return 2 * np.abs(x - x.astype(np.float32).astype(np.float64)) + _U * np.abs(d) + _FLUSH
        return 6 * _U * _U * (np.abs(x) + np.abs(m)) + _FLUSH


def joints(
    record: Gaussian, X: np.ndarray, arithmetic: str, error: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Joint log-likelihoods of raw rows and the errors that they may have.

    Parameters
    ----------
    record : Gaussian
        Finished or not.
    X : ndarray of shape (n_samples, n_features)
        Raw values of the record's type.
    arithmetic : str
        A key of ``ARITHMETICS``, for the device's errors.
    error : ndarray of shape (n_samples, n_features), optional
        How far X may be from what the device and scikit-learn have.

    Returns
    -------
    joint : ndarray of shape (n_samples, K), float64
    arithmetic, table, peer : ndarray of shape (n_samples, K), float64
        Bounds on the errors of the device's arithmetic, of the rounding of the tables to its words, and of scikit-learn's own
        arithmetic.
    """
    x = X.astype(np.float64)
    before = np.zeros_like(x) if error is None else error
    parts = []
    with np.errstate(all="ignore"):
        for k in range(record.n_components):
            parts.append(_component(record, k, x, before, _Unit(arithmetic, record.n_features)))
    joint, *errors = (np.stack(columns, axis=1) for columns in zip(*parts, strict=True))
    return joint, *(np.where(np.isnan(values), np.inf, values) for values in errors)  # type: ignore[return-value]


def _component(record: Gaussian, k: int, x: np.ndarray, before: np.ndarray, unit: _Unit) -> tuple[np.ndarray, ...]:
    n, peer = record.n_features, record.peer
    m, c = record.values("mean")[k], record.values("constant")[k]
    d = x - m
    ax, ad, am = np.abs(x), np.abs(d), np.abs(m)
    device = unit.difference(x, m, d) + before
    table = unit.table * am + 2.0**-149
    reach = ax + am + 2 * peer.shift
    own = _U64 * ((peer.steps + 4) * reach) + before
    tiny = (n + 12) * _U64
    if record.is_triangular:
        p = record.matrix(k)
        ap = np.abs(p)
        z, terms = d @ p, ad @ ap
        errors = [
            device @ ap + unit.column * terms + _FLUSH,
            table @ ap + unit.table * terms + 2.0**-148 * ad.sum(axis=1, keepdims=True),
            own @ ap + tiny * terms + ((n + 12) * peer.unit * (reach @ ap) if peer.expanded else 0),
        ]
        # Sums of n products of n sums, the root and its square; and the factor, whose products are the matrix up to (n + 2) roundings.
        extra = (4 * n + 16) * peer.unit * np.sum(terms * terms, axis=1) if peer.quadratic else 0.0
    else:
        s = record.values("scale")[k]
        z = d * s
        az = np.abs(z)
        errors = [device * s + unit.product * az + _FLUSH, table * s + unit.table * az + 2.0**-148 * ad, own * s + 8 * _U64 * az]
        extra = (n + 12) * peer.unit * np.sum(np.square(reach * s), axis=1) if peer.expanded else 0.0
    az = np.abs(z)
    total = np.sum(az * az, axis=1)
    squares = [np.sum((2 * az + error) * error, axis=1) * _SECOND_ORDER for error in errors]
    largest = total + squares[0]
    in_device = squares[0] + unit.sum * largest * _SECOND_ORDER + unit.last * (abs(c) + largest)
    in_table = squares[1] + unit.table * abs(c)
    in_peer = squares[2] + extra + tiny * (total + squares[2]) + (n + 12) * peer.unit * (abs(c) + 100 * n) + 4 * _U64 * (abs(c) + total)
    in_device = np.where((largest < _HUGE) & np.all(ad < 2.0**114, axis=1), in_device, np.inf)
    return c - total, in_device, in_table, in_peer


def errors(
    record: Gaussian | FixedGaussian, X: np.ndarray, error: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """:func:`joints` of a finished record in its own arithmetic."""
    if isinstance(record, Gaussian):
        return joints(record, X, record.arithmetic, error)
    joint, moved, table, peer = joints(record.unrounded, X, "two_float", error)
    own = record.rounding(X) + record.beyond(X)
    return joint, own if error is None else own + moved, np.zeros_like(table), 2 * peer  # once more for this float64


def bound(record: Gaussian | FixedGaussian, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    if op == "predict":
        return np.zeros((len(X), 1))
    joint, arithmetic, table, peer = errors(record, X, error)
    k = record.n_components
    constant = np.abs((record if isinstance(record, Gaussian) else record.unrounded).values("constant"))
    if record.is_detector:
        total = arithmetic + table + peer
        return total + 4 * _U * (np.abs(joint) + constant + total)
    if op == "decision_function":
        total = arithmetic + table + peer + 4 * _U * (np.abs(joint) + constant)
        if k == 2:
            total = total.sum(axis=1, keepdims=True)
        return np.where(np.isnan(total), np.inf, total * (1 + 4 * _U))
    with np.errstate(all="ignore"):
        gap = np.max(joint, axis=1, keepdims=True) - joint
        arithmetic = arithmetic + 3 * _U * gap  # the difference to the best as a float, in nats
        sum_error = (_LIBM + (k + 1) * _U) * _SECOND_ORDER
        if op == "predict_proba":
            low, high = _softmax_range(joint, np.maximum(arithmetic, table + peer))
            # scikit-learn subtracts a rounded logsumexp, so that its probabilities need not sum to one.
            normalised = np.expm1(4 * _U64 * np.abs(np.max(joint, axis=1, keepdims=True)))
            result = high - low + high * ((_LIBM + _U + sum_error) * _SECOND_ORDER + normalised) + k * _FLUSH + 2.0**-50
        else:
            total = arithmetic + table + peer
            middle, up, down = (_logsumexp(values)[:, np.newaxis] for values in (joint, joint + total, joint - total))
            shift = np.maximum(up - middle, middle - down)
            result = shift + sum_error + _LIBM * np.log(k) + 4 * _U * (np.abs(middle) + shift)
            if isinstance(record, Gaussian) and record.is_density:
                result += _tree_rounding(record, middle)
    return np.where(np.isnan(result), np.inf, result)


def _tree_rounding(record: Gaussian, density: np.ndarray) -> np.ndarray:
    """Of scikit-learn's KernelDensity: per node it adds and subtracts logarithms of sums that reach that of all kernels at their peak.

    Each rounds the logarithm, of at most log(K) + 4: what is left is an error of the sum, and none of its digits may be left far away.
    """
    k, peak = record.n_components, _logsumexp(record.values("constant")[np.newaxis])
    off = 8 * (record.tree_nodes + 1) * (np.log(k) + 4) * _U64 * np.exp(np.minimum(peak - density, 700))
    return np.where(off < 0.5, -np.log1p(-np.minimum(off, 0.5)), np.inf) + 32 * k * _U64 * (np.abs(density) + 100)


def margin(record: Gaussian | FixedGaussian, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`.

    The device can only prefer class k to scikit-learn's best b where joint[b] - joint[k] <= error[b] + error[k], so where
    p[b] - p[k] <= 1 - exp(-(error[b] + error[k])). A detector's is the error of its decision.
    """
    joint, arithmetic, table, peer = errors(record, X, error)
    total = arithmetic + table + peer
    if record.is_detector:
        return total
    with np.errstate(all="ignore"):
        candidate = joint + total >= np.max(joint - total, axis=1, keepdims=True)
        candidate |= ~np.isfinite(total)
        largest = np.sort(np.where(candidate, total, 0), axis=1)[:, -2:].sum(axis=1)
        rounding = 4 * np.max(np.where(candidate, peer, 0), axis=1) + 2.0**-48
        result = np.where(np.count_nonzero(candidate, axis=1) > 1, -np.expm1(-largest) + rounding, 0.0)
    return np.where(np.isnan(result), np.inf, result)[:, np.newaxis]


def _softmax_range(joint: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and largest probabilities that joints within `error` can have."""
    if joint.shape[1] == 1:
        return np.ones_like(joint), np.ones_like(joint)
    up, down = np.clip(joint + error, -_FAR, _FAR), np.clip(joint - error, -_FAR, _FAR)
    return 1 / (1 + np.exp(_others(up) - down)), 1 / (1 + np.exp(_others(down) - up))


def _others(values: np.ndarray) -> np.ndarray:
    """For each column, the logsumexp of the others; that of the largest is summed apart, where the difference would cancel."""
    rows, top = np.arange(len(values)), np.argmax(values, axis=1)
    largest = values[rows, top][:, np.newaxis]
    terms = np.exp(values - largest)
    rest = values.copy()
    rest[rows, top] = -np.inf
    terms_of_rest = terms.sum(axis=1, keepdims=True) - terms
    terms_of_rest[rows, top] = 1
    result = largest + np.log(terms_of_rest)
    result[rows, top] = _logsumexp(rest)
    return result


def _logsumexp(values: np.ndarray) -> np.ndarray:
    top = np.max(values, axis=1)
    return np.where(np.isfinite(top), top + np.log(np.sum(np.exp(values - top[:, np.newaxis]), axis=1)), top)
