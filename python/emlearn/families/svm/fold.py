"""Linear kernels on projected features as linear kernels on the features themselves.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..linear.fold import is_smaller
from ..linear.record import Linear
from .record import Machine


def behind(record: Machine, first: Linear) -> Machine | None:
    """`record` on what `first` projects, as one map; None where two are smaller, or the kernel is not linear.

    What scikit-learn rounds relative to, offsets included, is kept as ``magnitude`` and ``shift``: each row of the projection's magnitudes
    times the one shift of all features is at least what that row's offset is made of.
    """
    part = first.scores
    if record.kernel != "linear" or not is_smaller(first, record.n_functions):
        return None
    size = part.size.sum(axis=1)
    if np.any(size == 0):
        return None
    n, points = first.n_features, record.exact_points @ part.weights
    return dataclasses.replace(
        record, n_features=n, exact_points=points, points=points, exact_weights=np.ones(n), magnitude=record.magnitude @ part.size,
        intercept=record.intercept + record.exact_points @ part.bias, shift=np.full(n, np.max(part.shift / size)),
        steps=record.steps + first.roundings + part.n_rows,
    )  # fmt: skip
