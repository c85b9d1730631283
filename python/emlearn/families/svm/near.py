"""Radial kernels of integer rows: sums of squares in 32 bits as far as they count, and, on request, everything else in integers too.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...errors import InvalidInputError
from ...options import Options
from ..neighbors.passes import has_equal_weights
from .powers import long_power, short_power
from .products import kernels as products_of
from .products import products
from .record import Integers, Machine, pair_columns

#: A kernel whose exponent of a half is larger counts as zero: in float, and in integers of 2^-15.
CUT, CUT_FIXED = 40.0, 15.0

#: The same in integers of 2^-31.
CUT_WIDE = 31.0

#: Limits of integers have so many bits, which are a constant of one instruction on more chips than others.
_LIMIT_BITS = 8

#: Exponents in steps of 2^-27 stay below.
_EXPONENT = 15 << 27

_LARGEST_REACH = (1 << 16) - 1


def exponent(record: Machine, unit: float) -> float:
    """What a sum of squares in these units is times the exponent of a half."""
    return record.gamma * unit**2 * math.log2(math.e)


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


def fixed(record: Machine, options: Options) -> Machine:
    """Points, weights, kernels and coefficients as integers.

    Raises
    ------
    InvalidInputError
        Rows of more than 16 bits; gamma, or weights, beyond what 16 bits hold.
    """
    numeric = options.numeric
    if not np.issubdtype(record.input, np.integer) or np.dtype(record.input).itemsize > 2:
        raise InvalidInputError(
            f"numeric={numeric!r} needs raw integers of 8 or 16 bits, not input={record.input!r}: give input='int16', or "
            "calibration= rows for a grid before it"
        )
    if record.kernel == "polynomial" and record.degree == 0:
        raise InvalidInputError(f"numeric={numeric!r}: a polynomial of degree=0 is the same for every row: use numeric='exact'")
    if record.kernel != "rbf":
        made = products(record, numeric, options.calibration)
        return made if record.kernel == "linear" else _coefficients(made)
    record = dataclasses.replace(record, arithmetic="near_wide" if numeric == "int32" else "near_fixed")
    limits, weight = np.iinfo(record.input), float(record.exact_weights[0])
    ends = (limits.min, limits.max) if record.top is None else (0, record.top)
    points = np.clip(np.rint(record.exact_points), *ends)
    integers = _within(record, weight, _cut(record)) if has_equal_weights(record) else None
    if integers is not None:
        made = dataclasses.replace(record, unit=weight, integers=_exponents(record, weight, integers))
    else:
        made = _scaled(record, numeric)
    narrow = next(
        t for t in (np.uint8, np.int8, np.uint16, np.int16) if np.iinfo(t).min <= points.min() and points.max() <= np.iinfo(t).max
    )
    return _coefficients(dataclasses.replace(made, points=points.astype(narrow)))


def _cut(record: Machine) -> float:
    return CUT_WIDE if record.is_wide else CUT_FIXED


def _scaled(record: Machine, numeric: str) -> Machine:
    """With a unit in which the squares of all features' largest differences that count just fit 32 bits, and weights of 16 bits."""
    reach = min(int(np.sqrt((2.0**32 - 1) / record.n_features)), _LARGEST_REACH)
    unit = float(np.sqrt(_cut(record) / exponent(record, 1.0)) / reach)
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
    """With what makes the exponent, in steps of 2^-27, of a sum: of more than 16 bits, of one that is lifted as far as it goes.

    Of wide ones in steps of 2^-22, always of a lifted one.
    """
    if record.is_wide:
        lift = int(np.floor(np.log2((2.0**32 - 1) / integers.limit)))
        scale = min(round(exponent(record, unit) * 2.0 ** (22 + 32 - lift)), 2**32 - 1)
        return dataclasses.replace(integers, lift=lift, scale=scale, one=2.0**31)
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
    """Coefficients and intercepts per function, with the least unit for which no sum of products with kernels overflows."""
    assert record.integers is not None
    exact, kernel, most = record.exact_coefficients, 2.0**record.bits, 2.0**record.bits - 1
    # What a coefficient counts in steps of kernels, of which one may be more or less than 2^bits.
    exact = exact * (kernel / record.integers.one)
    largest, total = np.zeros(record.n_functions), np.abs(record.intercept).astype(np.float64)
    for function, mine, column in parts(record):
        own = np.abs(exact[mine, column])
        largest[function] = max(largest[function], own.max(initial=0.0))
        total[function] += own.sum()
    room = 2.0**record.sum_bits * (1 - 2.0**-11) - kernel * len(exact)  # each coefficient may be rounded up
    units = np.maximum(np.maximum(largest / most, total * kernel / room), 1e-30)
    units = np.nextafter(units.astype(np.float32), np.float32(np.inf)).astype(np.float64)
    whole = np.zeros(exact.shape, record.number)
    for function, mine, column in parts(record):
        whole[mine, column] = np.clip(np.rint(exact[mine, column] / units[function]), -most, most).astype(record.number)
    steps = units / kernel
    intercept = np.rint(record.intercept.astype(np.float64) / steps).astype(record.sum_type)
    integers = dataclasses.replace(record.integers, units=steps.astype(np.float32))
    return dataclasses.replace(record, coefficients=whole, intercept=intercept, integers=integers)


def parts(record: Machine) -> list[tuple[int, slice, int]]:
    """(function, its vectors, their column) of each sum of coefficients times kernels."""
    if not len(record.ends):
        return [(f, slice(None), f) for f in range(record.n_functions)]
    starts = [0, *record.ends[:-1].tolist()]
    return [(pair, slice(starts[own], int(record.ends[own])), column) for pair, own, _, column in pair_columns(len(record.ends))]


def kernels(record: Machine, X: np.ndarray) -> np.ndarray:
    """Kernels in their steps, bit for bit as on the device, int64 of shape (n_samples, n)."""
    if record.kernel != "rbf":
        return products_of(record, X)
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
    if record.is_wide:
        exponents = ((near << integers.lift).astype(np.uint64) * np.uint64(integers.scale) >> np.uint64(32)).astype(np.int64)
        return np.where(far, 0, long_power(exponents))
    if integers.limit <= 0xFFFF:
        exponents = near * integers.scale
    else:
        lifted = near << integers.lift
        exponents = (lifted >> 16) * integers.scale + ((lifted & 0xFFFF) * integers.scale >> 16)
    return np.where(far, 0, short_power(exponents))
