"""Boosting libraries against themselves: random models at thresholds, categories and missing values; raw integers; pipelines.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib
import zlib

import boosters
import emlearn
import numpy as np
import pytest
from emlearn import InvalidInputError
from emlearn.families.ensembles.encode import encoded
from emlearn.families.ensembles.record import Recoded
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LIBRARIES = ("xgboost", "lightgbm", "catboost")


@pytest.fixture(params=LIBRARIES)
def library(request):
    """A library that is installed."""
    return pytest.importorskip(request.param, reason=f"{request.param} is not installed: pip install {request.param}")


def models(library):
    return importlib.import_module(f"models_{library.__name__}")


def estimator(library, kind, **options):
    """A small estimator of scikit-learn's kind, "Classifier" or "Regressor"."""
    prefix, quiet = {
        "xgboost": ("XGB", {"n_jobs": 1}),
        "lightgbm": ("LGBM", {"n_jobs": 1, "verbose": -1}),
        "catboost": ("CatBoost", {"verbose": 0, "allow_writing_files": False, "thread_count": 1, "bootstrap_type": "No", "depth": 4}),
    }[library.__name__]
    return getattr(library, prefix + kind)(**{"n_estimators": 5, **quiet, **options})


def check(library, kind, seed, tally=None):
    rng = np.random.default_rng(seed)
    fitted, X = models(library).random_model(rng, kind)
    exact = {"input": ["float32", "float64"][seed % 2], "optimize": ["size", "balanced", "speed"][seed % 3]}
    report = boosters.check(fitted, X, rng, f"{library.__name__} {kind}, seed {seed}", **exact)
    if tally is not None:
        tally.add(report)


def test_every_objective(library):
    for kind in models(library).KINDS:
        check(library, kind, 0)


@pytest.mark.parametrize("name", LIBRARIES)
@settings(max_examples=8)
@given(data=st.data())
def test_random_models(name, data):
    library = pytest.importorskip(name, reason=f"{name} is not installed: pip install {name}")
    check(library, data.draw(st.sampled_from(list(models(library).KINDS))), data.draw(st.integers(0, 2**32 - 1)))


@pytest.mark.campaign
def test_many_random_models(library):
    """Prints what was compared: ``pytest -m campaign -rP -k many_random_models tests/python/test_boosters.py``."""
    tally, kinds = boosters.Tally(), list(models(library).KINDS)
    for number in range(300):
        check(library, kinds[number % len(kinds)], zlib.crc32(f"{library.__name__} {number}".encode()), tally)
    print(f"{library.__name__}: {tally}")


def test_classes_of_all_digits(library):
    X, y = load_digits(return_X_y=True)
    fitted = estimator(library, "Classifier").fit(X, y)
    model = emlearn.convert(fitted, input="uint8")
    report = model.verify(X, y)
    assert report.ok and report.ties == 0
    assert np.array_equal(model.predict(X), fitted.predict(X))
    assert library.__name__ in model.save()


def test_behind_a_scaler_and_with_names(library):
    frame, y = load_iris(return_X_y=True, as_frame=True)
    pipeline = make_pipeline(StandardScaler(), estimator(library, "Classifier")).fit(frame.to_numpy(), y)
    assert emlearn.convert(pipeline, input="float64").verify(frame.to_numpy()).ok
    frame.columns = ["a", "b", "c", "d"]
    model = emlearn.convert(estimator(library, "Classifier").fit(frame, y))
    assert model.head.feature_names == ("a", "b", "c", "d") and model.verify(frame).ok


def test_after_early_stopping_the_best_rounds_answer(library):
    X, y = load_breast_cancer(return_X_y=True)
    rounds = {"n_estimators": 60, "learning_rate": 0.9, "early_stopping_rounds": 2}
    more = {"eval_set": [(X[300:], y[300:])], "verbose": False}
    if library.__name__ == "lightgbm":
        rounds.pop("early_stopping_rounds")
        more = {"eval_X": X[300:], "eval_y": y[300:], "callbacks": [library.early_stopping(2, verbose=False)]}
    fitted = estimator(library, "Classifier", **rounds).fit(X[:300], y[:300], **more)
    model = emlearn.convert(fitted)
    assert model.record.n_trees < 60 and model.verify(X, y).ok


def test_missing_values_as_raw_values(library):
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 50, (300, 4)).astype(np.int16)
    raw[rng.random(raw.shape) < 0.2] = -1
    X = np.where(raw == -1, np.nan, raw.astype(float))
    way = {"nan_mode": "Max"} if library.__name__ == "catboost" else {}
    target = np.nan_to_num(X[:, 0], nan=45) + np.nan_to_num(X[:, 1], nan=5)  # missing values are as large ones here, small ones there
    fitted = estimator(library, "Regressor", **way).fit(X, target)
    with pytest.raises(InvalidInputError, match="missing="):
        emlearn.convert(fitted, input="int16")
    assert emlearn.convert(fitted, input="int16", missing=-1).verify(raw).ok


#: Kinds of models with each link.
LINKS = {
    "xgboost": ("binary:logistic", "binary:hinge", "multi:softprob", "reg:logistic", "reg:gamma", "vectors"),
    "lightgbm": ("binary", "multiclass", "multiclassova", "cross_entropy"),
    "catboost": ("Logloss", "MultiClass", "MultiClassOneVsAll", "Poisson"),
}


def test_the_compiled_header_and_every_link(library):
    for number, kind in enumerate(LINKS[library.__name__]):
        rng = np.random.default_rng(5)
        fitted, X = models(library).random_model(rng, kind)
        model = emlearn.convert(fitted, optimize=["size", "speed"][number % 2])
        report = model.verify(boosters.probes(model, X, rng, 60), compile=True)
        assert report.ok and report.ran == "compiled header", f"{kind}:\n{report}"


def with_categories(library, rows, target, **options):
    """An estimator that takes the first feature for categories."""
    if library.__name__ == "xgboost":
        kinds = ["c", *["q"] * (rows.shape[1] - 1)]
        return estimator(library, "Regressor", enable_categorical=True, feature_types=kinds, **options).fit(rows, target)
    if library.__name__ == "lightgbm":
        options |= {"min_data_per_group": 1, "cat_smooth": 0, "max_cat_to_onehot": 1}
        return estimator(library, "Regressor", **options).fit(rows, target, categorical_feature=[0])
    rows = rows.astype(object)
    rows[:, 0] = ["nan" if np.isnan(value) else int(value) for value in rows[:, 0]]
    return estimator(library, "Regressor", cat_features=[0], one_hot_max_size=255, **options).fit(rows, target)


def test_categories_of_a_frame_are_their_numbers():
    pd, xgboost, lightgbm = (pytest.importorskip(name) for name in ("pandas", "xgboost", "lightgbm"))
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"c": pd.Categorical(rng.choice([10, 20, 30, 40], 300)), "z": rng.normal(size=300)})
    y = frame["c"].isin([10, 30]) * 2.0 + frame["z"] * 0.1
    options = {"min_data_per_group": 1, "cat_smooth": 0, "max_cat_to_onehot": 1}
    numbers = np.column_stack([frame["c"].cat.codes, frame["z"]]).astype(np.float32)
    for fitted in (
        estimator(xgboost, "Regressor", enable_categorical=True).fit(frame, y),
        estimator(lightgbm, "Regressor", **options).fit(frame, y),
    ):
        model = emlearn.convert(fitted)
        assert isinstance(model.record, Recoded) and model.verify(numbers).ok
        report = model.verify(np.concatenate([numbers, [[9, 0], [10, 0], [np.nan, 1]]]))
        assert report.ok
        np.testing.assert_allclose(np.ravel(model.predict(numbers)), fitted.predict(frame), atol=1e-3)


def test_a_node_costs_as_much_whichever_library_grew_it():
    xgboost, lightgbm = (pytest.importorskip(name) for name in ("xgboost", "lightgbm"))
    X, y = load_digits(return_X_y=True)
    alike = {"learning_rate": 0.3, "max_depth": 3, "reg_lambda": 1, "min_child_weight": 1}
    per_node = []
    for library, options in ((xgboost, {}), (lightgbm, {"num_leaves": 8, "min_child_samples": 1})):
        model = emlearn.convert(
            estimator(library, "Classifier", n_estimators=20, **alike, **options).fit(X, y), input="int16", optimize="size"
        )
        per_node.append(encoded(model.record).n_bytes / model.record.n_nodes)
    assert max(per_node) < 1.1 * min(per_node)


@pytest.mark.parametrize("missing", [None, -1, 3])
def test_categories_as_raw_integers(library, missing):
    rng = np.random.default_rng(1)
    raw = np.column_stack([rng.integers(0, 12, 400), rng.integers(-9, 9, 400)]).astype(np.int8)
    X = raw.astype(float)
    if missing is not None:
        raw[rng.random(400) < 0.2, 0] = missing
        X[:, 0] = np.where(raw[:, 0] == missing, np.nan, X[:, 0])
        X[:, 1] = np.where(raw[:, 1] == missing, np.nan, X[:, 1])
    fitted = with_categories(library, X, np.isin(raw[:, 0], [1, 3, 4, 9]) * 2 + 0.1 * raw[:, 1])
    model = emlearn.convert(fitted, input="int8", missing=missing)
    assert isinstance(model.record, Recoded)
    every = np.column_stack([np.arange(-128, 128), np.zeros(256)]).astype(np.int8)
    assert model.verify(np.concatenate([raw, every])).ok


def test_the_compiled_header_asks_for_categories(library):
    rng = np.random.default_rng(2)
    X = np.column_stack([rng.integers(0, 40, 400), rng.normal(size=400)]).astype(np.float32)
    X[rng.random(X.shape) < 0.1] = np.nan
    model = emlearn.convert(with_categories(library, X, np.nan_to_num(np.sin(X[:, 0] * 7) + X[:, 1], nan=3.0)))
    assert isinstance(model.record, Recoded) and "questions about 1 features" in model.describe()["categories"]
    report = model.verify(boosters.probes(model, X, rng, 60), compile=True)
    assert report.ok and report.ran == "compiled header"
