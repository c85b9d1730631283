"""Radial kernels of integer rows: sums of squares in 32 bits as far as they count, and, on request, everything else in integers too.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from .record import Integers, Machine, pair_columns

#: A kernel whose exponent of a half is larger counts as zero: in float, and in integers of 2^-15.
CUT, CUT_FIXED = 40.0, 16.0

_LARGEST_REACH = (1 << 16) - 1
#: Sums of products stay below this.
_SUM = 2.0**31 - 2.0**20


def exponent(record: Machine, unit: float) -> float:
    """What a sum of squares in these units is times the exponent of a half."""
    return record.gamma * unit**2 * float(np.log2(np.e))


def _within(record: Machine, unit: float, cut: float) -> Integers | None:
    """What counts, in raw counts; None where 32 bits have no room for the squares of all features."""
    with np.errstate(all="ignore"):
        limit = np.floor(cut / np.float64(exponent(record, unit)))
    reach = np.floor(np.sqrt(limit))
    fits = 2 <= reach <= _LARGEST_REACH and record.n_features * reach**2 < 2.0**32
    return Integers(int(reach), int(limit)) if fits and limit < 2.0**32 else None


def near(record: Machine) -> Machine:
    """Of points that are integers already: without sums of 64 bits, where differences that do not count can be left out."""
    integers = _within(record, record.unit, CUT)
    return record if integers is None else dataclasses.replace(record, arithmetic="near", integers=integers)


def fixed(record: Machine, numeric: str) -> Machine:
    """Points, weights, kernels and coefficients as integers.

    Raises
    ------
    UnsupportedError, InvalidInputError
        Another kernel than ``rbf``; rows of more than 16 bits; gamma, or weights, beyond what 16 bits hold.
    """
    if record.kernel != "rbf":
        raise UnsupportedError(f"numeric={numeric!r}: only machines with kernel='rbf' have it, not {record.kernel!r}; use numeric='exact'")
    if not np.issubdtype(record.input, np.integer) or np.dtype(record.input).itemsize > 2:
        raise InvalidInputError(f"numeric={numeric!r} needs raw integers of 8 or 16 bits, not input={record.input!r}: give input='int16'")
    limits, weights = np.iinfo(record.input), record.exact_weights
    points = np.clip(np.rint(record.exact_points), limits.min, limits.max)
    equal = bool(np.all(np.abs(weights - weights[0]) <= 2.0**-50 * weights[0]))
    integers = _within(record, float(weights[0]), CUT_FIXED) if equal else None
    if integers is not None:
        made = dataclasses.replace(record, unit=float(weights[0]), integers=_exponents(record, float(weights[0]), integers))
    else:
        made = _scaled(record, numeric)
    narrow = next(
        t for t in (np.uint8, np.int8, np.uint16, np.int16) if np.iinfo(t).min <= points.min() and points.max() <= np.iinfo(t).max
    )
    return _coefficients(dataclasses.replace(made, arithmetic="near_fixed", points=points.astype(narrow)))


def _scaled(record: Machine, numeric: str) -> Machine:
    """With a unit in which the squares of all features' largest differences that count just fit 32 bits, and weights of 16 bits."""
    reach = min(int(np.sqrt((2.0**32 - 1) / record.n_features)), _LARGEST_REACH)
    unit = float(np.sqrt(CUT_FIXED / exponent(record, 1.0)) / reach)
    ratio = record.exact_weights / unit
    shift = int(np.floor(np.log2(_LARGEST_REACH / ratio.max())))
    if not 0 <= shift <= 31 or np.any(np.rint(np.ldexp(ratio, shift)) < 1):
        raise InvalidInputError(
            f"numeric={numeric!r}: one raw count of a feature changes the kernel by too much or too little for weights of 16 bits "
            "(gamma, or the features' scales, lie too far apart): use numeric='exact'"
        )
    factors = np.rint(np.ldexp(ratio, shift)).astype(np.uint16)
    return dataclasses.replace(
        record, unit=unit, integers=_exponents(record, unit, Integers(reach, reach**2, factors=factors, shift=shift))
    )


def _exponents(record: Machine, unit: float, integers: Integers) -> Integers:
    """With what makes the exponent, in steps of 2^-27, of a sum that is lifted as far as it goes."""
    lift = int(np.floor(np.log2((2.0**32 - 1) / integers.limit)))
    scale = min(int(np.rint(exponent(record, unit) * 2.0 ** (27 + 16 - lift))), _LARGEST_REACH)
    return dataclasses.replace(integers, lift=lift, scale=scale)


def _coefficients(record: Machine) -> Machine:
    """Coefficients of 16 bits and intercepts of 32 per function, with the least unit for which no sum overflows."""
    exact = record.exact_coefficients
    largest, total = np.zeros(record.n_functions), np.abs(record.intercept).astype(np.float64)
    for function, mine, column in parts(record):
        own = np.abs(exact[mine, column])
        largest[function] = max(largest[function], own.max(initial=0.0))
        total[function] += own.sum()
    room = _SUM - 2.0**15 * len(exact)  # each coefficient may be rounded up
    units = np.maximum(np.maximum(largest / 32767, total * 2.0**15 / room), 1e-30).astype(np.float32).astype(np.float64)
    whole = np.zeros(exact.shape, np.int16)
    for function, mine, column in parts(record):
        whole[mine, column] = np.clip(np.rint(exact[mine, column] / units[function]), -32767, 32767).astype(np.int16)
    steps = units / 2.0**15
    intercept = np.rint(record.intercept.astype(np.float64) / steps).astype(np.int32)
    assert record.integers is not None
    integers = dataclasses.replace(record.integers, units=steps.astype(np.float32))
    return dataclasses.replace(record, coefficients=whole, intercept=intercept, integers=integers)


def parts(record: Machine) -> list[tuple[int, slice, int]]:
    """(function, its vectors, their column) of each sum of coefficients times kernels."""
    if not len(record.ends):
        return [(f, slice(None), f) for f in range(record.n_functions)]
    starts = [0, *record.ends[:-1].tolist()]
    return [(pair, slice(starts[own], int(record.ends[own])), column) for pair, own, _, column in pair_columns(len(record.ends))]


def kernels(record: Machine, X: np.ndarray) -> np.ndarray:
    """Of ``near_fixed``: 2^15 times the kernels, bit for bit as on the device, int64 of shape (n_samples, n)."""
    integers = record.integers
    assert integers is not None
    total, far = np.zeros((len(X), len(record.points)), np.int64), np.zeros((len(X), len(record.points)), bool)
    for i in range(record.n_features):
        d = np.abs(X[:, i : i + 1].astype(np.int64) - record.points[:, i].astype(np.int64))
        if len(integers.factors):
            d = d * int(integers.factors[i]) >> integers.shift
        far |= d > integers.reach
        total += d * d
    far |= total > integers.limit
    lifted = np.where(far, 0, total) << integers.lift
    exponents = ((lifted >> 16) * integers.scale + ((lifted & 0xFFFF) * integers.scale >> 16)) >> 5
    whole = halved(exponents & 0x3FFFFF) >> 16
    return np.where(far, 0, ((whole >> (exponents >> 22)) + 1) >> 1)


def halved(t: np.ndarray) -> np.ndarray:
    """``emlearn::detail::halved``: 2^(32 - t / 2^22) of whole numbers t below 2^22."""
    table = np.minimum(np.rint(2.0 ** (32 - np.arange(65) / 64)), 2.0**32 - 1).astype(np.int64)
    at = (t + 0x8000) >> 16
    a = ((t - (at << 16)) * 45426) >> 16
    loss = a - ((a * a) >> 23)
    return table[at] - (((table[at] >> 16) * loss) >> 6)
