"""The oracle: forests in numpy, on the arrays of the record (never on the encoded bytes).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .encode import encoded
from .keys import to_keys
from .record import Forest

_CHUNK = 4096


def leaves(record: Forest, X: np.ndarray) -> np.ndarray:
    """The leaf that each row reaches in each tree, int64 of shape (n_samples, n_trees)."""
    return np.concatenate([_leaves(record, X[i : i + _CHUNK]) for i in range(0, max(len(X), 1), _CHUNK)])


def _leaves(record: Forest, X: np.ndarray) -> np.ndarray:
    at = np.tile(record.roots, (len(X), 1))
    if record.n_nodes == 0:
        return ~at
    keys = to_keys(X)
    missing = {"nan": np.isnan(X), "value": record.missing_value == X, "never": np.zeros(X.shape, bool)}[record.missing]
    rows = np.arange(len(X))[:, None]
    while np.any(at >= 0):
        node = np.maximum(at, 0)
        feature = record.feature[node]
        go_left = np.where(missing[rows, feature], record.missing_left[node], keys[rows, feature] <= record.threshold[node])
        at = np.where(at >= 0, np.where(go_left, record.left[node], record.right[node]), at)
    return ~at


def reference(record: Forest, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`: float64 means of the exact leaves, then the device's output types."""
    reached = leaves(record, X)
    total = np.zeros((len(X), record.leaves.shape[1]))
    for tree in range(record.n_trees):
        total += record.leaves[reached[:, tree]]
    mean = total / record.n_trees
    if op != "predict" or not record.is_classifier:
        return mean.astype(np.float32)
    columns, start = [], 0
    for count in record.task.n_classes:
        block = mean[:, start : start + count]
        columns.append(np.argmax(block >= block.max(axis=1, keepdims=True) - tie(record), axis=1))
        start += count
    return np.column_stack(columns).astype(np.int32)


def tie(record: Forest) -> float:
    """Two mean probabilities closer than this are equal up to the rounding of scikit-learn's own float64 sums."""
    return record.n_trees * 2.0**-50


def bound(record: Forest, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """|device - scikit-learn|: none for classes; for probabilities the floor of a 64-bit sum to its leading word, and floats
    for it, the divisor and the quotient; for regressors a float's rounding of each leaf and each sum.
    """
    width = record.task.width(op)
    if error is not None and np.any(error):
        return np.full((len(X), width), np.inf)  # a threshold may lie within the error
    if op == "predict" and record.is_classifier:
        return np.zeros((len(X), width))
    unit = 2.0**-24
    if record.is_classifier:
        return np.full((len(X), width), (encoded(record).sum == "uint64") / encoded(record).leading_whole + 4 * unit)
    if record.n_trees == 1:
        return unit * np.abs(record.leaves[leaves(record, X)[:, 0]]) + 2.0**-149
    sizes = np.zeros((len(X), width))
    reached = leaves(record, X)
    for tree in range(record.n_trees):
        sizes += np.abs(record.leaves[reached[:, tree]])
    return (record.n_trees + 2) * unit * 1.001 * sizes / record.n_trees + 2.0**-149


def margin(record: Forest, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """The gap of mean probabilities up to which scikit-learn's float64 sums may break a tie either way."""
    if error is not None and np.any(error):
        return np.full((len(X), record.task.n_outputs), np.inf)
    return np.full((len(X), record.task.n_outputs), tie(record))


def describe(record: Forest) -> dict[str, Any]:
    """Facts for people."""
    tables = encoded(record)
    return {
        "kind": f"{'tree' if record.n_trees == 1 else 'forest'} {record.task.kind}",
        "trees": record.n_trees,
        "inner nodes": record.n_nodes,
        "distinct leaves": len(record.leaves),
        "depth": tables.depth,
        "thresholds": tables.key if record.input not in ("float32", "float64") else f"{record.input} keys",
        "missing values": {"never": "none", "nan": "NaN", "value": f"raw {record.missing_value}"}[record.missing],
    }
