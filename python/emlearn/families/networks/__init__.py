"""Networks of convolutions, pooling and dense layers: float32, or integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import cpp
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


def emit(model: Network | IntegerNetwork) -> cpp.Part:
    """See :class:`emlearn.registry.Family`; the rest likewise."""
    return integer_emit.emit(model) if isinstance(model, IntegerNetwork) else float_emit.emit(model)


def reference(model: Network | IntegerNetwork, op: str, X: np.ndarray) -> np.ndarray:
    return integer_reference.reference(model, op, X) if isinstance(model, IntegerNetwork) else float_reference.reference(model, op, X)


def run(model: Network | IntegerNetwork, op: str, X: np.ndarray) -> np.ndarray:
    return integer_kernels.run(model, op, X) if isinstance(model, IntegerNetwork) else kernels.run(model, op, X)


def bound(model: Network | IntegerNetwork, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    return integer_bounds.bound(model, op, X, error) if isinstance(model, IntegerNetwork) else bounds.bound(model, op, X, error)


def margin(model: Network | IntegerNetwork, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    return integer_bounds.margin(model, X, error) if isinstance(model, IntegerNetwork) else bounds.margin(model, X, error)


def steps_seen(model: Any, X: np.ndarray) -> tuple[Seen, ...]:
    """What the steps of an integer network do on rows as it takes them; of a float one nothing."""
    return seen(model, X) if isinstance(model, IntegerNetwork) else ()


def describe(model: Network | IntegerNetwork) -> dict[str, Any]:
    return integer.describe(model) if isinstance(model, IntegerNetwork) else record.describe(model)


__all__ = [
    "NUMERIC",
    "RECORDS",
    "IntegerNetwork",
    "Network",
    "absorb",
    "bound",
    "describe",
    "emit",
    "finish",
    "margin",
    "reference",
    "run",
    "steps_seen",
]
