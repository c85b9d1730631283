"""A scaler alone in integers: products and sums of whole numbers, and one product of floats at the very end.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import InvalidInputError
from ...inputs import largest_size
from ...record import Record
from .flat import Flat, flat
from .record import Scaler


@dataclasses.dataclass(frozen=True, eq=False)
class FixedScaler(Record):
    """``y = unit * min(max(weight * x[column] + bias * bias_unit, low), high)``, column by column; all but unit in integers.

    Attributes
    ----------
    columns : ndarray of shape (n_outputs,), int64
    weight : ndarray of shape (n_outputs,), int8, int16 or int32
    bias : ndarray of shape (n_outputs,), int32
    bias_unit : int
        A power of two.
    low, high : ndarray of shape (n_outputs,) or (0,), int32 or int64
        Of sums; empty where nothing is clipped. Their dtype is that of sums.
    unit : ndarray of shape (n_outputs,), float32
        What one of a sum means.
    unrounded : Flat
        The same before rounding: what the bound compares with; not a table.
    """

    bitwise = True

    columns: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    bias_unit: int
    low: np.ndarray
    high: np.ndarray
    unit: np.ndarray
    unrounded: Flat

    @property
    def needed(self) -> np.ndarray:
        return np.unique(self.columns)

    @property
    def selects(self) -> bool:
        """Whether the columns are not simply all features in order."""
        return not np.array_equal(self.columns, np.arange(self.n_features))

    @property
    def largest(self) -> int:
        """The largest size of a raw value."""
        return largest_size(self.input)

    def sums(self, X: np.ndarray) -> np.ndarray:
        """Sums of raw rows, clipped, equal to the device's: int64, shape (n_samples, n_outputs)."""
        total = X[:, self.columns].astype(np.int64) * self.weight.astype(np.int64) + self.bias.astype(np.int64) * self.bias_unit
        return np.clip(total, self.low, self.high) if len(self.low) else total


def fixed(record: Scaler, numeric: str) -> FixedScaler:
    """A scaler of integer rows with weights of that width, and sums of 32 bits, or, where rows and weights have 32 bits, of 64.

    Of rows of 16 bits, weights of more would only be cut off by the sums: a bias is good to a 2^-16th of a raw count without them.

    Raises
    ------
    InvalidInputError
        Rows that are not integers.
    """
    from ..linear.quantise import integers
    from ..linear.record import Affine

    if not np.issubdtype(record.input, np.integer):
        raise InvalidInputError(
            f"numeric={numeric!r}: a scaler multiplies integers by its raw values, and these are {record.input}: convert with an integer "
            "input= (and input_scale=), or give calibration= rows for a grid before it"
        )
    own = flat(record)
    width = "int16" if numeric == "int32" and np.iinfo(record.input).bits <= 16 else numeric
    part = integers(Affine.of(own.scale[:, None], own.offset), width, largest_size(record.input), False, "scaler")
    low = high = np.zeros(0, part.sum_type)
    if own.clips:
        most = 2.0**31 - 1 if part.sum_type == "int32" else 1.5 * 2.0**62  # which no sum exceeds
        low, high = (np.clip(np.rint(end / part.unit.astype(np.float64)), -most, most).astype(part.sum_type) for end in (own.low, own.high))
    return FixedScaler(
        record.input, record.n_features, record.task, record.columns, part.table[0], part.offset, part.bias_unit, low, high, part.unit, own
    )


def reference(record: FixedScaler, op: str, X: np.ndarray) -> np.ndarray:
    """Answers equal to the device's, float32."""
    values: np.ndarray = record.sums(X).astype(np.float32) * record.unit
    return values


def bound(record: FixedScaler, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """What tables lose, by the row, float64's own rounding, and, of the answer, the conversion to float and the product with its unit."""
    own, unit = record.unrounded, record.unit.astype(np.float64)
    x = X[:, record.columns].astype(np.float64)
    off = np.abs(x) * np.abs(own.scale - record.weight * unit) + np.abs(own.offset - record.bias * float(record.bias_unit) * unit)
    off = off + own.rounding(x)
    if error is not None:
        off = off + np.abs(own.scale) * error[:, record.columns]
    for whole, end in ((record.low, own.low), (record.high, own.high)):
        if len(whole):
            off = off + np.where(np.isfinite(end), np.abs(whole * unit - end), 0.0)
    size = np.abs(x * own.scale + own.offset) + off
    return np.where(size < float(np.finfo(np.float32).max), off + 2.0**-22 * size + 2.0**-149, np.inf)


def run(record: FixedScaler, op: str, X: np.ndarray) -> np.ndarray:
    """By the compiled kernel."""
    from ..._kernels import scaler as kernel

    scale = kernel.scale_whole_wide if record.low.dtype == np.int64 else kernel.scale_whole
    tables = record.columns.astype(np.uint16), record.weight.astype(np.int32), record.bias, record.unit, record.low, record.high
    return np.asarray(scale(np.ascontiguousarray(X), *tables, record.bias_unit))


def describe(record: FixedScaler) -> dict[str, Any]:
    """Facts for people."""
    total = f"{record.weight.dtype.name} weights, {record.low.dtype.name} sums"
    facts: dict[str, Any] = {"kind": "scaler", "arithmetic": f"{total}: no overflow for any raw value", "features": record.n_features}
    if record.selects:
        facts["columns"] = len(record.columns)
    facts["clips"] = "yes" if len(record.low) else "no"
    return facts
