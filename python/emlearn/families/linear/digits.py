"""A projection's columns as whole numbers, for a stage behind it that counts in integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ...inputs import Input
from ...record import same_fields

if TYPE_CHECKING:
    from .record import Affine, Linear


@dataclasses.dataclass(frozen=True, eq=False)
class Digits:
    """``q[j] = clamp(floor(sum[j] / 2^shift[j]), 0, top)``; q stands for (q + 1/2) step + low.

    Attributes
    ----------
    shift : ndarray of shape (n_rows,), uint8
    top : int
    low, step : ndarray of shape (n_rows,), float64
        In units of the row's value; not tables.
    """

    shift: np.ndarray
    top: int
    low: np.ndarray
    step: np.ndarray

    def of(self, sums: np.ndarray, dtype: str) -> np.ndarray:
        """q of integer sums, equal to the device's."""
        return np.clip(sums.astype(np.int64) >> self.shift.astype(np.int64), 0, self.top).astype(dtype)

    __eq__ = same_fields
    __hash__ = None  # type: ignore[assignment]


def digits(record: Linear, rows: np.ndarray, numeric: str, top: int, dtype: str, alike: bool) -> Linear:
    """A finished transformer of integer rows with columns of `dtype`, 0 to `top`, over the range of calibration rows and some more.

    Steps are powers of two of what one of a sum means; those of all columns are `alike` where distances look at them.
    """
    from ..scaler.grid import around
    from .quantise import of_width

    part = record.scores
    low, high = around(rows.astype(np.float64) @ part.weights.T + part.bias, numeric)
    shifted = dataclasses.replace(record, scores=dataclasses.replace(part, bias=part.bias - low))
    made = of_width(shifted, numeric, alike)
    unit = made.scores.unit.astype(np.float64)
    with np.errstate(divide="ignore"):
        shift = np.maximum(np.ceil(np.log2((high - low) / (unit * top))), 0)
    shift = np.full_like(shift, shift.max()) if alike else shift
    found = Digits(shift.astype(np.uint8), top, low, unit * 2.0**shift)
    return dataclasses.replace(made, digits=found, task=dataclasses.replace(record.task, dtype=dtype))


def source(record: Linear) -> Input:
    """What the stage behind takes: raw values are q, features are the columns."""
    found = record.digits
    assert found is not None
    made = Input.make(record.task.dtype, found.step, found.low + found.step / 2, n_features=len(found.step))
    return dataclasses.replace(made, top=found.top)


def off(record: Linear, X: np.ndarray, q: np.ndarray, error: np.ndarray | None, rounding: np.ndarray) -> np.ndarray:
    """See :func:`emlearn.registry.Family.bound`: in steps, exactly; `rounding` is scikit-learn's own, in units of the row's value."""
    part, found = record.scores, record.digits
    assert found is not None
    exact = X.astype(np.float64) @ part.weights.T + part.bias
    result: np.ndarray = np.abs(q + 0.5 - exact / found.step) + rounding / found.step
    if error is not None:
        result = result + 2 * (error @ np.abs(part.weights).T) / found.step + 1
    return np.where(np.isnan(result), np.inf, result)


def valid(part: Affine, name: str) -> str:
    """What the header asserts of the shifts."""
    bits = 31 if part.sum_type == "int32" else 63
    return f"::emlearn::linear::valid_shifts(tables<>::{name}_shift, {part.n_rows}, {bits})"
