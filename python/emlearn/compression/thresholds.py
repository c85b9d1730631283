"""Thresholds moved within the gaps that given rows leave, so that fewer bits hold them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np

from ..families.trees.keys import limits
from ..families.trees.record import Trees
from .rows import Ways

T = TypeVar("T", bound=Trees)


def shift_for(trees: Trees, bits: int) -> int:
    """How many low bits of the keys must be zero for `bits` to hold all thresholds, counted from the least; 0 where they do already."""
    if trees.n_nodes == 0:
        return 0
    spread = int(trees.threshold.max()) - int(trees.threshold.min())
    return max(0, spread.bit_length() - bits)


def coarser(trees: T, ways: Ways, shift: int) -> T:
    """Every threshold a multiple of ``2^shift``: the nearest one in its gap, where no row changes sides, else the nearest of all."""
    if shift == 0:
        return trees
    least, most = limits(trees.input)
    unit = 1 << shift
    first = -(-np.maximum(ways.below, least) // unit)  # multiples from the largest key on the left on,
    last = (np.minimum(ways.above, most + 1) - 1) // unit  # below the least key on the right
    nearest = (trees.threshold + unit // 2) // unit
    moved = np.where(first <= last, np.clip(nearest, first, last), nearest)
    moved = np.clip(moved, -(-least // unit), most // unit)
    return dataclasses.replace(trees, threshold=moved * unit)
