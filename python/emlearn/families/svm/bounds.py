"""How far kernels, decisions and votes on the device may be from scikit-learn's.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...gaps import gap_of_best
from ..neighbors.bounds import sums
from . import pairwise
from .near import CUT, parts
from .products import argument_step, held
from .record import Machine
from .reference import ovr

_U, _U64 = 2.0**-24, 2.0**-53
_FLUSH = 2.0**-125
#: Of include/emlearn/detail/halves.hpp, its argument's last step included, and of a tanh made of exponential.hpp.
_EXP, _TANH = 2.0**-20, 2.0**-20
#: Of include/emlearn/detail/chords.hpp, rounding down included; what counts as zero is less.
_CHORD = 1.8 * 2.0**-15
#: Of a tanh in integers: those of its exponential, at most twice, of its quotient, and of one that is a step less.
_FALL, _FALL_WIDE = (2 * 1.8 + 3) * 2.0**-15, 2 * _EXP + 4 * 2.0**-31
#: Values of the device from here on may overflow.
_HUGE = 1e37
_BLOCK = 1 << 20


def kernels(record: Machine, X: np.ndarray, error: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Each support vector's kernel in float64, and how far the device and scikit-learn may be apart; both (n_samples, n)."""
    if record.kernel == "rbf":
        total, wide = sums(record, X, error, _loss(record))
        t, off = record.gamma * total, record.gamma * wide + 4 * (_U + _U64) * record.gamma * total
        value = np.exp(-t)
        if record.is_fixed and record.integers is not None:  # the exponent's scale, and the last bits of it that a line leaves out
            off += t / record.integers.scale + 2.0**-20
            lost = value * _EXP + 2.0**-30 if record.is_wide else _CHORD
            return value, np.minimum(value * np.expm1(np.minimum(off, 700)) * 1.01, 1.0) + lost
        return value, np.minimum(value * (np.expm1(np.minimum(off, 700)) + _EXP) * 1.01, 1.0) + 2.0**-CUT
    x = X.astype(np.float64)
    before = np.zeros_like(x) if error is None else error
    lost = np.abs(x - x.astype(np.float32).astype(np.float64))
    vectors = np.abs(record.exact_points)
    own = before + _U64 * (record.steps + 2) * (np.abs(x) + 2 * record.shift)
    n = record.n_features
    u = _U64 if record.is_fixed else _U + _U64  # integers are rounded apart from float
    terms = np.abs(x) @ vectors.T
    off = (own + lost) @ vectors.T * 2 + (n + 3) * u * ((np.abs(x) + own + lost) @ vectors.T) + n * _FLUSH
    z = x @ record.exact_points.T
    if len(record.offsets):
        z, terms = z + record.offsets, terms + record.shift @ vectors.T
    if record.kernel == "linear":
        off += _U64 * (record.steps + n + 8) * ((np.abs(x) + own + 2 * record.shift) @ record.magnitude.T)
        if record.is_fixed:
            off += np.abs(x) @ np.abs(record.exact_points - held(record)).T
        return z, np.where(terms < _HUGE, off, np.inf)
    z, off = record.gamma * z + record.coef0, record.gamma * off
    off += 4 * u * (record.gamma * terms + abs(record.coef0))
    rounding = 0.0
    if record.is_fixed and record.integers is not None:  # vectors, half a step of the start and of the argument, and its edge
        off += np.abs(x) @ np.abs(record.gamma * record.exact_points - held(record)).T + 2 * argument_step(record)
        off += np.maximum(np.abs(z) + off - record.integers.edge + argument_step(record), 0.0)
        rounding = record.degree / record.integers.one
    if record.kernel == "sigmoid":
        lost = (_FALL_WIDE if record.is_wide else _FALL) if record.is_fixed else _TANH
        return np.tanh(z), np.where(terms < _HUGE, np.minimum(off + lost, 2.0), np.inf)
    power = z**record.degree
    spread = (np.abs(z) + off) ** record.degree - np.abs(power)
    largest = np.abs(power) + spread
    return power, np.where(largest < _HUGE, spread + rounding + (record.degree + 2) * u * largest + _FLUSH, np.inf)


def _loss(record: Machine) -> tuple[np.ndarray, np.ndarray] | None:
    """What whole weighted differences lose: less than one unit, and half a step of the weight."""
    if record.integers is None or not len(record.integers.factors):
        return None
    return np.full(record.n_features, record.unit), 0.5 / record.integers.factors


def decisions(record: Machine, X: np.ndarray, error: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The functions in float64, and their errors; both (n_samples, n_functions)."""
    value, off = kernels(record, X, error)
    unit = record.integers.units.astype(np.float64) if record.is_fixed and record.integers is not None else np.ones(record.n_functions)
    intercept = record.intercept.astype(np.float64) * unit
    if record.kernel == "linear":
        off = off + unit if record.is_fixed else off  # half a step of the intercept, and more
        return value + intercept, off + 3 * (_U + _U64) * (np.abs(value) + np.abs(intercept))
    result, wide = np.repeat(intercept[np.newaxis], len(X), axis=0), np.zeros((len(X), record.n_functions))
    size = np.repeat(np.abs(intercept)[np.newaxis], len(X), axis=0)
    if record.is_fixed:
        wide += unit  # half a step of the intercept, and more
    for function, mine, column in parts(record):
        c = record.exact_coefficients[mine, column]
        result[:, function] += value[:, mine] @ c
        wide[:, function] += off[:, mine] @ np.abs(c)
        if record.is_fixed and record.integers is not None:
            kept = record.coefficients[mine, column].astype(np.float64) * unit[function] * record.integers.one
            wide[:, function] += (np.abs(value[:, mine]) + off[:, mine]) @ np.abs(c - kept)
        size[:, function] += (np.abs(value[:, mine]) + off[:, mine]) @ np.abs(c)
    wide += (len(record.points) + record.left_out + 4) * (_U + _U64) * size
    if len(record.residual):
        wide += record.residual
    return result, np.where(np.isnan(wide) | ~(size < _HUGE), np.inf, wide)


def bound(record: Machine, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), 1))
    blocks = [_bound(record, op, *decisions(record, rows, off)) for rows, off in _blocks(record, X, error)]
    return np.concatenate(blocks)


def _bound(record: Machine, op: str, value: np.ndarray, wide: np.ndarray) -> np.ndarray:
    if op == "predict_proba":
        return pairwise.bound(record.sigmoids.astype(np.float64), record.task.n_classes[0], value, wide)
    if record.shape == "ovr":
        return _ovr_bound(record, value, wide)
    if op == "score_samples":
        return wide + 3 * _U * (np.abs(value) + wide + abs(record.offset))
    return wide


def _ovr_bound(record: Machine, value: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """A third of what the sums of decisions may be off, and a vote for each pair that is undecided."""
    n = record.task.n_classes[0]
    result, pair = np.zeros((len(value), n)), 0
    for i in range(n):
        for j in range(i + 1, n):
            undecided = ~(np.abs(value[:, pair]) > wide[:, pair])
            off = np.where(np.isfinite(wide[:, pair]), wide[:, pair], 2.0) / 3 + undecided + 2 * n * _U * (np.abs(value[:, pair]) + 1)
            result[:, i] += off
            result[:, j] += off
            pair += 1
    return result + 8 * _U * n


def margin(record: Machine, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """Infinite for rows that an error could move to another answer, zero for the others."""
    blocks = []
    for rows, off in _blocks(record, X, error):
        value, wide = decisions(record, rows, off)
        open_pair = ~(np.abs(value) > wide)
        if record.break_ties:
            close = gap_of_best(ovr(value, record.task.n_classes[0])) <= 2 * _ovr_bound(record, value, wide).max(axis=1)
        else:
            close = open_pair.any(axis=1)
        blocks.append(np.where(close, np.inf, 0.0)[:, np.newaxis])
    return np.concatenate(blocks)


def _blocks(record: Machine, X: np.ndarray, error: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray | None]]:
    rows = max(1, _BLOCK // (4 * len(record.exact_points)))
    starts = range(0, max(1, len(X)), rows)
    return [(X[start : start + rows], None if error is None else error[start : start + rows]) for start in starts]
