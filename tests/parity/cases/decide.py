"""Models of models: thresholds, one against the rest, pairs, code words, calibration, targets, and those that answer without looking.

Each case: seed -> (fitted estimator, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn.model_selection
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import SGDClassifier
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Case = tuple[Any, np.ndarray]


def bayes(seed: int) -> Any:
    return make_pipeline(StandardScaler(), GaussianNB())


def network(seed: int) -> Any:
    return make_pipeline(StandardScaler(), MLPClassifier((5,), max_iter=60, random_state=seed))


def tree(seed: int) -> Any:
    return DecisionTreeClassifier(max_depth=3, random_state=seed)


def forest(seed: int) -> Any:
    return RandomForestClassifier(4, max_depth=3, random_state=seed)


def regressor(seed: int) -> Any:
    return make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(5,), max_iter=60, random_state=seed))


def wine() -> tuple[np.ndarray, np.ndarray]:
    X, y = load_wine(return_X_y=True)
    return X, np.array(["red", "rose", "white"])[y]


def cancer() -> tuple[np.ndarray, np.ndarray]:
    return load_breast_cancer(return_X_y=True)


def labels() -> tuple[np.ndarray, np.ndarray]:
    """Three labels that do not exclude each other."""
    X = load_wine().data
    return X, np.column_stack([X[:, 0] > 13, X[:, 1] > 2, X[:, 2] > 2.3]).astype(int)


def diabetes() -> tuple[np.ndarray, np.ndarray]:
    return load_diabetes(return_X_y=True)


def case(make: Callable[[int], Any], data: Callable[[], tuple[np.ndarray, np.ndarray]]) -> Callable[[int], Case]:
    def fitted(seed: int) -> Case:
        X, y = data()
        order = np.random.default_rng(seed).permutation(len(X))[: 2 * len(X) // 3]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # networks that stop early
            return make(seed).fit(X[order], y[order]), X

    return fitted


def _target(transformer: Any) -> Callable[[int], Case]:
    return case(lambda seed: TransformedTargetRegressor(regressor(seed), transformer=transformer), diabetes)


def body_mass() -> tuple[np.ndarray, np.ndarray]:
    """One feature of diabetes, with ties."""
    X, y = diabetes()
    return X[:, 2:3], y


CASES: dict[str, Callable[[int], Case]] = {
    "rest, bayes": case(lambda seed: OneVsRestClassifier(bayes(seed)), wine),
    "rest, forests": case(lambda seed: OneVsRestClassifier(forest(seed)), wine),
    "rest, linear": case(lambda seed: OneVsRestClassifier(SGDClassifier(loss="log_loss", random_state=seed)), wine),
    "rest, vectors": case(lambda seed: OneVsRestClassifier(make_pipeline(StandardScaler(), LinearSVC(random_state=seed))), wine),
    "pairs, vectors": case(lambda seed: OneVsOneClassifier(make_pipeline(StandardScaler(), LinearSVC(random_state=seed))), wine),
    "calibrated vectors": case(lambda seed: CalibratedClassifierCV(make_pipeline(StandardScaler(), LinearSVC(random_state=seed))), cancer),
    "rest of two": case(lambda seed: OneVsRestClassifier(network(seed)), cancer),
    "rest, labels": case(lambda seed: OneVsRestClassifier(network(seed)), labels),
    "rest, values": case(lambda seed: OneVsRestClassifier(DecisionTreeRegressor(max_depth=3, random_state=seed)), wine),
    "pairs, bayes": case(lambda seed: OneVsOneClassifier(bayes(seed)), wine),
    "pairs, trees": case(lambda seed: OneVsOneClassifier(tree(seed)), wine),
    "pairs of two": case(lambda seed: OneVsOneClassifier(network(seed)), cancer),
    "code words": case(lambda seed: OutputCodeClassifier(network(seed), code_size=3, random_state=seed), wine),
    "code words, trees": case(lambda seed: OutputCodeClassifier(tree(seed), code_size=4, random_state=seed), wine),
    "calibrated": case(lambda seed: CalibratedClassifierCV(bayes(seed), cv=3), wine),
    "calibrated, isotonic": case(lambda seed: CalibratedClassifierCV(network(seed), method="isotonic", cv=2), wine),
    "calibrated once": case(lambda seed: CalibratedClassifierCV(forest(seed), cv=2, ensemble=False), cancer),
    "calibrated, isotonic, of two": case(lambda seed: CalibratedClassifierCV(forest(seed), method="isotonic", cv=2), cancer),
    "target, log": case(lambda seed: TransformedTargetRegressor(regressor(seed), func=np.log, inverse_func=np.exp), diabetes),
    "target, log1p": case(
        lambda seed: TransformedTargetRegressor(DecisionTreeRegressor(max_depth=4), func=np.log1p, inverse_func=np.expm1), diabetes
    ),
    "target, root": case(lambda seed: TransformedTargetRegressor(regressor(seed), func=np.sqrt, inverse_func=np.square), diabetes),
    "target, standard": _target(StandardScaler()),
    "target, min max": _target(MinMaxScaler()),
    "target, robust": _target(RobustScaler()),
    "target, max abs": _target(MaxAbsScaler()),
    "isotonic": case(lambda seed: IsotonicRegression(), body_mass),
    "isotonic, falling": case(lambda seed: IsotonicRegression(increasing=False, out_of_bounds="clip"), body_mass),
    "isotonic of scaled": case(lambda seed: make_pipeline(StandardScaler(), IsotonicRegression(out_of_bounds="clip")), body_mass),
    "commonest class": case(lambda seed: DummyClassifier(strategy="most_frequent"), wine),
    "priors": case(lambda seed: DummyClassifier(), wine),
    "a class": case(lambda seed: DummyClassifier(strategy="constant", constant="white"), wine),
    "a value": case(lambda seed: DummyRegressor(strategy="median"), diabetes),
    "values": case(lambda seed: DummyRegressor(), labels),
}
if hasattr(sklearn.model_selection, "FixedThresholdClassifier"):
    _fixed = sklearn.model_selection.FixedThresholdClassifier
    _tuned = sklearn.model_selection.TunedThresholdClassifierCV
    CASES |= {
        "threshold": case(lambda seed: _fixed(forest(seed), threshold=0.25), cancer),
        "threshold, first class": case(lambda seed: _fixed(bayes(seed), threshold=0.01, pos_label=0), cancer),
        "tuned threshold": case(lambda seed: _tuned(bayes(seed), cv=2, thresholds=20), cancer),
    }
