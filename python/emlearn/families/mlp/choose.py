"""Which integers: those that were asked for, or the smallest that keep what the float network answers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ...errors import InvalidInputError
from ...options import Options
from .agreement import calibration_of
from .integer import Calibration, IntegerMlp
from .quantize import quantize
from .record import Mlp
from .sparse import thin

#: numeric="auto" takes the smallest integers with at least this agreement on calibration rows that they were not made from, and float
#: where none has it.
AUTO_AGREEMENT = 0.99

#: Fewer calibration rows are not parted.
_FEW = 20

#: Fewer activation bits for the sake of shorter sums must shorten this share of the products.
_WORTH = 0.1

M = TypeVar("M")

#: From here on nothing is gained by a scale for each feature; below, it must win this share of what is lost without.
_GOOD = 0.999
_WON = 0.1


def quantized(record: Mlp, exact: Mlp, options: Options) -> Mlp | IntegerMlp:
    """The network in integers; `exact`, its float32 form, where "auto" finds none good enough.

    Raises
    ------
    InvalidInputError
        There are no calibration rows, or all of them are the same.
    """
    rows = check_rows(options)
    if options.numeric != "auto":
        return thin(_best(record, options.numeric, rows, options.optimize), options.optimize)
    for numeric in ("int8", "int16"):
        make = functools.partial(_best, record, numeric, optimize=options.optimize)
        if held_out(make, calibration_of, rows) >= AUTO_AGREEMENT:
            return thin(make(rows), options.optimize)
    return exact


def held_out(make: Callable[[np.ndarray], M], judge: Callable[[M, np.ndarray], Calibration], rows: np.ndarray) -> float:
    """The agreement on rows that integers were not made from: those of each half are judged by the other."""
    if len(rows) < _FEW:
        return judge(make(rows), rows).agreement
    halves = rows[::2], rows[1::2]
    found = [judge(make(a), b) for a, b in (halves, halves[::-1])]
    return sum(seen.agreement * seen.rows for seen in found) / max(sum(seen.rows for seen in found), 1)


def shortest(made: M, short: Callable[[np.ndarray], M], judge: Callable[[M, np.ndarray], Calibration], rows: np.ndarray) -> M:
    """`made`, or what `short` makes: activations that keep sums within 16 bits.

    These must be the sums of a tenth of the products and more, no class of the calibration rows may change, as networks are less sure of
    rows that they do not know, and what is made from half of them must keep 99 % of the other half's.
    """
    found: Any = short(rows)
    if _brief(found) - _brief(made) < _WORTH or found.calibration.agreement < 1:
        return made
    return found if held_out(short, judge, rows) >= AUTO_AGREEMENT else made


def _brief(made: Any) -> float:
    """The share of products whose sums fit 16 bits."""
    layers = [(n, proof.bits) for n, proof in made.products]
    return sum(n for n, bits in layers if bits == 16) / sum(n for n, _ in layers)


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
    """`size`: rows of weights and one short loop; otherwise tiles for the cores' kernels, and for `speed` the :func:`shortest` sums.

    Raw whole numbers are taken as they are unless a scale for each feature keeps clearly more: it costs two tables and a multiplication
    for each.
    """
    tiled = optimize != "size"
    made = quantize(record, numeric, rows, tiled)
    whole = made.intake.kind == "whole"
    if whole and made.calibration.agreement < _GOOD:
        other = quantize(record, numeric, rows, tiled, whole=False)
        lost, still = (1 - each.calibration.agreement for each in (made, other))
        if still <= (1 - _WON) * lost:
            made, whole = other, False
    if optimize != "speed" or numeric != "int8" or not record.task.is_discrete:
        return made
    short = functools.partial(quantize, record, numeric, tiled=tiled, short=True, whole=whole)
    return shortest(made, short, calibration_of, rows)
