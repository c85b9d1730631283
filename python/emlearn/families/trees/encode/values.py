"""Leaves of a regressor: distinct values as floats.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ....errors import InvalidInputError
from ..record import Forest
from .nodes import uses


@dataclasses.dataclass(frozen=True, eq=False)
class Values:
    """Values of leaves by id.

    Attributes
    ----------
    values : ndarray of shape (n_leaves, n_outputs), float32
    """

    values: np.ndarray


def check(record: Forest) -> None:
    """Refuse what floats cannot hold.

    Raises
    ------
    InvalidInputError
        Values, or sums over all trees.
    """
    most = float(np.max(np.abs(record.leaves), initial=0))
    if most * record.n_trees > float(np.finfo(np.float32).max):
        raise InvalidInputError(
            f"the leaves reach {most:.3g}, and sums over {record.n_trees} trees must stay below 3.4e38 in float: "
            "scale the targets and fit again"
        )


def encode(record: Forest) -> tuple[np.ndarray, Values]:
    """Leaf ids by falling frequency, so that the commonest leaves take one byte; rows equal as float32 share one."""
    distinct, group = np.unique(record.leaves.astype(np.float32), axis=0, return_inverse=True)
    group = group.reshape(-1)
    count = np.bincount(group, weights=uses(record), minlength=len(distinct))
    order = np.argsort(-count, kind="stable")
    rank = np.empty(len(distinct), dtype=np.int64)
    rank[order] = np.arange(len(distinct))
    return rank[group], Values(np.ascontiguousarray(distinct[order]))
