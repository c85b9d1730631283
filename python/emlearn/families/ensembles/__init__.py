"""Ensembles of trees whose leaves are added up: boosting, isolation, weighted votes and medians; and leaves as columns.

SPDX-License-Identifier: MIT
"""

from ...record import Record
from .bounds import bound, margin
from .describe import describe
from .emit import emit
from .kernels import bulk, run
from .passes import absorb, finish
from .record import Boosted, Embedding, Isolation, Median, Recoded, Summed, Votes
from .reference import reference

RECORDS = (Boosted, Isolation, Votes, Median, Embedding, Recoded)

NUMERIC: tuple[str, ...] = ()


def takes_leaf_bits(record: Record) -> bool:
    """Those whose leaves are added up."""
    return isinstance(record, Summed | Recoded)


#: Fronts that choose columns and fill missing values fold, too.
FOLDS_COLUMNS = True

__all__ = [
    "FOLDS_COLUMNS",
    "NUMERIC",
    "RECORDS",
    "absorb",
    "bound",
    "bulk",
    "describe",
    "emit",
    "finish",
    "margin",
    "reference",
    "run",
    "takes_leaf_bits",
]
