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
from .encode.binary import Binary
from .encode.counts import Counts
from .encode.fixed import Fixed
from .record import Forest, Trees

Answer = Callable[[np.ndarray], np.ndarray]


def bulk(record: Forest, op: str) -> Answer:
    """See :func:`emlearn.registry.bulk_of`."""
    tables = encoded(record)
    leaves = tables.leaves
    if isinstance(leaves, Counts) and op == "predict":
        return _votes(record, leaves)
    if isinstance(leaves, (Binary, Fixed)):
        sums = added(record, tables.nodes.payload[:, None], 1)
        return lambda X: kernels.answers(record, op, sums(X))
    if isinstance(leaves, Counts) and leaves.widths is not None:  # leaves have no payloads, but places in the stream
        return functools.partial(kernels.run, record, op)
    walk = payloads(record, tables.nodes)
    return lambda X: kernels.answers(record, op, walk(X))


def payloads(trees: Trees, tables: EncodedNodes) -> Answer:
    """The payload of each row's leaf in each tree, uint32 of shape (n_samples, n_trees)."""
    found: Answer = _bound(trees, tables.payload[:, None]).payloads
    return found


def added(trees: Trees, values: np.ndarray, n_columns: int) -> Answer:
    """The sums of the values of leaves, shape (n_leaves, 1), of equally many trees for each column, which stand together; or of vectors,
    shape (n_leaves, n_columns): modulo 2^32, uint32 of shape (n_samples, n_columns).
    """
    walk = _bound(trees, values)
    found: Answer = walk.vector_sums if values.shape[1] > 1 else lambda X: walk.sums(X, n_columns)
    return found


def _bound(trees: Trees, values: np.ndarray) -> Any:
    """The bound trees, with what each leaf is worth, shape (n_leaves, width)."""
    from ..._kernels import trees as kernel

    names = ("roots", "feature", "threshold", "left", "right", "missing_left", "input", "missing", "missing_value")
    return kernel.Bulk(**{name: getattr(trees, name) for name in names}, values=values.astype(np.uint32))


def _votes(record: Forest, leaves: Counts) -> Answer:
    """Classes by the first pass, and by the device's kernels where it is close."""
    if record.n_trees == 1:  # no sums: the most probable class, by however little
        shares, slack = np.argmax(record.leaves, axis=1)[:, None] == np.arange(leaves.n_classes), -1
    else:
        shares, slack = leaves.shares(0), -1 if leaves.is_exact else leaves.slack
    walk = _bound(record, shares)
    return lambda X: walk.classify(X, slack, lambda rows: kernels.run(record, "predict", rows))
