"""Sixty models of the kinds that are converted most, in the default mode, none of which calibration has seen: what estimates are told for.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import emlearn
import numpy as np
from sklearn import cluster, datasets, ensemble, linear_model, naive_bayes, neighbors, neural_network, svm, tree
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def _scaled(estimator: Any) -> Any:
    return make_pipeline(StandardScaler(), estimator)


def _mlp(*hidden: int) -> Any:
    return neural_network.MLPClassifier(hidden, max_iter=60, random_state=7)


#: (estimator, data set, types of a row, arithmetic); a model for each type.
USUAL: tuple[tuple[Callable[[], Any], str, str, str], ...] = (
    (lambda: ensemble.RandomForestClassifier(12, max_depth=7, random_state=7), "digits", "float32 int16 uint8", ""),
    (lambda: ensemble.RandomForestClassifier(25, max_depth=6, random_state=7), "wine", "float32 int16", ""),
    (lambda: ensemble.RandomForestClassifier(8, random_state=7), "breast_cancer", "float32 uint16", ""),
    (lambda: ensemble.ExtraTreesClassifier(15, max_depth=9, random_state=7), "digits", "int16 uint8", ""),
    (lambda: ensemble.ExtraTreesClassifier(12, max_depth=6, random_state=7), "iris", "float32", ""),
    (lambda: ensemble.RandomForestRegressor(15, max_depth=6, random_state=7), "diabetes", "float32 int16", ""),
    (lambda: ensemble.ExtraTreesRegressor(9, max_depth=6, random_state=7), "diabetes", "int16", ""),
    (lambda: ensemble.GradientBoostingClassifier(n_estimators=12, random_state=7), "iris", "float32 int16", ""),
    (lambda: ensemble.GradientBoostingClassifier(n_estimators=30, max_depth=2, random_state=7), "breast_cancer", "float32 int16", ""),
    (lambda: ensemble.GradientBoostingRegressor(n_estimators=25, random_state=7), "diabetes", "float32 int16", ""),
    (lambda: ensemble.HistGradientBoostingClassifier(max_iter=15, max_leaf_nodes=10, random_state=7), "wine", "float32 uint16", ""),
    (lambda: ensemble.HistGradientBoostingRegressor(max_iter=15, max_leaf_nodes=10, random_state=7), "diabetes", "float32", ""),
    (lambda: ensemble.IsolationForest(n_estimators=20, max_samples=64, random_state=7), "breast_cancer", "float32 int16", ""),
    (lambda: tree.DecisionTreeClassifier(max_depth=7, random_state=7), "digits", "int16 uint8", ""),
    (lambda: tree.DecisionTreeClassifier(max_depth=4, random_state=7), "wine", "float32 int16", ""),
    (lambda: tree.DecisionTreeRegressor(max_depth=5, random_state=7), "diabetes", "float32 int16", ""),
    (lambda: _scaled(_mlp(12)), "wine", "float32 int16", ""),
    (lambda: _mlp(24, 12), "digits", "float32 uint8", ""),
    (lambda: _mlp(24), "digits", "int16 uint8", "int8"),
    (lambda: _scaled(_mlp(14, 8)), "breast_cancer", "float32 int16", "int8"),
    (lambda: _scaled(neural_network.MLPRegressor(hidden_layer_sizes=(18,), max_iter=60, random_state=7)), "diabetes", "float32", ""),
    (lambda: naive_bayes.GaussianNB(), "iris", "float32 int16", ""),
    (lambda: _scaled(naive_bayes.GaussianNB()), "breast_cancer", "float32 int16", ""),
    (lambda: _scaled(linear_model.LogisticRegression()), "breast_cancer", "float32 int16", ""),
    (lambda: linear_model.LogisticRegression(max_iter=100), "iris", "float32 int16", ""),
    (lambda: _scaled(linear_model.Ridge()), "diabetes", "float32", ""),
    (lambda: _scaled(svm.LinearSVC()), "wine", "float32 int16", ""),
    (lambda: _scaled(svm.SVC(gamma=0.1)), "iris", "float32 int16", ""),
    (lambda: svm.SVC(kernel="linear"), "wine", "float32 int16", ""),
    (lambda: neighbors.KNeighborsClassifier(5), "iris", "float32 int16", ""),
    (lambda: _scaled(neighbors.KNeighborsClassifier(3)), "iris", "float32 int16", ""),
    (lambda: cluster.KMeans(5, n_init=2, random_state=7), "iris", "float32 int16", ""),
)


def usual_models() -> Iterator[tuple[str, emlearn.Model]]:
    """(name, model); raw rows of whole numbers span what their type holds, but those of digits, which are whole."""
    for make, data, types, numeric in USUAL:
        X, y = getattr(datasets, f"load_{data}")(return_X_y=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator = make().fit(X, y)
        last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
        name = f"{type(last).__name__}{', scaled' if last is not estimator else ''}{numeric and ', '}{numeric}"
        for dtype in types.split():
            options: dict[str, Any] = {"input": dtype}
            raw = X.astype(dtype)
            if dtype != "float32" and data != "digits":
                options["input_scale"] = np.maximum(np.abs(X).max(axis=0), 1e-3) / min(np.iinfo(dtype).max, 30000)
                raw = np.rint(X / options["input_scale"]).astype(dtype)
            if numeric:
                options |= {"numeric": numeric, "calibration": raw[:200]}
            yield f"{name}, {data}, {dtype}", emlearn.convert(estimator, **options)
