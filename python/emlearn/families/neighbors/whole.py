"""Distances in integers of rows that are none, or whose features have unequal weights: on a grid with one unit for all features.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from ...front import Front
from ...options import Options
from ...record import Chain, Record
from ..scaler.grid import ANSWERS, NO_CLIP, Grid, around, grid
from . import passes
from .record import Centroids, Points

#: The fewest steps of a feature that are worth a name.
_LEAST = 64


def in_integers(record: Points, options: Options) -> Record:
    """A grid, and points on it; points alone where rows and they are whole numbers already.

    Raises
    ------
    UnsupportedError
        Sums of the metric's powers leave too few steps.
    InvalidInputError
        Nothing tells the range of the rows, or floats do not hold it.
    """
    if (most := largest(record, options.numeric)) < _LEAST:
        bits, wider = (64, "") if options.numeric == "int32" else (32, "use numeric='int32', ")
        raise UnsupportedError(
            f"numeric={options.numeric!r}: metric={record.metric!r} of {record.n_features} features leaves {most} steps to each, fewer "
            f"than {_LEAST}, because sums of such powers must fit {bits} bits: fit with a smaller p, {wider}or leave numeric= out"
        )
    passes.check_range(record)
    if record.top is not None or passes.is_whole(record):
        return passes.tables(record)
    stage = one_unit(record, options)
    behind = passes.absorb(record, Front(stage.source))
    assert behind is not None
    return Chain.of(stage, passes.tables(behind))


def one_unit(record: Points, options: Options, clip: tuple[np.ndarray, np.ndarray] = NO_CLIP) -> Grid:
    """A grid for raw rows, one unit for all features: the least for which each range has at most `largest` steps.

    Where scikit-learn clips raw values, at `clip`, the range ends there.
    """
    low, high = _ranges(record, options)
    low, high = (np.where(np.isfinite(given), given, found) for given, found in zip(clip, (low, high), strict=True))
    most = largest(record, options.numeric)
    widths = (high - low) * record.exact_weights
    unit = float(widths.max()) / most
    if not unit > 0:  # one point, and no other row
        unit = 1.0
    return grid(record.input, options.numeric, low, unit / record.exact_weights, most, clip)


def largest(record: Points, numeric: str) -> int:
    """The largest whole number of a feature for which a sum over all features fits 32 bits, of ``"int32"`` 64."""
    room = 2.0 ** (64 if numeric == "int32" else 32) - 1
    each = room if record.metric == "chebyshev" else (room / record.n_features) ** (1 / record.power)
    return min(ANSWERS[numeric][1], int(each))


def _ranges(record: Points, options: Options) -> tuple[np.ndarray, np.ndarray]:
    """What rows are, feature by feature; beyond, they count as at the edge."""
    low, high = record.exact_points.min(axis=0), record.exact_points.max(axis=0)
    if options.calibration is not None:
        reach = around(options.calibration, options.numeric)
        return np.minimum(low, reach[0]), np.maximum(high, reach[1])
    if np.dtype(record.input).itemsize == 1:
        limits = np.iinfo(record.input)
        return np.minimum(low, limits.min), np.maximum(high, limits.max)
    if isinstance(record, Centroids):
        raise InvalidInputError(
            f"numeric={options.numeric!r}: centres do not tell how far rows reach: give rows like those that the device will see as "
            "calibration="
        )
    return around(record.exact_points, options.numeric)
