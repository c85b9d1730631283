"""XGBoost's models against XGBoost itself: every objective and booster, at thresholds and with missing values; and what is refused.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import boosters
import emlearn
import numpy as np
import pytest
from emlearn import InvalidInputError, UnsupportedError
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed: pip install xgboost")

#: Objectives by what they are fitted to.
OBJECTIVES = {
    "binary:logistic": "2", "binary:hinge": "2", "multi:softprob": "3", "multi:softmax": "7", "reg:squarederror": "value",
    "reg:absoluteerror": "value", "reg:pseudohubererror": "value", "reg:squaredlogerror": "positive", "count:poisson": "positive",
    "reg:gamma": "positive", "reg:tweedie": "positive", "reg:logistic": "share", "binary:logitraw": "2", "survival:cox": "positive",
    "targets": "targets", "vectors": "targets", "rank:ndcg": "2", "rank:pairwise": "3", "binary:logistic as value": "2",
    "reg:quantileerror": "value",
}  # fmt: skip


def random_model(rng, objective):
    """A fitted estimator or Booster, and its rows."""
    X, y = boosters.data(rng, OBJECTIVES[objective])
    options = {
        "n_estimators": int(rng.integers(1, 12)), "max_depth": int(rng.integers(1, 6)), "learning_rate": float(rng.choice([0.1, 0.3, 1.0])),
        "tree_method": str(rng.choice(["hist", "exact", "approx"])), "n_jobs": 1, "random_state": int(rng.integers(1000)),
    }  # fmt: skip
    if rng.random() < 0.2 and objective != "vectors":
        options |= {"booster": "dart", "rate_drop": 0.5}
    if rng.random() < 0.2:
        options |= {"num_parallel_tree": 3, "subsample": 0.6, "colsample_bytree": 0.7}
    if objective == "reg:quantileerror":
        options |= {"quantile_alpha": [0.2, 0.5, 0.9], "tree_method": "hist"}
    if objective == "targets":
        estimator = xgboost.XGBRegressor(**options)
    elif objective == "vectors":
        estimator = xgboost.XGBRegressor(**{**options, "tree_method": "hist"}, multi_strategy="multi_output_tree")
    elif objective.startswith("rank"):
        return xgboost.XGBRanker(objective=objective, **options).fit(X, y, qid=np.arange(len(X)) // 20), X
    elif OBJECTIVES[objective].isdigit() and objective not in ("binary:logitraw", "binary:logistic as value"):
        if objective in ("binary:logistic", "binary:hinge") and rng.random() < 0.5:
            options["base_score"] = float(rng.choice([0.02, 0.4999, 0.7]))
        bagged = rng.random() < 0.3 and "booster" not in options and options["tree_method"] != "exact"
        cls = xgboost.XGBRFClassifier if bagged else xgboost.XGBClassifier
        estimator = cls(objective=objective, **options)
    else:
        estimator = xgboost.XGBRegressor(objective=objective.split()[0], **options)
    estimator.fit(X, y)
    return (estimator.get_booster() if rng.random() < 0.25 and objective != "binary:logistic as value" else estimator), X


def check(objective, seed):
    rng = np.random.default_rng(seed)
    estimator, X = random_model(rng, objective)
    model = emlearn.convert(estimator)
    rows = boosters.probes(model, X, rng)
    report = model.verify(rows)
    assert report.ok, f"{objective}, seed {seed}, {estimator}:\n{report}"
    return report


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective(objective):
    check(objective, 0)


@settings(max_examples=8)
@given(st.sampled_from(list(OBJECTIVES)), st.integers(0, 2**32 - 1))
def test_random_models(objective, seed):
    check(objective, seed)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(20))
def test_many_random_models(seed):
    for number, objective in enumerate(OBJECTIVES):
        check(objective, 1000 + 50 * seed + number)


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


def test_the_compiled_header_and_every_link():
    for objective in ("binary:logistic", "binary:hinge", "multi:softprob", "reg:logistic", "reg:gamma", "vectors"):
        rng = np.random.default_rng(5)
        estimator, X = random_model(rng, objective)
        model = emlearn.convert(estimator)
        report = model.verify(boosters.probes(model, X, rng, 60), compile=True)
        assert report.ok and report.ran == "compiled header", f"{objective}:\n{report}"


def test_after_early_stopping_the_best_rounds_answer():
    X, y = load_breast_cancer(return_X_y=True)
    estimator = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=2, learning_rate=1.0, n_jobs=1)
    estimator.fit(X[:300], y[:300], eval_set=[(X[300:], y[300:])], verbose=False)
    model = emlearn.convert(estimator)
    assert model.record.n_trees <= estimator.best_iteration + 1 < estimator.get_booster().num_boosted_rounds()
    assert model.verify(X, y).ok


def test_behind_a_scaler_and_in_a_search():
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=3, n_jobs=1)).fit(X, y)
    assert emlearn.convert(pipeline).verify(X, y).ok
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


def test_missing_values_as_raw_values():
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 50, (300, 4)).astype(np.int16)
    raw[rng.random(raw.shape) < 0.2] = -1
    X = np.where(raw == -1, np.nan, raw.astype(float))
    y = np.nan_to_num(X[:, 0], nan=45) + np.nan_to_num(X[:, 1], nan=5) > 50  # missing values go right at one, left at the other
    estimator = xgboost.XGBClassifier(n_estimators=6, n_jobs=1).fit(X, y.astype(int))
    with pytest.raises(InvalidInputError, match="missing="):
        emlearn.convert(estimator, input="int16")
    assert emlearn.convert(estimator, input="int16", missing=-1).verify(raw).ok


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
