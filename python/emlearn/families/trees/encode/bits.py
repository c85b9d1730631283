"""One form of nodes: a stream of bits, see ``include/emlearn/trees/bits.hpp``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from ..record import Trees
from .counts import CountBits, Counts
from .number import Number


@dataclasses.dataclass(frozen=True, eq=False)
class Bits:
    """Nodes in bits, and their widths.

    Attributes
    ----------
    nodes : ndarray of uint8
    word : {"uint16", "uint32"}
        Has any place in a tree (in all of them where there are no jumps), in bits.
    feature, threshold : int
        Bits of each field.
    shift, base : int
        A threshold is ``(field << shift) + base``.
    jumps : int
        Levels at which what a row does not look at is jumped over; the first are whole trees.
    jump : int
        Bits of a jump.
    leaf : Number or None
        How leaves are written: as payloads or numbers of them.
    counts : Counts or None
        Leaves that hold counts where they stand.
    payloads : ndarray of uint16 or uint32, or None
        Of leaves by number; None where leaves are the payloads themselves.
    n_leaves : int
        Leaves are below this.
    """

    nodes: np.ndarray
    word: str
    feature: int
    threshold: int
    shift: int
    base: int
    jumps: int
    jump: int
    leaf: Number | None
    counts: Counts | None
    payloads: np.ndarray | None
    n_leaves: int

    @property
    def n_bytes(self) -> int:
        return self.nodes.nbytes + (0 if self.payloads is None else self.payloads.nbytes)


#: A table of payloads takes so many bytes of code.
_CODE_OF_TABLE = 16

#: A row may read so many times the nodes and leaves that it comes to.
_MOST_READ = 3.6


def encode(trees: Trees, payload: np.ndarray, counts: Counts | None = None, jumps: int | None = None) -> Bits | None:
    """The narrowest fields, and the bytes; None where the form does not apply: 64-bit keys, no nodes.

    Parameters
    ----------
    trees : Trees
        Finished: keys as thresholds, nodes in preorder, tree after tree.
    payload : ndarray of shape (n_leaves,), int64
    counts : Counts, optional
        The same leaves as counts, which are to stand in the stream; `payload` is not used then.
    jumps : int, optional
        By default as many levels as keep reading short.
    """
    if trees.input == "float64" or trees.n_nodes == 0:
        return None
    leaf, payloads, n_leaves, items = _leaves(trees, payload) if counts is None else (None, None, 0, _count_items(counts))
    base, shift, threshold = _thresholds(trees.threshold)
    feature = max(1, int(trees.feature.max()).bit_length())
    jumps = fewest_jumps(trees) if jumps is None else jumps
    fields = ((trees.threshold - base) >> shift).tolist()
    jump = 1
    while (written := _Writer(trees, feature, threshold, fields, items, jumps, jump)).longest_jump >= 1 << jump:
        jump = written.longest_jump.bit_length()
    word = "uint16" if written.longest < 1 << 16 else "uint32"
    nodes = _packed(written.values, written.widths)
    return Bits(nodes, word, feature, threshold, shift, base, jumps, jump, leaf, counts, payloads, n_leaves)


def _leaves(trees: Trees, payload: np.ndarray) -> tuple[Number, np.ndarray | None, int, list[list[tuple[int, int]]]]:
    """Payloads in the nodes, or their numbers where a table of them takes less."""
    children = np.concatenate([trees.left, trees.right, trees.roots])
    used = payload[~children[children < 0]]
    distinct, count = np.unique(used, return_counts=True)
    direct = Number.best(used, int(payload.max()) + 1)
    order = np.argsort(-count, kind="stable")  # the commonest leaves get the smallest numbers
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    ranks = rank[np.searchsorted(distinct, payload).clip(max=len(distinct) - 1)]
    by_rank = Number.best(ranks[~children[children < 0]], len(distinct))
    table = distinct[order].astype(np.uint16 if distinct[-1] < 1 << 16 else np.uint32)
    apart = by_rank.cost(ranks[~children[children < 0]]).sum() / 8 + table.nbytes + _CODE_OF_TABLE
    if apart < direct.cost(used).sum() / 8:
        return by_rank, table, len(distinct), [by_rank.fields(value) for value in ranks.tolist()]
    return direct, None, int(payload.max()) + 1, [direct.fields(value) for value in payload.tolist()]


def _count_items(counts: Counts) -> list[list[tuple[int, int]]]:
    """Leaves of counts: whether n is 1, else n; then classes with their counts, the smallest first, until they add up to n."""
    assert counts.widths is not None
    return [_count_fields(counts.widths, n, k) for n, k in zip(counts.n.tolist(), counts.k, strict=True)]


def _count_fields(widths: CountBits, n: int, k: np.ndarray) -> list[tuple[int, int]]:
    classes = np.flatnonzero(k)
    if len(classes) == 1:
        return [(1, 1), (int(classes[0]), widths.class_bits)]
    fields, left = [(0, 1), (n, widths.n_bits)], n
    for c in classes[np.argsort(k[classes], kind="stable")].tolist():
        fields.append((c, widths.class_bits))
        count = int(k[c])
        if left > 1:
            fields += [(1, 1)] if count == left else [(0, 1), (count, widths.k_bits)]
        left -= count
    return fields


def _thresholds(threshold: np.ndarray) -> tuple[int, int, int]:
    """Base, shift and bits: without a base where that takes no more of them."""
    least, most = int(threshold.min()), int(threshold.max())
    found = []
    for base in (0, least):
        if base > least:
            continue
        common = int(np.bitwise_or.reduce(threshold - base))
        shift = (common & -common).bit_length() - 1 if common else 0
        found.append((base, shift, max(1, ((most - base) >> shift).bit_length())))
    return min(found, key=lambda choice: choice[2])


def _levels(trees: Trees) -> np.ndarray:
    """Of each node; the root's is 0."""
    level = np.zeros(trees.n_nodes, dtype=np.int64)
    left, right, found = trees.left.tolist(), trees.right.tolist(), level.tolist()
    for node in range(trees.n_nodes):  # nodes are in preorder
        for child in (left[node], right[node]):
            if child >= 0:
                found[child] = found[node] + 1
    return np.array(found, dtype=np.int64)


def _items(trees: Trees) -> np.ndarray:
    """Nodes and leaves of the subtree at each node."""
    left, right = trees.left.tolist(), trees.right.tolist()
    found = [0] * trees.n_nodes
    for node in range(trees.n_nodes - 1, -1, -1):
        found[node] = 1 + sum(found[child] if child >= 0 else 1 for child in (left[node], right[node]))
    return np.array(found, dtype=np.int64)


def expected_reads(trees: Trees, jumps: int) -> tuple[float, float]:
    """Nodes and leaves that a row reads, and those that it comes to, where all ways are equally likely."""
    level, items = _levels(trees), _items(trees)
    reached = 0.5**level
    way = float(reached.sum()) + trees.n_trees
    if jumps == 0:
        return float(items[trees.roots[trees.roots >= 0]].sum() + np.count_nonzero(trees.roots < 0)), way
    over = np.where(trees.left >= 0, items[trees.left.clip(min=0)], 1)
    return way + float((reached * over * (level >= jumps - 1)).sum()) / 2, way


def fewest_jumps(trees: Trees) -> int:
    """The fewest levels of them that keep reading short."""
    jumps = 0
    while (found := expected_reads(trees, jumps))[0] > _MOST_READ * found[1]:
        jumps += 1
    return jumps


class _Writer:
    """The fields of the stream: values and their widths, in order."""

    def __init__(self, trees: Trees, feature: int, threshold: int, fields: list[int], leaves: list[list[tuple[int, int]]], jumps: int,
                 width: int) -> None:  # fmt: skip
        self.values: list[int] = []
        self.widths: list[int] = []
        self.longest_jump = self.longest = 0
        flags = [] if trees.missing == "never" else trees.missing_left.astype(int).tolist()
        features, left, right = trees.feature.tolist(), trees.left.tolist(), trees.right.tolist()
        end = 0
        for root in trees.roots.tolist():
            start, length = end, len(self.values)
            if jumps:
                self._add([(0, width)])
                end += width
            stack = [(root, 0, -1)]
            while stack:
                node, level, patch = stack.pop()
                if patch >= 0:  # the right child of a node with a jump
                    end = self._aligned(end)
                    self._patch(patch, end, width)
                if node < 0:
                    self._add([(0, 1), *leaves[~node]])
                    end += 1 + sum(bits for _, bits in leaves[~node])
                    continue
                self._add([(1, 1)])
                if flags:
                    self._add([(flags[node], 1)])
                self._add([(features[node], feature), (fields[node], threshold)])
                end += 1 + bool(flags) + feature + threshold
                patch = -1
                if level + 1 < jumps:
                    patch = len(self.values)
                    end += width
                    self._add([((end + 7) >> 3, width)])
                stack += [(right[node], level + 1, patch), (left[node], level + 1, -1)]
            if jumps:
                end = self._aligned(end)
                self.values[length] = (end - start) >> 3
                self.longest_jump = max(self.longest_jump, self.values[length])
            self.longest = max(self.longest, end - (start if jumps else 0))

    def _add(self, fields: Iterable[tuple[int, int]]) -> None:
        for value, width in fields:
            self.values.append(value)
            self.widths.append(width)

    def _aligned(self, end: int) -> int:
        self._add([(0, -end % 8)])
        return end + -end % 8

    def _patch(self, at: int, end: int, width: int) -> None:
        self.values[at] = (end >> 3) - self.values[at]
        self.longest_jump = max(self.longest_jump, self.values[at])


def _packed(values: list[int], widths: list[int]) -> np.ndarray:
    value, width = np.array(values, dtype=np.int64), np.array(widths, dtype=np.int64)
    end = np.cumsum(width)
    down = np.repeat(end, width) - 1 - np.arange(int(end[-1]))
    return np.packbits(((np.repeat(value, width) >> down) & 1).astype(np.uint8))
