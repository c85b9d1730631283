"""Integers from stage to stage: what stands before a part that counts in integers gives it whole numbers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError
from ...front import Front
from ...inputs import Input
from ...options import Options
from ...record import Chain, Record
from ...registry import family_of
from ..linear import digits as projections
from ..linear.record import Linear
from ..neighbors.record import Points
from ..neighbors.whole import largest
from ..scaler.grid import ANSWERS, of_rows
from ..svm.record import Machine


def on_grid(record: Record, options: Options) -> list[Record]:
    """A part that needs integers, on rows of floats (or of integers too wide for it): a grid of the calibration rows' range before it.

    The part alone in any other case.
    """
    family = family_of(record)
    if options.numeric not in ANSWERS or options.calibration is None or not getattr(family, "NEEDS_INTEGERS", False):
        return [record]
    too_wide = isinstance(record, Machine) and record.input == "int32"
    if (np.issubdtype(record.input, np.integer) and not too_wide) or (isinstance(record, Linear) and record.takes_integers):
        return [record]
    stage = of_rows(record.input, _width(record, options.numeric), options.calibration)
    behind = _absorbed(record, stage.source)
    return [record] if behind is None else [stage, behind]


def as_digits(stage: Record, behind: Record, options: Options) -> tuple[list[Record], Record] | None:
    """A projection that gives whole numbers to what stands behind it, and that; None where one of them cannot be so.

    Raises
    ------
    InvalidInputError
        Nothing tells the range of the projection's columns.
    """
    if not isinstance(stage, Linear) or stage.task.kind != "transformer" or options.numeric not in ANSWERS:
        return None
    if options.numeric not in family_of(behind).NUMERIC or isinstance(behind, Chain):
        return None
    if options.calibration is None:
        raise InvalidInputError(
            f"numeric={options.numeric!r}: nothing tells how far the columns of the {stage.estimator} reach, which the next step takes as "
            "whole numbers: give rows like those that the device will see as calibration="
        )
    *before, last = on_grid(stage, options)
    assert isinstance(last, Linear)
    rows = options.calibration
    for grid in before:
        rows = family_of(grid).reference(grid, "transform", rows)
    dtype, top = ANSWERS[_width(behind, options.numeric)]
    if isinstance(behind, Points):
        top = min(top, largest(behind, options.numeric))
    last = projections.digits(last, rows, options.numeric, top, dtype, alike=isinstance(behind, Points))
    taken = _absorbed(behind, projections.source(last))
    return None if taken is None else ([*before, last], taken)


def _width(behind: Record, numeric: str) -> str:
    """Of the whole numbers before a part: kernel machines take 16 bits at most."""
    return "int16" if isinstance(behind, Machine) and numeric == "int32" else numeric


def after(stages: list[Record], op: str, options: Options) -> Options:
    """The same with the calibration rows that come out of these stages."""
    rows = options.calibration
    if rows is None:
        return options
    for stage in stages:
        rows = family_of(stage).reference(stage, stage.feeds(op), rows)
    return dataclasses.replace(options, calibration=rows)


def _absorbed(record: Record, source: Input) -> Record | None:
    found: Record | None = family_of(record).absorb(record, Front(source, wide=True))
    return found
