"""The device kernels on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .record import Gaussian


def run(record: Gaussian, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    from ..._kernels import gaussian as kernel

    return kernel.answer(op, record.covariance, record.arithmetic, X, record.mean, record.scale, record.constant)


def valid(record: Gaussian) -> bool:
    """The invariants of the tables, by the same function that the emitted header asserts."""
    from ..._kernels import gaussian as kernel

    shape = record.n_features, record.n_components
    return bool(kernel.valid(record.covariance, record.arithmetic, *shape, record.mean, record.scale, record.constant))
