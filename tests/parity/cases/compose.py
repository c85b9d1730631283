"""Pipelines that cannot fold and votes.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
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


CASES: dict[str, Callable[[int], Case]] = {
    "clipped network": _clipped_network,
    "clipped bayes": _clipped_bayes,
    "soft vote": _soft,
    "soft vote of trees": _soft_trees,
    "hard vote": _hard,
}
