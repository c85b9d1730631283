"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .encode import encoded
from .record import Forest


def run(record: Forest, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    forest, leaves = kernels(record)
    if leaves is None:
        return forest.mean(X, encoded(record).values)
    if op == "predict_proba":
        return forest.probabilities(X, leaves)
    return forest.classify(X, leaves, np.array(record.task.n_classes, dtype=np.uint16))


def kernels(record: Forest) -> tuple[Any, Any]:
    """The bound nodes, and the bound distributions of a classifier (None for a regressor)."""
    from ..._kernels import trees as kernel

    tables = encoded(record)
    forest = kernel.Forest(
        nodes=tables.nodes,
        n_trees=record.n_trees,
        key=tables.key,
        wide_feature=tables.wide_feature,
        wide_link=tables.wide_link,
        missing=record.missing,
        missing_value=record.missing_value,
    )
    if not record.is_classifier:
        return forest, None
    return forest, kernel.Distributions(
        entries=tables.entries,
        shares=tables.shares,
        n_pure=tables.n_pure,
        sum=tables.sum,
        whole=tables.whole,
        entry=tables.entry,
        n_classes=record.leaves.shape[1],
    )


def valid(record: Forest) -> bool:
    """The invariants of the tables, by the same functions that the emitted header asserts."""
    forest, leaves = kernels(record)
    tables = encoded(record)
    nodes = forest.valid(np.dtype(record.input), record.n_features, tables.n_leaf_ids, tables.depth)
    return bool(nodes and (leaves is None or leaves.valid()))
