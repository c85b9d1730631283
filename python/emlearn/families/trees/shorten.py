"""Leaves of a forest in fewer bits (``leaf_bits=``), and what the mean of the trees can lose by it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...errors import UnsupportedError
from ...options import FLOAT_LEAVES
from .record import Forest, Short


def shorten(record: Forest, bits: int) -> Forest:
    """The forest whose leaves have `bits` bits: equal ones are one leaf, and idle splits may come of it.

    A classifier's shares become ``k / (2^bits - 1)`` that add up to one, by largest remainders: of two shares of a leaf the larger never
    becomes the smaller. A regressor's values become multiples of one unit, a power of two times the number of trees.

    Parameters
    ----------
    bits : int
        1 to 16; 32 keeps floats, where a regressor's leaves would be whole numbers, and changes nothing for a classifier.

    Raises
    ------
    UnsupportedError
        A regressor of several outputs.
    """
    if bits == FLOAT_LEAVES:
        return record if record.is_classifier else dataclasses.replace(record, short=Short(bits, 0.0))
    shift = None
    if record.is_classifier:
        blocks = np.split(record.leaves, np.cumsum(record.task.n_classes)[:-1], axis=1)
        rounded = np.concatenate([shares(block, (1 << bits) - 1) for block in blocks], axis=1)
    else:
        if record.leaves.shape[1] > 1:
            raise UnsupportedError(f"leaf_bits={bits}: a regressor of several outputs has float leaves only; leave it out, or give 32")
        if np.ptp(record.leaves) == 0:
            return record
        shift = _shift(record, bits)
        rounded = np.rint(record.leaves / record.n_trees * 2.0**shift) * 2.0**-shift * record.n_trees
    loss = float(np.max(np.abs(rounded - record.leaves))) * (1 + 2.0**-40)
    leaves, ids = np.unique(rounded, axis=0, return_inverse=True)
    ids = ids.reshape(-1)
    left, right, roots = (np.where(at < 0, ~ids[np.where(at < 0, ~at, 0)], at) for at in (record.left, record.right, record.roots))
    return dataclasses.replace(record, leaves=leaves, left=left, right=right, roots=roots, short=Short(bits, loss, shift))


def shares(leaves: np.ndarray, whole: int) -> np.ndarray:
    """Multiples of ``1 / whole`` that add up to one in each row, by largest remainders."""
    counts = np.floor(leaves * whole)
    missing = whole - counts.sum(axis=1, keepdims=True)
    order = np.argsort(counts - leaves * whole, axis=1, kind="stable")  # the largest remainder first
    counts += np.argsort(order, axis=1) < missing
    found: np.ndarray = counts / whole
    return found


def _shift(record: Forest, bits: int) -> int:
    """The unit's power of two: the finest at which payloads have `bits` bits and sums 31."""
    low, high = float(record.leaves.min()) / record.n_trees, float(record.leaves.max()) / record.n_trees
    shift = math.floor(math.log2(((1 << bits) - 0.5) / (high - low)))
    most = max(abs(low), abs(high)) * record.n_trees
    while np.rint(high * 2.0**shift) - np.rint(low * 2.0**shift) >= 1 << bits or most * 2.0**shift >= 2**31 - record.n_trees:
        shift -= 1
    return shift
