"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..trees.bulk import Answer, added
from ..trees.bulk import payloads as payloads_of
from ..trees.kernels import nodes, valid_nodes
from . import exits
from .categories import tables
from .encode import encoded
from .record import Boosted, Embedding, Isolation, Median, Recoded, Summed, Votes
from .reference import affine, link_of


def run(record: Any, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    if isinstance(record, Recoded):
        return run(record.inner, op, recode(record, X))
    return _answers(record, op, nodes(record, encoded(record).nodes).payloads(X))


def bulk(record: Any, op: str) -> Answer:
    """See :func:`emlearn.registry.bulk_of`."""
    if isinstance(record, Recoded):
        inner = bulk(record.inner, op)
        return lambda X: inner(recode(record, X))
    if isinstance(record, Summed):
        sums = added(record, record.leaves, record.n_columns)
        return lambda X: _summed(record, op, sums(X), None)
    walk = payloads_of(record, encoded(record).nodes)
    return lambda X: _answers(record, op, walk(X))


def _answers(record: Any, op: str, payloads: np.ndarray) -> np.ndarray:
    from ..._kernels import ensembles as kernel

    if isinstance(record, Embedding):
        return kernel.one_hot(payloads, record.task.n_outputs)
    if isinstance(record, Median):
        weights = record.weights.astype(np.uint32)
        ranks = kernel.median(payloads, weights, half(record), len(record.leaves))
        return record.leaves.astype(np.float32)[ranks[:, 0]]
    if isinstance(record, Votes):
        weights = record.weights.astype(np.uint32)
        if op == "predict":
            return kernel.elect(payloads, weights, record.n_classes)
        return _linked(kernel, record, op, kernel.decisions(payloads, weights, record.n_classes, *affine(record)))
    return _summed(record, op, payloads, encoded(record).values, are_added=False)


def recode(record: Recoded, X: np.ndarray) -> np.ndarray:
    """Rows as the trees take them."""
    from ..._kernels import ensembles as kernel

    found = tables(record)
    width = record.inner.n_features
    return kernel.recode(X, found.plain, found.categorical, found.bounds, found.bits, *record.flag_values, width)


def half(record: Median) -> int:
    """The weight that the median reaches."""
    return (int(record.weights.sum()) + 1) // 2


def _summed(record: Summed, op: str, payloads: np.ndarray, values: np.ndarray | None, are_added: bool = True) -> np.ndarray:
    """What is made of payloads whose `values` are added up; of one value for each column, where they are added already."""
    from ..._kernels import ensembles as kernel

    start = record.start.astype(np.int32)
    vectors = record.has_vectors and not are_added
    if op == "predict" and isinstance(record, Isolation):
        return kernel.signs(payloads, values, start, -1, np.zeros(0, np.int32), 0)
    if op == "predict" and isinstance(record, Boosted) and record.task.is_discrete:
        if vectors:
            return kernel.largest_vector(payloads, values, start)
        looks, shift = (np.zeros(0, np.int32), 0) if are_added else _looks(record)
        if record.is_binary:
            return kernel.signs(payloads, values, start, 0, looks, shift)
        return kernel.largest(payloads, values, start, looks, shift)
    if isinstance(record, Isolation):
        rate = exponent(record)
        return kernel.isolation(payloads, values, start, *rate, record.offset if op == "decision_function" else 0.0)
    scores = kernel.vector_scores if vectors else kernel.scores
    return _linked(kernel, record, op, scores(payloads, values, start, record.base.astype(np.float32), record.step))


def _looks(record: Boosted) -> tuple[np.ndarray, int]:
    """What the trees behind each look give at most, and the logarithm of the trees between two; kept with the record as its tables are."""
    if "_looks" not in record.__dict__:
        looks = exits.table(record).reshape(-1)
        record.__dict__["_looks"] = looks, exits.shift(record) if looks.size else 0
    return record.__dict__["_looks"]


def exponent(record: Isolation) -> tuple[float, float]:
    """The natural logarithm of a score's size from the integer sum: base and step."""
    if record.length == 0:
        return -float(np.log(2)), 0.0
    rate = -float(np.log(2)) / record.length
    return rate * float(record.base[0]), rate * record.step


def _linked(kernel: Any, record: Any, op: str, scores: np.ndarray) -> np.ndarray:
    if op == "decision_function":
        return scores
    return kernel.linked(scores, *link_of(record))


def valid(record: Any) -> bool:
    """The invariants of the nodes."""
    record = record.inner if isinstance(record, Recoded) else record
    return valid_nodes(record, encoded(record).nodes)
