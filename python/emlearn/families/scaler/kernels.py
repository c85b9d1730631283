"""The device kernel on the record's tables, through the compiled bindings.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .record import Scaler


def run(record: Scaler, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    from ..._kernels import scaler as kernel

    return kernel.transform(X, record.columns.astype(np.uint16), record.scale, record.offset, record.low, record.high, record.fill)
