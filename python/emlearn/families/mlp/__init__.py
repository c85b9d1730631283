"""Multilayer perceptrons: dense layers in float32.

SPDX-License-Identifier: MIT
"""

from .bounds import bound, margin
from .emit import emit
from .kernels import run
from .passes import absorb, finish
from .record import Mlp, describe
from .reference import reference

RECORDS = (Mlp,)

NUMERIC: tuple[str, ...] = ()

__all__ = ["NUMERIC", "RECORDS", "Mlp", "absorb", "bound", "describe", "emit", "finish", "margin", "reference", "run"]
