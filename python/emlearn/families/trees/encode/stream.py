"""One form of nodes: a byte stream in preorder, see ``include/emlearn/trees/format.hpp``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools

import numpy as np

from ..record import Trees

_NARROW_IDS, _WIDE_IDS = 1 << 14, 1 << 30
_NARROW_SKIP, _WIDE_SKIP = 1 << 14, 1 << 29


def most_payloads(wide_link: bool) -> int:
    """Payloads must be below this."""
    return _WIDE_IDS if wide_link else _NARROW_IDS


def encode(trees: Trees, payload: np.ndarray, key: str, wide_feature: bool, wide_link: bool) -> tuple[np.ndarray | None, int]:
    """The nodes' bytes and the depth; None where a link is too narrow. Nodes must be in preorder."""
    n = trees.n_nodes
    left, right = trees.left.tolist(), trees.right.tolist()
    leaf = functools.partial(_leaf_bytes, wide=wide_link)
    leaf_records = [leaf(number) for number in payload.tolist()]
    head = _heads(trees, key, wide_feature)
    fixed = head.shape[1]
    size, level, skip_sizes = [0] * n, [0] * n, [b""] * n
    for node in range(n - 1, -1, -1):
        a, b = left[node], right[node]
        left_size = size[a] if a >= 0 else len(leaf_records[~a])
        right_size = size[b] if b >= 0 else len(leaf_records[~b])
        skip = _skip_bytes(left_size, wide_link)
        if skip is None:
            return None, 0
        skip_sizes[node] = skip
        size[node] = fixed + len(skip) + left_size + right_size
        level[node] = 1 + max(level[a] if a >= 0 else 0, level[b] if b >= 0 else 0)
    heads = head.tobytes()
    out = bytearray()
    depth = 0
    for root in trees.roots.tolist():
        length = size[root] if root >= 0 else len(leaf_records[~root])
        if not wide_link and length >= 1 << 16:
            return None, 0
        out += length.to_bytes(4 if wide_link else 2, "little")
        depth = max(depth, level[root] if root >= 0 else 0)
        stack = [root]
        while stack:
            node = stack.pop()
            if node < 0:
                out += leaf_records[~node]
            else:
                out += heads[node * fixed : (node + 1) * fixed]
                out += skip_sizes[node]
                stack += (right[node], left[node])
    return np.frombuffer(bytes(out), dtype=np.uint8), depth


def _heads(trees: Trees, key: str, wide_feature: bool) -> np.ndarray:
    """Feature, flag and threshold of each node, shape (n_nodes, bytes)."""
    feature = trees.feature.astype(np.int64)
    flag = np.where(trees.missing_left & (trees.missing != "never"), 0x40, 0)
    columns = [(feature >> 8) | flag, feature & 0xFF] if wide_feature else [feature | flag]
    threshold = trees.threshold.astype(np.dtype(key).newbyteorder("<")).view(np.uint8).reshape(trees.n_nodes, np.dtype(key).itemsize)
    return np.column_stack([*columns, threshold]).astype(np.uint8)


def _leaf_bytes(number: int, wide: bool) -> bytes:
    if number < 64:
        return bytes([0x80 | number])
    count = 3 if wide else 1
    return bytes([0xC0 | number >> 8 * count]) + (number & (1 << 8 * count) - 1).to_bytes(count, "big")


def _skip_bytes(size: int, wide: bool) -> bytes | None:
    if size < 192:
        return bytes([size])
    if not wide:
        return bytes([0xC0 | size >> 8, size & 0xFF]) if size < _NARROW_SKIP else None
    if size < 8192:
        return bytes([0xC0 | size >> 8, size & 0xFF])
    return bytes([0xE0 | size >> 24]) + (size & 0xFFFFFF).to_bytes(3, "big") if size < _WIDE_SKIP else None
