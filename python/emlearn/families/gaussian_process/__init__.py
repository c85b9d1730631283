"""Gaussian processes of small size: GaussianProcessRegressor, GaussianProcessClassifier.

SPDX-License-Identifier: MIT
"""

from .bounds import bound, margin
from .emit import emit
from .kernels import run
from .passes import absorb, finish
from .record import Process, predictor
from .reference import describe, reference

RECORDS = (Process,)

NUMERIC: tuple[str, ...] = ()

__all__ = ["NUMERIC", "RECORDS", "absorb", "bound", "describe", "emit", "finish", "margin", "predictor", "reference", "run"]
