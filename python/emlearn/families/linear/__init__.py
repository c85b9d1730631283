"""Linear models: scores W x + b, then a decision, a link or nothing.

SPDX-License-Identifier: MIT
"""

from .bounds import bound, margin
from .emit import emit
from .fold import as_transformer, behind, predictor, scaled, select
from .kernels import bulk, run
from .passes import absorb, finish
from .record import Linear, describe
from .reference import reference

RECORDS = (Linear,)

NUMERIC = ("int8", "int16", "int32", "auto")

#: They take integers alone.
NEEDS_INTEGERS = True

#: A choice among raw columns folds.
FOLDS_COLUMNS = True

__all__ = [
    "FOLDS_COLUMNS",
    "NEEDS_INTEGERS",
    "NUMERIC",
    "RECORDS",
    "Linear",
    "absorb",
    "as_transformer",
    "behind",
    "bound",
    "bulk",
    "describe",
    "emit",
    "finish",
    "margin",
    "predictor",
    "reference",
    "run",
    "scaled",
    "select",
]
