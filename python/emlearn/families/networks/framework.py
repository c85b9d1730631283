"""What operations make of a framework's output.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...record import Task
from .record import Network


def answers(record: Network, op: str, values: np.ndarray) -> np.ndarray:
    """Of the output (n_samples, n_out), in the shapes of scikit-learn."""
    return shaped(record.task, record.output, op, values)


def shaped(task: Task, output: str, op: str, values: np.ndarray) -> np.ndarray:
    """The same of a network whose last activation is `output`."""
    if not task.is_discrete:
        return values
    is_binary = output == "logistic" and task.kind == "classifier"
    if op == "predict":
        if output == "softmax":
            return np.argmax(values, axis=1)
        return (values[:, 0] > 0.5).astype(int) if is_binary else (values > 0.5).astype(int)
    return np.hstack([1 - values, values]) if is_binary else values
