"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .fixed import FixedGaussian
from .record import DEVICE_NAMES, Gaussian
from .whitened import Whitened


def run(record: Gaussian | FixedGaussian, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    from ..._kernels import gaussian as kernel

    name = DEVICE_NAMES[record.is_detector].get(op, op)
    if isinstance(record, FixedGaussian):
        return kernel.fixed_answer(name, record.form, X, *_integers(record))
    return kernel.answer(name, record.covariance, record.arithmetic, X, *_tables(record))


def bulk(record: Gaussian | FixedGaussian, op: str) -> Callable[[np.ndarray], np.ndarray]:
    """See :func:`emlearn.registry.bulk_of`: rows go side by side where classes with diagonal covariances are asked for in floats."""
    if isinstance(record, FixedGaussian) or record.is_detector or record.is_triangular or op != "predict":
        return functools.partial(run, record, op)
    from ..._kernels import gaussian as kernel

    tables = _tables(record)
    return lambda X: np.asarray(kernel.classes(record.covariance, record.arithmetic, np.ascontiguousarray(X), *tables))


def _tables(record: Gaussian) -> tuple[np.ndarray, ...]:
    return tuple(record.tables.values())


def _integers(record: FixedGaussian) -> tuple[Any, ...]:
    triangular = (record.n_matrices, record.shift) if isinstance(record, Whitened) else (0, 0)
    tables = record.origin.astype(np.int32), record.bits, record.slope, record.intercept, record.constant
    return record.unit, *triangular, *tables


def valid(record: Gaussian | FixedGaussian) -> bool:
    """The invariants of the tables, by the same function that the emitted header asserts."""
    from ..._kernels import gaussian as kernel

    if isinstance(record, FixedGaussian):
        return bool(kernel.fixed_valid(record.form, *_integers(record)))
    shape = record.n_features, record.n_components
    return bool(kernel.valid(record.covariance, record.arithmetic, *shape, *_tables(record)))
