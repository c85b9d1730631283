"""Random choices, and random rows to fit on and to ask: shapes, units, offsets, targets and types of raw values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

#: Types of raw values; half of all fits are on float32.
INTEGERS = ("int16", "uint16", "int8", "uint8", "int32")


class Draw:
    """Choices from one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.seed = seed

    def one_of(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def whole(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def power(self, low: float, high: float) -> float:
        """10 to a number between these."""
        return float(10 ** self.rng.uniform(low, high))


def power(low: float, high: float) -> Callable[[Draw], float]:
    """A hyper-parameter drawn evenly in its logarithm."""
    return lambda draw: draw.power(low, high)


@dataclasses.dataclass(frozen=True)
class Data:
    """What an estimator is fitted on, and what it is asked.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features), float64
        Features of rows to fit on, each the feature of a raw value.
    y : ndarray or None
    raw : ndarray of shape (n_rows, n_features)
        Raw values to ask: those rows, and wider ones.
    arguments : dict
        Of ``emlearn.convert``: the raw values' type, scale and offset.
    """

    X: np.ndarray
    y: Any
    raw: np.ndarray
    arguments: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a recipe's estimator takes.

    Attributes
    ----------
    target : {"none", "classes", "two", "value", "positive", "values", "labels", "codes", "some"}
        ``codes`` are 0, 1, ...; ``some`` are these with -1 for the unknown ones.
    features : {"any", "near", "positive", "counts", "categories", "holes", "one", "whole"}
        ``any``: units and offsets far apart. ``near``: units of one size, as models of distances need. ``positive``: above 0.
        ``categories``: whole numbers that the fit has seen. ``whole``: others too. ``one``: one feature.
    rows : tuple of int
        The fewest and the most.
    most_features : int
    """

    target: str = "none"
    features: str = "any"
    rows: tuple[int, int] = (40, 160)
    most_features: int = 12


def make(draw: Draw, kind: Kind) -> Data:
    """Rows in clouds, one for each class, and wider ones to ask."""
    rng = draw.rng
    n = 1 if kind.features == "one" else draw.whole(3, kind.most_features)
    groups = 2 if kind.target == "two" else draw.whole(2, 5)
    n_samples = draw.whole(*kind.rows)
    codes = rng.integers(0, groups, n_samples)
    codes[: 8 * groups] = np.tile(np.arange(groups), 8)[:n_samples]
    mixing = np.eye(n) + rng.normal(size=(n, n)) * draw.one_of([0.0, 0.4])
    z = rng.normal(scale=2, size=(groups, n))[codes] + rng.normal(size=(n_samples, n)) @ mixing
    asked = np.concatenate([z, z[: n_samples // 2] + rng.normal(scale=3, size=(n_samples // 2, n))])
    raw, arguments = _raw(draw, kind, np.clip(asked / 3, -4, 4))
    if kind.features == "categories":  # scikit-learn's CategoricalNB refuses those that it has not seen
        raw = np.minimum(raw, raw[:n_samples].max(axis=0))
    scale, offset = arguments.get("input_scale", np.ones(n)), arguments.get("input_offset", np.zeros(n))
    features = raw.astype(np.float64) * scale + offset
    return Data(features[:n_samples], _target(draw, kind.target, codes, z), raw, arguments)


def _raw(draw: Draw, kind: Kind, z: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Raw values for z within -4 and 4, and how they become features."""
    rng, n = draw.rng, z.shape[1]
    dtype = "float32" if draw.chance(0.5) or kind.features == "holes" else draw.one_of(INTEGERS)
    if kind.features in ("counts", "categories", "whole"):
        whole = np.rint(np.abs(z) * draw.one_of([1, 2, 10] if kind.features == "counts" else [1, 1.5]))
        return whole.astype(dtype), {"input": dtype}
    near = kind.features == "near"
    unit = 10.0 ** rng.uniform(-0.5, 0.5, n) if near else 10.0 ** rng.uniform(-2, 2, n)
    shift = np.zeros(n) if kind.features == "positive" else unit * rng.uniform(-5, 5, n)
    z = np.abs(z) + 0.01 if kind.features == "positive" else z
    if dtype == "float32":
        raw = (z * unit + shift).astype(np.float32)
        return np.where(rng.random(z.shape) < 0.1, np.float32(np.nan), raw) if kind.features == "holes" else raw, {"input": dtype}
    limits = np.iinfo(dtype)
    steps = (limits.max - limits.min) / 8.5
    if limits.min == 0 or kind.features == "positive":  # from 0 on; what is made of 0 must be positive where features are
        steps = limits.max / 8.5 if kind.features != "positive" else limits.max / 4.2
        shift = shift if kind.features == "positive" else shift - 4 * unit
        z = z if kind.features == "positive" else z + 4
    raw = np.clip(np.rint(z * steps), limits.min, limits.max).astype(dtype)
    if kind.features == "positive":
        raw = np.maximum(raw, 1)
    if not near and draw.chance(0.3):  # raw values are the features
        return raw, {"input": dtype}
    return raw, {"input": dtype, "input_scale": unit / steps, "input_offset": shift}


def _target(draw: Draw, target: str, codes: np.ndarray, z: np.ndarray) -> Any:
    rng, n_samples = draw.rng, len(codes)
    if target == "none":
        return None
    if target in ("classes", "two"):
        groups = codes.max() + 1
        names = draw.one_of([np.arange(groups), rng.permutation(1000)[:groups] - 500, np.array([f"class {k}" for k in range(groups)])])
        return names[codes]
    if target == "codes":
        return codes
    if target == "some":
        return np.where(rng.random(n_samples) < 0.2, -1, codes)
    if target == "labels":
        return np.column_stack([z[:, 0] > 0, z[:, 1] > z[:, 0], z[:, 2] + rng.normal(size=n_samples) > 0]).astype(int)
    value = z @ rng.normal(size=z.shape[1]) + np.sin(z[:, 0]) + rng.normal(scale=0.3, size=n_samples) + codes
    unit = draw.power(-2, 3)
    if target == "positive":
        return np.exp(np.clip(value / 4, -3, 3)) * unit
    if target == "values":
        return np.column_stack([value * unit, value**2 - z[:, 0], z[:, 1] * 30])[:, : draw.whole(2, 3)]
    return (value + draw.one_of([0, 50])) * unit
