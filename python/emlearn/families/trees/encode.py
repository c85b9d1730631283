"""Forest to the byte tables of ``include/emlearn/trees/format.hpp``: the narrowest widths that hold it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from .record import Forest

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

#: The closed list of (class, share) widths of a distribution's entries.
ENTRIES = (("uint8", "uint8"), ("uint8", "uint16"), ("uint16", "uint16"), ("uint16", "uint32"))

_NARROW_IDS, _WIDE_IDS = 1 << 14, 1 << 30
_NARROW_SKIP, _WIDE_SKIP = 1 << 14, 1 << 29
_MOST_CLASSES, _MOST_TREES, _MOST_LEVELS = 1 << 15, (1 << 16) - 1, (1 << 16) - 1


@dataclasses.dataclass(frozen=True, eq=False)
class Encoded:
    """The tables of a forest, and the widths they are in.

    Attributes
    ----------
    key : str
        dtype of the thresholds.
    wide_feature, wide_link : bool
    nodes : ndarray of uint8
    n_leaf_ids : int
        Ids are below this.
    depth : int
        Inner nodes on the longest path.
    n_pure : int
        Leaf ids below this are classes.
    sum : {"uint32", "uint64"}
        uint32 where all shares are exact multiples of 1 / whole, else uint64.
    whole : int
        The share of one.
    entry : tuple of str
        dtypes of an entry's class and share.
    entries : ndarray of uint8
    shares : ndarray of uint32
        The distinct shares, in words of their sum's type, the low word first.
    values : ndarray of shape (n_leaves, n_outputs), float32
    """

    key: str
    wide_feature: bool
    wide_link: bool
    nodes: np.ndarray
    n_leaf_ids: int
    depth: int
    n_pure: int = 0
    sum: str = "uint32"
    whole: int = 0
    entry: tuple[str, str] = ENTRIES[0]
    entries: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint8))
    shares: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint32))
    values: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((0, 1), np.float32))

    @property
    def entry_bytes(self) -> int:
        return sum(np.dtype(part).itemsize for part in self.entry)

    @property
    def n_shares(self) -> int:
        return len(self.shares) * 4 // np.dtype(self.sum).itemsize

    @property
    def leading_whole(self) -> int:
        """The share of one in the units that probabilities are read in."""
        return self.whole >> 32 if self.sum == "uint64" else self.whole


def encoded(record: Forest) -> Encoded:
    """The tables of a finished forest; kept with it, since it never changes."""
    if "_encoded" not in record.__dict__:
        record.__dict__["_encoded"] = encode(record)
    return record.__dict__["_encoded"]


def encode(record: Forest) -> Encoded:
    """Choose the widths and lay out the bytes.

    Raises
    ------
    UnsupportedError
        More of something than the widest format has room for.
    InvalidInputError
        Regression values that a float cannot hold.
    """
    _check_sizes(record)
    if record.is_classifier:
        ids, leaf_tables = _distributions(record)
    else:
        ids, leaf_tables = _values(record)
    key = next(key for key in KEYS[record.input] if _holds(key, record.threshold))
    mask = 0x7F if record.missing == "never" else 0x3F
    wide_feature = record.n_features > mask + 1
    if record.n_features > ((mask << 8) | 0xFF) + 1:
        raise UnsupportedError(f"the model has {record.n_features} features, and trees may have {((mask << 8) | 0xFF) + 1}")
    widest = leaf_tables["n_leaf_ids"]
    for wide_link in (False, True):
        if widest <= (_WIDE_IDS if wide_link else _NARROW_IDS):
            nodes, depth = _stream(record, ids, key, wide_feature, wide_link)
            if depth > _MOST_LEVELS:
                raise UnsupportedError(f"a tree has {depth} levels, and it may have {_MOST_LEVELS}: limit max_depth")
            if nodes is not None:
                return Encoded(key, wide_feature, wide_link, nodes, depth=depth, **leaf_tables)
    raise UnsupportedError("the forest is larger than 512 MB per tree: train fewer or shallower trees")


def _check_sizes(record: Forest) -> None:
    width = record.leaves.shape[1]
    if record.is_classifier and width > _MOST_CLASSES:
        raise UnsupportedError(f"the model has {width} classes over all outputs, and a forest may have {_MOST_CLASSES}")
    if record.n_trees > _MOST_TREES:
        raise UnsupportedError(f"the forest has {record.n_trees} trees, and it may have {_MOST_TREES}: train fewer")
    if not record.is_classifier:
        most = float(np.max(np.abs(record.leaves), initial=0))
        if most * record.n_trees > float(np.finfo(np.float32).max):
            raise InvalidInputError(
                f"the leaves reach {most:.3g}, and sums over {record.n_trees} trees must stay below 3.4e38 in float: "
                "scale the targets and fit again"
            )


def _holds(key: str, threshold: np.ndarray) -> bool:
    info = np.iinfo(key)
    return threshold.size == 0 or bool(info.min <= threshold.min() and threshold.max() <= info.max)


def _values(record: Forest) -> tuple[np.ndarray, dict[str, Any]]:
    """Leaf ids by falling frequency, so that the commonest leaves take one byte; rows equal as float32 share one."""
    values, inverse = np.unique(record.leaves.astype(np.float32), axis=0, return_inverse=True)
    order, ids = _by_frequency(record, inverse.reshape(-1), len(values))
    return ids, {"n_leaf_ids": len(values), "values": np.ascontiguousarray(values[order])}


def _by_frequency(record: Forest, group: np.ndarray, n_groups: int) -> tuple[np.ndarray, np.ndarray]:
    children = np.concatenate([record.left, record.right, record.roots])
    uses = np.bincount(group[~children[children < 0]], minlength=n_groups)
    order = np.argsort(-uses, kind="stable")
    rank = np.empty(n_groups, dtype=np.int64)
    rank[order] = np.arange(n_groups)
    return order, rank[group]


def _distributions(record: Forest) -> tuple[np.ndarray, dict[str, Any]]:
    """Ids of the leaves and the tables behind them: pure leaves are classes, others index their first entry."""
    leaves, width = record.leaves, record.leaves.shape[1]
    sum_type, whole, fixed = fixed_point(record)
    single = record.task.n_outputs == 1
    pure = (leaves == 1.0).any(axis=1) & (np.count_nonzero(leaves, axis=1) == 1) & single
    n_pure = width if single else 0
    mixed = np.flatnonzero(~pure)
    rows, columns = np.nonzero(leaves[mixed])
    shares, share_ids = np.unique(fixed[mixed][rows, columns], return_inverse=True)
    order = np.lexsort((columns, -leaves[mixed][rows, columns], rows))  # the most probable class of a leaf first
    rows, columns, share_ids = rows[order], columns[order], share_ids[order]
    starts = np.searchsorted(rows, np.arange(len(mixed)))
    last = np.zeros(len(rows), dtype=bool)
    last[np.searchsorted(rows, np.arange(len(mixed)), side="right") - 1] = True
    entry = next((c, s) for c, s in ENTRIES if width <= np.iinfo(c).max // 2 + 1 and len(shares) <= np.iinfo(s).max + 1)
    class_type, share_type = (np.dtype(part).newbyteorder("<") for part in entry)
    packed = np.zeros(len(rows), dtype=[("class", class_type), ("share", share_type)])
    packed["class"] = columns | (last.astype(np.int64) << (8 * class_type.itemsize - 1))
    packed["share"] = share_ids
    ids = np.argmax(leaves, axis=1)
    ids[mixed] = n_pure + starts
    return ids, {
        "n_leaf_ids": n_pure + len(rows),
        "n_pure": n_pure,
        "sum": sum_type,
        "whole": whole,
        "entry": entry,
        "entries": packed.view(np.uint8),
        "shares": shares.astype(np.dtype(sum_type).newbyteorder("<")).view("<u4").astype(np.uint32),
    }


def fixed_point(record: Forest) -> tuple[str, int, np.ndarray]:
    """The type of the sums, the share of one, and the leaves as uint64 shares in its units."""
    sum_type, whole = _scale(record.leaves, record.n_trees, 2.0**-52 if record.n_trees > 1 or record.task.n_outputs == 1 else 0.0)
    return sum_type, whole, np.rint(record.leaves * whole).astype(np.uint64)  # exact: multiples of 1 / whole, or scaled by 2^k


def _scale(leaves: np.ndarray, n_trees: int, rounding: float) -> tuple[str, int]:
    """The type of the sums and the share of one.

    Where all shares are fractions whose least common denominator leaves room for the sum of all trees in 32 bits, they are
    exact in units of it (a forest of pure leaves counts its trees). Otherwise 64 bits, 2^k with room for the sum.
    A share counts as a fraction up to `rounding`: its last bit is far below scikit-learn's own rounding of a forest's sums,
    but a tree with several outputs has no sums, and compares the shares themselves.
    """
    denominator, room = 1, (2**32 - 1) // n_trees
    for share in np.unique(leaves).tolist():
        fraction = Fraction(share).limit_denominator(4096)
        denominator = math.lcm(denominator, fraction.denominator)
        if denominator > room or abs(float(fraction) - share) > rounding * share:
            return "uint64", 1 << (63 - max(1, n_trees.bit_length()))
    return "uint32", denominator


def _stream(record: Forest, ids: np.ndarray, key: str, wide_feature: bool, wide_link: bool) -> tuple[np.ndarray | None, int]:
    """The nodes' bytes and the depth; None where a link is too narrow. Nodes must be in preorder."""
    n = record.n_nodes
    left, right = record.left.tolist(), record.right.tolist()
    leaf = functools.partial(_leaf_bytes, wide=wide_link)
    leaf_records = [leaf(number) for number in ids.tolist()]
    head = _heads(record, key, wide_feature)
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
    for root in record.roots.tolist():
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


def _heads(record: Forest, key: str, wide_feature: bool) -> np.ndarray:
    """Feature, flag and threshold of each node, shape (n_nodes, bytes)."""
    feature = record.feature.astype(np.int64)
    flag = np.where(record.missing_left & (record.missing != "never"), 0x40, 0)
    columns = [(feature >> 8) | flag, feature & 0xFF] if wide_feature else [feature | flag]
    threshold = record.threshold.astype(np.dtype(key).newbyteorder("<")).view(np.uint8).reshape(record.n_nodes, np.dtype(key).itemsize)
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
