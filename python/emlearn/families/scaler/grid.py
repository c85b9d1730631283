"""Rows as whole numbers: the stage before models that count in integers, where raw values are floats or features have unlike units.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import InvalidInputError
from ...inputs import Input
from ...record import Record, Task
from ..mlp import intake
from ..mlp.integer import Intake

#: What ``numeric`` makes of rows: the type, and the largest number. Floats, and so steps of them, have 24 bits.
ANSWERS = {"int8": ("uint8", (1 << 8) - 1), "int16": ("int16", (1 << 15) - 1), "int32": ("int32", (1 << 24) - 1)}

#: How far the range of a feature goes beyond that of calibration rows, in widths of it, on each side.
_BESIDE = {"int8": 0.125, "int16": 1.0, "int32": 4.0}


@dataclasses.dataclass(frozen=True, eq=False)
class Grid(Record):
    """``q[i] = clamp(floor((x[i] - low[i]) * factor[i] / 2^shift[i]), 0, tops[i])``; q stands for x = (q + 1/2) step + low.

    Attributes
    ----------
    low : ndarray of shape (F,), the input's dtype, or float32
    factor : ndarray of shape (F,), uint16 or uint32, below half of what these hold, or float32
    shift : ndarray of shape (F,), or (0,) for float32, uint8
    top : int
    step : ndarray of shape (F,), float64
        Raw counts per step, before rounding: what `factor` / 2^`shift` is one over; not a table.
    tops : ndarray of shape (F,) or (0,), the unsigned type of answers
        The largest answer of each feature; empty where that is `top` for all.
    least, most : ndarray of shape (F,), float64
        Raw values at which scikit-learn clips, infinite where it does not; not tables.
    """

    low: np.ndarray
    factor: np.ndarray
    shift: np.ndarray
    top: int
    step: np.ndarray
    tops: np.ndarray
    least: np.ndarray
    most: np.ndarray

    @property
    def is_real(self) -> bool:
        return self.factor.dtype.kind == "f"

    @property
    def source(self) -> Input:
        """What the stage behind takes: raw values are q, features are x."""
        low = self.low.astype(np.float64)
        made = Input.make(self.task.dtype, self.step, low + self.step / 2, n_features=self.n_features)
        return dataclasses.replace(made, top=self.top)

    def place(self, X: np.ndarray) -> np.ndarray:
        """q of raw rows, equal to the device's."""
        if self.is_real:
            taken = Intake("real", self.top, self.low, self.factor, 0, self.step, self.low)
            return np.minimum(intake.apply(taken, X), self._limits).astype(self.task.dtype)
        d = np.maximum(X.astype(np.int64) - self.low.astype(np.int64), 0).astype(np.uint64)
        q = (d * self.factor.astype(np.uint64)) >> self.shift.astype(np.uint64)
        return np.minimum(q, self._limits.astype(np.uint64)).astype(self.task.dtype)

    @property
    def _limits(self) -> np.ndarray:
        """The largest answer of each feature."""
        return self.tops.astype(np.int64) if len(self.tops) else np.full(self.n_features, self.top)


#: What nothing is clipped to.
NO_CLIP = (np.array(-np.inf), np.array(np.inf))


def grid(dtype: str, numeric: str, low: np.ndarray, step: np.ndarray, top: int, clip: tuple[np.ndarray, np.ndarray] = NO_CLIP) -> Grid:
    """Of raw rows of `dtype`, from `low` on in these steps, with the factors that are nearest; `clip`: where scikit-learn clips raw values.

    Raises
    ------
    InvalidInputError
        Floats cannot hold a feature's range.
    """
    low = np.maximum(low, clip[0])
    answers = Task("transformer", len(step), dtype=ANSWERS[numeric][0])
    ends = np.broadcast_to(clip[0], low.shape), np.broadcast_to(clip[1], low.shape)
    tops = np.clip(np.floor((clip[1] - low) / step * (1 + 2.0**-40)), 0, top).astype(f"uint{8 * np.dtype(answers.dtype).itemsize}")
    tops = tops[:0] if np.all(tops == top) else tops
    if not np.issubdtype(dtype, np.integer):
        with np.errstate(over="ignore", divide="ignore"):
            factor = (1 / step).astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(factor) | (np.abs(low) > np.finfo(np.float32).max))
        if len(bad):
            raise InvalidInputError(f"feature {bad[0]} has a range that float32 does not hold: give the feature another unit and fit again")
        return Grid(dtype, len(step), answers, low.astype(np.float32), factor, np.zeros(0, np.uint8), top, step, tops, *ends)
    limits = np.iinfo(dtype)
    narrow = limits.bits <= 16 and numeric != "int32"
    bits = 15 if narrow else 31
    shift = np.clip(np.floor(bits + np.log2(step)), 0, 2 * bits)
    # The largest shift may round a factor up to 2^bits: one less then.
    factor = np.minimum(np.rint(np.ldexp(1 / step, shift.astype(np.int64))), 2.0**bits - 1).astype(np.uint16 if narrow else np.uint32)
    low = np.clip(np.floor(low), limits.min, limits.max).astype(dtype)
    return Grid(dtype, len(step), answers, low, factor, shift.astype(np.uint8), top, step, tops, *ends)


def around(rows: np.ndarray, numeric: str) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest of each column, and some more on each side: of few bits, less."""
    low, high = rows.min(axis=0).astype(np.float64), rows.max(axis=0).astype(np.float64)
    room = _BESIDE[numeric] * (high - low)
    return low - room, high + room


def of_rows(dtype: str, numeric: str, rows: np.ndarray, top: int | None = None, clip: tuple[np.ndarray, np.ndarray] = NO_CLIP) -> Grid:
    """With a step of its own for each feature, from the range of calibration rows, as far as it is not clipped; at most `top` steps."""
    low, high = (np.clip(end, *clip) for end in around(rows, numeric))
    top = ANSWERS[numeric][1] if top is None else min(top, ANSWERS[numeric][1])
    return grid(dtype, numeric, low, np.where(high > low, high - low, 1.0) / top, top, clip)


def reference(record: Grid, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    return record.place(X)


def bound(record: Grid, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :func:`emlearn.registry.Family.bound`: in steps, exactly; with what earlier stages leave, a step more."""
    exact = (np.clip(X.astype(np.float64), record.least, record.most) - record.low.astype(np.float64)) / record.step - 0.5
    result = np.abs(record.place(X) - exact)
    clips = np.where(np.isfinite(record.least), np.abs(record.least), 0) + np.where(np.isfinite(record.most), np.abs(record.most), 0)
    result += 2.0**-50 * (np.abs(exact) + clips / record.step)
    if error is not None:
        result = result + 2 * error / record.step + 1
    return np.where(np.isnan(result), np.inf, result)


def run(record: Grid, op: str, X: np.ndarray) -> np.ndarray:
    """By the compiled kernel."""
    from ..._kernels import scaler as kernel

    tables = record.low, record.factor, record.shift, record.tops.astype(np.uint32)
    return np.asarray(kernel.place(np.ascontiguousarray(X), *tables, record.top, record.task.dtype))


def describe(record: Grid) -> dict[str, Any]:
    """Facts for people."""
    facts: dict[str, Any] = {"kind": "grid", "features": record.n_features, "steps": f"0..{record.top}, {record.task.dtype}"}
    if np.any(np.isfinite(record.least) | np.isfinite(record.most)):
        facts["clips"] = "yes"
    return facts
