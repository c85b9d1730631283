"""The device's kernels, compiled for the host.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .record import Mlp


def run(record: Mlp, op: str, X: np.ndarray) -> np.ndarray:
    """The answer of `op` for raw values X of the record's input type, shape (n_samples, task.width(op)).

    Raises
    ------
    ImportError
        The extension was not compiled.
    """
    from ..._kernels import mlp

    rows = np.ascontiguousarray(X, dtype=record.input)
    return mlp.run(record.weights, record.biases, record.sizes.tolist(), record.hidden, record.output, op, rows)
