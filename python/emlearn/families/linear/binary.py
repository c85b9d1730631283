"""Features that count as one above a threshold, and as zero else: the thresholds in raw values, by search.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...front import Front
from ..trees import keys
from .record import Affine, Linear, each_part


def absorb_thresholds(record: Linear, front: Front) -> Linear | None:
    """The record on raw values; None where `front` chooses columns: one may come with two thresholds.

    A feature that falls as its raw value rises is one where the raw value is not above the threshold: w [not b] = w - w [b]. One that is
    the same for all finite raw values goes into the bias.
    """
    if front.columns is not None:
        return None
    n, dtype = record.n_features, front.input.dtype
    # scikit-learn is fed float64, and binarize compares that.
    found, falls = keys.thresholds(dataclasses.replace(front, wide=True), np.arange(n), record.above, "float64")
    least, most = _finite_keys(dtype)
    always_zero, always_one = np.where(falls, found < least, found >= most), np.where(falls, found >= most, found < least)
    turned = falls & ~always_one & ~always_zero

    def fold(part: Affine) -> Affine:
        weights = np.where(turned, -part.weights, np.where(always_one | always_zero, 0.0, part.weights))
        more = turned | always_one
        bias = part.bias + part.weights[:, more].sum(axis=1)
        return Affine.of(weights, bias, part.size, part.shift + part.size[:, more].sum(axis=1))

    above = keys.from_keys(np.clip(found, least, most), dtype).astype(dtype)
    return dataclasses.replace(each_part(record, fold), input=dtype, above=above, roundings=record.roundings + n)


def _finite_keys(dtype: str) -> tuple[int, int]:
    if np.issubdtype(dtype, np.integer):
        return keys.limits(dtype)
    largest = np.finfo(dtype).max
    low, high = keys.to_keys(np.array([-largest, largest], dtype=dtype))
    return int(low), int(high)
