"""Networks of convolutions, pooling and dense layers: float32, or integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..either import by_record
from ..mlp import chooses
from ..mlp.integer import Seen
from . import bounds, integer, integer_bounds, integer_emit, integer_kernels, integer_reference, kernels, record
from . import emit as float_emit
from . import reference as float_reference
from .agreement import seen
from .integer import IntegerNetwork
from .passes import absorb, finish
from .record import Network

RECORDS = (Network, IntegerNetwork)

NUMERIC: tuple[str, ...] = ("int8", "int16", "auto")


# See :class:`emlearn.registry.Family`.
emit = by_record(IntegerNetwork, integer_emit.emit, float_emit.emit)
reference = by_record(IntegerNetwork, integer_reference.reference, float_reference.reference)
run = by_record(IntegerNetwork, integer_kernels.run, kernels.run)
bound = by_record(IntegerNetwork, integer_bounds.bound, bounds.bound)
margin = by_record(IntegerNetwork, integer_bounds.margin, bounds.margin)
describe = by_record(IntegerNetwork, integer.describe, record.describe)


def steps_seen(model: Any, X: np.ndarray) -> tuple[Seen, ...]:
    """What the steps of an integer network do on rows as it takes them; of a float one nothing."""
    return seen(model, X) if isinstance(model, IntegerNetwork) else ()


__all__ = [
    "NUMERIC",
    "RECORDS",
    "IntegerNetwork",
    "Network",
    "absorb",
    "bound",
    "chooses",
    "describe",
    "emit",
    "finish",
    "margin",
    "reference",
    "run",
    "steps_seen",
]
