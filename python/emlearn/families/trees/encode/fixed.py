"""Leaves of a regression forest as whole numbers that are added up: the payloads themselves, no table.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ..record import Forest, Short
from .nodes import uses


@dataclasses.dataclass(frozen=True)
class Fixed:
    """A leaf's share of the mean is ``(payload + least) * 2^-shift``.

    Attributes
    ----------
    shift : int
    least : int
    is_exact : bool
        Whether leaves are such multiples themselves.
    """

    shift: int
    least: int
    is_exact: bool = False

    @property
    def rounding(self) -> float:
        """The largest difference between a leaf and its whole number, over the number of trees."""
        return 0.0 if self.is_exact else 2.0 ** -(self.shift + 1)


def encode(record: Forest) -> tuple[np.ndarray, Fixed] | None:
    """Payloads; None where a float is finer than 32-bit sums allow, or where leaves repeat so much that a table of them is smaller.

    The unit is so fine that a leaf's rounding is at most ``n_trees * 2^-24`` of the least leaf: what the rounding of as many float
    additions may take.
    """
    if record.short is not None:
        return _shortened(record, record.short)
    sizes = np.abs(record.leaves)
    if record.n_trees == 1 or record.leaves.shape[1] > 1 or not np.any(sizes):
        return None
    shift = 23 - math.floor(math.log2(sizes[sizes > 0].min()))
    if not -90 < shift < 90 or sizes.max() * 2.0**shift >= 2**31 - record.n_trees:
        return None
    numbers = np.rint(record.leaves[:, 0] / record.n_trees * 2.0**shift).astype(np.int64)
    least, n_leaves, n_distinct = int(numbers.min()), int(uses(record).sum()), len(np.unique(record.leaves.astype(np.float32)))
    payload = numbers - least
    width = max(1, int(payload.max()).bit_length()) / 8
    if payload.max() >= 1 << 30 or n_leaves * width > n_leaves * 1.5 + 4 * n_distinct:
        return None
    return payload, Fixed(shift, least)


def _shortened(record: Forest, short: Short) -> tuple[np.ndarray, Fixed] | None:
    if short.shift is None or not -90 < short.shift < 90:
        return None
    numbers = np.rint(record.leaves[:, 0] / record.n_trees * 2.0**short.shift).astype(np.int64)
    least = int(numbers.min())
    return numbers - least, Fixed(short.shift, least, is_exact=True)
