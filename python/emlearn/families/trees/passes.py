"""Trees to trees: raw keys for thresholds, then nothing that no row can tell apart.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np

from ...errors import InvalidInputError
from ...front import Front
from ...options import Options
from . import exits, keys
from .encode import encoded
from .record import Forest, Trees
from .shorten import shorten

T = TypeVar("T", bound=Trees)


def absorb(record: T, front: Front) -> T:
    """Thresholds on the raw values; every front folds, since all its steps are monotone."""
    missing, value = _missing(record, front)
    threshold, swapped = keys.thresholds(front, record.feature, record.threshold, record.looks_at)
    record = _filled(record, front)
    folded = dataclasses.replace(
        record,
        input=front.input.dtype,
        n_features=front.input.n_features,
        feature=np.asarray(front.source(record.feature), dtype=np.int32),
        threshold=threshold,
        left=np.where(swapped, record.right, record.left),
        right=np.where(swapped, record.left, record.right),
        missing_left=record.missing_left ^ swapped,
        weight=_exchanged(record.weight, swapped),
        missing=missing,
        missing_value=value,
    )
    return _representable(folded)


def _filled(record: T, front: Front) -> T:
    """Missing values that an imputer fills go where the fill value goes; a feature that it leaves alone is routed as before."""
    if not front.fills:
        return record
    filled = front.at_missing(record.feature)
    with np.errstate(over="ignore"):
        goes_left = filled.astype(record.looks_at).astype(np.float64) <= record.threshold
    routed = record.routes_missing and bool(np.any(np.isnan(filled)))
    missing_left = np.where(np.isnan(filled), record.missing_left, goes_left)
    return dataclasses.replace(record, missing="nan", missing_left=missing_left, routes_missing=routed)


def finish(record: Forest, options: Options) -> Forest:
    """The passes after folding, in order: 1. those of the nodes; 2. shorter leaves, and splits that these made idle; 3. the order of the
    trees; 4. bytes.
    """
    finished = finish_nodes(record, options)
    if isinstance(options.leaf_bits, int):
        finished = finish_nodes(shorten(finished, options.leaf_bits), options)
    finished = drop_unused(exits.arranged(finished))
    encoded(finished)  # refuses what is too large, before anyone relies on the model
    return finished


def finish_nodes(record: T, options: Options) -> T:
    """The passes after folding, in order: 1. splits that split nothing; 2. leaves and nodes that nothing reaches."""
    return dataclasses.replace(drop_unused(drop_idle(record)), optimize=options.optimize)


def drop_idle(record: T) -> T:
    """Without splits that send every value to one side, and without those whose children are the same leaf."""
    least, most = keys.limits(record.input)
    always_left, never_left = record.threshold >= most, record.threshold < least
    if record.missing != "never":
        always_left &= record.missing_left
        never_left &= ~record.missing_left
    target = np.arange(record.n_nodes, dtype=np.int64)
    left, right = record.left.copy(), record.right.copy()
    for node in range(record.n_nodes - 1, -1, -1):  # children come behind their parents
        for side in (left, right):
            if side[node] >= 0:
                side[node] = target[side[node]]
        if always_left[node] or left[node] == right[node]:
            target[node] = left[node]
        elif never_left[node]:
            target[node] = right[node]
    roots = np.where(record.roots >= 0, target[np.maximum(record.roots, 0)] if record.n_nodes else record.roots, record.roots)
    return dataclasses.replace(record, roots=roots, left=left, right=right)


def drop_unused(record: T) -> T:
    """Only the nodes and leaves that a root leads to, nodes in preorder, tree after tree."""
    order = _preorder(record)
    number = np.full(record.n_nodes, -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    left, right = record.left[order], record.right[order]
    children = np.concatenate([left, right, record.roots])
    used = np.unique(~children[children < 0])
    rank = np.zeros(len(record.leaves), dtype=np.int64)
    rank[used] = np.arange(len(used))

    def renumber(child: np.ndarray) -> np.ndarray:
        inner = child >= 0
        return np.where(inner, number[np.where(inner, child, 0)] if record.n_nodes else child, ~rank[np.where(inner, 0, ~child)])

    return dataclasses.replace(
        record,
        roots=renumber(record.roots),
        feature=record.feature[order],
        threshold=record.threshold[order],
        left=renumber(left),
        right=renumber(right),
        missing_left=record.missing_left[order],
        weight=None if record.weight is None else record.weight[order],
        leaves=record.leaves[used],
    )


def _preorder(record: Trees) -> np.ndarray:
    left, right = record.left.tolist(), record.right.tolist()
    order: list[int] = []
    for root in record.roots.tolist():
        stack = [root]
        while stack:
            node = stack.pop()
            if node >= 0:
                order.append(node)
                stack += (right[node], left[node])
    return np.array(order, dtype=np.int64)


def _missing(record: Trees, front: Front) -> tuple[str, int]:
    accepts = record.missing == "nan"
    value = front.input.missing
    if not front.input.is_integer:
        return record.missing, 0
    if value is None:
        if record.routes_missing:
            raise InvalidInputError(
                f"the estimator was trained with missing values, and input={front.input.dtype!r} has none: "
                "say with missing= which raw value stands for a missing one, or use input='float32'"
            )
        return "never", 0
    if not accepts:
        raise InvalidInputError(f"missing={value}: this estimator does not accept missing values; leave missing= out")
    return "value", value


def _representable(record: T) -> T:
    """Splits that no value passes to the left, but missing ones do, turned round: their threshold is below the key's type."""
    least, most = keys.limits(record.input)
    turned = (record.threshold < least) & record.missing_left
    return dataclasses.replace(
        record,
        threshold=np.where(turned, most, record.threshold),
        left=np.where(turned, record.right, record.left),
        right=np.where(turned, record.left, record.right),
        missing_left=record.missing_left & ~turned,
        weight=_exchanged(record.weight, turned),
    )


def _exchanged(weight: np.ndarray | None, where: np.ndarray) -> np.ndarray | None:
    return None if weight is None else np.where(where[:, None], weight[:, ::-1], weight)
