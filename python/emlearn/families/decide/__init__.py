"""One answer made of several models' answers: thresholds, one against the rest, pairs, code words, calibration.

SPDX-License-Identifier: MIT
"""

from .bounds import bound, margin
from .emit import emit
from .kernels import run
from .passes import absorb, finish
from .record import Decide
from .reference import describe, reference

RECORDS = (Decide,)

NUMERIC: tuple[str, ...] = ()

__all__ = ["NUMERIC", "RECORDS", "absorb", "bound", "describe", "emit", "finish", "margin", "reference", "run"]
