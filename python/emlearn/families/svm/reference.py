"""The answers in numpy, step by step as the device's kernels take them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..neighbors.reference import sums
from . import pairwise
from .near import CUT, exponent, parts
from .near import kernels as near_kernels
from .products import with_starts
from .record import Machine

_BLOCK = 1 << 20


def reference(record: Machine, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    rows = max(1, _BLOCK // len(record.points))
    with np.errstate(all="ignore"):
        blocks = [_answer(record, op, functions(record, X[start : start + rows])) for start in range(0, max(1, len(X)), rows)]
    return np.concatenate(blocks)


def device_gamma(record: Machine) -> np.float32:
    """gamma in the units of the device's sums; of ``rbf`` in steps of 2^-22 of an exponent of a half."""
    if record.kernel != "rbf":
        return np.float32(record.gamma)
    return np.float32(min(exponent(record, record.unit) * 2.0**22, 1e30))


def functions(record: Machine, X: np.ndarray) -> np.ndarray:
    """Decisions before votes, float32 of shape (n_samples, n_functions)."""
    if record.is_fixed and record.integers is not None:
        return summed(record, X).astype(np.float32) * record.integers.units
    value = _kernels(record, X)
    out = np.repeat(record.intercept[np.newaxis], len(X), axis=0)
    if record.kernel == "linear":
        return out + value
    for function, mine, column in parts(record):
        own = np.zeros(len(X), np.float32) if len(record.ends) else out[:, function]
        for at in range(*mine.indices(len(record.points))):
            own += record.coefficients[at, column] * value[:, at]
        if len(record.ends):
            out[:, function] += own
    return out


def summed(record: Machine, X: np.ndarray) -> np.ndarray:
    """The same in integers, int32 or int64."""
    value = near_kernels(record, X)
    if record.kernel == "linear":
        return (value + record.intercept.astype(np.int64)).astype(record.sum_type)
    out = np.repeat(record.intercept[np.newaxis].astype(np.int64), len(X), axis=0)
    for function, mine, column in parts(record):
        out[:, function] += value[:, mine] @ record.coefficients[mine, column].astype(np.int64)
    return out.astype(record.sum_type)


def _kernels(record: Machine, X: np.ndarray) -> np.ndarray:
    gamma, coef0 = device_gamma(record), np.float32(record.coef0)
    if record.kernel == "rbf":
        halvings = gamma * sums(record, X).astype(np.float32) * np.float32(2.0**-22)
        return np.where(halvings < CUT, np.exp2(-halvings), np.float32(0))
    x, dot = X.astype(np.float32), np.zeros((len(X), len(record.points)), np.float32)
    for i in range(record.n_features):
        dot += x[:, i : i + 1] * record.points[:, i]
    if record.kernel == "linear":
        return dot
    z = gamma * dot + coef0
    if record.kernel == "sigmoid":
        return np.tanh(z)
    power = np.ones_like(z)
    for _ in range(record.degree):
        power = power * z
    return power


def ovr(decisions: np.ndarray, n_classes: int) -> np.ndarray:
    """scikit-learn's ``_ovr_decision_function`` of the pairs' decisions, in their dtype."""
    total = np.zeros((len(decisions), n_classes), decisions.dtype)
    votes, pair = np.zeros_like(total), 0
    for i in range(n_classes):
        for j in range(i + 1, n_classes):
            d = decisions[:, pair]
            total[:, i] += d
            total[:, j] -= d
            votes[:, i] += ~(d < 0)
            votes[:, j] += d < 0
            pair += 1
    return votes + total / (3 * (np.abs(total) + 1))


def _answer(record: Machine, op: str, values: np.ndarray) -> np.ndarray:
    n_classes = record.task.n_classes[0] if record.task.n_classes else 0
    if record.role == "value":
        return values
    if record.role == "detector":
        if op == "predict":
            return np.where(values > 0, 1, -1).astype(np.int32)
        return values if op == "decision_function" else values + np.float32(record.offset)
    if op == "predict_proba":
        return pairwise.coupled(pairwise.shares(values, record.sigmoids), n_classes)
    if record.role == "binary":
        return (~(values < 0)).astype(np.int32) if op == "predict" else values
    if op == "decision_function":
        return ovr(values, n_classes) if record.shape == "ovr" else values
    if record.break_ties:
        return np.argmax(ovr(values, n_classes), axis=1).astype(np.int32)[:, np.newaxis]
    votes = np.zeros((len(values), n_classes), np.int32)
    pair = 0
    for i in range(n_classes):
        for j in range(i + 1, n_classes):
            first = values[:, pair] > 0
            votes[:, i] += first
            votes[:, j] += ~first
            pair += 1
    return np.argmax(votes, axis=1).astype(np.int32)[:, np.newaxis]


def describe(record: Machine) -> dict[str, Any]:
    """See :class:`emlearn.registry.Family`."""
    linear = record.kernel == "linear"
    facts: dict[str, Any] = {"model": f"kernel machine, {record.task.kind}", "kernel": record.kernel}
    facts["vectors of weights" if linear else "support vectors"] = len(record.points)
    if record.left_out:
        facts["left out by max_points"] = f"{record.left_out}, which change a decision by at most {record.residual.max():.3g}"
    facts["features"] = record.n_features
    facts["decisions"] = record.n_functions
    own = {"real": "float32", "weighted": "float32"}
    whole = f"integers, sums of {record.sum_bits + 1} bits: no overflow for any raw value"
    facts["arithmetic"] = whole if record.is_fixed else own.get(record.arithmetic, "distances in integers, the rest in float32")
    if not linear:  # for the question whether it fits: what one vector takes
        facts["bytes per support vector"] = with_starts(record)[0].nbytes + record.coefficients[0].nbytes
    return facts
