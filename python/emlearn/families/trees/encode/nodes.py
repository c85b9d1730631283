"""The nodes of trees to bytes: the narrowest widths that hold them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ....errors import UnsupportedError
from ..record import Trees
from . import stream

#: The closed list of key types, narrowest first, by the C type of the input they may go with.
KEYS = {
    "float32": ("int32",),
    "float64": ("int64",),
    "int8": ("int8",),
    "uint8": ("uint8",),
    "int16": ("int8", "uint8", "int16"),
    "uint16": ("uint8", "uint16"),
    "int32": ("int8", "uint8", "int16", "uint16", "int32"),
}

_MOST_TREES, _MOST_LEVELS = (1 << 16) - 1, (1 << 16) - 1


@dataclasses.dataclass(frozen=True, eq=False)
class EncodedNodes:
    """The nodes of trees, and the widths they are in.

    Attributes
    ----------
    key : str
        dtype of the thresholds.
    wide_feature, wide_link : bool
    stream : ndarray of uint8
        See ``include/emlearn/trees/format.hpp``.
    payload : ndarray of shape (n_leaves,), int64
        As :func:`encode_nodes` was given it.
    depth : int
        Inner nodes on the longest path.
    """

    key: str
    wide_feature: bool
    wide_link: bool
    stream: np.ndarray
    payload: np.ndarray
    depth: int

    @property
    def n_payloads(self) -> int:
        """Payloads are below this."""
        return int(np.max(self.payload, initial=0)) + 1


def encode_nodes(trees: Trees, payload: np.ndarray) -> EncodedNodes:
    """Choose the form that ``trees.optimize`` asks for and its widths, and lay out the bytes.

    Parameters
    ----------
    trees : Trees
        Finished: keys as thresholds, nodes in preorder, tree after tree.
    payload : ndarray of shape (n_leaves,), int64
        What a walk gives for each distinct leaf, below 2^30; small ones take less room.

    Raises
    ------
    UnsupportedError
        More of something than the widest format has room for.
    """
    if trees.n_trees > _MOST_TREES:
        raise UnsupportedError(f"the forest has {trees.n_trees} trees, and it may have {_MOST_TREES}: train fewer")
    mask = 0x7F if trees.missing == "never" else 0x3F
    if trees.n_features > ((mask << 8) | 0xFF) + 1:
        raise UnsupportedError(f"the model has {trees.n_features} features, and trees may have {((mask << 8) | 0xFF) + 1}")
    key = next(key for key in KEYS[trees.input] if holds(key, trees.threshold))
    wide_feature, n_payloads = trees.n_features > mask + 1, int(np.max(payload, initial=0)) + 1
    for wide_link in (False, True):
        if n_payloads > stream.most_payloads(wide_link):
            continue
        nodes, depth = stream.encode(trees, payload, key, wide_feature, wide_link)
        if depth > _MOST_LEVELS:
            raise UnsupportedError(f"a tree has {depth} levels, and it may have {_MOST_LEVELS}: limit max_depth")
        if nodes is not None:
            return EncodedNodes(key, wide_feature, wide_link, nodes, payload, depth)
    raise UnsupportedError("the forest is larger than 512 MB per tree: train fewer or shallower trees")


def holds(key: str, threshold: np.ndarray) -> bool:
    """Whether a dtype has all thresholds."""
    info = np.iinfo(key)
    return threshold.size == 0 or bool(info.min <= threshold.min() and threshold.max() <= info.max)


def uses(trees: Trees) -> np.ndarray:
    """How often each distinct leaf stands in the trees, shape (n_leaves,)."""
    children = np.concatenate([trees.left, trees.right, trees.roots])
    return np.bincount(~children[children < 0], minlength=len(trees.leaves))
