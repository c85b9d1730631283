"""The answers in numpy, float32 as on the device, but for libm and fused multiply-adds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .covariance import device, device_itself
from .record import Process
from .squash import device_probability

_BLOCK = 1 << 20


def reference(record: Process, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    rows = max(1, _BLOCK // len(record.points))
    with np.errstate(all="ignore"):
        return np.concatenate([_answer(record, op, X[start : start + rows]) for start in range(0, max(1, len(X)), rows)])


def _answer(record: Process, op: str, X: np.ndarray) -> np.ndarray:
    k = device(record, X)
    mean = np.repeat(record.held("offset")[np.newaxis], len(X), axis=0)
    for t, weights in enumerate(record.held("weights")):
        mean += k[:, t : t + 1] * weights
    if op == "predict":
        return (mean > 0).astype(np.int32) if record.task.is_discrete else mean
    z = k @ np.tril(record.whitening).astype(np.float32).T
    left = np.maximum(device_itself(record, X) - (z * z).sum(axis=1, dtype=np.float32), np.float32(0))
    if op == "predict_std":
        return np.sqrt(left)[:, np.newaxis] * record.held("unit")
    p = device_probability(mean[:, 0], left)
    return np.column_stack([np.float32(1) - p, p])


def describe(record: Process) -> dict[str, Any]:
    """See :class:`emlearn.registry.Family`."""
    n = len(record.points)
    facts: dict[str, Any] = {"model": f"Gaussian process, {record.task.kind}", "training points": n, "features": record.n_features}
    factors = [" ".join(factor.kind for factor in term.factors) or "constant" for term in record.shared]
    facts["kernel"] = " + ".join(factors)
    facts["bytes for predict"] = 4 * n * (record.n_features + record.task.n_outputs)
    if record.whitening.size:
        facts["bytes more for the variance"] = 2 * n * (n + 1)
    return facts
