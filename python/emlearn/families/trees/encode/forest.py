"""A forest to its tables: the nodes, and the leaves that their payloads name.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ....errors import UnsupportedError
from ..record import Forest
from . import binary, counts, distributions, entries, fixed, values
from .nodes import EncodedNodes, encode_nodes

_MOST_CLASSES = 1 << 15

#: Bytes of code that counts of two classes take more than sums of their shares.
_CODE_OF_COUNTS = 250


Leaves = binary.Binary | counts.Counts | distributions.Distributions | fixed.Fixed | values.Values


@dataclasses.dataclass(frozen=True, eq=False)
class Encoded:
    """The tables of a forest.

    Attributes
    ----------
    nodes : EncodedNodes
        Their payloads are leaf ids.
    leaves : Binary, Counts, Distributions, Fixed or Values
        Of a classifier, whose leaves are counts of rows or any distributions; or of a regressor, as whole numbers or floats.
    """

    nodes: EncodedNodes
    leaves: Leaves


def encoded(record: Forest) -> Encoded:
    """The tables of a finished forest; kept with it, since it never changes."""
    if "_encoded" not in record.__dict__:
        record.__dict__["_encoded"] = encode(record)
    found: Encoded = record.__dict__["_encoded"]
    return found


def encode(record: Forest) -> Encoded:
    """Choose the widths and lay out the bytes.

    Raises
    ------
    UnsupportedError
        More of something than the widest format has room for.
    InvalidInputError
        Regression values that a float cannot hold.
    """
    width = record.leaves.shape[1]
    if record.is_classifier and width > _MOST_CLASSES:
        raise UnsupportedError(f"the model has {width} classes over all outputs, and a forest may have {_MOST_CLASSES}")
    made = _encoded(record, *_leaves(record))
    if record.optimize != "size" or not isinstance(made.leaves, counts.Counts):
        return made
    exact = counts.encode(dataclasses.replace(record, optimize="balanced"))
    summed = None if exact is None else binary.of(record, exact[1])
    if summed is None:
        return made
    other = _encoded(record, *summed)
    return (
        other if other.nodes.n_bytes <= made.nodes.n_bytes + made.leaves.bytes.size + made.leaves.units.nbytes + _CODE_OF_COUNTS else made
    )


def _encoded(record: Forest, payload: np.ndarray, leaves: Leaves) -> Encoded:
    movable = leaves if isinstance(leaves, counts.Counts) and not leaves.is_fast and record.n_trees > 1 else None
    nodes = encode_nodes(record, payload, movable, not isinstance(leaves, counts.Counts | distributions.Distributions))
    inside = nodes.bits and nodes.bits.counts
    return Encoded(nodes, inside or leaves)


def _leaves(record: Forest) -> tuple[np.ndarray, Leaves]:
    if record.is_classifier:
        found = counts.encode(record)
        return distributions.encode(record) if found is None else binary.of(record, found[1]) or entries.of(record, found[1]) or found
    values.check(record)
    return fixed.encode(record) or values.encode(record)
