"""Linear maps one after the other as one: projections into what follows, scalers and selectors into projections.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...front import Front
from ...record import Record
from . import make
from .record import Affine, Linear, each_part

#: What a stage of its own takes besides its tables, in numbers of float32: its loops and calls, and the buffer.
_STAGE = 16


def as_transformer(record: Linear) -> Linear | None:
    """Its ``transform`` alone, for what stands in the middle of a Pipeline; None where it has none."""
    if record.task.kind == "transformer":
        return record
    return None if record.projection is None else make.transformer(record.estimator, record.projection)


def predictor(record: Linear) -> Linear:
    """Without its ``transform``."""
    return dataclasses.replace(record, projection=None)


def select(record: Linear, columns: np.ndarray) -> list[Record] | None:
    """A transformer that gives only these of its columns: the other rows are not computed."""
    part = record.scores
    rows = Affine.of(part.weights[columns], part.bias[columns], part.size[columns], part.shift[columns])
    return [dataclasses.replace(record, scores=rows, task=make.task_of("transformer", rows.n_rows))]


def scaled(record: Linear, front: Front) -> Linear:
    """A transformer whose columns go through the affine steps of `front`, which rounds twice for each."""
    factor, offset = front.affine()
    part = record.scores
    size, far = np.abs(factor)[:, None] * part.size, np.abs(factor) * part.shift + front.offset_magnitude
    scores = Affine.of(factor[:, None] * part.weights, factor * part.bias + offset, size, far)
    return dataclasses.replace(record, scores=scores, roundings=record.roundings + 3 * (len(front.steps) + 2))


def is_smaller(first: Linear, n_rows: int) -> bool:
    """Whether `n_rows` sums over the raw features take no more room than both maps."""
    k, n = first.scores.weights.shape
    return n_rows * n <= k * (n + 1) + n_rows * k + _STAGE


def composed(part: Affine, first: Affine) -> Affine:
    """W2 (W1 x + b1) + b2 in float64; magnitudes are those of both sums, whose terms may cancel."""
    with np.errstate(over="ignore", invalid="ignore"):
        return Affine.of(
            part.weights @ first.weights,
            part.weights @ first.bias + part.bias,
            part.size @ first.size,
            part.size @ first.shift + part.shift,
        )


def behind(record: Linear, first: Linear) -> Linear | None:
    """`record` on what `first` projects, as one map; None where two are smaller, or its weights are not of the projected values themselves.

    scikit-learn rounds in both sums: gamma(n) and gamma(k) of the magnitudes, which gamma(n + k) covers, and so does the fold.
    """
    if record.is_binary or record.is_categorical or not is_smaller(first, record.scores.n_rows):
        return None
    n = first.n_features
    maps = dataclasses.replace(record, input=first.input, n_features=n)
    maps = dataclasses.replace(maps, roundings=record.roundings + first.roundings + first.scores.n_rows)
    return each_part(maps, lambda part: composed(part, first.scores))
