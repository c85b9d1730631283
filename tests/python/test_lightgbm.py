"""LightGBM's models against LightGBM itself: every objective and boosting, at thresholds and with missing values; and what is refused.

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
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is not installed: pip install lightgbm")

#: Objectives by what they are fitted to.
OBJECTIVES = {
    "binary": "2", "multiclass": "3", "regression": "value", "regression_l1": "value", "huber": "value", "fair": "value",
    "quantile": "value", "mape": "positive", "poisson": "positive", "gamma": "positive", "tweedie": "positive",
    "cross_entropy": "share", "lambdarank": "3", "rank_xendcg": "3", "binary as value": "2",
}  # fmt: skip


def random_model(rng, objective):
    """A fitted estimator or Booster, and its rows."""
    X, y = boosters.data(rng, OBJECTIVES[objective])
    options = {
        "n_estimators": int(rng.integers(1, 10)), "num_leaves": int(rng.integers(2, 20)), "learning_rate": float(rng.choice([0.1, 0.5])),
        "min_child_samples": int(rng.choice([1, 10])), "n_jobs": 1, "verbose": -1, "random_state": int(rng.integers(1000)),
        "boosting_type": str(rng.choice(["gbdt", "dart"])), "use_missing": bool(rng.random() < 0.8),
    }  # fmt: skip
    if rng.random() < 0.2:
        options |= {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
    if objective in ("lambdarank", "rank_xendcg"):
        estimator = lightgbm.LGBMRanker(objective=objective, **{**options, "boosting_type": "gbdt"})
        estimator.fit(X, y, group=[20] * (len(X) // 20))
    elif objective in ("binary", "multiclass"):
        if objective == "binary":
            options["sigmoid"] = float(rng.choice([1.0, 0.7]))
            y = np.array(["no", "yes"])[y]
        estimator = lightgbm.LGBMClassifier(**options).fit(X, y)
    else:
        estimator = lightgbm.LGBMRegressor(objective=objective.split()[0], **options).fit(X, y)
    return (estimator.booster_ if rng.random() < 0.25 and objective != "binary as value" else estimator), X


def check(objective, seed):
    rng = np.random.default_rng(seed)
    estimator, X = random_model(rng, objective)
    dtype = ["float32", "float64"][seed % 2]
    model = emlearn.convert(estimator, input=dtype)
    report = model.verify(boosters.probes(model, X, rng))
    assert report.ok, f"{objective}, seed {seed}, {estimator}:\n{report}"


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
        check(objective, 1000 + 51 * seed + number)


def test_classes_are_those_of_lightgbm_on_all_digits():
    X, y = load_digits(return_X_y=True)
    estimator = lightgbm.LGBMClassifier(n_estimators=5, num_leaves=8, n_jobs=1, verbose=-1).fit(X, y)
    model = emlearn.convert(estimator, input="uint8")
    report = model.verify(X, y)
    assert report.ok and report.ties == 0
    assert np.array_equal(model.predict(X), estimator.predict(X))
    assert "lightgbm" in model.save()


def test_the_compiled_header():
    for objective in ("binary", "multiclass", "cross_entropy"):
        rng = np.random.default_rng(3)
        estimator, X = random_model(rng, objective)
        model = emlearn.convert(estimator)
        report = model.verify(boosters.probes(model, X, rng, 60), compile=True)
        assert report.ok and report.ran == "compiled header", f"{objective}:\n{report}"


def test_after_early_stopping_the_best_rounds_answer():
    X, y = load_breast_cancer(return_X_y=True)
    estimator = lightgbm.LGBMClassifier(n_estimators=60, learning_rate=0.8, n_jobs=1, verbose=-1)
    estimator.fit(X[:300], y[:300], eval_X=X[300:], eval_y=y[300:], callbacks=[lightgbm.early_stopping(2, verbose=False)])
    assert emlearn.convert(estimator).record.n_trees <= estimator.best_iteration_ < 60
    assert emlearn.convert(estimator).verify(X, y).ok


def test_behind_a_scaler_and_with_names():
    frame, y = load_iris(return_X_y=True, as_frame=True)
    pipeline = make_pipeline(StandardScaler(), lightgbm.LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1))
    pipeline.fit(frame.to_numpy(), y)
    report = emlearn.convert(pipeline, input="float64").verify(frame.to_numpy())
    assert report.ok and report.library == "LightGBM"
    frame.columns = ["a", "b", "c", "d"]
    model = emlearn.convert(lightgbm.LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1).fit(frame, y))
    assert model.head.feature_names == ("a", "b", "c", "d") and model.verify(frame).ok


def test_zeros_as_missing_values_where_a_threshold_says_it():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (300, 4)).astype(float)  # nothing below zero: on its side of a threshold zero has no neighbours
    y = (X[:, 0] > 0) * 1.0 + X[:, 1]
    estimator = lightgbm.LGBMRegressor(n_estimators=4, zero_as_missing=True, n_jobs=1, verbose=-1).fit(X, y)
    model = emlearn.convert(estimator, input="float64")
    assert model.verify(boosters.probes(model, X, rng)).ok


def test_missing_values_as_raw_values():
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 50, (300, 4)).astype(np.int16)
    raw[rng.random(raw.shape) < 0.2] = -1
    X = np.where(raw == -1, np.nan, raw.astype(float))
    estimator = lightgbm.LGBMRegressor(n_estimators=6, n_jobs=1, verbose=-1).fit(X, np.nan_to_num(X[:, 0], nan=40))
    with pytest.raises(InvalidInputError, match="missing="):
        emlearn.convert(estimator, input="int16")
    assert emlearn.convert(estimator, input="int16", missing=-1).verify(raw).ok


def test_what_cannot_be_converted_says_why():
    X, y = load_iris(return_X_y=True)
    options = {"n_estimators": 2, "n_jobs": 1, "verbose": -1}
    with pytest.raises(UnsupportedError, match="linear models in its leaves"):
        emlearn.convert(lightgbm.LGBMRegressor(linear_tree=True, **options).fit(X, y))
    with pytest.raises(UnsupportedError, match="multiclassova"):
        emlearn.convert(lightgbm.LGBMClassifier(objective="multiclassova", **options).fit(X, y))
    with pytest.raises(UnsupportedError, match="regression sqrt"):
        emlearn.convert(lightgbm.LGBMRegressor(reg_sqrt=True, **options).fit(X, y))
    with pytest.raises(UnsupportedError, match="splits on categories"):
        coarse = np.arange(300).reshape(-1, 1) % 6
        told = {**options, "min_data_per_group": 1, "cat_smooth": 0, "max_cat_to_onehot": 1}
        emlearn.convert(lightgbm.LGBMRegressor(**told).fit(coarse, coarse[:, 0] % 2, categorical_feature=[0]))
    with pytest.raises(UnsupportedError, match="zero_as_missing"):
        centred = X - X.mean(axis=0)
        centred[::3] = 0
        emlearn.convert(lightgbm.LGBMRegressor(zero_as_missing=True, **{**options, "n_estimators": 20}).fit(centred, y))
