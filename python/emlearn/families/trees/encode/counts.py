"""Leaves of a classifier that hold counts of training rows: shares k / n, in a byte or two each.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from .. import exits
from ..record import Forest

#: Entries keep at least two bits for their count.
_MOST_CLASSES, _MOST_COUNT = 64, (1 << 15) - 1

#: Bytes of a table of units that dividing on the way, and summing again where it is close, costs in code: 140 on Cortex-M0+, 192 on RV32.
_CODE_OF_DIVISION = 200


@dataclasses.dataclass(frozen=True)
class CountBits:
    """Widths of leaves in a stream of bits: a class, the n of a leaf (0 where it is `whole` for all), and a count.

    Attributes
    ----------
    class_bits, n_bits, k_bits : int
    """

    class_bits: int
    n_bits: int
    k_bits: int


@dataclasses.dataclass(frozen=True, eq=False)
class Counts:
    """Leaves as ``include/emlearn/trees/counts.hpp`` reads them.

    Attributes
    ----------
    n_classes : int
    n : ndarray of shape (n_leaves,), int64
        Training rows of each distinct leaf, reduced: shares are multiples of 1 / n.
    k : ndarray of shape (n_leaves, n_classes), int64
    bytes : ndarray of uint8
        The leaves of several classes.
    class_bits : int
    count : {"uint8", "uint16"}
    sum : {"uint8", "uint16", "uint32"}
    whole : int
        The share of one in the first pass.
    first_bits, step, passes : int
        Passes beyond the first sum again, each in units finer by 2^step; 1 pass where sums are exact.
    slack : int
        What rounding takes from a sum at most, in units of any pass.
    lead : int
        Where sums start that tell when the class is decided, see ``include/emlearn/trees/decided.hpp``; 0 where all trees are asked.
    units : ndarray of the sum's dtype
        whole // n for each n from `least` on; empty where shares are divided out on the way.
    least : int
    is_fast : bool
        Whether `bytes` are as in ``include/emlearn/trees/entries.hpp``.
    words : ndarray of uint32
        The same once more, as in ``include/emlearn/trees/dense.hpp``; empty where it does not apply.
    word_at : ndarray of shape (n_leaves,), int64
        Where the words of leaves of several classes start.
    widths : CountBits, optional
        Where leaves stand in the stream of nodes, as in ``include/emlearn/trees/bit_counts.hpp``; `bytes` is empty then.
    """

    n_classes: int
    n: np.ndarray
    k: np.ndarray
    bytes: np.ndarray
    class_bits: int
    count: str
    sum: str
    whole: int
    first_bits: int
    step: int
    passes: int
    slack: int
    units: np.ndarray
    least: int
    lead: int = 0
    is_fast: bool = False
    words: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint32))
    word_at: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.int64))
    widths: CountBits | None = None

    @property
    def mask(self) -> str:
        """The dtype that has a bit for each class, where passes need one."""
        return next(dtype for dtype in ("uint8", "uint16", "uint32") if self.passes == 1 or self.n_classes <= 8 * np.dtype(dtype).itemsize)

    @property
    def is_exact(self) -> bool:
        return self.passes == 1

    def rounding(self, n_trees: int) -> float:
        """What rounding takes from a mean of shares at most, as ``predict_proba`` adds them up."""
        if self.is_fast:
            return 0.0 if self.is_exact else 2.0 ** (-2 * self.first_bits)
        if self.sum == "uint16" and not self.is_exact:  # summed twice
            return 2.0 ** -(self.first_bits + self.step)
        return self.slack / self.whole / n_trees

    def in_bits(self) -> Counts:
        """The same leaves for a stream of bits; units of one n are 1."""
        mixed = np.count_nonzero(self.k, axis=1) > 1
        n, k = self.n[mixed], np.sort(self.k[mixed], axis=1)
        same = self.is_exact and bool(np.all(n == self.whole))
        class_bits, k_bits = max(1, (self.n_classes - 1).bit_length()), int(k[:, :-1].max(initial=1)).bit_length()
        widths = CountBits(class_bits, 0 if same else int(n.max()).bit_length(), k_bits)
        none = np.zeros(0, np.uint8)
        return dataclasses.replace(self, bytes=none, units=none if same else self.units, widths=widths)

    def shares(self, number: int) -> np.ndarray:
        """The distinct leaves in units of pass `number`, modulo what sums hold: what the device adds up, (n_leaves, n_classes) int64."""
        n = self.n[:, None]
        if number == 0 and (self.units.size or self.is_exact):
            shares = self.k * (self.whole // n)
        else:
            shift = self.first_bits + number * self.step
            shares = np.array([[(int(k) << shift) // int(m) for k in row] for m, row in zip(self.n, self.k, strict=True)], dtype=object)
            shares = (shares % (np.iinfo(self.sum).max + 1)).astype(np.int64).reshape(self.k.shape)
        return np.where(self.k == n, self.whole if number == 0 else shares, shares)


def encode(record: Forest) -> tuple[np.ndarray, Counts] | None:
    """Leaf ids and their tables; None where the leaves are no such counts."""
    if record.task.n_outputs > 1:
        return None
    leaves, n_classes = record.leaves, record.leaves.shape[1]
    pure = np.count_nonzero(leaves, axis=1) == 1
    mixed = np.flatnonzero(~pure)
    n, k = np.ones(len(leaves), dtype=np.int64), (leaves > 0).astype(np.int64)
    if len(mixed):
        whole = (1 << record.short.bits) - 1 if record.short else None
        if n_classes > _MOST_CLASSES or (found := _counts(leaves[mixed], whole)) is None:
            return None
        n[mixed], k[mixed] = found
    if not np.all(leaves[pure] == k[pure]):
        return None
    sums = _sums(record, n, k, mixed)
    if sums is None:
        return None
    class_bits = max(1, (n_classes - 1).bit_length())
    count = "uint8" if n[mixed].max(initial=0) < 256 else "uint16"
    sums["lead"] = lead(record, sums["whole"], sums["sum"])
    ids, table = _bytes(leaves, n, k, mixed, class_bits, count)
    return ids, Counts(n_classes=n_classes, n=n, k=k, bytes=table, class_bits=min(class_bits, 6), count=count, **sums)


def lead(record: Forest, whole: int, dtype: str) -> int:
    """Where sums start: their highest bit is then set where they are more than half of what all trees give."""
    return np.iinfo(dtype).max // 2 - record.n_trees * whole // 2 if exits.applies(record) else 0


def _counts(shares: np.ndarray, whole: int | None) -> tuple[np.ndarray, np.ndarray] | None:
    """The smallest n of each row such that all its shares are k / n, up to the rounding of a double; None where there is none.

    Where all shares are known to be multiples of 1 / whole, n is that for all rows, so that one unit does for them.
    """
    if whole is not None:
        counts = np.rint(shares * whole).astype(np.int64)
        return (np.full(len(shares), whole), counts) if whole <= _MOST_COUNT else None
    found_n = np.zeros(len(shares), dtype=np.int64)
    found_k = np.zeros(shares.shape, dtype=np.int64)
    left = np.arange(len(shares))
    for n in range(2, _MOST_COUNT + 1):
        if n == 512 and len(left) > 64:  # no counts of rows, it seems
            return None
        counts = np.rint(shares[left] * n)
        fits = np.all(np.abs(counts - shares[left] * n) <= 2.0**-51 * n * shares[left], axis=1) & (counts.sum(axis=1) == n)
        fits &= np.all((counts > 0) == (shares[left] > 0), axis=1)
        if np.any(fits):
            found_n[left[fits]], found_k[left[fits]] = n, counts[fits]
            left = left[~fits]
            if len(left) == 0:
                return found_n, found_k
    return None


def _sums(record: Forest, n: np.ndarray, k: np.ndarray, mixed: np.ndarray) -> dict[str, Any] | None:
    """How shares are summed: exactly where a common denominator leaves room and its units are few, else in passes."""
    n_trees, used = record.n_trees, np.unique(n[mixed])
    denominator = math.lcm(*map(int, used))
    least = int(used[0]) if len(used) else 1
    n_units = int(used[-1]) - least + 1 if len(used) else 0
    sum_type = next((t for t in ("uint8", "uint16", "uint32") if denominator * n_trees <= np.iinfo(t).max), None)
    if len(used) == 0 and sum_type is not None:
        return {"sum": sum_type, "whole": 1, "first_bits": 0, "step": 0, "passes": 1, "slack": 0,
                "units": np.zeros(0, dtype=sum_type), "least": 1}  # fmt: skip
    n_classes = record.leaves.shape[1]
    if sum_type == "uint8":
        sum_type = "uint16"
    if sum_type is not None:
        units = _units(denominator, least, n_units, sum_type)
        if record.optimize != "size" or units.nbytes <= _CODE_OF_DIVISION or n_trees == 1 or n_classes > 32:
            return {"sum": sum_type, "whole": denominator, "first_bits": 0, "step": 0, "passes": 1, "slack": 0, "units": units,
                    "least": least}  # fmt: skip
    if n_classes > 32:
        return None
    if record.optimize == "size" and (narrow := _narrow(n_trees, int(used[-1]))) is not None:
        return narrow | {"least": least}
    first_bits = 31 - n_trees.bit_length()
    whole, table = 1 << first_bits, record.optimize != "size" and n_units <= 2048
    units = _units(whole, least, n_units, "uint32") if table else np.zeros(0, np.uint32)
    slack = n_trees * (max(int(k.max()), 1) if table else 1)
    # Sums of those in question differ by at most twice the slack, in finer units, and must tell their sign in 32 bits.
    step = 29 - slack.bit_length()
    # Until rounding is below 2^-50 per tree, in which scikit-learn's own sums may differ.
    passes = 1 + max(1, -(-(51 + (slack // n_trees).bit_length() - first_bits) // step)) if step > 0 else 0
    if step <= 0 or slack // n_trees * 2.0**-first_bits > 2.0**-16 or first_bits + passes * step > 255:
        return None
    return {"sum": "uint32", "whole": whole, "first_bits": first_bits, "step": step, "passes": passes, "slack": slack, "units": units,
            "least": least}  # fmt: skip


def _narrow(n_trees: int, most: int) -> dict[str, Any] | None:
    """Passes of 16 bits; None where the first two of them are coarser than 2^-16."""
    first_bits, slack = 15 - n_trees.bit_length(), n_trees
    step = 13 - slack.bit_length()
    if first_bits + step < 16 or most >= 1 << 15:
        return None
    passes = 1 - (-(52 - first_bits) // step)
    return {"sum": "uint16", "whole": 1 << first_bits, "first_bits": first_bits, "step": step, "passes": passes, "slack": slack,
            "units": np.zeros(0, np.uint16)}  # fmt: skip


def _units(whole: int, least: int, n_units: int, dtype: str) -> np.ndarray:
    return (whole // np.arange(least, least + n_units, dtype=np.int64)).astype(dtype)


def _bytes(
    leaves: np.ndarray, n: np.ndarray, k: np.ndarray, mixed: np.ndarray, class_bits: int, count: str
) -> tuple[np.ndarray, np.ndarray]:
    size, ids = np.dtype(count).itemsize, np.argmax(leaves, axis=1)
    if not len(mixed):  # any number of classes, whose bits need not fit a byte
        return ids, np.zeros(0, dtype=np.uint8)
    order = np.argsort(-leaves[mixed], axis=1, kind="stable")  # the most probable class first
    number = np.take_along_axis(k[mixed], order, axis=1)
    short = number < 1 << (8 - class_bits)
    entry = np.where(number > 0, np.where(short, 1, 1 + size), 0)
    length = size + entry.sum(axis=1)
    start = np.cumsum(length) - length
    ids[mixed] = leaves.shape[1] + start
    out = np.zeros(int(length.sum()), dtype=np.uint8)
    at = (start + size)[:, None] + np.cumsum(entry, axis=1) - entry
    out[at[number > 0]] = (order | np.where(short, number << class_bits, 0))[number > 0]
    long = (number > 0) & ~short
    for byte in range(size):
        out[start + byte] = n[mixed] >> 8 * byte & 0xFF
        out[at[long] + 1 + byte] = number[long] >> 8 * byte & 0xFF
    return ids, out
