"""Features made of features: functions, products, norms, categories and bins.

SPDX-License-Identifier: MIT
"""

from .bounds import bound, margin
from .emit import emit
from .kernels import run
from .passes import absorb, finish, select
from .record import Preprocess
from .reference import describe, reference

RECORDS = (Preprocess,)

NUMERIC: tuple[str, ...] = ()

__all__ = ["NUMERIC", "RECORDS", "absorb", "bound", "describe", "emit", "finish", "margin", "reference", "run", "select"]
