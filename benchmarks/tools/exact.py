"""Thresholds as a tool must be fed them, so that its comparison sends every row where scikit-learn sends it.

scikit-learn goes left where ``float32(feature) <= threshold``, a float64. A tool that compares ``x <= t`` in float32 is right
with the largest float32 that is not above the threshold, one that compares ``x < t`` with the float after it; for whole numbers
that is ``floor(t)`` and ``floor(t) + 1`` of the threshold on the raw scale.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np


def with_thresholds(estimator: Any, dtype: str, unit: np.ndarray, *, strict: bool) -> Any:
    """A copy with thresholds for rows of `dtype`; `strict` where the tool compares with ``<``."""
    fed = copy.deepcopy(estimator)
    for tree in trees(fed):
        inner = tree.children_left >= 0
        feature, threshold = tree.feature[inner], tree.threshold[inner]
        values = raw_floor(threshold, unit[feature]) + strict if dtype.startswith("int") else float_floor(threshold, strict)
        tree.threshold[inner] = values
    return fed


def trees(estimator: Any) -> Iterator[Any]:
    """The ``tree_`` objects of a tree or an ensemble of trees."""
    if hasattr(estimator, "tree_"):
        yield estimator.tree_
    for member in np.ravel(getattr(estimator, "estimators_", [])):
        yield from trees(member)


def float_floor(threshold: np.ndarray, strict: bool) -> np.ndarray:
    """The largest float32 <= threshold, or the float after it."""
    rounded = threshold.astype(np.float32)
    below = np.nextafter(rounded, np.float32(-np.inf))
    rounded = np.where(rounded.astype(np.float64) > threshold, below, rounded)
    return np.nextafter(rounded, np.float32(np.inf)) if strict else rounded


def raw_floor(threshold: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """The largest whole number r with float32(r * unit) <= threshold, within int16 and one step below it."""
    found = np.floor(threshold / unit)
    for step in (2, 1, 0, -1, -2):  # float32 of the product may lie on the other side
        here = np.floor(threshold / unit) + step
        fits = (here * unit).astype(np.float32).astype(np.float64) <= threshold
        found = np.where(fits, np.maximum(found, here) if step > 0 else found, np.minimum(found, here - 1))
    return np.clip(found, -32769, 32767)
