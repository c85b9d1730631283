"""Distances to points: nearest centroids, clusterers, nearest neighbours, neighbours within a radius.

SPDX-License-Identifier: MIT
"""

from .bounds import bound, margin
from .emit import emit
from .kernels import run
from .passes import absorb, as_transformer, finish
from .record import Centroids, Nearest, Within
from .reference import describe, reference
from .thin import thin

RECORDS = (Centroids, Nearest, Within)

NUMERIC: tuple[str, ...] = ("int8", "int16", "int32", "auto")

__all__ = ["NUMERIC", "RECORDS", "absorb", "as_transformer", "bound", "describe", "emit", "finish", "margin", "reference", "run", "thin"]
