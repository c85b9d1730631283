"""One form of nodes: a byte stream in preorder, see ``include/emlearn/trees/format.hpp``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ..record import Trees
from .layers import layers, of_children

_NARROW_IDS, _WIDE_IDS = 1 << 14, 1 << 30
_SHORT_SKIP, _NARROW_SKIP, _WIDE_SKIP = 1 << 13, 1 << 14, 1 << 29


def most_payloads(wide_link: bool) -> int:
    """Payloads must be below this."""
    return _WIDE_IDS if wide_link else _NARROW_IDS


def encode(trees: Trees, payload: np.ndarray, key: str, wide_feature: bool, wide_link: bool) -> tuple[np.ndarray | None, int]:
    """The nodes' bytes and the depth; None where a link is too narrow. Nodes must be in preorder."""
    head, prefix = _heads(trees, key, wide_feature), 4 if wide_link else 2
    left, right, roots = trees.left, trees.right, trees.roots
    leaf = np.where(payload < 64, 1, 4 if wide_link else 2)
    levels = layers(trees)
    size, first, skip = (np.zeros(trees.n_nodes, dtype=np.int64) for _ in range(3))  # of subtrees, of left ones, and of links past these
    for nodes in reversed(levels):
        first[nodes] = of_children(left[nodes], size, leaf)
        skip[nodes] = np.where(first[nodes] < 192, 1, np.where(first[nodes] < _SHORT_SKIP, 2, prefix))
        size[nodes] = head.shape[1] + skip[nodes] + first[nodes] + of_children(right[nodes], size, leaf)
    lengths = of_children(roots, size, leaf)
    if np.any(first >= (_WIDE_SKIP if wide_link else _NARROW_SKIP)) or (not wide_link and np.any(lengths >= 1 << 16)):
        return None, 0
    start = np.cumsum(prefix + lengths) - lengths
    at = np.zeros(trees.n_nodes, dtype=np.int64)
    at[roots[roots >= 0]] = start[roots >= 0]
    for nodes in levels:
        after = at[nodes] + head.shape[1] + skip[nodes]
        for child, place in ((left[nodes], after), (right[nodes], after + first[nodes])):
            at[child[child >= 0]] = place[child >= 0]
    out = np.zeros(int(np.sum(prefix + lengths)), dtype=np.uint8)
    for byte in range(prefix):
        out[start - prefix + byte] = lengths >> 8 * byte & 0xFF
    out[at[:, None] + np.arange(head.shape[1])] = head
    after = at + head.shape[1]
    _put(out, after, np.choose(skip // 2, [first, 0xC000 | first, 0xE0000000 | first]), skip)
    after += skip
    for child, place in ((left, after), (right, after + first), (roots, start)):
        number, count = payload[~child[child < 0]], leaf[~child[child < 0]]
        _put(out, place[child < 0], np.choose(count // 2, [0x80 | number, 0xC000 | number, 0xC0000000 | number]), count)
    return out, len(levels)


def _put(out: np.ndarray, place: np.ndarray, value: np.ndarray, count: np.ndarray) -> None:
    """Values of `count` bytes each, the highest first."""
    for byte in range(int(count.max(initial=0))):
        there = byte < count
        out[place[there] + byte] = value[there] >> 8 * (count[there] - 1 - byte) & 0xFF


def _heads(trees: Trees, key: str, wide_feature: bool) -> np.ndarray:
    """Feature, flag and threshold of each node, shape (n_nodes, bytes)."""
    feature = trees.feature.astype(np.int64)
    flag = np.where(trees.missing_left & (trees.missing != "never"), 0x40, 0)
    columns = [(feature >> 8) | flag, feature & 0xFF] if wide_feature else [feature | flag]
    threshold = trees.threshold.astype(np.dtype(key).newbyteorder("<")).view(np.uint8).reshape(trees.n_nodes, np.dtype(key).itemsize)
    return np.column_stack([*columns, threshold]).astype(np.uint8)
