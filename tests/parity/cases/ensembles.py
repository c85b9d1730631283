"""Ensembles on the well-known data sets: every class, loss and link, missing values, few features per tree.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomTreesEmbedding,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

Case = tuple[Any, np.ndarray]


def _fitted(make: Callable[[int], Any], load: Callable[..., Any], missing: bool = False) -> Callable[[int], Case]:
    def case(seed: int) -> Case:
        X, y = load(return_X_y=True)
        if missing:
            X = np.where(np.random.default_rng(seed).random(X.shape) < 0.1, np.nan, X)
        return make(seed).fit(X, y), X

    return case


def _boosting_names(seed: int) -> Case:
    data = load_wine()
    return GradientBoostingClassifier(n_estimators=8, random_state=seed).fit(data.data, data.target_names[data.target]), data.data


def _early_stopped(seed: int) -> Case:
    X, y = load_breast_cancer(return_X_y=True)
    return GradientBoostingClassifier(n_iter_no_change=3, subsample=0.6, random_state=seed).fit(X, y), X


CASES: dict[str, Callable[[int], Case]] = {
    "digits, boosting": _fitted(lambda s: GradientBoostingClassifier(n_estimators=6, max_depth=2, random_state=s), load_digits),
    "cancer, exponential loss": _fitted(
        lambda s: GradientBoostingClassifier(loss="exponential", n_estimators=30, random_state=s), load_breast_cancer
    ),
    "wine, boosting, names": _boosting_names,
    "cancer, stopped early": _early_stopped,
    "diabetes, huber": _fitted(lambda s: GradientBoostingRegressor(loss="huber", n_estimators=40, random_state=s), load_diabetes),
    "diabetes, quantile, scaled": _fitted(
        lambda s: make_pipeline(StandardScaler(), GradientBoostingRegressor(loss="quantile", alpha=0.2, n_estimators=20, random_state=s)),
        load_diabetes,
    ),
    "iris, histograms, missing values": _fitted(
        lambda s: HistGradientBoostingClassifier(max_iter=10, random_state=s), load_iris, missing=True
    ),
    "cancer, histograms": _fitted(lambda s: HistGradientBoostingClassifier(max_iter=20, random_state=s), load_breast_cancer),
    "diabetes, histograms, poisson": _fitted(
        lambda s: HistGradientBoostingRegressor(loss="poisson", max_iter=20, random_state=s), load_diabetes
    ),
    "diabetes, histograms, monotone": _fitted(
        lambda s: HistGradientBoostingRegressor(monotonic_cst=[0, 0, 1] + [0] * 7, max_iter=20, random_state=s), load_diabetes
    ),
    "cancer, isolation": _fitted(lambda s: IsolationForest(n_estimators=40, contamination=0.1, random_state=s), load_breast_cancer),
    "wine, isolation, some features": _fitted(
        lambda s: IsolationForest(n_estimators=20, max_features=0.4, max_samples=32, random_state=s), load_wine
    ),
    "cancer, AdaBoost": _fitted(lambda s: AdaBoostClassifier(n_estimators=25, random_state=s), load_breast_cancer),
    "digits, AdaBoost over deeper trees": _fitted(
        lambda s: AdaBoostClassifier(DecisionTreeClassifier(max_depth=4), n_estimators=8, random_state=s), load_digits
    ),
    "diabetes, AdaBoost": _fitted(lambda s: AdaBoostRegressor(n_estimators=15, random_state=s), load_diabetes),
    "iris, embedding": _fitted(lambda s: RandomTreesEmbedding(n_estimators=6, max_depth=3, random_state=s), load_iris),
}
