"""The nodes of trees to bytes: the narrowest widths that hold them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ....errors import UnsupportedError
from ..record import Trees
from . import bits, levels, sizes, stream, words
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
    by_words = words.encode(trees, nodes.payload, nodes.key)
    if trees.optimize == "speed":
        return dataclasses.replace(nodes, form="code", words=by_words)
    quick = by_words is not None and by_words.n_bytes <= _WORDS_LARGER * nodes.stream.size
    chosen, least = dataclasses.replace(nodes, form="words", words=by_words) if quick else nodes, nodes.stream.size
    if trees.optimize == "size":
        kind = sizes.kind_of(trees.n_trees, nodes.n_payloads, adds)
        if trees.n_nodes <= sizes.most_as_code(kind, nodes.key, adds):
            return dataclasses.replace(nodes, form="code", words=by_words)
        by_bits = _in_bits(trees, nodes.payload, counts)
        apart = counts.bytes.size if counts is not None and by_bits is not None and by_bits.counts is not None else 0
        n_bytes = {"stream": nodes.stream.size}
        if by_bits is not None:
            n_bytes["bits"] = by_bits.n_bytes - apart
        if by_words is not None and quick:
            n_bytes["words"] = by_words.n_bytes
        form, least = sizes.smallest(kind, n_bytes, chosen.form)
        made = {"stream": nodes, "words": chosen, "bits": dataclasses.replace(nodes, form="bits", bits=by_bits)}
        chosen = made[form]
    by_answers = levels.encode(trees, nodes.payload, nodes.key, least)
    return chosen if by_answers is None else dataclasses.replace(nodes, form="levels", levels=by_answers)


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
