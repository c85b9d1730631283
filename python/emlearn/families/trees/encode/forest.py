"""A forest to its tables: the nodes, and the leaves that their payloads name.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

from ....errors import UnsupportedError
from ..record import Forest
from . import counts, distributions, values
from .nodes import EncodedNodes, encode_nodes

_MOST_CLASSES = 1 << 15


@dataclasses.dataclass(frozen=True, eq=False)
class Encoded:
    """The tables of a forest.

    Attributes
    ----------
    nodes : EncodedNodes
        Their payloads are leaf ids.
    leaves : Counts, Distributions or Values
        Of a classifier, whose leaves are counts of rows or any distributions, or of a regressor.
    """

    nodes: EncodedNodes
    leaves: counts.Counts | distributions.Distributions | values.Values


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
    found = (counts.encode(record) or distributions.encode(record)) if record.is_classifier else values.encode(record)
    return Encoded(encode_nodes(record, found[0]), found[1])
