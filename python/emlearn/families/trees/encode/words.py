"""One form of nodes: a word each, see ``include/emlearn/trees/words.hpp``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..record import Trees
from .layers import layers, of_children


@dataclasses.dataclass(frozen=True, eq=False)
class Words:
    """Nodes in words, and their widths.

    Attributes
    ----------
    nodes : ndarray of uint32
    key : str
        dtype of the thresholds, of 1, 2 or 4 bytes.
    leaf_bits : {7, 8, 15, 16}
    long_skip : bool
        Whether there are left children of more words than a node has room for.
    payloads : ndarray of uint16 or uint32, or None
        Of leaves by number; None where leaves are the payloads themselves.
    n_leaves : int
        Leaves are below this.
    """

    nodes: np.ndarray
    key: str
    leaf_bits: int
    long_skip: bool
    payloads: np.ndarray | None
    n_leaves: int

    @property
    def n_bytes(self) -> int:
        return self.nodes.nbytes + (0 if self.payloads is None else self.payloads.nbytes)


def encode(trees: Trees, payload: np.ndarray, key: str) -> Words | None:
    """The smaller of leaves by number and of payloads themselves; None where the form does not apply: 64-bit keys, trees of one leaf, many
    features.
    """
    size, flags = np.dtype(key).itemsize, 2 if trees.missing == "never" else 3
    if size > 4 or np.any(trees.roots < 0) or trees.n_nodes == 0 or int(trees.feature.max()) >= 1 << ((16 if size == 4 else 8) - flags):
        return None
    most, found = int(payload.max()), []
    if most < 1 << 16:
        found.append(_encode(trees, payload, key, None, most + 1))
    children = np.concatenate([trees.left, trees.right])
    distinct, count = np.unique(payload[~children[children < 0]], return_counts=True)
    if len(distinct) <= 1 << 16:
        order = np.argsort(-count, kind="stable")  # the commonest leaves get the smallest numbers
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        table = distinct[order].astype(np.uint16 if most < 1 << 16 else np.uint32)
        found.append(_encode(trees, rank[np.searchsorted(distinct, payload).clip(max=len(distinct) - 1)], key, table, len(distinct)))
    return min(found, key=lambda words: words.n_bytes, default=None)


def _encode(trees: Trees, leaf: np.ndarray, key: str, payloads: np.ndarray | None, n_leaves: int) -> Words:
    size = np.dtype(key).itemsize
    leaf_bits = next(bits for bits in (7, 8, 15, 16) if n_leaves <= 1 << bits)
    head_bits, link_bits = 16 if size == 4 else 8, 8 if size == 2 else 16
    ones, half = (1 << link_bits) - 1, link_bits // 2
    left, right, width = trees.left, trees.right, 2 if size == 4 else 1
    leafy, both = (left < 0) | (right < 0), (left < 0) & (right < 0)
    low, high = (leaf[np.where(child < 0, ~child, 0)] for child in (left, right))
    pair, number = low | high << half, np.where(left < 0, low, high) << 1 | (right < 0)
    pair_fits = (2 * leaf_bits <= link_bits) | ((link_bits == 16) & (np.maximum(low, high) < 1 << half) & (pair != ones))
    fits = np.where(both, pair_fits, (leaf_bits < link_bits) | (number < ones))
    links = np.where(fits, np.where(both, pair, number), ones)
    more = np.where(fits, -1, np.where(both, low | high << 16, number))
    total, none = np.zeros(trees.n_nodes, dtype=np.int64), np.zeros(len(leaf), dtype=np.int64)
    for nodes in reversed(layers(trees)):
        first, inner = of_children(left[nodes], total, none), ~leafy[nodes]
        links[nodes] = np.where(inner, np.where(first > ones, 0, first), links[nodes])
        more[nodes] = np.where(inner, np.where(first > ones, first, -1), more[nodes])
        total[nodes] = width + (more[nodes] >= 0) + first + of_children(right[nodes], total, none)
    missing_left = trees.missing_left & (trees.missing != "never")
    flags = (
        leafy.astype(np.int64) << head_bits - 1 | both.astype(np.int64) << head_bits - 2 | missing_left.astype(np.int64) << head_bits - 3
    )
    words = [links << head_bits | flags | trees.feature]
    threshold = trees.threshold.astype(np.int64) & ((1 << 8 * size) - 1)
    words = [threshold, *words] if size == 4 else [threshold << 32 - 8 * size | words[0]]
    count = width + (more >= 0)
    tree = np.searchsorted(trees.roots, np.arange(trees.n_nodes), side="right")  # nodes are in preorder, tree after tree
    at = np.cumsum(count) - count + tree
    out = np.zeros(int(count.sum()) + trees.n_trees, dtype=np.int64)
    out[at[trees.roots] - 1] = total[trees.roots]
    for place, word in enumerate(words):
        out[at + place] = word
    out[at[more >= 0] + width] = more[more >= 0]
    return Words(out.astype(np.uint32), key, leaf_bits, bool(np.any(~leafy & (more >= 0))), payloads, n_leaves)
