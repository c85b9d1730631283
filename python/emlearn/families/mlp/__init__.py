"""Multilayer perceptrons: dense layers in float32, or in integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..either import by_record
from . import bounds, integer, integer_bounds, integer_emit, integer_kernels, integer_reference, kernels, record
from . import emit as float_emit
from . import reference as float_reference
from .agreement import seen
from .fold import behind
from .integer import IntegerMlp, Seen
from .kernels import bulk
from .passes import absorb, finish
from .record import Mlp

RECORDS = (Mlp, IntegerMlp)

NUMERIC: tuple[str, ...] = ("int8", "int16", "auto")


# See :class:`emlearn.registry.Family`.
emit = by_record(IntegerMlp, integer_emit.emit, float_emit.emit)
reference = by_record(IntegerMlp, integer_reference.reference, float_reference.reference)
run = by_record(IntegerMlp, integer_kernels.run, kernels.run)
bound = by_record(IntegerMlp, integer_bounds.bound, bounds.bound)
margin = by_record(IntegerMlp, integer_bounds.margin, bounds.margin)
describe = by_record(IntegerMlp, integer.describe, record.describe)


def chooses(model: Any) -> bool:
    """Whether ``numeric="auto"`` means something to :func:`finish`: yes, by the answers to rows that integers were not made from."""
    return True


def steps_seen(model: Any, X: np.ndarray) -> tuple[Seen, ...]:
    """What the steps of an integer network do on rows as it takes them; of a float one nothing."""
    return seen(model, X) if isinstance(model, IntegerMlp) else ()


__all__ = [
    "NUMERIC",
    "RECORDS",
    "IntegerMlp",
    "Mlp",
    "absorb",
    "behind",
    "bound",
    "bulk",
    "chooses",
    "describe",
    "emit",
    "finish",
    "margin",
    "reference",
    "run",
    "steps_seen",
]
