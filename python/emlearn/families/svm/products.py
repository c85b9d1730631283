"""Kernels of products in integers: polynomials, sigmoids and linear kernels of integer rows, in numbers of 16 or 32 bits.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError
from ...inputs import largest_size
from .powers import long_power, short_power
from .record import Integers, Machine

#: What arguments of a tanh are at most in size: beyond, it is one to 2^-22.
_SATURATED = 8.0

#: How far the range of a power's argument goes beyond that of calibration rows, or of the support vectors themselves.
_BESIDE = 1.25


def products(record: Machine, numeric: str, calibration: np.ndarray | None) -> Machine:
    """The vectors as whole numbers, and what makes a kernel of their products with a row.

    Raises
    ------
    InvalidInputError
        Sums of products of rows that the raw type can hold leave no bits to the vectors.
    """
    record = dataclasses.replace(record, arithmetic="products16" if numeric == "int16" else "products32")
    return _weights(record, numeric) if record.kernel == "linear" else _vectors(record, numeric, calibration)


def largest_raw(record: Machine) -> float:
    """Of the raw type, or of the grid before, in size."""
    return float(largest_size(record.input) if record.top is None else record.top)


def _room(record: Machine) -> float:
    """What a sum may be before vectors are rounded, each by half a step, and half a step is added for rounding."""
    room = 2.0**record.sum_bits * 0.999 - (record.n_features + 2) * largest_raw(record)
    return max(room, 1.0)


def _weights(record: Machine, numeric: str) -> Machine:
    """Of a linear kernel: one row of weights per function, with the least unit for which no sum overflows."""
    weights, most = np.abs(record.exact_points), 2.0**record.bits - 1
    reach = weights.sum(axis=1) * largest_raw(record) + np.abs(record.intercept)
    units = np.maximum(np.maximum(weights.max(axis=1) / most, reach / _room(record)), 1e-30)
    units = np.nextafter(units.astype(np.float32), np.float32(np.inf))
    held = np.rint(record.exact_points / units.astype(np.float64)[:, np.newaxis])
    if np.any(np.abs(held).max(axis=1) < 8):
        raise _no_bits(numeric)
    intercept = np.rint(record.intercept / units.astype(np.float64))
    integers = Integers(0, 0, units=units, one=1.0)
    return dataclasses.replace(
        record, points=held.astype(record.number), intercept=intercept.astype(record.sum_type), integers=integers,
        coefficients=np.zeros((0, 0), record.number),
    )  # fmt: skip


def _vectors(record: Machine, numeric: str, calibration: np.ndarray | None) -> Machine:
    vectors, edge = record.gamma * record.exact_points, _SATURATED
    own = record.coef0 + record.gamma * record.offsets if len(record.offsets) else np.array([record.coef0])
    if record.kernel == "polynomial":
        occurs = record.argument
        if calibration is not None:
            occurs = float(np.abs(calibration.astype(np.float64) @ vectors.T + own).max())
        edge = max(_BESIDE * occurs, 1e-30)
    step, most = edge / 2.0**record.bits, float(np.abs(vectors).max())
    reach = float((np.abs(vectors).sum(axis=1) * largest_raw(record) + np.abs(own)).max())
    with np.errstate(divide="ignore"):
        shift = int(
            np.floor(min(np.log2((2.0**record.bits - 1) * step / most), np.log2(_room(record) * step / reach), record.sum_bits - 1))
        )
    if shift < 0:
        raise _no_bits(numeric)
    per_step = 2.0**shift / step
    starts = np.rint(own * per_step).astype(np.int64) + (1 << shift >> 1)
    degree = record.degree if record.kernel == "polynomial" else 0
    start = {"starts": starts} if len(record.offsets) else {"start": int(starts[0])}
    integers = Integers(0, 0, shift=shift, edge=edge, one=2.0**record.bits / edge**degree, **start)
    return dataclasses.replace(record, points=np.rint(vectors * per_step).astype(record.number), integers=integers)


def _no_bits(numeric: str) -> InvalidInputError:
    wider = "numeric='int32'" if numeric == "int16" else "numeric='exact'"
    return InvalidInputError(
        f"numeric={numeric!r}: sums over all rows that the raw type can hold leave too few bits to the vectors; use {wider}, a narrower "
        "input=, or scales that use its range"
    )


def held(record: Machine) -> np.ndarray:
    """What the integers of the vectors stand for: gamma v, or the weights of a linear kernel; float64."""
    assert record.integers is not None
    if record.kernel == "linear":
        return record.points.astype(np.float64) * record.integers.units.astype(np.float64)[:, np.newaxis]
    return record.points.astype(np.float64) * argument_step(record) / 2.0**record.integers.shift


def with_starts(record: Machine) -> np.ndarray:
    """The table of vectors; where each has a start of its own, that stands before it in two halves, the lower first."""
    if record.integers is None or not len(record.integers.starts):
        return record.points
    starts, bits = record.integers.starts, 8 * np.dtype(record.number).itemsize
    low = starts & ((1 << bits) - 1)
    low = np.where(low >= 1 << (bits - 1), low - (1 << bits), low)
    return np.column_stack([low, starts >> bits, record.points]).astype(record.number)


def argument_step(record: Machine) -> float:
    """What one of an argument means."""
    assert record.integers is not None
    return record.integers.edge / 2.0**record.bits


def kernels(record: Machine, X: np.ndarray) -> np.ndarray:
    """The kernels bit for bit as on the device, int64 of shape (n_samples, n); of a linear kernel, the sums without intercepts."""
    integers = record.integers
    assert integers is not None
    dot = X.astype(np.int64) @ record.points.astype(np.int64).T
    if record.kernel == "linear":
        return dot
    most, bits = (1 << record.bits) - 1, record.bits
    z = np.clip((dot + (integers.starts if len(integers.starts) else integers.start)) >> integers.shift, -most, most)
    if record.kernel == "polynomial":
        power = z
        for _ in range(record.degree - 1):
            power = (power * z + (1 << (bits - 1))) >> bits
        return power
    one = 1 << bits
    e = _falling(np.abs(z), bits)
    size = np.minimum((one - e) * (one // 2) // ((one + e) // 2), most)
    return np.where(z < 0, -size, size)


def _falling(z: np.ndarray, bits: int) -> np.ndarray:
    """``emlearn::svm::detail::falling``."""
    if bits == 15:
        t = z * 94548
        return np.where(t < 15 << 27, short_power(np.minimum(t, (15 << 27) - 1)), 0)
    return long_power((z * 0xB8AA3B29) >> 36)
