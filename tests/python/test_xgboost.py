"""What only XGBoost has: survival times, searches over it, names of columns; and what is refused.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re

import boosters
import emlearn
import numpy as np
import pytest
from emlearn import UnsupportedError
from emlearn.families.ensembles.native import xgb
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed: pip install xgboost")


def test_classes_are_those_of_xgboost_on_all_digits():
    X, y = load_digits(return_X_y=True)
    estimator = xgboost.XGBClassifier(n_estimators=8, max_depth=3, random_state=0, n_jobs=1).fit(X, y)
    model = emlearn.convert(estimator, input="uint8")
    report = model.verify(X, y)
    assert report.ok and report.ties == 0
    assert np.array_equal(model.predict(X), estimator.predict(X))
    np.testing.assert_allclose(model.decision_function(X), estimator.predict(X, output_margin=True), atol=2e-3)
    assert "xgboost" in model.save() and "XGBoost's classes" in model.save(self_test=X[:20])
    assert "rows agree with XGBoost (" in str(report) and "XGBoost's" in str(report) and "scikit-learn" not in str(report)


def test_in_a_search():
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=3, n_jobs=1)).fit(X, y)
    search = GridSearchCV(xgboost.XGBClassifier(n_estimators=3, n_jobs=1), {"max_depth": [1, 2]}, cv=2).fit(X, y)
    assert emlearn.convert(search).verify(X, y).ok
    for estimator in (pipeline, search):
        made = emlearn.convert(estimator).head
        assert made.library == "XGBoost" and list(made.versions) == ["scikit-learn", "xgboost"]


def test_names_of_columns_are_kept():
    frame, y = load_iris(return_X_y=True, as_frame=True)
    estimator = xgboost.XGBClassifier(n_estimators=2, n_jobs=1).fit(frame, y)
    model = emlearn.convert(estimator)
    assert list(model.head.feature_names) == list(frame.columns)
    assert model.verify(frame).ok
    booster = emlearn.convert(estimator.get_booster())
    assert booster.verify(frame.to_numpy()).ok


def fitted(**options):
    X, y = load_iris(return_X_y=True)
    return xgboost.XGBClassifier(n_estimators=2, n_jobs=1, **options).fit(X, y)


def test_what_cannot_be_converted_says_why():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(UnsupportedError, match="gblinear"):
        emlearn.convert(fitted(booster="gblinear"))
    with pytest.raises(UnsupportedError, match="gblinear"):
        emlearn.convert(fitted(booster="gblinear").get_booster())
    with pytest.raises(UnsupportedError, match="missing=0"):
        emlearn.convert(fitted(missing=0))
    with pytest.raises(UnsupportedError, match="several labels"):
        emlearn.convert(xgboost.XGBClassifier(n_estimators=2, n_jobs=1).fit(X, np.column_stack([y > 0, y > 1]).astype(int)))
    with pytest.raises(UnsupportedError, match=r"binary:logitraw.*a classifier has"):
        emlearn.convert(xgboost.XGBClassifier(objective="binary:logitraw", n_jobs=1, n_estimators=2).fit(X, (y > 0).astype(int)))


def test_accelerated_failure_times():
    rng = np.random.default_rng(1)
    X, y = boosters.data(rng, "positive")
    rows = xgboost.DMatrix(X)
    rows.set_float_info("label_lower_bound", y)
    rows.set_float_info("label_upper_bound", y * 2)
    model = emlearn.convert(xgboost.train({"objective": "survival:aft", "max_depth": 3, "nthread": 1}, rows, 5))
    assert model.verify(boosters.probes(model, X, rng)).ok


def test_trees_of_one_leaf_count_in_the_bound():
    """XGBoost adds them in float32, however little their sum is."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), rng.random(60)
    for seed in range(5):
        options = {"n_estimators": 40, "max_depth": 1, "gamma": 1e9, "base_score": 0.9 + 0.01 * seed, "n_jobs": 1}
        model = emlearn.convert(xgboost.XGBRegressor(**options).fit(X, y - y.mean()))
        assert model.record.n_nodes == 0 and model.verify(X).ok


def test_every_objective_of_the_library_is_known():
    """XGBoost lists its objectives where it refuses another."""
    with pytest.raises(xgboost.core.XGBoostError) as caught:
        xgboost.train({"objective": "none such"}, xgboost.DMatrix(np.zeros((2, 1)), np.zeros(2)), 1)
    listed = re.findall(r"candidate: (\S+)", str(caught.value))
    assert len(listed) > 15
    assert set(listed) <= set(xgb.OBJECTIVES), "convert the new objective, or refuse it by name"
