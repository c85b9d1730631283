"""From points on features to tables on raw values: integers where nothing is lost, else float32, on scaled rows where that is faster.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np

from ...errors import InvalidInputError
from ...front import Front, Step
from ...inputs import Input
from ...options import Options
from ...record import Chain, Record, Task
from .. import scaler
from ..scaler.record import Scaler
from .record import Centroids, Nearest, Points, Within

P = TypeVar("P", bound=Points)

_INTEGERS = (np.uint8, np.int8, np.uint16, np.int16, np.int32)

#: Beyond this a difference times its weight overflows float32 soon.
_LARGEST = 2.0**60

#: From so many points on, rows that are scaled once cost less than a weight for each point and feature, with an FPU and without.
MANY = 8


def absorb(record: P, front: Front) -> P | None:
    """Fold an affine front: with feature = a raw + b, point' = (point - b) / a and weight' = |a| weight."""
    front.refuse_missing("distances")
    if not front.is_affine:
        return None
    a, b = front.affine()
    if not np.all(np.isfinite(a) & np.isfinite(b) & (a != 0)):
        return None
    points = (record.exact_points - b) / a
    steps = 0 if front.input.is_identity and not front.steps else len(front.steps) + 2
    return dataclasses.replace(
        record, input=front.input.dtype, exact_points=points, points=points, exact_weights=record.exact_weights * np.abs(a),
        top=front.input.top, shift=(record.shift + front.offset_magnitude) / np.abs(a), steps=record.steps + steps,
    )  # fmt: skip


def finish(record: Points, options: Options) -> Record:
    """1. rows scaled first where that is faster, or on a grid of whole numbers where that is asked for; 2. what is left as tables."""
    if options.numeric != "exact":
        from .whole import in_integers

        return in_integers(record, options)
    scaling, record = scaled_first(record, options)
    return Chain.of(*scaling, tables(record)) if scaling else tables(record)


def scaled_first(record: P, options: Options) -> tuple[tuple[Scaler, ...], P]:
    """Many points with unequal weights as a stage that scales rows, and the same points with equal weights behind it; else as they are."""
    if has_equal_weights(record) or options.optimize == "size" or len(record.exact_points) < MANY:
        return (), record
    n, weights, middle = record.n_features, record.exact_weights, record.exact_points.mean(axis=0)  # near zero floats have most digits
    stage = scaler.of_front(Front(Input.make(record.input, n_features=n), (Step("subtract", middle), Step("multiply", weights))))
    behind = absorb(record, Front(Input.make("float32", 1 / weights, middle, n_features=n)))
    assert behind is not None
    return (stage,), behind


def has_equal_weights(record: Points) -> bool:
    """But for what folding has left of equal ones."""
    weights = record.exact_weights
    return bool(np.all(np.abs(weights - weights[0]) <= 2.0**-50 * weights[0]))


def tables(record: P) -> P:
    """1. integers where rows and points are such and weights equal; 2. else float32; 3. values of a regressor as float32."""
    check_range(record)
    weights, equal = record.exact_weights, has_equal_weights(record)
    equal &= record.power < 3 or weights[0] == 1 or record.top is not None  # in float, high powers of raw counts overflow
    integers = _whole(record) if equal else None
    if integers is not None:
        points, arithmetic = integers
    else:
        points, arithmetic = record.exact_points.astype(np.float32), "real" if equal else "weighted"
    record = dataclasses.replace(
        record, arithmetic=arithmetic, points=points, weights=(weights if arithmetic == "weighted" else weights[:0]).astype(np.float32),
        unit=1.0 if arithmetic == "weighted" else float(np.float32(weights[0])),
    )  # fmt: skip
    if isinstance(record, Within):
        record = dataclasses.replace(record, limit=_limit(record))
    if isinstance(record, Nearest | Within):
        with np.errstate(over="ignore"):
            values = record.values.astype(np.float32)
        if not np.all(np.isfinite(values)):
            names = "_y, or _distances_fit_X_ and _lrd, of the estimator"
            raise InvalidInputError(f"values of points ({names}) are beyond the range of float32 (3.4e38): scale them and fit again")
        record = dataclasses.replace(record, values=values)
    return record


def check_range(record: Points) -> None:
    """Refuse what float32 has no room for."""
    weights = record.exact_weights
    if not np.all(np.abs(record.exact_points) < _LARGEST) or not np.all((weights < _LARGEST) & (weights > 1 / _LARGEST)):
        raise InvalidInputError(
            "points, in units of the raw values, are too large or too small for float32: scale the features and fit again"
        )


def is_whole(record: Points) -> bool:
    """Whether integers lose nothing."""
    return has_equal_weights(record) and _whole(record) is not None


def _whole(record: Points) -> tuple[np.ndarray, str] | None:
    """Points as integers and the arithmetic that no row of the input's type makes overflow; None where something would be lost."""
    if not np.issubdtype(record.input, np.integer) or (record.power > 2 and record.top is None):
        return None  # high powers of raw values are in integers on request alone: they take longer than those of floats
    limits = np.iinfo(record.input)
    least, most = (limits.min, limits.max) if record.top is None else (0, record.top)
    points = np.rint(record.exact_points)
    if record.top is not None:  # on a grid, points are rounded
        points = np.clip(points, least, most)
    # What folding has left of whole numbers: a few roundings of float64.
    elif np.any(np.abs(record.exact_points - points) > 2.0**-50 * (np.abs(points) + record.shift)):
        return None
    if np.any(points < least) or np.any(points > most):
        return None
    farthest = np.maximum(points.max(axis=0) - least, most - points.min(axis=0))
    largest = float(farthest.max() if record.metric == "chebyshev" else (farthest**record.power).sum())
    if largest >= 2.0**64:
        return None
    narrow = next(t for t in _INTEGERS if np.iinfo(t).min <= points.min() and points.max() <= np.iinfo(t).max)
    return points.astype(narrow), f"whole<{'uint32_t' if largest < 2.0**32 else 'uint64_t'}>"


def _limit(record: Within) -> int | float:
    """The largest sum of the device that is within the radius: sums of equal weights are in raw counts."""
    unit = 1.0 if record.arithmetic == "weighted" else float(record.exact_weights[0])
    with np.errstate(over="ignore"):
        exact = float(np.float64(record.radius / unit) ** record.power)
    if not record.arithmetic.startswith("whole"):
        return float(np.float32(min(exact, float(np.finfo(np.float32).max))))
    bits = 32 if "32" in record.arithmetic else 64
    return 2**bits - 1 if exact >= 2.0**bits else int(exact)


def as_transformer(record: Points) -> Centroids | None:
    """The distances to centres, for what stands behind them in a Pipeline; None where there are none."""
    if not isinstance(record, Centroids) or not record.distances:
        return None
    return dataclasses.replace(record, task=Task("transformer", record.task.width("transform")))
