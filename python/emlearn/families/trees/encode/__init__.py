"""Trees to the tables that a device reads: nodes apart from what is made of their leaves.

An encoder of nodes takes trees and one non-negative integer per distinct leaf, its *payload*: an id, or a value that the device adds
up. What the payloads mean is for an aggregator, here or on the device; a walk gives them back, one per tree.

* :mod:`.nodes`: :func:`encode_nodes`, which chooses the form for ``optimize``; :mod:`.stream` is one form
* :mod:`.forest`: the tables of a :class:`~..record.Forest`: its nodes, and its leaves from :mod:`.counts` or :mod:`.distributions`,
  :mod:`.fixed` or :mod:`.values`

SPDX-License-Identifier: MIT
"""

from .forest import Encoded, encode, encoded
from .nodes import KEYS, EncodedNodes, encode_nodes

__all__ = ["KEYS", "Encoded", "EncodedNodes", "encode", "encode_nodes", "encoded"]
