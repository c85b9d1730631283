"""Nothing folds into these yet: a scaler stage brings raw values and columns into float features first.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from ...front import Front
from ...options import Options
from .record import Preprocess


def absorb(record: Preprocess, front: Front) -> Preprocess | None:
    """Only what changes nothing."""
    plain = front.input.is_identity and front.input.dtype == "float32" and not front.steps and front.input.missing is None
    return record if plain else None


def finish(record: Preprocess, options: Options) -> Preprocess:
    """The tables are ready when they are read."""
    return record
