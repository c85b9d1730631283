"""How far the device's answers may be from scikit-learn's, and how near a decision must be to come out either way.

Sums: what the integers lose, ``slack``; scikit-learn's own rounding, gamma(T + 2) of the magnitudes; on the device one conversion, one
product and one addition in float32. Links move these as :mod:`emlearn.families.mlp.radii` derives; a library that computes in float32
itself (``own_unit``) is one more device.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..mlp import radii
from ..trees.reference import leaves, unsure
from .categories import extended
from .record import Boosted, Embedding, Isolation, Median, Recoded, Summed, Votes
from .reference import affine, link_of, scores, sums

_U32, _U64 = 2.0**-24, 2.0**-53
_TINY = 2.0**-149


def bound(record: Any, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; none for classes, where the margin decides."""
    shape = (len(X), record.task.width(op))
    if isinstance(record, Recoded):  # a category that is off by anything is another
        unsafe = error is not None and bool(np.any(error))
        return np.full(shape, np.inf) if unsafe else bound(record.inner, op, extended(record, X))
    if error is not None and np.any(error):
        return np.where(unsure(record, X, error)[:, np.newaxis], np.inf, bound(record, op, X))
    if isinstance(record, Embedding) or (op == "predict" and record.task.is_discrete):
        return np.zeros(shape)
    if isinstance(record, Median):
        return _median(record, X)[:, None]
    with np.errstate(all="ignore"):
        return _numbers(record, op, X).reshape(shape)


def _numbers(record: Any, op: str, X: np.ndarray) -> np.ndarray:
    z = scores(record, X)
    theirs, ours = exact_error(record) + np.zeros_like(z), _float_error(record, X, z)
    if isinstance(record, Isolation):
        return _isolation(record, op, z, theirs, ours)
    if op == "decision_function":
        return theirs + ours
    link, factor = link_of(record)
    if link == "identity":
        return theirs + ours
    values, unit = _linked(link, factor, z, theirs, ours), _own_unit(record)
    if unit == _U32:
        values += _linked(link, factor, z, np.zeros_like(theirs), theirs)
    if link == "exp":
        return values
    values = np.minimum(values, 1.0)
    return np.repeat(values + _U32 + (unit if unit == _U32 else 0), 2, axis=1) if link == "logistic" else values


def _linked(link: str, factor: float, z: np.ndarray, theirs: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """What errors of scores, one in float64 and one in float32, make of the linked values."""
    layer = radii.Radii(factor * z, factor * theirs, factor * (ours + _U32 * (np.abs(z) + ours)), np.zeros(len(z), dtype=bool))
    a = radii.softmax(layer) if link == "softmax" else radii.activate("logistic" if link == "sigmoid" else link, layer)
    values = np.nan_to_num(a.sklearn + a.device, nan=np.inf, posinf=np.inf)
    values[a.overflow] = np.inf
    return values


def _own_unit(record: Any) -> float:
    """The unit roundoff of the estimator's own arithmetic."""
    return record.own_unit if isinstance(record, Summed) else _U64


def exact_error(record: Any) -> np.ndarray:
    """|scikit-learn's score - the device's before it is a float| at most, per column."""
    if isinstance(record, Votes):
        scale, _ = affine(record)
        lost = record.n_trees * 0.5 * (2 if record.n_classes == 2 else 1)
        return np.array([scale * lost + radii.gamma(4 * record.n_trees + 8, _U64) * 4])
    return record.slack + radii.gamma(record.n_trees + record.folded + 4, record.own_unit) * record.size + 2 * _U64 * record.size


def _float_error(record: Any, X: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The device's own rounding of integers to scores."""
    if isinstance(record, Votes):
        return 4.01 * _U32 * (np.abs(z) + abs(affine(record)[1]) * 2)
    whole = record.step * np.abs(sums(record, X))
    return 2.01 * _U32 * whole + 1.01 * _U32 * (np.abs(record.base) + np.abs(z)) + 4 * _TINY


def _isolation(record: Isolation, op: str, z: np.ndarray, theirs: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """-exp(w), w = -z ln 2 / length: its relative error is that of the power, and the libm's."""
    if record.length == 0:
        return np.full(z.shape, 8 * _U32) + (abs(record.offset) * _U32 if op == "decision_function" else 0)
    rate = math.log(2) / record.length
    w = rate * np.abs(z)
    base = rate * np.abs(record.base)
    power = rate * (theirs + ours) * 1.01 + 4 * _U32 * (w + 2 * base)
    score = np.abs(record.score(z))
    found = score * np.expm1(power) * 1.01 + score * (1 + power) * (radii.LIBM + radii.DRIFT * (w + power)) + 2 * _U32 * score
    return found + (2 * _U32 * (abs(record.offset) + score) if op == "decision_function" else 0) + 4 * _TINY


def margin(record: Any, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`.

    Two scores that change places lie within the sum of their errors R; then their probabilities differ by at most tanh(R / 2), as
    does |2 p - 1| of one score that changes sign within R. A detector's row is within twice the slack of its threshold, where the
    score has a slope of at most ln 2 / length.
    """
    shape = (len(X), record.task.n_outputs)
    if error is not None and np.any(error):
        unsafe = np.ones(len(X), bool) if isinstance(record, Recoded) else unsure(record, X, error)
        return np.where(unsafe[:, np.newaxis], np.inf, margin(record, X))
    record = record.inner if isinstance(record, Recoded) else record
    radius = exact_error(record)
    if isinstance(record, Isolation):
        slope = math.log(2) / record.length if record.length else 0.0
        return np.full(shape, slope * (2 * float(radius[0]) + 2 * record.step) + 8 * _U64)
    _, factor = link_of(record)
    pair = np.sort(radius)[-1] + (np.sort(radius)[-2] if len(radius) > 1 else radius[0] if isinstance(record, Votes) else 0.0)
    if isinstance(record, Boosted) and record.link == "step":  # a gap of scores
        return np.full(shape, float(pair))
    return np.full(shape, math.tanh(factor * float(pair) / 2) + 64 * _own_unit(record))


def _median(record: Median, X: np.ndarray) -> np.ndarray:
    """A float's rounding of the value; and the way to the next one where half of the weight is reached within its rounding."""
    rank = np.sort(leaves(record, X), axis=1)
    order = np.argsort(leaves(record, X), axis=1, kind="stable")
    reached = np.cumsum(record.weights[order], axis=1)
    half = record.weights.sum() / 2
    near = np.abs(reached - half) <= record.n_trees + 1
    values = record.leaves[rank, 0]
    step = np.abs(np.diff(values, axis=1))
    either = np.where(near[:, :-1], step, 0.0).sum(axis=1)
    return either + _U32 * np.abs(values).max(axis=1) + _TINY
