"""From a front's steps to the scaler's segments.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from ...front import Front, Step
from ...inputs import Input
from ...options import Options
from ...record import Task
from .record import Scaler

_LARGEST = float(np.finfo(np.float32).max)
_MOST_FEATURES = (1 << 16) - 1


def of_steps(steps: tuple[Step, ...], n_features: int) -> Scaler:
    """A scaler on float32 features."""
    return of_front(Front(Input.make(n_features=n_features), steps))


def of_front(front: Front) -> Scaler:
    """The scaler that does what a front does, raw values included."""
    n = front.input.n_features
    if n > _MOST_FEATURES:
        raise UnsupportedError(f"the model has {n} features, and a scaler may have {_MOST_FEATURES}")
    if front.input.missing is not None:
        raise InvalidInputError("missing= goes with trees: a scaler in front of another model cannot pass a missing value on")
    rows: list[list[np.ndarray]] = []
    scale, offset = front.input.scale.copy(), front.input.offset.copy()
    low, high = np.full(n, -_LARGEST), np.full(n, _LARGEST)
    clipped = False
    for step in front.steps:
        if step.op == "maximum":
            low, high, clipped = np.maximum(low, step.value), np.maximum(high, step.value), True
        elif step.op == "minimum":
            low, high, clipped = np.minimum(low, step.value), np.minimum(high, step.value), True
        else:
            if clipped:
                rows.append([scale, offset, low, high])
                scale, offset, low, high, clipped = np.ones(n), np.zeros(n), np.full(n, -_LARGEST), np.full(n, _LARGEST), False
            one = Front(Input.make(n_features=n), (step,)).affine()
            scale, offset = scale * one[0], offset * one[0] + one[1]
    rows.append([scale, offset, low, high])
    scale, offset, low, high = (np.array(column) for column in zip(*rows, strict=True))
    with np.errstate(over="ignore"):
        tables = [table.astype(np.float32) for table in (scale, offset, low.clip(-_LARGEST, _LARGEST), high.clip(-_LARGEST, _LARGEST))]
    return Scaler(front.input.dtype, n, Task("transformer", n), front.steps, *tables)


def absorb(record: Scaler, front: Front) -> Scaler:
    """A scaler behind a front is a scaler."""
    return of_front(Front(front.input, front.steps + record.steps))


def finish(record: Scaler, options: Options) -> Scaler:
    """Nothing is left to do but to refuse what float cannot hold.

    Raises
    ------
    InvalidInputError
        Names the feature.
    """
    bad = np.flatnonzero(~np.all(np.isfinite(record.scale) & np.isfinite(record.offset), axis=0))
    if len(bad):
        raise InvalidInputError(
            f"feature {bad[0]} is scaled or shifted by more than a float holds (3.4e38): give the feature another unit and fit again"
        )
    return record
