"""The nodes of trees to bytes: the narrowest widths that hold them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ....errors import UnsupportedError
from ..record import Trees
from . import bits, levels, stream, words
from .counts import Counts

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

#: Up to so many nodes code is smaller than tables and what reads them, on Cortex-M0+ and AVR taken together: of one tree, of several whose
#: payloads are added, and of several with payloads that take 32 bits.
_TREE_AS_CODE, _SUM_AS_CODE, _WIDE_SUM_AS_CODE = 12, 16, 8

#: Bytes that reading bits takes more than reading the stream.
_CODE_OF_BITS = 40

#: Words may take so many times the bytes of the stream, for a third of the cycles.
_WORDS_LARGER = 1.25

_MOST_TREES, _MOST_LEVELS = (1 << 16) - 1, (1 << 16) - 1


@dataclasses.dataclass(frozen=True, eq=False)
class EncodedNodes:
    """The nodes of trees, and the widths they are in.

    Attributes
    ----------
    key : str
        dtype of the thresholds.
    wide_feature, wide_link : bool
    form : {"stream", "bits", "levels", "words", "code"}
        What is emitted. The kernels of the host take another form in place of code.
    bits : Bits or None
    levels : Levels or None
        Where that is the form.
    words : Words or None
        Where that is the form, or code is and words apply.
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
    form: str = "stream"
    bits: bits.Bits | None = None
    levels: levels.Levels | None = None
    words: words.Words | None = None

    @property
    def n_bytes(self) -> int:
        """Of the tables."""
        if self.form == "words" and self.words is not None:
            return self.words.n_bytes
        if self.levels is not None:
            return self.levels.n_bytes
        return self.stream.nbytes if self.bits is None else self.bits.n_bytes

    @property
    def n_payloads(self) -> int:
        """Payloads are below this."""
        return int(np.max(self.payload, initial=0)) + 1


def encode_nodes(trees: Trees, payload: np.ndarray, counts: Counts | None = None, adds: bool = True) -> EncodedNodes:
    """Choose the form that ``trees.optimize`` asks for and its widths, and lay out the bytes.

    Parameters
    ----------
    trees : Trees
        Finished: keys as thresholds, nodes in preorder, tree after tree.
    payload : ndarray of shape (n_leaves,), int64
        What a walk gives for each distinct leaf, below 2^30; small ones take less room.
    counts : Counts, optional
        What payloads name, where it may as well stand in the nodes.
    adds : bool
        Whether little is done with a payload but adding it, so that code of its own for each leaf is small.

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
            return _formed(trees, EncodedNodes(key, wide_feature, wide_link, nodes, payload, depth), counts, adds)
    raise UnsupportedError("the forest is larger than 512 MB per tree: train fewer or shallower trees")


def _formed(trees: Trees, nodes: EncodedNodes, counts: Counts | None, adds: bool) -> EncodedNodes:
    """The same in the form that ``trees.optimize`` asks for."""
    if trees.optimize == "speed" or (trees.optimize == "size" and trees.n_nodes <= _most_as_code(trees, nodes, adds)):
        return dataclasses.replace(nodes, form="code", words=words.encode(trees, nodes.payload, nodes.key))
    least = nodes.stream.size
    if trees.optimize == "size":
        by_bits = _in_bits(trees, nodes.payload, counts)
        apart = counts.bytes.size if counts is not None and by_bits is not None and by_bits.counts is not None else 0
        if by_bits is not None and by_bits.n_bytes - apart + _CODE_OF_BITS < least:
            least = by_bits.n_bytes - apart + _CODE_OF_BITS
            nodes = dataclasses.replace(nodes, form="bits", bits=by_bits)
    by_answers = levels.encode(trees, nodes.payload, nodes.key, least)
    if by_answers is not None:
        return dataclasses.replace(nodes, form="levels", bits=None, levels=by_answers)
    by_words = words.encode(trees, nodes.payload, nodes.key) if trees.optimize == "balanced" else None
    if by_words is None or by_words.n_bytes > _WORDS_LARGER * nodes.stream.size:
        return nodes
    return dataclasses.replace(nodes, form="words", words=by_words)


def _most_as_code(trees: Trees, nodes: EncodedNodes, adds: bool) -> int:
    """The number of nodes up to which code is smaller; -1 where it never is."""
    if trees.n_trees == 1:
        return _TREE_AS_CODE
    if not adds:
        return -1
    return _SUM_AS_CODE if nodes.n_payloads <= 1 << 16 else _WIDE_SUM_AS_CODE


def _in_bits(trees: Trees, payload: np.ndarray, counts: Counts | None) -> bits.Bits | None:
    """With payloads, or with counts in their place where that takes fewer bytes."""
    named = bits.encode(trees, payload)
    placed = bits.encode(trees, payload, counts.in_bits()) if counts is not None and counts.bytes.size else None
    if named is None or placed is None or counts is None:
        return named
    return placed if placed.n_bytes <= named.n_bytes + counts.bytes.size else named


def holds(key: str, threshold: np.ndarray) -> bool:
    """Whether a dtype has all thresholds."""
    info = np.iinfo(key)
    return threshold.size == 0 or bool(info.min <= threshold.min() and threshold.max() <= info.max)


def uses(trees: Trees) -> np.ndarray:
    """How often each distinct leaf stands in the trees, shape (n_leaves,)."""
    children = np.concatenate([trees.left, trees.right, trees.roots])
    return np.bincount(~children[children < 0], minlength=len(trees.leaves))
