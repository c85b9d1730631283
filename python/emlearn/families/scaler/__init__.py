"""Columns chosen, filled and scaled one by one, where that could not be folded into the stage behind it; rows as whole numbers.

SPDX-License-Identifier: MIT
"""

from .emit import emit
from .grid import Grid
from .kernels import run
from .passes import absorb, finish, of_front, of_steps
from .record import Scaler
from .reference import bound, describe, margin, reference

RECORDS = (Scaler, Grid)

NUMERIC: tuple[str, ...] = ()

FOLDS_COLUMNS = True

__all__ = [
    "FOLDS_COLUMNS",
    "NUMERIC",
    "RECORDS",
    "absorb",
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
