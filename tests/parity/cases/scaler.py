"""Scalers alone, as transformers.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

Case = tuple[Any, np.ndarray]


def _case(estimator: Any, rows: Callable[[], np.ndarray]) -> Callable[[int], Case]:
    def make(seed: int) -> Case:
        X = rows()
        order = np.random.default_rng(seed).permutation(len(X))
        return estimator.fit(X[order[: len(X) // 2]]), X

    return make


def _wine() -> np.ndarray:
    return load_wine().data


def _cancer() -> np.ndarray:
    return load_breast_cancer().data


CASES: dict[str, Callable[[int], Case]] = {
    "standard": _case(StandardScaler(), _wine),
    "standard, mean only": _case(StandardScaler(with_std=False), _cancer),
    "min max": _case(MinMaxScaler(feature_range=(-2, 5)), _cancer),
    "min max, clipped": _case(MinMaxScaler(clip=True), _wine),
    "max abs": _case(MaxAbsScaler(), _wine),
    "robust": _case(RobustScaler(), _cancer),
    "chain with clipping inside": _case(make_pipeline(MinMaxScaler(clip=True), RobustScaler(), MaxAbsScaler()), _wine),
}
