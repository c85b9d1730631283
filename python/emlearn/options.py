"""The choices of :func:`emlearn.convert` that families look at.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from .errors import InvalidInputError
from .inputs import Input

OPTIMIZE = ("size", "balanced", "speed")
NUMERIC = ("exact", "int8", "int16", "int32", "auto")

#: ``leaf_bits``: the most bits of a leaf's share or value, and what stands for floats.
MOST_LEAF_BITS, FLOAT_LEAVES = 16, 32


@dataclasses.dataclass(frozen=True, eq=False)
class Options:
    """Checked choices.

    Attributes
    ----------
    optimize : {"size", "balanced", "speed"}
    numeric : {"exact", "int8", "int16", "int32", "auto"}
        A family says in ``NUMERIC`` which of these it has; "exact" it always has.
    calibration : ndarray of shape (n_samples, n_features), optional
        Rows as the record takes them (raw values, or what the stage before gives), for a quantised `numeric` or `leaf_bits`.
    leaf_bits : int or "auto", optional
        Bits of a leaf's share or value, 1 to 16, or 32 for float32; by default leaves are exact. :mod:`.leafbits` decides "auto".
    max_points : int, optional
        The most training rows or support vectors that a model keeps; by default all that answers depend on.
    """

    optimize: str = "balanced"
    numeric: str = "exact"
    calibration: np.ndarray | None = None
    leaf_bits: int | str | None = None
    max_points: int | None = None

    @classmethod
    def make(
        cls,
        optimize: Any = "balanced",
        numeric: Any = "exact",
        calibration: Any = None,
        source: Input | None = None,
        leaf_bits: Any = None,
        max_points: Any = None,
    ) -> Options:
        """Check the arguments of :func:`emlearn.convert`; calibration rows are raw values of `source`."""
        if optimize not in OPTIMIZE:
            raise InvalidInputError(f"optimize={optimize!r} is unknown: choose one of {', '.join(OPTIMIZE)}")
        if numeric not in NUMERIC:
            raise InvalidInputError(f"numeric={numeric!r} is unknown: choose one of {', '.join(NUMERIC)}")
        leaf_bits = _leaf_bits(leaf_bits)
        if max_points is not None and (not _is_whole(max_points) or max_points < 1):
            raise InvalidInputError(f"max_points={max_points!r} is no number of points: give a whole one from 1 on, or leave it out")
        if calibration is not None:
            if numeric == "exact" and leaf_bits is None and max_points is None:
                raise InvalidInputError(
                    "calibration= goes with a quantised numeric=, or with leaf_bits= or max_points=; numeric='exact' needs none"
                )
            calibration = _rows(calibration, source)
        return cls(optimize, numeric, calibration, leaf_bits, None if max_points is None else int(max_points))

    def exact(self) -> Options:
        """The same for a part that is not quantised."""
        return dataclasses.replace(self, numeric="exact", calibration=None)


def _leaf_bits(value: Any) -> int | str | None:
    if value is None or (isinstance(value, str) and value == "auto"):
        return value
    if not _is_whole(value) or not (1 <= value <= MOST_LEAF_BITS or value == FLOAT_LEAVES):
        raise InvalidInputError(
            f"leaf_bits={value!r} is not 1 to {MOST_LEAF_BITS}, {FLOAT_LEAVES} (float32) or 'auto'; leave it out: leaves are kept exact"
        )
    return int(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))


def _rows(calibration: Any, source: Input | None) -> np.ndarray:
    try:
        rows = np.asarray(calibration) if source is None else source.check(calibration)
    except InvalidInputError as error:
        raise InvalidInputError(f"calibration=: {error}") from None
    if len(rows) == 0:
        raise InvalidInputError("calibration= has no rows: give some of the training rows, as raw values")
    if rows.dtype.kind == "f" and not np.all(np.isfinite(rows)):
        raise InvalidInputError("calibration= has values that are not finite: leave those rows out")
    return rows
