"""What is done to a linear model between reading and emitting: the front folded in, unused features dropped, float32.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError
from ...front import Front
from ...options import Options
from .binary import absorb_thresholds
from .quantise import quantised
from .record import Affine, Linear, drop_unread, each_part


def absorb(record: Linear, front: Front) -> Linear | None:
    """A front folded in: affine ones into the weights, those of binary features into their thresholds; none into categories."""
    if front.fills or (front.input.missing is None and not record.is_binary and not front.is_affine):
        return None
    front.refuse_missing(f"a {record.estimator}")
    if record.is_categorical:
        plain = front.input.is_identity and not front.steps and front.columns is None
        return dataclasses.replace(record, input=front.input.dtype) if plain else None
    return absorb_thresholds(record, front) if record.is_binary else _absorb_affine(record, front)


def _absorb_affine(record: Linear, front: Front) -> Linear:
    """An affine front folded in, in float64: W' = W diag(scale), b' = b + W offset, on the raw columns that the features come from."""
    scale, offset = front.affine()
    n_raw, source = front.input.n_features, front.columns
    record = dataclasses.replace(record, input=front.input.dtype, n_features=n_raw)
    if source is None and np.all(scale == 1) and np.all(offset == 0):
        return record
    magnitude = _magnitude(front)

    def spread(weights: np.ndarray) -> np.ndarray:
        """By raw column: features of the same one add up."""
        if source is None:
            return weights
        raw = np.zeros((n_raw, len(weights)))
        np.add.at(raw, source, weights.T)
        return np.ascontiguousarray(raw.T)

    def fold(part: Affine) -> Affine:
        with np.errstate(over="ignore", invalid="ignore"):
            return Affine.of(
                spread(part.weights * scale),
                part.bias + part.weights @ offset,
                spread(part.size * np.abs(scale)),
                part.shift + part.size @ magnitude,
            )

    # Each step rounds once in scikit-learn; folding it rounds its scale and its offset.
    return each_part(dataclasses.replace(record, roundings=record.roundings + 3 * (len(front.steps) + 2)), fold)


def finish(record: Linear, options: Options) -> Linear:
    """1. the device's numbers; 2. without the features that no row looks at, where their indices take less room than their weights.

    Raises
    ------
    InvalidInputError
        A weight or bias, after folding, is beyond float32; integers are asked for and the raw values are none.
    """
    if options.numeric == "exact":
        record = each_part(record, lambda part: drop_unread(rounded(part, record.estimator), record))
    else:
        record = quantised(record, options)
    return each_part(record, lambda part: dataclasses.replace(part, is_compact=options.optimize == "size"))


def rounded(part: Affine, estimator: str) -> Affine:
    """Weights and bias as float32."""
    with np.errstate(over="ignore", invalid="ignore"):
        table, offset = part.weights.T.astype(np.float32), part.bias.astype(np.float32)
    for name, values in (("weights", table), ("biases", offset)):
        bad = int(np.count_nonzero(~np.isfinite(values)))
        if bad:
            raise InvalidInputError(
                f"{bad} {name} of the {estimator} (any scaling before it folded in) are beyond the range of float32 (3.4e38), in which "
                "the device computes: scale the data and fit again"
            )
    return dataclasses.replace(part, table=np.ascontiguousarray(table), offset=offset)


def _magnitude(front: Front) -> np.ndarray:
    """The sum of the magnitudes of the offsets that a feature collects on its way: what rounding errors are relative to."""
    size = np.abs(front.input.offset[front.source()])
    for step in front.steps:
        value = np.abs(step.value)
        size = size * value if step.op == "multiply" else size / value if step.op == "divide" else size + value
    return size
