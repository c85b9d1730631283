"""Answers for many rows on the host: what the device kernels give, by walks over a form of the trees that suits a large processor.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import kernels
from .encode import EncodedNodes, encoded
from .encode.counts import Counts
from .record import Forest, Trees

Answer = Callable[[np.ndarray], np.ndarray]


def bulk(record: Forest, op: str) -> Answer:
    """See :func:`emlearn.registry.bulk_of`."""
    tables = encoded(record)
    if isinstance(tables.leaves, Counts):
        counts = _votes(record, tables.leaves) if op == "predict" else None
        if counts is not None:
            return counts
        if tables.leaves.widths is not None:  # leaves have no payloads, but places in the stream
            return functools.partial(kernels.run, record, op)
    walk = payloads(record, tables.nodes)
    return lambda X: kernels.answers(record, op, walk(X))


def payloads(trees: Trees, tables: EncodedNodes) -> Answer:
    """The payload of each row's leaf in each tree, uint32 of shape (n_samples, n_trees)."""
    walk = _walk(trees)
    if walk is None:
        return lambda X: kernels.nodes(trees, tables).payloads(X)
    table = tables.payload.astype(np.uint32)
    return lambda X: walk.payloads(X, table)


def _walk(trees: Trees) -> Any:
    """The bound trees; None where keys have 64 bits."""
    if trees.input == "float64":
        return None
    from ..._kernels import trees as kernel

    arrays = {name: getattr(trees, name) for name in ("roots", "feature", "threshold", "left", "right", "missing_left")}
    return kernel.Bulk(**arrays, missing=trees.missing, missing_value=trees.missing_value)


def _votes(record: Forest, leaves: Counts) -> Answer | None:
    """Classes by the first pass, and by the device's kernels where it is close."""
    walk = _walk(record)
    if walk is None:
        return None
    if record.n_trees == 1:  # no sums: the most probable class, by however little
        first = np.argmax(record.leaves, axis=1)[:, None] == np.arange(leaves.n_classes)
        walk.set_shares(first.astype(np.uint32), -1)
    else:
        walk.set_shares(leaves.shares(0).astype(np.uint32), -1 if leaves.is_exact else leaves.slack)
    return lambda X: walk.classify(X, lambda rows: kernels.run(record, "predict", rows))
