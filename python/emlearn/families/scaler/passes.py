"""From a front's steps to the scaler's segments.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from ...front import Front, Step
from ...inputs import Input
from ...options import Options
from ...record import Record, Task
from .fixed import FixedScaler, fixed
from .record import Scaler

_LARGEST = float(np.finfo(np.float32).max)
_MOST_FEATURES = (1 << 16) - 1


def of_steps(steps: tuple[Step, ...], n_features: int, columns: np.ndarray | None = None) -> Scaler:
    """What a reader makes: the estimators' steps, without tables yet."""
    columns = np.arange(n_features) if columns is None else np.asarray(columns, dtype=np.int64)
    if len(columns) == 0:
        raise UnsupportedError("no features are left: the selection is empty; fit with a less strict one")
    none = np.zeros((0, len(columns)), np.float32)
    return Scaler("float32", n_features, Task("transformer", len(columns)), steps, columns, none, none, none, none, none)


def of_front(front: Front) -> Scaler:
    """The scaler that does what a front does, raw values included."""
    n = front.n_features
    if max(n, front.input.n_features) > _MOST_FEATURES:
        raise UnsupportedError(f"the model has {front.input.n_features} features, and a scaler may have {_MOST_FEATURES}")
    if front.input.missing is not None:
        raise InvalidInputError("missing= goes with trees: a scaler in front of another model cannot pass a missing value on")
    segments = _segments(front)
    with np.errstate(over="ignore"):
        tables = [np.array(table).reshape(-1, n).astype(np.float32) for table in zip(*segments, strict=True)] or [
            np.zeros((0, n), np.float32)
        ] * 5
    scale, offset, low, high, fill = tables
    if np.all(np.isnan(fill)):
        fill = fill[:0]
    columns = np.asarray(np.arange(front.input.n_features)[front.source()])
    raw = (Step("multiply", front.input.scale[columns]), Step("add", front.input.offset[columns])) if not front.input.is_identity else ()
    task = Task("transformer", n)
    return Scaler(front.input.dtype, front.input.n_features, task, raw + front.steps, columns, scale, offset, low, high, fill)


def _segments(front: Front) -> list[list[np.ndarray]]:
    """(scale, offset, low, high, fill) of each segment, float64; none where nothing is to be done."""
    n = front.n_features
    rows: list[list[np.ndarray]] = []
    neutral = [np.ones(n), np.zeros(n), np.full(n, -_LARGEST), np.full(n, _LARGEST), np.full(n, np.nan)]
    affine = Front(front.input, (), columns=front.columns).affine()
    scale, offset, low, high, fill = [*affine, *neutral[2:]]
    scaled, clipped = not front.input.is_identity, False
    for step in front.steps:
        if step.op == "fill" and (scaled or clipped):
            rows.append([scale, offset, low, high, fill])
            scale, offset, low, high, fill = neutral
            scaled = clipped = False
        if step.op == "fill":
            fill = np.where(np.isnan(fill), step.value, fill)
        elif step.op == "maximum":
            low, high, clipped = np.maximum(low, step.value), np.maximum(high, step.value), True
        elif step.op == "minimum":
            low, high, clipped = np.minimum(low, step.value), np.minimum(high, step.value), True
        else:
            if clipped:
                rows.append([scale, offset, low, high, fill])
                scale, offset, low, high, fill = neutral
                clipped = False
            one = Front(Input.make(n_features=n), (step,)).affine()
            scale, offset, scaled = scale * one[0], offset * one[0] + one[1], True
    if scaled or clipped or not np.all(np.isnan(fill)):
        rows.append([scale, offset, low.clip(-_LARGEST, _LARGEST), high.clip(-_LARGEST, _LARGEST), fill])
    return rows


def absorb(record: Scaler, front: Front) -> Scaler:
    """A scaler behind a front is a scaler."""
    return of_front(front.then(record.columns, record.steps))


def arithmetics(record: Record) -> tuple[str, ...]:
    """The values of ``numeric=`` that this one has: a choice of columns computes nothing, and integers have no room for a missing value."""
    from . import NUMERIC

    if not isinstance(record, Scaler):
        return ()
    fills = len(record.fill) > 0 and not np.issubdtype(record.input, np.integer)
    return NUMERIC if record.n_segments and not fills else ()


def finish(record: Scaler, options: Options) -> Scaler | FixedScaler:
    """Refuse what float cannot hold; then nothing is left to do but, where they are asked for, integers.

    Raises
    ------
    InvalidInputError
        Names the feature.
    """
    bad = np.flatnonzero(~np.all(np.isfinite(record.scale) & np.isfinite(record.offset), axis=0))
    if len(bad):
        raise InvalidInputError(
            f"feature {record.columns[bad[0]]} is scaled or shifted by more than a float holds (3.4e38): "
            "give the feature another unit and fit again"
        )
    return record if options.numeric == "exact" else fixed(record, options.numeric)
