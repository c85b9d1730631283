"""``max_points=`` of :func:`emlearn.convert`: fewer training rows or support vectors, and what that costs on given rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from .errors import UnsupportedError
from .leafbits import losses
from .options import Options
from .record import Record
from .registry import finish, own, thin


def thinned(record: Record, options: Options) -> Record:
    """The record as it was read, with at most ``max_points`` points.

    Raises
    ------
    UnsupportedError
        It has no points, or needs all of them.
    """
    if options.max_points is None:
        return record
    if (made := thin(record, options.max_points)) is None:
        raise UnsupportedError(
            f"max_points={options.max_points}: {type(record).__name__} models keep neither training rows nor support vectors; leave it out"
        )
    return made


def lost(record: Record, made: Record, options: Options, absorb: Callable[[Record], Record]) -> dict[str, str]:
    """A fact about what that changes on the calibration rows; `made` is finished, `record` as it was read, `absorb` folds its front."""
    if options.max_points is None or options.calibration is None:
        return {}
    whole = finish(absorb(record), dataclasses.replace(options, max_points=None))
    return {"max_points on calibration rows": losses(whole, made, options.calibration)}


def room(record: Record, excess: int, largest_table: int | None = None) -> str:
    """How many points are left when the tables shall have `excess` bytes less, and none more than `largest_table`: advice, or nothing."""
    for part in (record, *record.made_of):
        points = getattr(part, "points", None)
        if points is None or own(part, "thin") is None or len(points) < 2:
            continue
        tables = [getattr(part, name, points[:0]) for name in ("points", "coefficients", "labels", "values")]
        each = [table.nbytes // len(points) for table in tables if len(table) == len(points)]
        n = len(points) - max(0, -(-excess // sum(each)))
        if largest_table is not None:
            n = min(n, largest_table // max(each))
        if 0 < n < len(points):
            return f". About {n} of its {len(points)} points (training rows, support vectors) fit: give max_points={n}"
    return ""
