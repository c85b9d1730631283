"""The answers in numpy, float32 as on the device.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...functions import FUNCTIONS
from .chi2 import chi2
from .curves import curve
from .record import KINDS, NONE, Preprocess
from .splines import splines


def reference(record: Preprocess, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    with np.errstate(all="ignore"):
        x = X.astype(np.float32)
        if record.kind == "function":
            return FUNCTIONS[record.name].of(x).astype(np.float32)
        if record.kind == "binarize":
            return (x > record.values[0]).astype(np.float32)
        if record.kind == "normalize":
            size = norm(record.name, x)[:, np.newaxis]
            return x / np.where(size < record.values[0], np.float32(1), size)
        if record.kind == "polynomial":
            return products(record, x)
        if record.is_curve:
            return curve(record, x)
        if record.kind == "splines":
            return splines(record, x, record.values.reshape(record.n_features, -1))
        if record.kind == "chi2":
            return chi2(record, x)
        if record.kind == "missing":
            return np.isnan(x[:, record.terms[:, 0]]).astype(np.float32)
        return coded(record, indices(record, x))


def norm(name: str, x: np.ndarray) -> np.ndarray:
    """Of each row, summed in order."""
    if name == "max":
        return np.max(np.abs(x), axis=1)
    total = np.zeros(len(x), x.dtype)
    for i in range(x.shape[1]):
        total = total + (np.abs(x[:, i]) if name == "l1" else x[:, i] * x[:, i])
    return total if name == "l1" else np.sqrt(total)


def products(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """Of the features in each row of terms, from left to right."""
    extended = np.hstack([x, np.ones((len(x), 1), x.dtype)])
    y = np.ones((len(x), len(record.terms)), x.dtype)
    for k in range(record.terms.shape[1]):
        y = y * extended[:, record.terms[:, k]]
    return y


def indices(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """Which category or interval each feature is in, shape (n_samples, n_features)."""
    k = np.zeros(x.shape, np.int64)
    for i in range(x.shape[1]):
        values = record.values[record.starts[i] : record.starts[i + 1]].astype(x.dtype)
        if record.kind == "bins":
            k[:, i] = np.searchsorted(values, x[:, i], side="right")
        else:
            same = (x[:, i : i + 1] == values) | (np.isnan(x[:, i : i + 1]) & np.isnan(values))
            k[:, i] = np.where(same.any(axis=1), same.argmax(axis=1) if len(values) else 0, len(values))
    return k


def coded(record: Preprocess, k: np.ndarray) -> np.ndarray:
    """The columns of these categories or intervals."""
    at = k + record.starts[:-1].astype(np.int64) + np.arange(k.shape[1])
    if len(record.codes):
        return record.codes[at]
    y = np.zeros((len(k), record.task.n_outputs + 1), np.float32)
    columns = record.columns[at].astype(np.int64)
    y[np.arange(len(k))[:, np.newaxis], np.where(columns == NONE, record.task.n_outputs, columns)] = 1
    return np.ascontiguousarray(y[:, :-1])


def describe(record: Preprocess) -> dict[str, Any]:
    """Facts for people."""
    facts: dict[str, Any] = {"kind": KINDS[record.kind], "features": record.n_features, "columns": record.task.n_outputs}
    if record.kind == "splines":
        facts["degree"] = int(record.terms[0, 0])
    if record.name:
        facts["norm" if record.kind == "normalize" else record.kind] = record.name
    return facts
