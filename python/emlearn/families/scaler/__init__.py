"""Per-feature scaling that could not be folded into the stage behind it.

SPDX-License-Identifier: MIT
"""

from .emit import emit
from .kernels import run
from .passes import absorb, finish, of_front
from .record import Scaler
from .reference import bound, describe, margin, reference

RECORDS = (Scaler,)

NUMERIC: tuple[str, ...] = ()

__all__ = ["NUMERIC", "RECORDS", "absorb", "bound", "describe", "emit", "finish", "margin", "of_front", "reference", "run"]
