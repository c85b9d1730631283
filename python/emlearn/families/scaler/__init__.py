"""Columns chosen, filled and scaled one by one, where that could not be folded into the stage behind it; rows as whole numbers.

SPDX-License-Identifier: MIT
"""

from .emit import emit
from .fixed import FixedScaler
from .grid import Grid
from .kernels import run
from .passes import absorb, arithmetics, finish, of_front, of_steps
from .record import Scaler
from .reference import bound, describe, margin, reference

RECORDS = (Scaler, Grid, FixedScaler)

#: Of a scaler alone: before others it is a stage of floats, or folds.
NUMERIC: tuple[str, ...] = ("int8", "int16", "int32", "auto")

#: They take integers alone.
NEEDS_INTEGERS = True

FOLDS_COLUMNS = True

__all__ = [
    "FOLDS_COLUMNS",
    "NEEDS_INTEGERS",
    "NUMERIC",
    "RECORDS",
    "absorb",
    "arithmetics",
    "bound",
    "describe",
    "emit",
    "finish",
    "margin",
    "of_front",
    "of_steps",
    "reference",
    "run",
]
