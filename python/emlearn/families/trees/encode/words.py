"""One form of nodes: a word each, see ``include/emlearn/trees/words.hpp``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..record import Trees


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
    left, right, leaves = trees.left.tolist(), trees.right.tolist(), leaf.tolist()
    total, links, more = [0] * trees.n_nodes, [0] * trees.n_nodes, [-1] * trees.n_nodes
    long_skip = False
    for node in range(trees.n_nodes - 1, -1, -1):
        a, b = left[node], right[node]
        if a >= 0 and b >= 0:
            links[node] = total[a]
            if total[a] > ones:
                links[node], more[node], long_skip = 0, total[a], True
        elif a < 0 and b < 0:
            low, high = leaves[~a], leaves[~b]
            fits = 2 * leaf_bits <= link_bits or (link_bits == 16 and max(low, high) < 1 << half and low | high << half != ones)
            links[node], more[node] = (low | high << half, -1) if fits else (ones, low | high << 16)
        else:
            number = leaves[~min(a, b)] << 1 | (b < 0)
            fits = leaf_bits < link_bits or number < ones
            links[node], more[node] = (number, -1) if fits else (ones, number)
        total[node] = (2 if size == 4 else 1) + (more[node] >= 0) + (total[a] if a >= 0 else 0) + (total[b] if b >= 0 else 0)
    leafy, both = (trees.left < 0) | (trees.right < 0), (trees.left < 0) & (trees.right < 0)
    missing_left = trees.missing_left & (trees.missing != "never")
    flags = (
        leafy.astype(np.int64) << head_bits - 1 | both.astype(np.int64) << head_bits - 2 | missing_left.astype(np.int64) << head_bits - 3
    )
    low_bits = (np.array(links, dtype=np.int64) << head_bits | flags | trees.feature).tolist()
    threshold = (trees.threshold.astype(np.int64) & ((1 << 8 * size) - 1)).tolist()
    out: list[int] = []
    roots = trees.roots.tolist()
    for root, end in zip(roots, [*roots[1:], trees.n_nodes], strict=True):  # nodes are in preorder, tree after tree
        out.append(total[root])
        for node in range(root, end):
            out += [threshold[node], low_bits[node]] if size == 4 else [threshold[node] << 32 - 8 * size | low_bits[node]]
            if more[node] >= 0:
                out.append(more[node])
    return Words(np.array(out, dtype=np.uint32), key, leaf_bits, long_skip, payloads, n_leaves)
