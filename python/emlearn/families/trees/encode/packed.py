"""One form of nodes: a stream of half or whole bytes, see ``include/emlearn/trees/packed.hpp``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..record import Trees
from .idle import asking


@dataclasses.dataclass(frozen=True)
class Number:
    """Units of a number: `first`, and `more` of them from `direct` on; `more` is 0 where `first` hold all. A unit has `bits`."""

    bits: int
    first: int
    more: int
    direct: int

    def cost(self, values: np.ndarray) -> np.ndarray:
        """Units of each value."""
        return np.where(values < self.direct, self.first, self.first + self.more)

    @property
    def room(self) -> int:
        """Values must be below this."""
        return self.direct + (((1 << self.bits * self.first) - self.direct) << self.bits * self.more) if self.more else self.direct

    @classmethod
    def best(cls, bits: int, values: np.ndarray, room: int) -> Number:
        """The widths that take the fewest units for `values`, with room for all below `room`."""
        found, unit = [], 1 << bits
        for first in range(1, 9):
            if unit**first >= room:
                found.append(cls(bits, first, 0, unit**first))
                break
            for more in range(1, 8):
                prefixes = -(-(room - unit**first) // (unit**more - 1))  # each escape gives up one value for unit^more
                if 0 < prefixes < unit**first:
                    found.append(cls(bits, first, more, unit**first - prefixes))
        return min(found, key=lambda number: int(number.cost(values).sum()))

    def units(self, value: int) -> list[int]:
        """The units of one value, the highest first."""
        if value < self.direct:
            return _units(self.bits, value, self.first)
        rest, size = value - self.direct, self.bits * self.more
        high = _units(self.bits, self.direct + (rest >> size), self.first)
        return high + _units(self.bits, rest & ((1 << size) - 1), self.more)


@dataclasses.dataclass(frozen=True, eq=False)
class Packed:
    """Nodes in half or whole bytes, and their widths.

    Attributes
    ----------
    nodes : ndarray of uint8
    unit : {4, 8}
        Bits of a unit.
    word : {"uint16", "uint32"}
    length, head, threshold : int
        Units of each field.
    shift, base : int
        A threshold is ``(field << shift) + base``.
    leaf, skip : Number
    """

    nodes: np.ndarray
    unit: int
    word: str
    length: int
    head: int
    threshold: int
    shift: int
    base: int
    leaf: Number
    skip: Number


def encode(trees: Trees, payload: np.ndarray, unit: int) -> Packed | None:
    """The narrowest fields, and the bytes; None where the form does not apply: 64-bit keys, no tree of more than one leaf."""
    if trees.input == "float64" or trees.n_nodes == 0:
        return None
    trees = asking(trees)
    flags = 2 if trees.missing == "never" else 3
    head = -(-(flags + max(1, int(trees.feature.max()).bit_length())) // unit)
    base, shift, threshold = _thresholds(trees.threshold, unit)
    leaf = Number.best(unit, payload[_leaves(trees)], int(payload.max()) + 1)
    fixed = head + threshold
    estimate = _sizes(trees, payload, fixed, leaf, Number(unit, 8 // unit, 0, 1 << 40))
    skips = _left_sizes(trees, estimate)
    skip = Number.best(unit, skips, 2 * int(skips.max(initial=1)) + 16)
    size = _sizes(trees, payload, fixed, leaf, skip)
    skips = _left_sizes(trees, size)
    if skips.max(initial=0) >= skip.room or head * unit > 32:
        return None
    length = max(1, -(-int(size[trees.roots].max()).bit_length() // unit))
    total = int(size[trees.roots].sum()) + length * trees.n_trees
    fits = unit * max(head, threshold) <= 16 and max(total, leaf.room - 1, skip.room - 1) < 1 << 16
    fields = ((trees.threshold - base) >> shift).tolist()
    array = np.array(_stream(trees, payload, unit, head, flags, fields, threshold, leaf, skip, size, length), dtype=np.uint8)
    if unit == 4:
        array = np.concatenate([array, np.zeros(len(array) % 2, dtype=np.uint8)])
        array = (array[::2] << 4 | array[1::2]).astype(np.uint8)
    return Packed(array, unit, "uint16" if fits else "uint32", length, head, threshold, shift, base, leaf, skip)


def _thresholds(threshold: np.ndarray, unit: int) -> tuple[int, int, int]:
    """Base, shift and units: without a base where that takes no more of them."""
    least, most = int(threshold.min()), int(threshold.max())
    found = []
    for base in (0, least):
        if base > least:
            continue
        offsets = threshold - base
        common = int(np.bitwise_or.reduce(offsets))
        shift = min((common & -common).bit_length() - 1, 31) if common else 0
        width = -(-max(1, (most - base).bit_length()) // unit)
        shifted = -(-max(1, ((most - base) >> shift).bit_length()) // unit)
        found.append((base, shift, shifted) if shifted < width else (base, 0, width))
    return min(found, key=lambda choice: choice[2])


def _leaves(trees: Trees) -> np.ndarray:
    children = np.concatenate([trees.left, trees.right])
    return ~children[children < 0]


def _sizes(trees: Trees, payload: np.ndarray, fixed: int, leaf: Number, skip: Number) -> np.ndarray:
    """Units of each node with all below it. Nodes are in preorder."""
    cost = leaf.cost(payload).tolist()
    left, right = trees.left.tolist(), trees.right.tolist()
    size = [0] * trees.n_nodes
    for node in range(trees.n_nodes - 1, -1, -1):
        a, b = left[node], right[node]
        total = fixed + (size[a] if a >= 0 else cost[~a]) + (size[b] if b >= 0 else cost[~b])
        if a >= 0 and b >= 0:
            total += skip.first if size[a] < skip.direct else skip.first + skip.more
        size[node] = total
    return np.array(size, dtype=np.int64)


def _left_sizes(trees: Trees, size: np.ndarray) -> np.ndarray:
    return size[trees.left[(trees.left >= 0) & (trees.right >= 0)]]


def _stream(trees: Trees, payload: np.ndarray, unit: int, head: int, flags: int, threshold: list[int], n_threshold: int, leaf: Number,
            skip: Number, size: np.ndarray, length: int) -> list[int]:  # fmt: skip
    left, right, sizes = trees.left.tolist(), trees.right.tolist(), size.tolist()
    low = (trees.left < 0) + 2 * (trees.right < 0) + (4 * trees.missing_left if flags == 3 else 0)
    heads = ((trees.feature.astype(np.int64) << flags) + low).tolist()
    leaves = [leaf.units(value) for value in payload.tolist()]
    out: list[int] = []
    for root in trees.roots.tolist():
        out += _units(unit, sizes[root], length)
        stack = [root]
        while stack:
            node = stack.pop()
            out += _units(unit, heads[node], head)
            out += _units(unit, threshold[node], n_threshold)
            a, b = left[node], right[node]
            if a >= 0 and b >= 0:
                out += skip.units(sizes[a])
                stack += (b, a)
                continue
            for child in (a, b):
                if child < 0:
                    out += leaves[~child]
            stack += [child for child in (a, b) if child >= 0]
    return out


def _units(bits: int, value: int, count: int) -> list[int]:
    return [value >> bits * k & ((1 << bits) - 1) for k in range(count - 1, -1, -1)]
