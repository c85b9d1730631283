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


@dataclasses.dataclass(frozen=True, eq=False)
class Options:
    """Checked choices.

    Attributes
    ----------
    optimize : {"size", "balanced", "speed"}
    numeric : {"exact", "int8", "int16", "int32", "auto"}
        A family says in ``NUMERIC`` which of these it has; "exact" it always has.
    calibration : ndarray of shape (n_samples, n_features), optional
        Rows as the record takes them (raw values, or what the stage before gives), for a quantised `numeric`.
    """

    optimize: str = "balanced"
    numeric: str = "exact"
    calibration: np.ndarray | None = None

    @classmethod
    def make(cls, optimize: Any = "balanced", numeric: Any = "exact", calibration: Any = None, source: Input | None = None) -> Options:
        """Check the arguments of :func:`emlearn.convert`; calibration rows are raw values of `source`."""
        if optimize not in OPTIMIZE:
            raise InvalidInputError(f"optimize={optimize!r} is unknown: choose one of {', '.join(OPTIMIZE)}")
        if numeric not in NUMERIC:
            raise InvalidInputError(f"numeric={numeric!r} is unknown: choose one of {', '.join(NUMERIC)}")
        if calibration is not None:
            if numeric == "exact":
                raise InvalidInputError("calibration= goes with a quantised numeric=; numeric='exact' needs none")
            calibration = _rows(calibration, source)
        return cls(optimize, numeric, calibration)

    def exact(self) -> Options:
        """The same for a part that is not quantised."""
        return dataclasses.replace(self, numeric="exact", calibration=None)


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
