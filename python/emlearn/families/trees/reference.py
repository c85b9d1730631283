"""The oracle: forests in numpy, on the arrays of the record (never on the encoded bytes).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from .encode import encoded
from .encode.binary import Binary
from .encode.counts import Counts
from .encode.distributions import Distributions, fixed_point
from .encode.fixed import Fixed
from .keys import from_keys, limits, to_keys
from .record import Forest, Trees

_CHUNK = 4096


def leaves(record: Trees, X: np.ndarray) -> np.ndarray:
    """The leaf that each row reaches in each tree, int64 of shape (n_samples, n_trees)."""
    return np.concatenate([_leaves(record, X[i : i + _CHUNK]) for i in range(0, max(len(X), 1), _CHUNK)])


def _leaves(record: Trees, X: np.ndarray) -> np.ndarray:
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


def unsure(record: Trees, X: np.ndarray, error: np.ndarray | None) -> np.ndarray:
    """Rows in which a threshold on the way to some leaf lies within the error of its feature, bool of shape (n_samples,)."""
    if error is None or not np.any(error) or record.n_nodes == 0:
        return np.zeros(len(X), bool)
    threshold = from_keys(record.threshold.clip(*limits(record.input)), record.input).astype(np.float64)
    at, rows = np.tile(record.roots, (len(X), 1)), np.arange(len(X))[:, None]
    found = np.zeros(len(X), bool)
    x = X.astype(np.float64)
    while np.any(at >= 0):
        node = np.maximum(at, 0)
        value, off, limit = x[rows, record.feature[node]], error[rows, record.feature[node]], threshold[node]
        found |= np.any((at >= 0) & ((value - off <= limit) != (value + off <= limit)), axis=1)
        go_left = np.where(np.isnan(value), record.missing_left[node], value <= limit)
        at = np.where(at >= 0, np.where(go_left, record.left[node], record.right[node]), at)
    return found


def reference(record: Forest, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`: float64 means of the exact leaves, then the device's output types.

    Classes compare the device's integer sums, which tell apart what a float64 sum cannot.
    """
    reached = leaves(record, X)
    if op == "predict" and record.is_classifier:
        return _classes(record, reached)
    total = np.zeros((len(X), record.leaves.shape[1]))
    for tree in range(record.n_trees):
        total += record.leaves[reached[:, tree]]
    return (total / record.n_trees).astype(np.float32)


def _classes(record: Forest, reached: np.ndarray) -> np.ndarray:
    tables = encoded(record).leaves
    if record.n_trees == 1:
        score, slack = record.leaves[reached[:, 0]], 0.0
    elif isinstance(tables, Binary):
        shares = encoded(record).nodes.payload
        return (2 * _sums(shares[:, None], reached) > tables.all).astype(np.int32)
    elif isinstance(tables, Counts):
        return _counted(tables, reached)[:, None].astype(np.int32)
    else:
        kind, _, shares = fixed_point(record)
        score, slack = _sums(shares, reached), np.uint64(record.n_trees if kind == "uint64" else 0)
    blocks = np.split(score, np.cumsum(record.task.n_classes)[:-1], axis=1)
    columns = [np.argmax(block.max(axis=1, keepdims=True) - block <= slack, axis=1) for block in blocks]
    return np.column_stack(columns).astype(np.int32)


def _sums(shares: np.ndarray, reached: np.ndarray) -> np.ndarray:
    score = np.zeros((len(reached), shares.shape[1]), dtype=shares.dtype)
    for tree in range(reached.shape[1]):
        score += shares[reached[:, tree]]
    return score


def _counted(leaves: Counts, reached: np.ndarray) -> np.ndarray:
    """Exact sums, or pass after pass over the classes that are still in question."""
    met, at = np.unique(reached, return_inverse=True)  # few rows meet few of all leaves
    leaves, reached = dataclasses.replace(leaves, n=leaves.n[met], k=leaves.k[met]), at.reshape(reached.shape)
    if leaves.is_exact:
        return np.argmax(_sums(leaves.shares(0), reached), axis=1)
    open_ = np.ones((len(reached), leaves.n_classes), dtype=bool)
    room = np.iinfo(leaves.sum).max + 1
    for number in range(leaves.passes):
        score = _sums(leaves.shares(number), reached)
        anchor = np.take_along_axis(score, np.argmax(open_, axis=1)[:, None], axis=1)
        ahead = score - anchor
        if number:  # as a signed word
            ahead = (ahead + room // 2) % room - room // 2
        largest = np.where(open_, ahead, np.iinfo(np.int64).min).max(axis=1, keepdims=True)
        open_ &= largest - ahead <= leaves.slack
    return np.argmax(open_, axis=1)


def tie(record: Forest) -> float:
    """Two mean probabilities closer than this are equal up to the rounding of scikit-learn's own float64 sums; a tree has none."""
    return record.n_trees * 2.0**-50 if record.n_trees > 1 else 0.0


def bound(record: Forest, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """|device - scikit-learn|: none for classes; for probabilities what rounding the shares takes, or the floor of a 64-bit sum to
    its leading word, and floats for it, the divisor and the quotient; for regressors a float's rounding of each
    leaf and each sum, or of whole numbers and their sum. And what shorter leaves lose, by request.
    """
    width = record.task.width(op)
    if error is not None and np.any(error):
        return np.where(unsure(record, X, error)[:, np.newaxis], np.inf, bound(record, op, X))
    if op == "predict" and record.is_classifier:
        return np.zeros((len(X), width))
    return _rounding(record, X, width) + (record.short.loss if record.short else 0.0)


def _rounding(record: Forest, X: np.ndarray, width: int) -> np.ndarray:
    unit = 2.0**-24
    tables = encoded(record).leaves
    if isinstance(tables, Distributions):
        return np.full((len(X), width), (tables.sum == "uint64") / tables.leading_whole + 4 * unit)
    if isinstance(tables, Binary):
        return np.full((len(X), width), 4 * unit)
    if isinstance(tables, Counts):  # rounded down in each tree
        return np.full((len(X), width), tables.rounding(record.n_trees) + 4 * unit)
    if record.n_trees == 1:
        return unit * np.abs(record.leaves[leaves(record, X)[:, 0]]) + 2.0**-149
    reached = leaves(record, X)
    if isinstance(tables, Fixed):  # each leaf, and the one float
        mean = record.leaves[reached, 0].mean(axis=1, keepdims=True)
        return record.n_trees * tables.rounding * (1 + 2.0**-20) + unit * (np.abs(mean) + record.n_trees * tables.rounding)
    sizes = np.zeros((len(X), width))
    for tree in range(record.n_trees):
        sizes += np.abs(record.leaves[reached[:, tree]])
    growth = (record.n_trees + 2) * unit
    return growth / (1 - growth) * sizes / record.n_trees + 2.0**-149


def margin(record: Forest, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """The gap of mean probabilities up to which scikit-learn's float64 sums may break a tie either way, or shorter leaves move two."""
    gap = tie(record) + 2 * (record.short.loss if record.short else 0.0)
    return np.where(unsure(record, X, error)[:, np.newaxis], np.inf, np.full((len(X), record.task.n_outputs), gap))


def describe(record: Forest) -> dict[str, Any]:
    """Facts for people."""
    tables = encoded(record)
    facts = {
        "kind": f"{'tree' if record.n_trees == 1 else 'forest'} {record.task.kind}",
        "trees": record.n_trees,
        "inner nodes": record.n_nodes,
        "distinct leaves": len(record.leaves),
        "depth": tables.nodes.depth,
        "thresholds": tables.nodes.key if record.input not in ("float32", "float64") else f"{record.input} keys",
        "missing values": {"never": "none", "nan": "NaN", "value": f"raw {record.missing_value}"}[record.missing],
    }
    return facts | leaf_facts(record)


def leaf_facts(record: Trees) -> dict[str, Any]:
    """What ``leaf_bits=`` did, for people."""
    if record.short is None:
        return {}
    return {"leaf bits": f"{record.short.bits}, by request: what the trees give is off by at most {record.short.loss:.3g}"}
