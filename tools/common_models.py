"""Models of the kinds that are converted most, on scikit-learn's data sets, in random sizes: for calibration beside the parity cases.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn import datasets, ensemble, linear_model, naive_bayes, neighbors, neural_network, svm, tree
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

CLASSES, VALUES = ("iris", "wine", "breast_cancer", "digits", "digits"), ("diabetes",)

Draw = Callable[..., Any]


def _network(kind: type, draw: Draw) -> Any:
    hidden = tuple(int(size) for size in draw((4, 8, 10, 16, 20, 32, 50), draw((1, 1, 2))))
    return kind(hidden, activation=str(draw(("relu", "relu", "tanh", "logistic"))), max_iter=30, random_state=0)


def _scaled(estimator: Any, draw: Draw) -> Any:
    scaler = draw((StandardScaler, MinMaxScaler, None))
    return estimator if scaler is None else make_pipeline(scaler(), estimator)


#: From random choices to an estimator.
CLASSIFIERS: tuple[Callable[[Draw], Any], ...] = (
    lambda draw: tree.DecisionTreeClassifier(max_depth=draw((2, 3, 4, 5, 6, 8, None)), random_state=0),
    lambda draw: ensemble.RandomForestClassifier(
        int(draw((3, 5, 10, 20, 30))), max_depth=draw((3, 5, 8, 10, None)), min_samples_leaf=int(draw((1, 1, 3))), random_state=1
    ),
    lambda draw: ensemble.RandomForestClassifier(int(draw((5, 10, 15))), max_leaf_nodes=int(draw((8, 16, 40))), random_state=2),
    lambda draw: ensemble.ExtraTreesClassifier(int(draw((5, 10, 30))), max_depth=draw((5, 8, 10)), random_state=1),
    lambda draw: ensemble.GradientBoostingClassifier(n_estimators=int(draw((5, 10, 15))), max_depth=draw((2, 3, 4)), random_state=1),
    lambda draw: ensemble.HistGradientBoostingClassifier(max_iter=int(draw((5, 10))), max_leaf_nodes=8, random_state=1),
    lambda draw: ensemble.AdaBoostClassifier(n_estimators=int(draw((5, 15))), random_state=1),
    lambda draw: _scaled(_network(neural_network.MLPClassifier, draw), draw),
    lambda draw: _scaled(_network(neural_network.MLPClassifier, draw), draw),
    lambda draw: _scaled(naive_bayes.GaussianNB(), draw),
    lambda draw: _scaled(linear_model.LogisticRegression(max_iter=50), draw),
    lambda draw: _scaled(svm.LinearSVC(max_iter=50), draw),
    lambda draw: linear_model.SGDClassifier(max_iter=20, tol=None, random_state=1),
    lambda draw: _scaled(svm.SVC(kernel=str(draw(("rbf", "linear", "poly"))), gamma=0.01, max_iter=50), draw),
    lambda draw: neighbors.KNeighborsClassifier(int(draw((1, 3, 5)))),
)
REGRESSORS: tuple[Callable[[Draw], Any], ...] = (
    lambda draw: tree.DecisionTreeRegressor(max_depth=draw((2, 4, 6)), random_state=0),
    lambda draw: ensemble.RandomForestRegressor(int(draw((5, 10, 20))), max_depth=draw((4, 5, 7)), random_state=1),
    lambda draw: ensemble.GradientBoostingRegressor(n_estimators=int(draw((10, 20))), max_depth=3, random_state=1),
    lambda draw: _scaled(_network(neural_network.MLPRegressor, draw), draw),
    lambda draw: _scaled(linear_model.Ridge(), draw),
    lambda draw: svm.SVR(max_iter=50),
)


#: The kinds whose trees are code where speed is wanted.
TREES = [(make, CLASSES) for make in CLASSIFIERS[:7]] + [(make, VALUES) for make in REGRESSORS[:3]]
KINDS = [(make, CLASSES) for make in CLASSIFIERS] + [(make, VALUES) for make in REGRESSORS]


def common(number: int, kinds: Sequence[tuple[Callable[[Draw], Any], tuple[str, ...]]] = KINDS) -> tuple[Any, np.ndarray]:
    """A fitted estimator and its rows; the kinds take turns."""
    rng = np.random.default_rng([number, 1])

    def draw(values: Any, count: int | None = None) -> Any:
        places = rng.integers(len(values), size=count)
        return values[places] if count is None else [values[place] for place in places]

    make, names = kinds[number % len(kinds)]
    X, y = getattr(datasets, f"load_{draw(names)}")(return_X_y=True)
    rows = rng.permutation(len(X))[: int(draw((100, 300, 1000)))]
    return make(draw).fit(X[rows], y[rows]), X[rows]
