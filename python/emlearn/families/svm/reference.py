"""The answers in numpy, step by step as the device's kernels take them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..neighbors.reference import sums
from .record import Machine, pair_columns

_BLOCK = 1 << 20


def reference(record: Machine, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    rows = max(1, _BLOCK // len(record.points))
    with np.errstate(all="ignore"):
        blocks = [_answer(record, op, functions(record, X[start : start + rows])) for start in range(0, max(1, len(X)), rows)]
    return np.concatenate(blocks)


def device_gamma(record: Machine) -> np.float32:
    """gamma in the units of the device's sums."""
    return np.float32(record.gamma * record.unit**2 if record.kernel == "rbf" else record.gamma)


def functions(record: Machine, X: np.ndarray) -> np.ndarray:
    """Decisions before votes, float32 of shape (n_samples, n_functions)."""
    value = _kernels(record, X)
    out = np.repeat(record.intercept[np.newaxis], len(X), axis=0)
    if record.kernel == "linear":
        return out + value
    if not len(record.ends):
        for at in range(len(record.points)):
            out += record.coefficients[at] * value[:, at : at + 1]
        return out
    starts = [0, *record.ends[:-1].tolist()]
    for pair, own, _, column in pair_columns(len(record.ends)):
        for at in range(starts[own], int(record.ends[own])):
            out[:, pair] += record.coefficients[at, column] * value[:, at]
    return out


def _kernels(record: Machine, X: np.ndarray) -> np.ndarray:
    gamma, coef0 = device_gamma(record), np.float32(record.coef0)
    if record.kernel == "rbf":
        return np.exp(-gamma * sums(record, X).astype(np.float32))
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
    facts["features"] = record.n_features
    facts["decisions"] = record.n_functions
    facts["arithmetic"] = "distances in integers, the rest in float32" if record.arithmetic.startswith("whole") else "float32"
    if not linear:  # for the question whether it fits: what one vector takes
        facts["bytes per support vector"] = record.points[0].nbytes + record.coefficients[0].nbytes
    return facts
