"""The estimators that are compared: on scikit-learn's data, and on recordings of a smartwatch.

``python -m benchmarks.cases NAME FOLDER`` trains one, in whichever environment has what it needs, and leaves in FOLDER

* ``estimator.pkl``: as a user has it;
* ``bare.pkl``: for tools that know no pipelines, with the scaler folded into the first layer's weights, nor Keras, as arrays;
* ``case.json``: what it is;
* ``rows.npz``: test rows as float32 and as int16, and what the estimator answers to each.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import layers, networks


@dataclasses.dataclass(frozen=True)
class Case:
    """One estimator on one set of data.

    Attributes
    ----------
    name, title : str
    data : str
        ``iris``, ``breast_cancer``, ``digits``, ``wine``, ``diabetes``, ``watch``, ``signals`` (the watch's samples) or ``pages``.
    make : callable
        Gives the estimator before it is fitted.
    quick : bool
        Whether the quick run has it.
    framework : str
        What must be importable beside scikit-learn.
    family : {"trees", "network", "gaussian", "linear", "kernel"}
    macs : int
        Multiply-accumulates of a network; 0 of others.
    every : int
        Of the test rows, each so-manieth is run.
    """

    name: str
    title: str
    data: str
    make: Callable[[], Any]
    family: str = "trees"
    quick: bool = False
    framework: str = ""
    macs: int = 0
    every: int = 1


def _forest(n: int, **options: Any) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n, random_state=0, **options)


def _tree() -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=4, random_state=0)


def _extra_trees() -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(20, max_depth=10, random_state=0)


def _regressor() -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(10, max_depth=6, random_state=0)


def _boosting() -> Any:
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(n_estimators=20, max_depth=3, random_state=0)


def _xgboost() -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=20, max_depth=3, random_state=0, base_score=0.5, num_parallel_tree=1, n_jobs=1)


def _network(*hidden: int, **options: Any) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(hidden, random_state=0, **{"max_iter": 400, **options})


def _scaled_network() -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), _network(16, alpha=1.0, max_iter=3000))


def _autoencoder() -> Any:
    from sklearn.neural_network import MLPRegressor

    return MLPRegressor(hidden_layer_sizes=(*(128,) * 4, 8, *(128,) * 4), max_iter=60, random_state=0)


def _bayes() -> Any:
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB()


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=20000, random_state=0)


def _linear_svc() -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(max_iter=20000, random_state=0)


def _svc() -> Any:
    from sklearn.svm import SVC

    return SVC(gamma=0.5, random_state=0)


CASES = {
    case.name: case
    for case in (
        Case("iris_dt", "iris, DecisionTree(max_depth=4)", "iris", _tree, quick=True),
        Case(
            "cancer_rf10", "breast_cancer, RandomForest(10, min_samples_leaf=3)", "breast_cancer", lambda: _forest(10, min_samples_leaf=3)
        ),
        Case("digits_rf10", "digits, RandomForest(10, max_depth=8)", "digits", lambda: _forest(10, max_depth=8), quick=True),
        Case("digits_rf50", "digits, RandomForest(50, max_depth=10)", "digits", lambda: _forest(50, max_depth=10)),
        Case("digits_et20", "digits, ExtraTrees(20, max_depth=10)", "digits", _extra_trees),
        Case("diabetes_rfr10", "diabetes, RandomForestRegressor(10, max_depth=6)", "diabetes", _regressor),
        Case("digits_gb20", "digits, GradientBoosting(20, max_depth=3)", "digits", _boosting),
        Case("digits_xgb20", "digits, XGBClassifier(20, max_depth=3)", "digits", _xgboost, framework="xgboost"),
        Case("digits_mlp32", "digits, MLP(32)", "digits", lambda: _network(32), "network", macs=2368),
        Case("digits_mlp16_16", "digits, MLP(16, 16)", "digits", lambda: _network(16, 16), "network", macs=1440),
        Case("wine_gnb", "wine, GaussianNB", "wine", _bayes, "gaussian", quick=True),
        Case("digits_gnb", "digits, GaussianNB", "digits", _bayes, "gaussian"),
        Case("wine_logreg", "wine, LogisticRegression", "wine", _logistic, "linear"),
        Case("digits_linsvc", "digits, LinearSVC", "digits", _linear_svc, "linear"),
        Case("iris_svc", "iris, SVC(gamma=0.5)", "iris", _svc, "kernel"),
        Case("watch_rf10", "watch, RandomForest(10, max_leaf_nodes=48)", "watch", lambda: _forest(10, max_leaf_nodes=48)),
        Case("watch_mlp16", "watch, StandardScaler + MLP(16)", "watch", _scaled_network, "network", macs=688),
        Case("watch_gnb", "watch, GaussianNB", "watch", _bayes, "gaussian"),
        Case("digits_cnn", "digits, depthwise separable convolutions", "digits", networks.digits, "network", macs=41_024, every=10),
        Case("watch_cnn", "watch, three 1-D convolutions", "signals", networks.watch, "network", macs=103_272, every=5),
        Case("pages_autoencoder", "pages, autoencoder 640-128x4-8-128x4-640", "pages", _autoencoder, "network", macs=264_192),
    )
}


@dataclasses.dataclass(frozen=True)
class Data:
    """A feature is raw * unit, in float64."""

    train: np.ndarray
    train_y: np.ndarray
    raw_train: np.ndarray
    test: np.ndarray
    raw_test: np.ndarray
    unit: np.ndarray

    @classmethod
    def of_raw(cls, train: np.ndarray, train_y: np.ndarray, test: np.ndarray, unit: np.ndarray) -> Data:
        return cls(train * unit, train_y, train, test * unit, test, unit)


def load(name: str) -> Data:
    """Training and test rows; raw ones are int16."""
    own = {"watch": _watch, "signals": lambda: _watch(samples=True), "pages": _pages}
    return own[name]() if name in own else _bundled(name)


def _bundled(name: str) -> Data:
    """Whole numbers as they are, iris times 10, others scaled so that each feature uses the range of int16."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    largest = np.abs(X).max(axis=0)
    scale = {"digits": np.ones(X.shape[1]), "iris": np.full(X.shape[1], 10.0)}.get(name, 30000 / np.where(largest > 0, largest, 1))
    train, test, train_y, _ = train_test_split(X, y, test_size=0.3, random_state=0)
    unit = 1 / scale
    return Data(train, train_y, np.rint(train * scale).astype(np.int16), test, np.rint(test * scale).astype(np.int16), unit)


def _watch(*, samples: bool = False) -> Data:
    """The features of examples/watch, or the samples themselves; the test rows are of people whom no model has seen."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples" / "watch"))
    import recordings

    windows = recordings.load()
    known, raw, unit = ~windows.is_test, windows.features, recordings.SCALE
    if samples:
        raw = windows.samples.reshape(len(windows.samples), -1)
        unit = np.tile(list(recordings.CHANNELS.values()), recordings.WINDOW)
    return Data.of_raw(raw[known], np.unique(windows.labels, return_inverse=True)[1][known], raw[~known], unit)


def _pages() -> Data:
    """Pages of ten images of one digit, which are their own targets; half of the test's have any digits."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    images, labels = datasets.load_digits(return_X_y=True)
    seen, new, seen_labels, new_labels = train_test_split(images.astype(np.int16), labels, test_size=0.3, random_state=0)
    known = networks.pages(seen, seen_labels, networks.PAGES, mixed=False, seed=0)
    test = [networks.pages(new, new_labels, 60, mixed=mixed, seed=1) for mixed in (False, True)]
    return Data.of_raw(known, known.astype(np.float64), np.concatenate(test), np.ones(known.shape[1]))


def bare(estimator: Any) -> Any:
    """The estimator without a scaler before it: that goes into the weights of its first layer. Keras' becomes arrays."""
    if isinstance(estimator, networks.Trained):
        return layers.of_keras(estimator.model)
    if not hasattr(estimator, "steps"):
        return estimator
    (_, scaler), (_, network) = estimator.steps
    folded = copy.deepcopy(network)
    folded.intercepts_[0] = network.intercepts_[0] - (scaler.mean_ / scaler.scale_) @ network.coefs_[0]
    folded.coefs_[0] = network.coefs_[0] / scaler.scale_[:, None]
    return folded


def train(case: Case, folder: Path) -> None:
    """Fit, and write what the module's first lines list."""
    data = load(case.data)
    test, raw_test = data.test[:: case.every], data.raw_test[:: case.every]
    estimator = case.make().fit(data.train, data.train_y)
    floats = test.astype(np.float32)
    several = data.train_y.ndim == 2
    about = {
        "name": case.name,
        "framework": case.framework,
        "task": "classifier" if several or hasattr(estimator, "classes_") else "regressor",
        "n_features": floats.shape[1],
        "n_classes": 2 if several else len(getattr(estimator, "classes_", ())),
        "kind": type(getattr(estimator, "model", bare(estimator))).__name__,
        "unit": data.unit.tolist(),
        "fits_int8": bool(max(np.abs(data.raw_train).max(), np.abs(raw_test).max()) <= 127),
    }
    answer: Callable[[np.ndarray], np.ndarray] = estimator.predict
    if several:  # an autoencoder is asked whether a row is unlike what it learned
        limit = float(np.quantile(unlike(estimator, data.train), 0.95))
        about |= {"outputs": data.train_y.shape[1], "limit": limit}
        answer = lambda rows: (unlike(estimator, rows) > limit).astype(int)  # noqa: E731
    folder.mkdir(parents=True, exist_ok=True)
    for name, what in (("estimator", getattr(estimator, "model", estimator)), ("bare", bare(estimator))):
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(what))
    np.savez(
        folder / "rows.npz",
        float32=floats,
        float32_expected=answer(floats.astype(np.float64)),
        int16=raw_test,
        int16_expected=answer(raw_test * data.unit),
        calibration=data.raw_train,
        train=data.train.astype(np.float32),
    )
    (folder / "case.json").write_text(json.dumps(about))


def unlike(autoencoder: Any, rows: np.ndarray) -> np.ndarray:
    """How far its answers are from the rows: the sum of the squares of each row's."""
    return np.asarray(((autoencoder.predict(rows) - rows) ** 2).sum(axis=1))


if __name__ == "__main__":
    train(CASES[sys.argv[1]], Path(sys.argv[2]))
