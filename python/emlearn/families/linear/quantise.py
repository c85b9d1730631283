"""Integers for weights and biases: as precise as the sums have room for, whatever the raw values are.

A row's value is unit * (bias + sum of w x) with integers w and raw integers x. The unit is the least for which w fits its type and no sum,
nor any part of it, can leave 32 bits: sum |w| max|x| + |bias| <= 2^31 - 1 over the whole range of the raw type. Where that leaves less
than six bits to the largest weight, and always for 32-bit weights, sums take 64 bits.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError
from ...options import Options
from .record import Affine, Linear, drop_unread, each_part

#: The least that the largest weight may be for sums of 32 bits to be taken: else they cost too much precision.
_LEAST = 63


def quantised(record: Linear, options: Options) -> Linear:
    """The record in integers of the width ``options.numeric``.

    Raises
    ------
    InvalidInputError
        The raw values are no integers.
    """
    if not record.takes_integers:
        raise InvalidInputError(
            f"numeric={options.numeric!r}: the {record.estimator} multiplies integers by its raw values, and these are {record.input}: "
            "convert with an integer input= (and input_scale=), without stages before it that answer floats, or, with a width, give "
            "calibration= rows for a grid before it"
        )
    return of_width(record, options.numeric)


def of_width(record: Linear, width: str, alike: bool = False) -> Linear:
    """With weights of that width; scores that are compared have one unit, as have all that are to be `alike`."""
    shared = alike or record.task.kind == "classifier"
    return each_part(record, lambda part: drop_unread(integers(part, width, record.largest, shared, record.estimator), record))


def integers(part: Affine, width: str, largest: int, shared: bool, estimator: str) -> Affine:
    """The map in integers of that width, for raw values of at most `largest` in size; `shared`: one unit for all rows."""
    weights, bias = np.abs(part.weights), np.abs(part.bias)
    limit = float(np.finfo(np.float32).max)
    if not (np.all(weights <= limit) and np.all(bias <= limit)):
        raise InvalidInputError(f"weights of the {estimator} (any scaling before it folded in) overflow: scale the data and fit again")
    with np.errstate(over="ignore"):
        heaviest, reach = weights.max(axis=1, initial=0), weights.sum(axis=1) * largest + bias
    if shared:
        heaviest, reach = np.full_like(heaviest, heaviest.max()), np.full_like(reach, reach.max())
    room = 2.0**31 - 1 - (weights.shape[1] * largest / 2 + 1)  # each rounding may add half a unit, times x
    with np.errstate(divide="ignore", invalid="ignore"):
        by_width, by_sum = np.iinfo(width).max / heaviest, room / reach
        wide = width == "int32" or room <= 0 or bool(np.any(by_sum * heaviest < _LEAST))
        steps = np.minimum(by_width, (2.0**62 / reach) if wide else by_sum)
    steps = np.where(np.isfinite(steps) & (steps > 0), steps, 1.0)  # a row without weights
    unit = np.maximum((1 / steps), np.finfo(np.float32).tiny).astype(np.float32)
    unit = np.where(unit < 1 / steps, np.nextafter(unit, np.float32(np.inf)), unit)  # rounded up: nothing grows
    exact = unit.astype(np.float64)
    table = np.rint(part.weights / exact[:, None])
    bias_unit = 1
    while wide and np.any(np.abs(part.bias / exact / bias_unit) > 2**31 - 2):
        bias_unit *= 2
    return dataclasses.replace(
        part,
        table=np.ascontiguousarray(table.T.astype(width)),
        offset=np.rint(part.bias / exact / bias_unit).astype(np.int32),
        unit=unit,
        bias_unit=bias_unit,
        sum_type="int64" if wide else "int32",
    )
