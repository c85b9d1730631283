"""Scalers, imputers and selectors alone, as transformers.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

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


def _holes(X: np.ndarray, seed: int) -> np.ndarray:
    return np.where(np.random.default_rng(seed).random(X.shape) < 0.1, np.nan, X)


def _imputer(**options: Any) -> Callable[[int], Case]:
    def make(seed: int) -> Case:
        X = _holes(_wine(), seed)
        return SimpleImputer(**options).fit(X[::2]), X

    return make


def _selector(make: Callable[[Any], Any]) -> Callable[[int], Case]:
    def case(seed: int) -> Case:
        X, y = load_wine(return_X_y=True)
        order = np.random.default_rng(seed).permutation(len(X))[:100]
        return make(DecisionTreeClassifier(max_depth=2, random_state=seed)).fit(X[order], y[order]), X

    return case


CASES: dict[str, Callable[[int], Case]] = {
    "standard": _case(StandardScaler(), _wine),
    "standard, mean only": _case(StandardScaler(with_std=False), _cancer),
    "min max": _case(MinMaxScaler(feature_range=(-2, 5)), _cancer),
    "min max, clipped": _case(MinMaxScaler(clip=True), _wine),
    "max abs": _case(MaxAbsScaler(), _wine),
    "robust": _case(RobustScaler(), _cancer),
    "imputer": _imputer(),
    "imputer, median": _imputer(strategy="median"),
    "imputer, constant": _imputer(strategy="constant", fill_value=-7.25),
    "univariate": _selector(lambda tree: GenericUnivariateSelect(mode="k_best", param=4)),
    "k best": _selector(lambda tree: SelectKBest(k=3)),
    "percentile": _selector(lambda tree: SelectPercentile(percentile=30)),
    "false positives": _selector(lambda tree: SelectFpr(alpha=1e-20)),
    "false discoveries": _selector(lambda tree: SelectFdr(alpha=1e-20)),
    "family-wise errors": _selector(lambda tree: SelectFwe(alpha=1e-20)),
    "from a model": _selector(lambda tree: SelectFromModel(tree)),
    "eliminated": _selector(lambda tree: RFE(tree, n_features_to_select=3)),
    "eliminated, cross-validated": _selector(lambda tree: RFECV(tree, step=3, cv=2)),
    "one by one": _selector(lambda tree: SequentialFeatureSelector(tree, n_features_to_select=2, cv=2)),
    "variance": _selector(lambda tree: VarianceThreshold(1.0)),
    "chain with clipping inside": _case(make_pipeline(MinMaxScaler(clip=True), RobustScaler(), MaxAbsScaler()), _wine),
}
