"""Decision trees and averaged forests.

SPDX-License-Identifier: MIT
"""

from .bulk import bulk
from .emit import emit
from .kernels import run
from .passes import absorb, finish
from .record import Forest
from .reference import bound, describe, margin, reference

RECORDS = (Forest,)

NUMERIC: tuple[str, ...] = ()


def takes_leaf_bits(record: Forest) -> bool:
    """All do."""
    return True


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
