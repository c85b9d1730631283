"""From support vectors on features to tables on raw values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError
from ...front import Front
from ...options import Options
from ...record import Chain, Record
from ..neighbors import passes as points
from .near import fixed, near
from .record import Machine


def absorb(record: Machine, front: Front) -> Machine | None:
    """Fold an affine front: into points and weights for ``rbf``; into points for the others.

    An offset before a product becomes one of the vector's, where a grid gives whole numbers: of floats, both would cancel.
    """
    if record.kernel == "rbf":
        return points.absorb(record, front)
    folded = points.absorb(record, front)
    if folded is None:
        return None
    a, b = front.affine()
    vectors = record.exact_points * a
    intercept, magnitude, offsets = record.intercept, record.magnitude, record.offsets
    if record.kernel != "linear" and np.any(b != 0):
        if front.input.top is None:
            return None
        offsets = (offsets if len(offsets) else 0.0) + record.exact_points @ b
    if record.kernel == "linear":
        intercept, magnitude = intercept + record.exact_points @ b, magnitude * np.abs(a)
    return dataclasses.replace(
        record, input=front.input.dtype, exact_points=vectors, points=vectors, intercept=intercept, magnitude=magnitude,
        shift=folded.shift, steps=folded.steps, top=front.input.top, offsets=offsets,
    )  # fmt: skip


def finish(record: Machine, options: Options) -> Record:
    """1. for ``rbf``, rows scaled first where neighbours' are; 2. all as float32 tables, or integers."""
    record = dataclasses.replace(record, sigmoids=record.sigmoids.astype(np.float32))
    if options.numeric != "exact":
        return fixed(record, options)
    if record.kernel == "rbf":
        scaling, record = points.scaled_first(record, options)
        return Chain.of(*scaling, _tables(record)) if scaling else _tables(record)
    return _tables(record)


def _tables(record: Machine) -> Machine:
    """1. points as neighbours' for ``rbf``, float32 for products; 2. coefficients as float32."""
    if record.kernel == "rbf":
        record = points.tables(record)
        record = near(record) if record.arithmetic == "whole<uint64_t>" else record
    else:
        record = dataclasses.replace(record, points=record.exact_points.astype(np.float32), arithmetic="real")
    with np.errstate(over="ignore"):
        coefficients, intercept = record.exact_coefficients.astype(np.float32), record.intercept.astype(np.float32)
    if not all(np.all(np.isfinite(values)) for values in (record.points, coefficients, intercept)):
        raise InvalidInputError(
            "support_vectors_, dual_coef_ or intercept_ is beyond the range of float32 (3.4e38): scale the data and fit again"
        )
    return dataclasses.replace(record, coefficients=coefficients, intercept=intercept)
