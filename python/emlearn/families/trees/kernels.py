"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from .encode import EncodedNodes, encoded
from .encode.binary import Binary
from .encode.counts import Counts
from .encode.distributions import Distributions
from .encode.fixed import Fixed
from .encode.values import Values
from .record import Forest, Trees


def run(record: Forest, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    return answers(record, op, nodes(record, encoded(record).nodes).payloads(X))


def answers(record: Forest, op: str, payloads: np.ndarray) -> np.ndarray:
    """What a forest makes of the payloads of leaves, uint32 of shape (n_samples, n_trees)."""
    tables = encoded(record)
    if isinstance(tables.leaves, Binary):
        if op == "predict_proba":
            return _kernel().binary_probabilities(payloads, tables.leaves.all)
        return _kernel().classify_binary(payloads, tables.leaves.all, tables.leaves.early)
    if isinstance(tables.leaves, Fixed):
        return _kernel().fixed_sum(payloads, record.n_trees * tables.leaves.least, tables.leaves.shift)
    if isinstance(tables.leaves, Values):
        return _kernel().mean(payloads, tables.leaves.values)
    stream = np.zeros(0, np.uint8) if tables.nodes.bits is None else tables.nodes.bits.nodes
    leaves = counts(tables.leaves, stream) if isinstance(tables.leaves, Counts) else distributions(record, tables.leaves)
    if op == "predict_proba":
        return leaves.probabilities(payloads)
    return leaves.classify(payloads, np.array(record.task.n_classes, dtype=np.uint16))


def _kernel() -> Any:
    from ..._kernels import trees

    return trees


def nodes(trees: Trees, tables: EncodedNodes) -> Any:
    """The bound nodes: ``payloads(X)`` gives that of each row's leaf in each tree, uint32 of shape (n_samples, n_trees)."""
    if (bits := tables.bits) is not None:
        names = ("nodes", "feature", "threshold", "shift", "base", "jumps", "jump", "n_leaves")
        table = np.zeros(0, np.uint32) if bits.payloads is None else bits.payloads.astype(np.uint32)
        return _kernel().Bits(
            **{name: getattr(bits, name) for name in names},
            table=table,
            number=(0, 0, 0) if bits.leaf is None else dataclasses.astuple(bits.leaf),
            counts=None if bits.counts is None else counts(bits.counts, bits.nodes),
            n_trees=trees.n_trees,
            missing=trees.missing,
            missing_value=trees.missing_value,
        )
    if (levels := tables.levels) is not None:
        return _kernel().Levels(
            depths=levels.depths,
            features=levels.flagged("uint16"),
            thresholds=levels.thresholds.astype(np.int64),
            leaves=levels.leaves.astype(np.uint16),
            missing=trees.missing,
            missing_value=trees.missing_value,
        )
    if (words := tables.words) is not None:
        fields = {name: getattr(words, name) for name in ("nodes", "n_leaves", "key", "leaf_bits")}
        table = np.zeros(0, np.uint32) if words.payloads is None else words.payloads.astype(np.uint32)
        return _kernel().Words(**fields, table=table, n_trees=trees.n_trees, missing=trees.missing, missing_value=trees.missing_value)
    return _kernel().Nodes(
        stream=tables.stream,
        n_trees=trees.n_trees,
        key=tables.key,
        wide_feature=tables.wide_feature,
        wide_link=tables.wide_link,
        missing=trees.missing,
        missing_value=trees.missing_value,
    )


def distributions(record: Forest, leaves: Distributions) -> Any:
    """The bound leaves of a classifier."""
    return _kernel().Distributions(
        entries=leaves.entries,
        shares=leaves.shares,
        n_pure=leaves.n_pure,
        sum=leaves.sum,
        whole=leaves.whole,
        entry=leaves.entry,
        n_classes=record.leaves.shape[1],
    )


def counts(leaves: Counts, stream: np.ndarray) -> Any:
    """The bound leaves of a classifier, as counts; `stream` has them where they stand in the nodes."""
    if leaves.is_fast:
        names = ("bytes", "n_classes", "first_bits", "step", "passes", "whole", "slack", "lead")
        return _kernel().Entries(**{name: getattr(leaves, name) for name in names})
    if leaves.widths is not None:
        numbers = {name: getattr(leaves, name) for name in ("least", "n_classes", "first_bits", "step", "passes", "whole", "slack", "sum")}
        widths = dataclasses.asdict(leaves.widths)
        return _kernel().BitCounts(**numbers, **widths, nodes=stream, units=leaves.units.astype(np.uint32))
    fields = ("bytes", "least", "n_classes", "class_bits", "first_bits", "step", "passes", "whole", "slack", "lead", "sum", "count", "mask")
    return _kernel().Counts(**{name: getattr(leaves, name) for name in fields}, units=leaves.units.astype(np.uint32))


def valid_nodes(trees: Trees, tables: EncodedNodes, **leaves: Any) -> bool:
    """The invariants of nodes, by the same function that the emitted header asserts; `leaves` say which payloads are right."""
    return bool(nodes(trees, tables).valid(np.dtype(trees.input), trees.n_features, tables.n_payloads, tables.depth, **leaves))


def _starts(payload: np.ndarray, leaves: Counts) -> np.ndarray:
    """Whether entries of a leaf start at each byte: generated code is not checked for damage, so nothing else tells."""
    starts = np.zeros(leaves.bytes.size, dtype=bool)
    starts[payload[payload >= leaves.n_classes] - leaves.n_classes] = True
    return starts


def valid(record: Forest) -> bool:
    """The invariants of all tables."""
    tables = encoded(record)
    leaves = tables.leaves
    if isinstance(leaves, Counts) and leaves.widths is None:
        starts = _starts(tables.nodes.payload, leaves) if leaves.is_fast else counts(leaves, leaves.bytes).starts()
        return starts is not None and valid_nodes(record, tables.nodes, n_classes=leaves.n_classes, starts=starts)
    return valid_nodes(record, tables.nodes) and (
        isinstance(leaves, (Binary, Counts, Fixed, Values)) or bool(distributions(record, leaves).valid())
    )
