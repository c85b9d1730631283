"""Trees of boosting that cannot change the class are left out: which stand first, and where a look pays.

Leaves are whole numbers from 0 on, the least of a tree being 0, so the rest of a column of trees adds between nothing and the sum of its
largest leaves. A column whose sum cannot pass the largest one so far with all of that is out of the race (of equal sums the lower column
wins, and columns come in order); of a single sum the sign is certain where it is not negative, or negative with all of that. No rounding
comes into it: the integers are those that would be compared.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from .quantise import occurrences
from .record import Boosted

#: Shorter columns are walked to their end.
_LEAST_TREES = 5

#: After how many fifths of a column's trees generated code looks: a look costs a third of a tree of three levels, and most columns that
#: lose are lost by then.
_FIFTHS = (1, 2, 3)


def applies(record: Any) -> bool:
    """Whether there are a class to ask for, and trees to leave out."""
    if not isinstance(record, Boosted) or record.task.kind != "classifier" or record.has_vectors or record.optimize == "size":
        return False
    return record.n_nodes > 0 and record.n_trees // record.n_columns >= _LEAST_TREES


def arranged(record: Any) -> Any:
    """With the trees that move a sum most first in each column."""
    if not applies(record):
        return record
    order = np.argsort(-_largest(record), axis=1, kind="stable")
    return dataclasses.replace(record, roots=np.take_along_axis(record.roots.reshape(order.shape), order, axis=1).reshape(-1))


def behind(record: Any) -> dict[int, str]:
    """The statements of generated code behind as many trees."""
    if not applies(record):
        return {}
    rests, each = _rests(record), record.n_trees // record.n_columns
    found: dict[int, str] = {}
    for column in range(record.n_columns):
        if column == 0 and record.n_columns > 1:
            continue  # nothing to be compared with yet
        for walked in sorted({each * fifths // 5 for fifths in _FIFTHS}):
            rest = f"{rests[column, walked - 1]}l"
            found[column * each + walked] = f"if (enough(sink, {rest})) {{ next_column(sink); goto c{column}; }}"
        found[(column + 1) * each] = f"c{column}:;"
    return found


def shift(record: Any) -> int:
    """Looks by a table stand where a multiple of 2^this trees is left of a column."""
    return int((record.n_trees // record.n_columns // 4).bit_length() - 1)


def table(record: Any) -> np.ndarray:
    """What these trees give at most, column by column, the last ones first: int32; empty where nothing is looked at."""
    if not applies(record) or record.optimize != "balanced":
        return np.zeros(0, np.int32)
    each = record.n_trees // record.n_columns
    left = np.arange(1 << shift(record), each, 1 << shift(record))
    return _rests(record)[:, each - 1 - left].astype(np.int32)


def _largest(record: Boosted) -> np.ndarray:
    """The largest leaf of each tree, shape (n_columns, trees of each)."""
    tree, leaf = occurrences(record)
    most = np.zeros(record.n_trees, np.int64)
    np.maximum.at(most, tree, record.leaves[leaf, 0])
    return most.reshape(record.n_columns, -1)


def _rests(record: Boosted) -> np.ndarray:
    """What the trees behind each one give at most, in its column."""
    most = _largest(record)
    return most.sum(axis=1, keepdims=True) - np.cumsum(most, axis=1)
