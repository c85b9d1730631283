"""Which integers: those that were asked for, or the smallest that keep what the float network answers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...errors import InvalidInputError
from ...options import Options
from .integer import IntegerMlp
from .quantize import quantize
from .record import Mlp

#: numeric="auto" takes the smallest integers with at least this agreement on the calibration rows, and float where none has it.
AUTO_AGREEMENT = 0.99

#: From here on nothing is gained by a scale for each feature.
_GOOD = 0.999


def quantized(record: Mlp, exact: Mlp, options: Options) -> Mlp | IntegerMlp:
    """The network in integers; `exact`, its float32 form, where "auto" finds none good enough.

    Raises
    ------
    InvalidInputError
        There are no calibration rows, or all of them are the same.
    """
    rows = check_rows(options)
    if options.numeric != "auto":
        return _best(record, options.numeric, rows, options.optimize)
    for numeric in ("int8", "int16"):
        made = _best(record, numeric, rows, options.optimize)
        if made.calibration.agreement >= AUTO_AGREEMENT:
            return made
    return exact


def check_rows(options: Options) -> np.ndarray:
    """The calibration rows.

    Raises
    ------
    InvalidInputError
        There are none, or all of them are the same.
    """
    rows = options.calibration
    if rows is None:
        raise InvalidInputError(
            f"numeric={options.numeric!r} needs calibration=: rows like those that the device will see, as raw values, "
            "such as some of the training's"
        )
    if np.all(rows == rows[0]):
        raise InvalidInputError("calibration= has the same values in all rows: give rows that differ as those on the device will")
    return rows


def _best(record: Mlp, numeric: str, rows: np.ndarray, optimize: str) -> IntegerMlp:
    """`size`: rows of weights and one short loop; otherwise tiles for the cores' kernels, and for `speed` activations that keep sums
    within 16 bits, where that changes no more classes of the calibration rows.

    Raw whole numbers are taken as they are unless a scale for each feature keeps more: that one costs a multiplication each.
    """
    tiled = optimize != "size"
    made = quantize(record, numeric, rows, tiled)
    whole = made.intake.kind == "whole"
    if whole and made.calibration.agreement < _GOOD:
        other = quantize(record, numeric, rows, tiled, whole=False)
        if other.calibration.agreement > made.calibration.agreement:
            made, whole = other, False
    if optimize != "speed" or numeric != "int8" or not record.task.is_discrete:
        return made
    short = quantize(record, numeric, rows, tiled, short=True, whole=whole)
    return short if short.calibration.agreement >= made.calibration.agreement else made
