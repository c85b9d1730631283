"""Trees and forests on the well-known data sets: labels, outputs, weights, missing values, raw integers.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

Case = tuple[Any, np.ndarray]


def _digits_tree(seed: int) -> Case:
    X, y = load_digits(return_X_y=True)
    return DecisionTreeClassifier(random_state=seed).fit(X, y), X


def _digits_forest(seed: int) -> Case:
    X, y = load_digits(return_X_y=True)
    return RandomForestClassifier(20, random_state=seed).fit(X[::2], y[::2]), X


def _wine_extra_tree_names(seed: int) -> Case:
    data = load_wine()
    return ExtraTreeClassifier(random_state=seed).fit(data.data, data.target_names[data.target]), data.data


def _cancer_extra_trees_weighted(seed: int) -> Case:
    X, y = load_breast_cancer(return_X_y=True)
    weights = np.random.default_rng(seed).gamma(1, size=len(y))
    return ExtraTreesClassifier(15, min_samples_leaf=4, class_weight="balanced", random_state=seed).fit(X, y, weights), X


def _iris_two_outputs(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    return RandomForestClassifier(7, max_depth=3, random_state=seed).fit(X, np.column_stack([y, y > 1])), X


def _iris_missing(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    X = np.where(np.random.default_rng(seed).random(X.shape) < 0.1, np.nan, X)
    return RandomForestClassifier(9, random_state=seed).fit(X, y), X


def _iris_scaled(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    return make_pipeline(StandardScaler(), MinMaxScaler(clip=True), DecisionTreeClassifier(random_state=seed)).fit(X, y + 5), X


def _best_first(seed: int) -> Case:
    X, y = load_digits(return_X_y=True)
    return DecisionTreeClassifier(max_leaf_nodes=60, criterion="entropy", random_state=seed).fit(X, y), X


def _diabetes_tree(seed: int) -> Case:
    X, y = load_diabetes(return_X_y=True)
    return DecisionTreeRegressor(criterion="absolute_error", max_depth=8, random_state=seed).fit(X, y), X


def _diabetes_poisson(seed: int) -> Case:
    X, y = load_diabetes(return_X_y=True)
    return DecisionTreeRegressor(criterion="poisson", min_samples_leaf=3, random_state=seed).fit(X, y), X


def _diabetes_extra_tree(seed: int) -> Case:
    X, y = load_diabetes(return_X_y=True)
    return ExtraTreeRegressor(random_state=seed).fit(X, np.column_stack([y, -y])), X


def _diabetes_forest(seed: int) -> Case:
    X, y = load_diabetes(return_X_y=True)
    return RandomForestRegressor(20, random_state=seed).fit(X, y), X


def _diabetes_monotone(seed: int) -> Case:
    X, y = load_diabetes(return_X_y=True)
    return ExtraTreesRegressor(10, max_depth=9, monotonic_cst=[0] * 2 + [1] + [0] * 7, random_state=seed).fit(X, y), X


def _digits_bagging(seed: int) -> Case:
    X, y = load_digits(return_X_y=True)
    return BaggingClassifier(n_estimators=8, max_features=0.5, max_samples=0.1, random_state=seed).fit(X, y), X


def _diabetes_bagging(seed: int) -> Case:
    X, y = load_diabetes(return_X_y=True)
    return BaggingRegressor(n_estimators=8, max_features=0.6, bootstrap_features=True, random_state=seed).fit(X, y), X


CASES: dict[str, Callable[[int], Case]] = {
    "digits tree": _digits_tree,
    "digits forest": _digits_forest,
    "wine extra tree, names": _wine_extra_tree_names,
    "cancer extra trees, weighted": _cancer_extra_trees_weighted,
    "iris, two outputs": _iris_two_outputs,
    "iris, missing values": _iris_missing,
    "iris, scaled": _iris_scaled,
    "digits, best first": _best_first,
    "diabetes tree": _diabetes_tree,
    "diabetes, poisson": _diabetes_poisson,
    "diabetes extra tree, two outputs": _diabetes_extra_tree,
    "diabetes forest": _diabetes_forest,
    "diabetes, monotone": _diabetes_monotone,
    "digits, bagging": _digits_bagging,
    "diabetes, bagging": _diabetes_bagging,
}
