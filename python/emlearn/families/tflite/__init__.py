"""Networks from TensorFlow Lite files in int8, whose answers they give to the bit.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .emit import emit
from .kernels import run
from .passes import absorb, finish
from .record import ByteNetwork, describe
from .reference import reference, unsure

RECORDS = (ByteNetwork,)

#: The file's own numbers are the model.
NUMERIC: tuple[str, ...] = ()


def bound(record: ByteNetwork, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`: zero, but for rows of which a stage before has left a byte open."""
    found = np.zeros((len(X), record.task.width(op)))
    found[unsure(record, X, error)] = 1.0 if record.task.is_discrete else 255 * record.answer.scale
    return found


def margin(record: ByteNetwork, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """As :func:`bound`: below any gap, ties too, where bytes are sure."""
    return np.where(unsure(record, X, error)[:, None], np.inf, np.full((len(X), record.task.n_outputs), -1.0))


__all__ = ["NUMERIC", "RECORDS", "ByteNetwork", "absorb", "bound", "describe", "emit", "finish", "margin", "reference", "run"]
