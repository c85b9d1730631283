"""The two ways to put records together: one after the other, and side by side.

SPDX-License-Identifier: MIT
"""

from ...record import Answers, Chain, Parallel
from .emit import emit
from .passes import absorb, absorb_or_chain, arithmetics, finish, finish_part, takes_leaf_bits, thin
from .reference import bound, describe, margin, reference, run

RECORDS = (Chain, Parallel, Answers)

#: As far as its members have them.
NUMERIC = ("int8", "int16", "int32", "auto")

FOLDS_COLUMNS = True

__all__ = [
    "FOLDS_COLUMNS",
    "NUMERIC",
    "RECORDS",
    "absorb",
    "absorb_or_chain",
    "arithmetics",
    "bound",
    "describe",
    "emit",
    "finish",
    "finish_part",
    "margin",
    "reference",
    "run",
    "takes_leaf_bits",
    "thin",
]
