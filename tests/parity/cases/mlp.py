"""Multilayer perceptrons of every kind: activations, outputs, depths, labels, scaled Pipelines.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
    make_multilabel_classification,
    make_regression,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

Case = tuple[BaseEstimator, np.ndarray]


def _fit(estimator: BaseEstimator, X: np.ndarray, y: Any) -> Case:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, y), X


def _classifier(seed: int, *hidden: int, activation: str = "relu", iterations: int = 30, **options: Any) -> MLPClassifier:
    return MLPClassifier(hidden, activation=activation, max_iter=iterations, random_state=seed, **options)


def _regressor(seed: int, *hidden: int, activation: str = "relu", iterations: int = 60, **options: Any) -> MLPRegressor:
    return MLPRegressor(hidden_layer_sizes=hidden, activation=activation, max_iter=iterations, random_state=seed, **options)


def _iris_identity(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    return _fit(_classifier(seed, 6, activation="identity"), X, np.array(["setosa", "versicolor", "virginica"])[y])


def _wine_tanh(seed: int) -> Case:
    X, y = load_wine(return_X_y=True)
    return _fit(make_pipeline(StandardScaler(), _classifier(seed, 12, 7, activation="tanh")), X, y + 5)


def _breast_cancer_logistic(seed: int) -> Case:
    X, y = load_breast_cancer(return_X_y=True)
    return _fit(make_pipeline(RobustScaler(), _classifier(seed, 10, activation="logistic")), X, np.where(y == 1, "benign", "malignant"))


def _breast_cancer_no_hidden(seed: int) -> Case:
    X, y = load_breast_cancer(return_X_y=True)
    return _fit(make_pipeline(StandardScaler(), _classifier(seed)), X, 2 * y - 1)


def _digits_relu(seed: int) -> Case:
    X, y = load_digits(return_X_y=True)
    return _fit(make_pipeline(MinMaxScaler(), _classifier(seed, 32, 16)), X, y)


def _digits_softmax_only(seed: int) -> Case:
    X, y = load_digits(return_X_y=True)
    return _fit(_classifier(seed), X, y)


def _digits_lbfgs(seed: int) -> Case:
    X, y = load_digits(return_X_y=True)
    return _fit(_classifier(seed, 20, solver="lbfgs", activation="logistic"), X, y)


def _multilabel_tanh(seed: int) -> Case:
    X, y = make_multilabel_classification(300, 9, n_classes=5, random_state=seed)
    return _fit(_classifier(seed, 8, 8, 8, activation="tanh"), X, y)


def _multilabel_relu(seed: int) -> Case:
    X, y = make_multilabel_classification(300, 6, n_classes=2, random_state=seed)
    return _fit(make_pipeline(MaxAbsScaler(), _classifier(seed, 5)), X, y)


def _float32_fit(seed: int) -> Case:
    X, y = make_classification(300, 8, n_informative=5, n_classes=4, random_state=seed)
    X = X.astype(np.float32)
    estimator, _ = _fit(_classifier(seed, 9, activation="tanh"), X, y)
    return estimator, X.astype(np.float64)


def _partial_fit(seed: int) -> Case:
    X, y = load_iris(return_X_y=True)
    estimator = _classifier(seed, 4, activation="logistic")
    for _ in range(20):
        estimator.partial_fit(X, y, classes=[0, 1, 2, 9])
    return estimator, X


def _diabetes(activation: str, *hidden: int) -> Callable[[int], Case]:
    def case(seed: int) -> Case:
        X, y = load_diabetes(return_X_y=True, scaled=False)
        return _fit(make_pipeline(StandardScaler(), _regressor(seed, *hidden, activation=activation)), X, y)

    return case


def _poisson(seed: int) -> Case:
    X, y = load_diabetes(return_X_y=True)
    return _fit(_regressor(seed, 10, loss="poisson"), X, y)


def _poisson_outputs(seed: int) -> Case:
    X, y = make_regression(200, 5, n_targets=3, random_state=seed)
    return _fit(_regressor(seed, activation="tanh", loss="poisson"), X, np.abs(y) / np.abs(y).max())


def _outputs(seed: int) -> Case:
    X, y = make_regression(200, 7, n_targets=4, random_state=seed)
    return _fit(_regressor(seed, 12, 6, activation="logistic"), X, y)


def _outputs_deep(seed: int) -> Case:
    X, y = make_regression(200, 7, n_targets=2, random_state=seed)
    return _fit(_regressor(seed, 9, 8, 7), X, y)


CASES: dict[str, Callable[[int], Case]] = {
    "classifier, iris, identity, string labels": _iris_identity,
    "classifier, wine, tanh, two layers, labels from 5, StandardScaler": _wine_tanh,
    "classifier, breast_cancer, binary, logistic, string labels, RobustScaler": _breast_cancer_logistic,
    "classifier, breast_cancer, binary, no hidden layer, labels -1 and 1": _breast_cancer_no_hidden,
    "classifier, digits, relu, two layers, MinMaxScaler": _digits_relu,
    "classifier, digits, no hidden layer": _digits_softmax_only,
    "classifier, digits, lbfgs": _digits_lbfgs,
    "classifier, fitted on float32": _float32_fit,
    "classifier, partial_fit, a class never seen": _partial_fit,
    "multilabel, tanh, three layers": _multilabel_tanh,
    "multilabel, relu, MaxAbsScaler": _multilabel_relu,
    "regressor, diabetes, relu": _diabetes("relu", 20),
    "regressor, diabetes, tanh, two layers": _diabetes("tanh", 8, 8),
    "regressor, diabetes, identity": _diabetes("identity", 5),
    "regressor, diabetes, no hidden layer": _diabetes("relu"),
    "regressor, diabetes, Poisson": _poisson,
    "regressor, three outputs, Poisson": _poisson_outputs,
    "regressor, four outputs, logistic": _outputs,
    "regressor, two outputs, three layers": _outputs_deep,
}
