"""Ensembles on the well-known data sets: every class, loss and link, missing values, few features per tree.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib.util
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


def _coarse_iris(return_X_y: bool) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers, some of which may be categories."""
    X, y = load_iris(return_X_y=return_X_y)
    return np.floor(X * [1, 3, 1, 4]), y


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


def _xgboost_cases() -> dict[str, Callable[[int], Case]]:
    """XGBoost's classes, where it is installed."""
    import xgboost

    def booster(seed: int) -> Case:
        X, y = load_wine(return_X_y=True)
        options = {"objective": "multi:softprob", "num_class": 3, "seed": seed, "max_depth": 2, "nthread": 1}
        return xgboost.train(options, xgboost.DMatrix(X, y), 4), X

    def ranker(seed: int) -> Case:
        X, y = load_iris(return_X_y=True)
        return xgboost.XGBRanker(n_estimators=4, max_depth=2, n_jobs=1, random_state=seed).fit(X, y, group=[50, 100]), X

    def few(cls: type, **options: Any) -> Callable[[int], Any]:
        return lambda seed: cls(**{"n_estimators": 6, "max_depth": 3, "n_jobs": 1, "random_state": seed, **options})

    return {
        "digits, XGBoost": _fitted(few(xgboost.XGBClassifier), load_digits),
        "cancer, XGBoost, missing values": _fitted(few(xgboost.XGBClassifier, n_estimators=20), load_breast_cancer, missing=True),
        "diabetes, XGBoost, dart": _fitted(few(xgboost.XGBRegressor, booster="dart", rate_drop=0.5), load_diabetes),
        "wine, XGBoost Booster": booster,
        "iris, XGBoost forest": _fitted(few(xgboost.XGBRFClassifier), load_iris),
        "diabetes, XGBoost forest": _fitted(few(xgboost.XGBRFRegressor), load_diabetes),
        "iris, XGBoost, categories": _fitted(
            few(xgboost.XGBClassifier, enable_categorical=True, feature_types=["q", "c", "q", "c"], max_cat_to_onehot=5), _coarse_iris
        ),
        "diabetes, XGBModel": _fitted(few(xgboost.XGBModel, objective="reg:gamma"), load_diabetes),
        "iris, XGBoost ranker": ranker,
    }


if importlib.util.find_spec("xgboost"):
    CASES |= _xgboost_cases()


def _lightgbm_cases() -> dict[str, Callable[[int], Case]]:
    """LightGBM's classes, where it is installed."""
    import lightgbm

    def booster(seed: int) -> Case:
        X, y = load_wine(return_X_y=True)
        options = {"objective": "multiclass", "num_class": 3, "seed": seed, "num_leaves": 5, "num_threads": 1, "verbose": -1}
        return lightgbm.train(options, lightgbm.Dataset(X, y), 4), X

    def ranker(seed: int) -> Case:
        X, y = load_iris(return_X_y=True)
        return few(lightgbm.LGBMRanker)(seed).fit(X, y, group=[50, 100]), X

    def categories(seed: int) -> Case:
        X, y = _coarse_iris(return_X_y=True)
        return few(lightgbm.LGBMClassifier, min_data_per_group=1, cat_smooth=0)(seed).fit(X, y, categorical_feature=[1, 3]), X

    def few(cls: type, **options: Any) -> Callable[[int], Any]:
        return lambda seed: cls(**{"n_estimators": 6, "num_leaves": 8, "n_jobs": 1, "verbose": -1, "random_state": seed, **options})

    return {
        "digits, LightGBM": _fitted(few(lightgbm.LGBMClassifier), load_digits),
        "cancer, LightGBM, missing values": _fitted(few(lightgbm.LGBMClassifier, n_estimators=20), load_breast_cancer, missing=True),
        "diabetes, LightGBM, dart": _fitted(few(lightgbm.LGBMRegressor, boosting_type="dart"), load_diabetes),
        "wine, LightGBM Booster": booster,
        "iris, LightGBM, categories": categories,
        "diabetes, LGBMModel": _fitted(few(lightgbm.LGBMModel, objective="gamma"), load_diabetes),
        "iris, LightGBM ranker": ranker,
    }


if importlib.util.find_spec("lightgbm"):
    CASES |= _lightgbm_cases()


def _catboost_cases() -> dict[str, Callable[[int], Case]]:
    """Every class of CatBoost that is read."""
    import catboost

    def few(cls: Callable[..., Any], **options: Any) -> Callable[[int], Any]:
        quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1, "bootstrap_type": "No"}
        return lambda seed: cls(**quiet, iterations=4, depth=3, random_seed=seed, **options)

    def ranker(seed: int) -> Case:
        X, y = load_iris(return_X_y=True)
        return few(catboost.CatBoostRanker)(seed).fit(X, y, group_id=np.repeat([0, 1], [50, 100])), X

    return {
        "digits, CatBoost": _fitted(few(catboost.CatBoostClassifier), load_digits),
        "cancer, CatBoost, missing values": _fitted(few(catboost.CatBoostClassifier, nan_mode="Max"), load_breast_cancer, missing=True),
        "diabetes, CatBoost, depthwise": _fitted(few(catboost.CatBoostRegressor, grow_policy="Depthwise"), load_diabetes),
        "diabetes, plain CatBoost": _fitted(few(lambda **options: catboost.CatBoost(options), loss_function="Poisson"), load_diabetes),
        "iris, CatBoostRanker": ranker,
    }


if importlib.util.find_spec("catboost"):
    CASES |= _catboost_cases()
