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
from ...registry import arithmetics, family_of, own
from ..gaussian.record import Gaussian
from ..linear import digits as projections
from ..linear.record import Linear
from ..neighbors.passes import MANY, has_equal_weights
from ..neighbors.record import Points
from ..neighbors.whole import largest, one_unit
from ..scaler.flat import flat as flattened
from ..scaler.grid import ANSWERS, NO_CLIP, Grid, of_rows
from ..scaler.record import Scaler
from ..svm.near import CUT_FIXED, exponent
from ..svm.record import Machine

#: The fewest steps within the reach of a radial kernel on a grid with one unit.
_FINE = 1024


def on_grid(record: Record, options: Options) -> list[Record]:
    """A part that needs integers, on rows of floats (or of integers too wide for it): a grid of the calibration rows' range before it.

    The part alone in any other case.
    """
    if options.numeric not in ANSWERS or options.calibration is None or not own(record, "NEEDS_INTEGERS"):
        return [record]
    alike = _one_unit(record, options)
    too_wide = isinstance(record, Machine) and record.input == "int32"
    takes = (np.issubdtype(record.input, np.integer) and not too_wide) or (isinstance(record, Linear) and record.takes_integers)
    if takes and alike is None:
        return [record]
    stage = alike or of_rows(record.input, _width(record, options.numeric), options.calibration, _steps(record, options.numeric))
    behind = _absorbed(record, stage.source)
    return [record] if behind is None else [stage, behind]


def on_raw(stage: Record, behind: Record, options: Options) -> tuple[list[Record], Record] | None:
    """A scaler that does not fold, as a grid of raw values that clips where it does, and the part behind it on that grid; else None.

    It does not fold because it clips, or moves the zero before a kernel of products.
    """
    if not isinstance(stage, Scaler) or stage.selects or not arithmetics(stage) or options.calibration is None:
        return None
    if not isinstance(behind, Points | Linear | Gaussian) or options.numeric not in family_of(behind).NUMERIC:
        return None
    if options.numeric not in ANSWERS or (isinstance(behind, Linear) and behind.takes_integers):
        return None
    steps = tuple(step for step in stage.steps if step.is_affine)
    raw, ends = Input.make(stage.input, n_features=stage.n_features), flattened(stage).ends
    found: Grid | None = None
    if isinstance(behind, Points) and (taken := family_of(behind).absorb(behind, Front(raw, steps, wide=True))) is not None:
        found = _one_unit(taken, options, ends) if isinstance(taken, Machine) else one_unit(taken, options, ends)
    width = _width(behind, options.numeric)
    grid = found or of_rows(stage.input, width, options.calibration, _steps(behind, options.numeric), ends)
    made = family_of(behind).absorb(behind, Front(grid.source, steps, wide=True))
    return None if made is None else ([grid], made)


def _one_unit(record: Record, options: Options, clip: tuple[np.ndarray, np.ndarray] = NO_CLIP) -> Grid | None:
    """A grid before a radial kernel on which all its weights are equal: a weight for each difference costs more where vectors are many.

    None where that gains nothing, or leaves too few steps within the kernel's reach.
    """
    if not isinstance(record, Machine) or record.kernel != "rbf" or record.top is not None:
        return None
    stays = np.issubdtype(record.input, np.integer) and record.input != "int32" and clip is NO_CLIP
    if stays and (has_equal_weights(record) or len(record.exact_points) < MANY or options.optimize == "size"):
        return None
    stage = one_unit(record, dataclasses.replace(options, numeric=_width(record, options.numeric)), clip)
    unit = float(stage.step[0] * record.exact_weights[0])
    return stage if exponent(record, unit) * _FINE**2 <= CUT_FIXED else None


def _steps(behind: Record, numeric: str) -> int | None:
    """The most steps of a grid before a part: of products, sums of 32 bits leave the vectors as many bits as rows then."""
    if not isinstance(behind, Machine) or behind.kernel not in ("polynomial", "sigmoid") or numeric != "int16":
        return None
    return int(np.sqrt(2.0**31 / behind.n_features))


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
