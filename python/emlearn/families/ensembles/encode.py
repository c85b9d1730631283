"""Ensembles to tables: payloads for the walk, and what stands beside the nodes.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..trees.encode import EncodedNodes, encode_nodes
from ..trees.encode.nodes import uses
from .record import Summed


@dataclasses.dataclass(frozen=True, eq=False)
class Encoded:
    """The tables of an ensemble.

    Attributes
    ----------
    nodes : EncodedNodes
    values : ndarray of uint16 or uint32, or None
        Of sums: the values of the leaves, by payload; None where payloads are the values themselves. Vectors stand leaf after leaf.
    """

    nodes: EncodedNodes
    values: np.ndarray | None = None

    @property
    def n_bytes(self) -> int:
        return self.nodes.n_bytes + (0 if self.values is None else self.values.nbytes)


def encoded(record: Any) -> Encoded:
    """The tables of a finished ensemble; kept with it, since it never changes."""
    if "_encoded" not in record.__dict__:
        record.__dict__["_encoded"] = encode(record)
    return record.__dict__["_encoded"]


def encode(record: Any) -> Encoded:
    """Lay out the tables: values of sums stand in the nodes, or in a table of their own where that is smaller.

    Raises
    ------
    UnsupportedError
        More of something than the widest format has room for.
    """
    if not isinstance(record, Summed):
        return Encoded(encode_nodes(record, _payloads(record)))
    order = np.argsort(-uses(record), kind="stable")  # the commonest leaves get the shortest ids
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    most = int(np.max(record.leaves, initial=0))
    table = record.leaves[order].reshape(-1).astype(np.uint16 if most < 1 << 16 else np.uint32)
    if record.has_vectors:
        return Encoded(encode_nodes(record, rank), table)
    values = record.leaves[:, 0]
    inside = Encoded(encode_nodes(record, values)) if most < 1 << 16 else None
    if inside is not None and inside.nodes.form == "code":  # which takes a value as fast as an id
        return inside
    apart = Encoded(encode_nodes(record, rank), table)
    return inside if inside is not None and inside.n_bytes <= apart.n_bytes else apart


def _payloads(record: Any) -> np.ndarray:
    """Classes of votes, columns of an embedding; ranks of a median are the leaves' own numbers."""
    return record.leaves[:, 0] if record.leaves.dtype.kind == "i" else np.arange(len(record.leaves))
