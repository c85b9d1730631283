"""Radial kernels of integer rows: sums of squares in 32 bits as far as they count, and, on request, everything else in integers too.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from .record import Integers, Machine, pair_columns

#: A kernel whose exponent of a half is larger counts as zero: in float, and in integers of 2^-15.
CUT, CUT_FIXED = 40.0, 15.0

#: Limits of integers have so many bits, which are a constant of one instruction on more chips than others.
_LIMIT_BITS = 8

#: Exponents in steps of 2^-27 stay below.
_EXPONENT = 15 << 27

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
    """With what makes the exponent, in steps of 2^-27, of a sum: of more than 16 bits, of one that is lifted as far as it goes."""
    spare = max(integers.limit.bit_length() - _LIMIT_BITS, 0)
    limit, lift = integers.limit >> spare << spare, 0
    per_count = exponent(record, unit) * 2.0**27
    if limit > 0xFFFF:
        lift = int(np.floor(np.log2((2.0**32 - 1) / limit)))
        scale = min(round(per_count * 2.0 ** (16 - lift)), (_EXPONENT - 1 << 16) // (limit << lift))
    else:
        scale = min(round(per_count), (_EXPONENT - 1) // limit)
    return dataclasses.replace(integers, limit=limit, lift=lift, scale=scale)


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
    near = np.where(far, 0, total)
    if integers.limit <= 0xFFFF:
        exponents = near * integers.scale
    else:
        lifted = near << integers.lift
        exponents = (lifted >> 16) * integers.scale + ((lifted & 0xFFFF) * integers.scale >> 16)
    return np.where(far, 0, short_power(exponents))


#: ``emlearn::detail::chords_table``: where each line starts, and, in the lower half, how it goes on.
_LINES = np.array([
    0x7FFFFA83, 0x7D41FAA0, 0x7A91FAC1, 0x77F1FADC, 0x755FFAF8, 0x72DBFB15, 0x7065FB2F, 0x6DFDFB48,
    0x6BA1FB64, 0x6953FB7C, 0x6711FB95, 0x64DCFBAD, 0x62B2FBC7, 0x6095FBDC, 0x5E83FBF4, 0x5C7DFC09,
    0x5A82FC1D, 0x5891FC34, 0x56ABFC49, 0x54D0FC5C, 0x52FEFC73, 0x5137FC85, 0x4F7AFC97, 0x4DC6FCAA,
    0x4C1BFCBD, 0x4A7AFCCE, 0x48E1FCE0, 0x4751FCF2, 0x45CAFD02, 0x444BFD13, 0x42D5FD21, 0x4166FD32,
])  # fmt: skip


def short_power(t: np.ndarray) -> np.ndarray:
    """``emlearn::detail::short_power``: 2^(15 - t / 2^27) of whole numbers t below 15 * 2^27."""
    line = _LINES[(t >> 22) & 31]
    value = line + ((line & 0xFFFF) - 0x10000) * ((t >> 7) & 0x7FFF)
    return value >> (16 + (t >> 27))
