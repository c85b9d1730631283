"""``numeric="auto"`` of parts that do not choose for themselves: the narrowest integers that keep what exact arithmetic answers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from ...options import Options
from ...record import Record
from ...registry import arithmetics, family_of, own
from ..scaler.grid import ANSWERS
from ..scaler.record import Scaler

#: Of numbers, the share of their spread by which they may differ.
_SHARE = 2.0**-8


def chooses(record: Record) -> bool:
    """Whether "auto" means something to a part's own family, or to one in it: it then has a rule of its own."""
    if record.made_of:
        return any(map(chooses, record.made_of))
    rule = own(record, "chooses")
    return rule is not None and bool(rule(record))


def narrowest(record: Record, options: Options, make: Callable[[Record, Options], Record]) -> Record:
    """What `make` makes of the narrowest integers that give all calibration rows the answers of exact arithmetic, else of the widest.

    Classes, clusters, labels and +1 or -1 must be the same, numbers within 2^-8 of their spread.

    Raises
    ------
    InvalidInputError
        There are no rows to judge by.
    """
    rows = options.calibration
    if rows is None:
        raise InvalidInputError("numeric='auto' chooses by rows like those that the device will see: give them as calibration=")
    op = record.ops[0]
    exact = make(record, options.exact())
    want = family_of(exact).reference(exact, op, rows)
    made: Record | None = None
    refused: InvalidInputError | UnsupportedError | None = None
    for width in _widths(record):
        try:
            made = make(record, dataclasses.replace(options, numeric=width))
        except (InvalidInputError, UnsupportedError) as error:
            refused = error
            continue
        if _alike(want, family_of(made).reference(made, op, rows), record.task.is_discrete and op == "predict"):
            return made
    if made is None and refused is not None:
        raise refused
    assert made is not None
    return made


def _widths(record: Record) -> list[str]:
    """Those that all parts have that have any, the narrowest first."""
    if record.made_of:
        each = [found for part in record.made_of if not isinstance(part, Scaler) and (found := _widths(part))]
        return [width for width in ANSWERS if each and all(width in found for found in each)]
    return [width for width in ANSWERS if width in arithmetics(record)]


def _alike(want: np.ndarray, got: np.ndarray, is_discrete: bool) -> bool:
    if is_discrete:
        return bool(np.array_equal(want, got))
    off = np.abs(want.astype(np.float64) - got.astype(np.float64))
    return bool(np.all((off <= np.ptp(want, axis=0) * _SHARE) | (np.isnan(want) & np.isnan(got))))
