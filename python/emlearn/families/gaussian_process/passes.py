"""From training points on features to tables on raw values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError
from ...front import Front
from ...options import Options
from .bounds import bound, points_as_raw
from .record import Process

#: The largest error of ``predict`` near the training points, in deviations of the targets.
TOLERANCE = 2.0**-6

#: Training points that are asked about.
_MOST = 200


def absorb(record: Process, front: Front) -> Process | None:
    """Fold an affine front, feature = a raw + b: points (p - b) / a and scales |a| s. Not an offset before a product of row and point."""
    front.refuse_missing(f"a {record.estimator}")
    if not front.is_affine or front.columns is not None:
        return None
    a, b = front.affine()
    if not np.all(np.isfinite(a) & np.isfinite(b) & (a != 0)):
        return None
    if np.any(b != 0) and any(factor.kind == "dot" for term in record.terms for factor in term.factors):
        return None
    terms = tuple(
        dataclasses.replace(term, factors=tuple(dataclasses.replace(f, scale=f.scale * np.abs(a)) for f in term.factors))
        for term in record.terms
    )
    steps = 0 if front.input.is_identity and not front.steps else len(front.steps) + 2
    return dataclasses.replace(
        record,
        input=front.input.dtype,
        terms=terms,
        points=(record.points - b) / a,
        shift=front.offset_magnitude / np.abs(a),
        steps=steps,
    )


def finish(record: Process, options: Options) -> Process:
    """Check that float32 holds the tables, and resolves the answers.

    Raises
    ------
    InvalidInputError
        It does not.
    """
    with np.errstate(over="ignore"):
        tables = {name: np.asarray(values, np.float32) for name, values in record.numbers.items()}
        tables["length_scale"] = record.scales()[0]
    for name, table in tables.items():
        if not np.all(np.isfinite(table)) or (name == "length_scale" and not np.all(table > 0)):
            raise InvalidInputError(
                f"the {name} of the {record.estimator} are beyond float32 in units of the raw values: scale and fit again"
            )
    if record.task.kind == "regressor":
        rows = points_as_raw(record)[:: max(1, len(record.points) // _MOST)]
        wrong = np.max(bound(record, "predict", np.concatenate([rows, points_between(rows)])) / np.maximum(record.spread, 1e-300))
        if not wrong <= TOLERANCE:
            largest = np.abs(record.weights / record.unit).max()
            raise InvalidInputError(
                f"the {record.estimator}'s alpha_ reach {largest:.2g} and nearly cancel: in float32 predict could be wrong by {wrong:.2g} "
                f"deviations of the targets (allowed: {TOLERANCE:.2g}); fit with alpha=1e-3 or more, or add a WhiteKernel to the kernel"
            )
    return record


def points_between(rows: np.ndarray) -> np.ndarray:
    """Half-way from each row to the next."""
    return (rows[:-1] / 2 + rows[1:] / 2).astype(rows.dtype)
