"""Columns chosen, filled and scaled one by one, where that could not be folded into the stage behind it; rows as whole numbers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..either import by_record
from . import emit as emits
from . import fixed, grid, kernels
from . import reference as scaling
from .fixed import FixedScaler
from .grid import Grid
from .passes import absorb, arithmetics, finish, of_front, of_steps
from .record import Scaler
from .reference import margin

T = TypeVar("T")

RECORDS = (Scaler, Grid, FixedScaler)

#: Of a scaler alone: before others it is a stage of floats, or folds.
NUMERIC: tuple[str, ...] = ("int8", "int16", "int32", "auto")

#: They take integers alone.
NEEDS_INTEGERS = True

FOLDS_COLUMNS = True


def _by_record(scaler: Callable[..., T], on_grid: Callable[..., T], in_integers: Callable[..., T]) -> Callable[..., T]:
    return by_record(Grid, on_grid, by_record(FixedScaler, in_integers, scaler))


# See :class:`emlearn.registry.Family`.
emit = _by_record(emits.emit, emits.emit_grid, emits.emit_fixed)
reference = _by_record(scaling.reference, grid.reference, fixed.reference)
run = _by_record(kernels.run, grid.run, fixed.run)
bound = _by_record(scaling.bound, grid.bound, fixed.bound)
describe = _by_record(scaling.describe, grid.describe, fixed.describe)

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
