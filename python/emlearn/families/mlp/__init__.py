"""Multilayer perceptrons: dense layers in float32, or in integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import cpp
from . import bounds, integer, integer_bounds, integer_emit, integer_kernels, integer_reference, kernels, record
from . import emit as float_emit
from . import reference as float_reference
from .agreement import seen
from .fold import behind
from .integer import IntegerMlp, Seen
from .passes import absorb, finish
from .record import Mlp

RECORDS = (Mlp, IntegerMlp)

NUMERIC: tuple[str, ...] = ("int8", "int16", "auto")


def emit(model: Mlp | IntegerMlp) -> cpp.Part:
    """See :class:`emlearn.registry.Family`; the rest likewise."""
    return integer_emit.emit(model) if isinstance(model, IntegerMlp) else float_emit.emit(model)


def reference(model: Mlp | IntegerMlp, op: str, X: np.ndarray) -> np.ndarray:
    return integer_reference.reference(model, op, X) if isinstance(model, IntegerMlp) else float_reference.reference(model, op, X)


def run(model: Mlp | IntegerMlp, op: str, X: np.ndarray) -> np.ndarray:
    return integer_kernels.run(model, op, X) if isinstance(model, IntegerMlp) else kernels.run(model, op, X)


def bound(model: Mlp | IntegerMlp, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    return integer_bounds.bound(model, op, X, error) if isinstance(model, IntegerMlp) else bounds.bound(model, op, X, error)


def margin(model: Mlp | IntegerMlp, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    return integer_bounds.margin(model, X, error) if isinstance(model, IntegerMlp) else bounds.margin(model, X, error)


def steps_seen(model: Any, X: np.ndarray) -> tuple[Seen, ...]:
    """What the steps of an integer network do on rows as it takes them; of a float one nothing."""
    return seen(model, X) if isinstance(model, IntegerMlp) else ()


def describe(model: Mlp | IntegerMlp) -> dict[str, Any]:
    return integer.describe(model) if isinstance(model, IntegerMlp) else record.describe(model)


__all__ = [
    "NUMERIC",
    "RECORDS",
    "IntegerMlp",
    "Mlp",
    "absorb",
    "behind",
    "bound",
    "describe",
    "emit",
    "finish",
    "margin",
    "reference",
    "run",
    "steps_seen",
]
