"""Pipelines, columns side by side, votes, and wrappers of one model.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

Case = tuple[Any, np.ndarray]


def _fit(estimator: Any, X: np.ndarray, y: np.ndarray) -> Case:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, y), X


def _clipped_network(seed: int) -> Case:
    X, y = load_wine(return_X_y=True)
    network = MLPClassifier((9,), activation="tanh", max_iter=60, random_state=seed)
    return _fit(make_pipeline(RobustScaler(), MinMaxScaler(clip=True), network), X, y)


def _clipped_bayes(seed: int) -> Case:
    X, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(X))[:200]
    return make_pipeline(MinMaxScaler(clip=True), GaussianNB()).fit(X[order], y[order]), X


def _soft(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    members = [
        ("trees", RandomForestClassifier(5, random_state=seed)),
        ("network", make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=60, random_state=seed))),
        ("bayes", GaussianNB()),
    ]
    return _fit(VotingClassifier(members, voting="soft", weights=[1, 2, 0.5]), X, np.array(["a", "b", "c"])[y])


def _soft_trees(seed: int) -> Case:
    X, y = load_digits(return_X_y=True)
    members = [
        ("f", RandomForestClassifier(5, max_depth=7, random_state=seed)),
        ("e", make_pipeline(StandardScaler(), ExtraTreesClassifier(5, random_state=seed))),
    ]
    return _fit(VotingClassifier(members, voting="soft"), X, y)


def _hard(seed: int) -> Case:
    X, y = load_wine(return_X_y=True)
    members = [
        ("tree", DecisionTreeClassifier(max_depth=3, random_state=seed)),
        ("bayes", make_pipeline(StandardScaler(), GaussianNB())),
        ("forest", RandomForestClassifier(5, max_depth=2, random_state=seed)),
        ("gone", "drop"),
    ]
    return _fit(VotingClassifier(members, weights=[0.1, 0.2, 0.3, 9]), X, y)


def _columns(last: Callable[[int], Any]) -> Callable[[int], Case]:
    """Holes filled and columns scaled each in its own way, some dropped, some kept as they are."""

    def make(seed: int) -> Case:
        X, y = load_wine(return_X_y=True)
        X[np.random.default_rng(seed).random(X.shape) < 0.05] = np.nan
        X[:, 6:8] = load_wine().data[:, 6:8]
        columns = ColumnTransformer(
            [
                ("a", make_pipeline(SimpleImputer(), StandardScaler()), [5, 0, 3]),
                ("b", make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler(clip=True)), slice(1, 3)),
                ("c", "drop", [4]),
                ("d", "passthrough", np.arange(13) == 6),
                ("e", FunctionTransformer(), [7]),
            ],
            transformer_weights={"a": -0.3, "d": 2.0},
        )
        return _fit(make_pipeline(columns, last(seed)), X, y)

    return make


def _selected_network(seed: int) -> Case:
    X, y = load_breast_cancer(return_X_y=True)
    return _fit(make_pipeline(StandardScaler(), SelectKBest(k=4), MLPClassifier((5,), max_iter=60, random_state=seed)), X, y)


def _union(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    union = FeatureUnion([("a", StandardScaler()), ("b", SelectKBest(k=1)), ("c", "drop")], transformer_weights={"a": 0.5})
    return _fit(make_pipeline(union, GaussianNB()), X, y)


def _grid(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    tree = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=seed))
    return _fit(GridSearchCV(tree, {"decisiontreeclassifier__max_depth": [1, 3]}, cv=2), X, y)


def _random_search(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    return _fit(RandomizedSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, n_iter=1, cv=2, random_state=seed), X, y)


def _frozen(seed: int) -> Case:
    from sklearn.frozen import FrozenEstimator

    X, y = load_iris(return_X_y=True)
    return FrozenEstimator(DecisionTreeClassifier(random_state=seed).fit(X, y)), X


CASES: dict[str, Callable[[int], Case]] = {
    "clipped network": _clipped_network,
    "clipped bayes": _clipped_bayes,
    "soft vote": _soft,
    "soft vote of trees": _soft_trees,
    "hard vote": _hard,
    "columns before a forest": _columns(lambda seed: RandomForestClassifier(5, random_state=seed)),
    "columns before bayes": _columns(lambda seed: GaussianNB()),
    "selection before a network": _selected_network,
    "union": _union,
    "grid search": _grid,
    "random search": _random_search,
}
if importlib.util.find_spec("sklearn.frozen"):
    CASES["frozen"] = _frozen
