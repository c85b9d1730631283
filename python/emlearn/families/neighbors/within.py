"""How far votes and means over the points within a radius may be from scikit-learn's.

A point whose sum's interval is below the radius' counts for certain; one whose interval has the radius inside may count, on either side.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .choices import means, weights
from .record import Within

_U, _U64 = 2.0**-24, 2.0**-53


def _parts(record: Within, total: np.ndarray, wide: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points that are within for certain, and those that may be."""
    limit = record.radius**record.power
    # The radius' own rounding, in scikit-learn and in the device's table; of integers the table has it exactly.
    slack = limit * (16 * _U64 if record.arithmetic.startswith("whole") else 4 * _U)
    with np.errstate(invalid="ignore"):
        sure: np.ndarray = total + wide + slack < limit
        maybe = np.logical_not(sure | (total - wide - slack > limit))
    return sure, maybe


def _alone(sure: np.ndarray, maybe: np.ndarray) -> np.ndarray:
    """Rows that may or may not have a neighbour."""
    alone: np.ndarray = np.logical_and(maybe.any(axis=1), ~np.asarray(sure.any(axis=1)))
    return alone


def bound(record: Within, op: str, total: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """For the sums of each point and what they may be off, of some rows."""
    if record.task.is_discrete:
        return _of_shares(record, total, wide) if op == "predict_proba" else np.zeros((len(total), 1))
    sure, maybe = _parts(record, total, wide)
    n, open_ones = (sure | maybe).sum(axis=1), maybe.sum(axis=1)
    result = means(record, total, wide, sure, maybe, open_ones / np.maximum(n, 1), n)
    result[_alone(sure, maybe)] = np.inf  # a mean or nothing
    result[n == 0] = 0
    return result


def margin(record: Within, total: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """Twice what a share may be off; infinite where it is open whether there are neighbours."""
    result = 2 * _of_shares(record, total, wide).max(axis=1, keepdims=True)
    result[_alone(*_parts(record, total, wide))] = np.inf
    return result


def _of_shares(record: Within, total: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """Between the least and the largest share of each class: undecided points of the class count, those of the others do not, and back."""
    sure, maybe = _parts(record, total, wide)
    least, most = weights(record, total, wide)
    low, high = np.where(sure, least, 0), np.where(sure | maybe, most, 0)
    shares = []
    with np.errstate(invalid="ignore"):
        for c in range(record.task.width("predict_proba")):
            mine = record.labels == c
            bottom, top = low[:, mine].sum(axis=1), high[:, mine].sum(axis=1)
            # At no distance a weight is without limit: then nan is what the limit gives, all or nothing.
            bottom = np.nan_to_num(bottom / (bottom + high[:, ~mine].sum(axis=1)), nan=0.0)
            top = np.nan_to_num(top / (top + low[:, ~mine].sum(axis=1)), nan=1.0)
            shares.append(np.clip(top - bottom, 0, 1))
    n = (sure | maybe).sum(axis=1, keepdims=True)
    result: np.ndarray = np.stack(shares, axis=1) + (n + 6) * _U
    result[_alone(sure, maybe)] = 1.0
    result[n[:, 0] == 0] = 0.0
    return result
