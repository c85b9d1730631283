"""The dtype of ``predict`` where an estimator's own is not that of its kind: members of float32, targets of float32, odd labels.

The estimators of the parity cases are compared in ``tests/parity/test_parity.py``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import emlearn
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import Birch, KMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingRegressor
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.neighbors import KNeighborsRegressor, RadiusNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

X, VALUES = load_diabetes(return_X_y=True)
FLOWERS, SPECIES = load_iris(return_X_y=True)
NARROW = KNeighborsRegressor(3)  # answers in the dtype of its targets

REGRESSORS: list[tuple[Any, Any]] = [
    (NARROW, "float32"),
    (NARROW, "int16"),
    (KNeighborsRegressor(3, weights="distance"), "float32"),
    (RadiusNeighborsRegressor(1.0), "float32"),
    (RadiusNeighborsRegressor(1.0), "int32"),
    (SVR(), "float32"),
    (Ridge(), "float32"),
    (VotingRegressor([("a", NARROW), ("b", NARROW)]), "float32"),
    (VotingRegressor([("a", NARROW), ("b", Ridge())]), "float32"),
    (VotingRegressor([("a", NARROW), ("b", NARROW)], weights=[1, 2]), "float32"),
    (BaggingRegressor(NARROW, 2, random_state=0), "float32"),
    (StackingRegressor([("a", Ridge())], NARROW, cv=2), "float32"),
    (MultiOutputRegressor(NARROW), "float32"),
    (RegressorChain(NARROW), "float32"),
    (TransformedTargetRegressor(NARROW, transformer=StandardScaler()), "float32"),
    (TransformedTargetRegressor(NARROW, func=np.log, inverse_func=np.exp, check_inverse=False), "float32"),
    (DummyRegressor(strategy="constant", constant=3), "float64"),
    (DummyRegressor(), "float32"),
]


def check(estimator: Any, rows: np.ndarray) -> None:
    own, got = estimator.predict(rows.astype(np.float64)), emlearn.convert(estimator).predict(rows)
    assert (got.dtype, got.shape) == (own.dtype, own.shape)


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")  # scikit-learn makes a NaN of whole targets
@pytest.mark.parametrize(("regressor", "dtype"), REGRESSORS, ids=lambda value: str(value)[:60])
def test_regressors(regressor: Any, dtype: str) -> None:
    several = isinstance(regressor, (MultiOutputRegressor, RegressorChain))
    y = np.column_stack([VALUES, -VALUES]) if several else VALUES
    check(clone(regressor).fit(X, y.astype(dtype)), X[:50])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_curves(dtype: str) -> None:
    check(IsotonicRegression(out_of_bounds="clip").fit(X[:, 2].astype(dtype), VALUES.astype(dtype)), X[:50, 2:3])


@pytest.mark.parametrize("found_by", [KMeans(3, n_init=1, random_state=0), 3], ids=["KMeans", "agglomerative"])
def test_clusters_of_clusters(found_by: Any) -> None:
    check(Birch(n_clusters=found_by).fit(FLOWERS), FLOWERS)


@pytest.mark.parametrize("kind", [int, bool, object, str, np.uint8])
def test_a_constant_label(kind: Any) -> None:
    names = np.array(["rose", "lily", "daisy"])[SPECIES]
    y = names.astype(kind) if kind in (object, str) else SPECIES.astype(kind)
    check(DummyClassifier().fit(FLOWERS, y), FLOWERS)
    if kind is not bool:  # which scikit-learn refuses as a constant
        check(DummyClassifier(strategy="constant", constant=y[0]).fit(FLOWERS, y), FLOWERS)


@pytest.mark.parametrize("kind", [int, bool, float])
@pytest.mark.parametrize("many", [ClassifierChain, MultiOutputClassifier])
def test_several_labels(many: Any, kind: type) -> None:
    y = np.column_stack([SPECIES == 0, SPECIES == 2]).astype(kind)
    check(many(LogisticRegression()).fit(FLOWERS, y), FLOWERS)


COLUMNS: list[Any] = [
    KernelRidge(), KNeighborsRegressor(3), MultiOutputRegressor(Ridge()), RadiusNeighborsRegressor(10.0), Ridge(), RegressorChain(Ridge()),
    TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
]  # fmt: skip


@pytest.mark.parametrize("regressor", COLUMNS, ids=lambda value: str(value)[:60])
def test_a_column_of_targets(regressor: Any) -> None:
    check(clone(regressor).fit(X, VALUES[:, np.newaxis]), X[:50])
    check(make_pipeline(StandardScaler(), clone(regressor)).fit(X, VALUES[:, np.newaxis]), X[:50])


@pytest.mark.parametrize("many", [ClassifierChain, MultiOutputClassifier])
def test_a_column_of_labels(many: Any) -> None:
    estimator = many(LogisticRegression()).fit(FLOWERS, (SPECIES == 1)[:, np.newaxis].astype(int))
    check(estimator, FLOWERS)
    if many is MultiOutputClassifier:
        model = emlearn.convert(estimator)
        assert [np.shape(each) for each in model.predict_proba(FLOWERS)] == [(150, 2)] and isinstance(model.classes_, list)


def test_objects_of_two_classes() -> None:
    check(GaussianProcessClassifier().fit(FLOWERS, np.where(SPECIES > 0, "rose", "lily").astype(object)), FLOWERS)
