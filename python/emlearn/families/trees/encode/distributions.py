"""Leaves of a classifier: distributions over the classes, in a table of (class, share) entries.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

import numpy as np

from ..record import Forest

#: The closed list of (class, share) widths of a distribution's entries.
ENTRIES = (("uint8", "uint8"), ("uint8", "uint16"), ("uint16", "uint16"), ("uint16", "uint32"))


@dataclasses.dataclass(frozen=True, eq=False)
class Distributions:
    """Class distributions as ``include/emlearn/trees/vote.hpp`` reads them.

    Attributes
    ----------
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
    """

    n_pure: int
    sum: str
    whole: int
    entry: tuple[str, str]
    entries: np.ndarray
    shares: np.ndarray

    @property
    def entry_bytes(self) -> int:
        return sum(np.dtype(part).itemsize for part in self.entry)

    @property
    def n_entries(self) -> int:
        return len(self.entries) // self.entry_bytes

    @property
    def n_leaf_ids(self) -> int:
        """Leaf ids are below this."""
        return self.n_pure + self.n_entries

    @property
    def n_shares(self) -> int:
        return len(self.shares) * 4 // np.dtype(self.sum).itemsize

    @property
    def leading_whole(self) -> int:
        """The share of one in the units that probabilities are read in."""
        return self.whole >> 32 if self.sum == "uint64" else self.whole


def encode(record: Forest) -> tuple[np.ndarray, Distributions]:
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
    return ids, Distributions(
        n_pure=n_pure,
        sum=sum_type,
        whole=whole,
        entry=entry,
        entries=packed.view(np.uint8),
        shares=shares.astype(np.dtype(sum_type).newbyteorder("<")).view("<u4").astype(np.uint32),
    )


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
