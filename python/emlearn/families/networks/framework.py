"""What operations make of a framework's output.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .record import Network


def answers(record: Network, op: str, values: np.ndarray) -> np.ndarray:
    """Of the output (n_samples, n_out), in the shapes of scikit-learn."""
    if not record.task.is_discrete:
        return values
    if op == "predict":
        if record.output == "softmax":
            return np.argmax(values, axis=1)
        return (values[:, 0] > 0.5).astype(int) if record.is_binary else (values > 0.5).astype(int)
    return np.hstack([1 - values, values]) if record.is_binary else values
