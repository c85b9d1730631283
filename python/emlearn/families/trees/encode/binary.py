"""Leaves of a forest with two classes: the second class's share as a whole number, the payload itself.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..record import Forest
from .counts import Counts


@dataclasses.dataclass(frozen=True)
class Binary:
    """Payloads add up to the second class's part of `all`.

    Attributes
    ----------
    all : int
        Below 2^32.
    early : bool
        Whether trees that cannot change the class are left out.
    """

    all: int
    early: bool = False

    @property
    def sum(self) -> str:
        """The dtype of the sum."""
        return "uint16" if self.all < 1 << 16 else "uint32"


def of(record: Forest, leaves: Counts) -> tuple[np.ndarray, Binary] | None:
    """Payloads for leaves whose sums are exact; None for others."""
    if not leaves.is_exact or leaves.n_classes != 2 or record.n_trees == 1 or leaves.whole >= 1 << 24:
        return None
    return leaves.shares(0)[:, 1], Binary(record.n_trees * leaves.whole, leaves.lead > 0)
