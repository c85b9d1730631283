"""The device's kernels, compiled for the host.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import integer_kernels
from .integer import IntegerMlp
from .record import Mlp


def run(record: Mlp, op: str, X: np.ndarray) -> np.ndarray:
    """The answer of `op` for raw values X of the record's input type, shape (n_samples, task.width(op)).

    Raises
    ------
    ImportError
        The extension was not compiled.
    """
    from ..._kernels import mlp

    return mlp.run(*_arguments(record, op), np.ascontiguousarray(X, dtype=record.input))


def bulk(record: Mlp | IntegerMlp, op: str) -> Callable[[np.ndarray], np.ndarray]:
    """See :func:`emlearn.registry.bulk_of`: rows of float networks go side by side."""
    if isinstance(record, IntegerMlp):
        return functools.partial(integer_kernels.run, record, op)
    from ..._kernels import mlp

    arguments = _arguments(record, op)
    return lambda X: np.asarray(mlp.lanes(*arguments, np.ascontiguousarray(X, dtype=record.input)))


def _arguments(record: Mlp, op: str) -> tuple[Any, ...]:
    return record.weights, record.biases, record.sizes.tolist(), record.hidden, record.output, op
