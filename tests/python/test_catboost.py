"""CatBoost's models against CatBoost itself: losses, kinds of trees, at borders and with missing values; files; and what is refused.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import sys

import boosters
import emlearn
import numpy as np
import pytest
from emlearn import InvalidInputError, UnsupportedError
from emlearn.families.ensembles.encode import encoded
from emlearn.modelfiles import load_estimator
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

catboost = pytest.importorskip("catboost", reason="catboost is not installed: pip install catboost")

#: Losses by what they are fitted to.
LOSSES = {
    "Logloss": "2", "CrossEntropy": "2", "MultiClass": "3", "RMSE": "value", "MAE": "value", "Quantile:alpha=0.3": "value",
    "Poisson": "positive", "Tweedie:variance_power=1.5": "positive", "MultiRMSE": "targets", "YetiRank": "3", "QueryRMSE": "3",
}  # fmt: skip

_QUIET = {"verbose": 0, "allow_writing_files": False, "thread_count": 1, "bootstrap_type": "No"}
_RANKING = ("YetiRank", "QueryRMSE")


def random_model(rng, loss):
    """A fitted estimator and its rows."""
    X, y = boosters.data(rng, LOSSES[loss])
    options = {
        **_QUIET, "iterations": int(rng.integers(1, 10)), "depth": int(rng.integers(1, 6)), "loss_function": loss,
        "learning_rate": float(rng.choice([0.1, 0.5])), "random_seed": int(rng.integers(1000)), "nan_mode": str(rng.choice(["Min", "Max"])),
    }  # fmt: skip
    if loss not in ("MultiRMSE", *_RANKING):
        options["grow_policy"] = str(rng.choice(["SymmetricTree", "Depthwise", "Lossguide"]))
    if loss in _RANKING:
        return catboost.CatBoostRanker(**options).fit(X, y, group_id=np.repeat(np.arange(len(X) // 20), 20)), X
    if not LOSSES[loss].isdigit():
        return catboost.CatBoostRegressor(**options).fit(X, y), X
    if loss == "Logloss":
        y = np.array(["no", "yes"])[y]
    return catboost.CatBoostClassifier(**options).fit(X, y), X


def check(loss, seed):
    rng = np.random.default_rng(seed)
    estimator, X = random_model(rng, loss)
    model = emlearn.convert(estimator, input=["float32", "float64"][seed % 2], optimize=["size", "balanced", "speed"][seed % 3])
    report = model.verify(boosters.probes(model, X, rng))
    assert report.ok, f"{loss}, seed {seed}, {estimator}:\n{report}"


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss):
    check(loss, 0)


@settings(max_examples=8)
@given(st.sampled_from(list(LOSSES)), st.integers(0, 2**32 - 1))
def test_random_models(loss, seed):
    check(loss, seed)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(20))
def test_many_random_models(seed):
    for number, loss in enumerate(LOSSES):
        check(loss, 1000 + 51 * seed + number)


def classifier(**options):
    return catboost.CatBoostClassifier(**{**_QUIET, "iterations": 4, "depth": 3, **options})


def test_classes_are_those_of_catboost_on_all_digits():
    X, y = load_digits(return_X_y=True)
    estimator = classifier().fit(X, y)
    model = emlearn.convert(estimator, input="uint8")
    report = model.verify(X, y)
    assert report.ok and report.ties == 0
    assert np.array_equal(model.predict(X), estimator.predict(X)[:, 0])
    assert "catboost" in model.save()


@pytest.mark.parametrize("optimize", ["size", "balanced"])
def test_oblivious_trees_are_asked_level_by_level(optimize):
    X, y = load_breast_cancer(return_X_y=True)
    estimator = classifier(iterations=20, depth=6).fit(X, y)
    model = emlearn.convert(estimator, optimize=optimize)
    assert encoded(model.record).nodes.form == "levels"
    assert encoded(model.record).n_bytes < 20 * (1 + 6 * 5 + 64 * 2) + 1
    report = model.verify(X, compile=True)
    assert report.ok and report.ran == "compiled header"


def test_labels_are_the_estimators():
    X, y = load_breast_cancer(return_X_y=True)
    for labels in (np.array(["benign", "other"]), np.array([False, True]), np.array([3, 7])):
        model = emlearn.convert(classifier().fit(X, labels[y]))
        assert set(model.predict(X)) == set(labels) and model.verify(X).ok


@pytest.mark.parametrize("optimize", ["size", "speed"])
def test_the_compiled_header(optimize):
    for loss in ("Logloss", "MultiClass", "Poisson"):
        rng = np.random.default_rng(3)
        estimator, X = random_model(rng, loss)
        model = emlearn.convert(estimator, optimize=optimize)
        report = model.verify(boosters.probes(model, X, rng, 60), compile=True)
        assert report.ok and report.ran == "compiled header", f"{loss}:\n{report}"


def test_the_best_rounds_answer():
    X, y = load_breast_cancer(return_X_y=True)
    estimator = classifier(iterations=60, learning_rate=0.9).fit(X[:300], y[:300], eval_set=(X[300:], y[300:]), use_best_model=True)
    assert emlearn.convert(estimator).record.n_trees <= estimator.tree_count_ < 60
    assert emlearn.convert(estimator).verify(X, y).ok


def test_behind_a_scaler_and_with_names():
    frame, y = load_iris(return_X_y=True, as_frame=True)
    pipeline = make_pipeline(StandardScaler(), classifier()).fit(frame.to_numpy(), y)
    assert emlearn.convert(pipeline, input="float64").verify(frame.to_numpy()).ok
    frame.columns = ["a", "b", "c", "d"]
    model = emlearn.convert(classifier().fit(frame, y))
    assert model.head.feature_names == ("a", "b", "c", "d") and model.verify(frame).ok


def test_missing_values_as_raw_values():
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 50, (300, 4)).astype(np.int16)
    raw[rng.random(raw.shape) < 0.2] = -1
    X = np.where(raw == -1, np.nan, raw.astype(float))
    estimator = catboost.CatBoostRegressor(**_QUIET, iterations=6, depth=3, nan_mode="Max").fit(X, np.nan_to_num(X[:, 0], nan=40))
    with pytest.raises(InvalidInputError, match="missing="):
        emlearn.convert(estimator, input="int16")
    assert emlearn.convert(estimator, input="int16", missing=-1).verify(raw).ok


def test_what_cannot_be_converted_says_why():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(UnsupportedError, match="fit with loss_function='MultiClass'"):
        emlearn.convert(classifier(loss_function="MultiClassOneVsAll").fit(X, y))
    with pytest.raises(UnsupportedError, match="fit with loss_function='RMSE'"):
        emlearn.convert(catboost.CatBoostRegressor(**_QUIET, iterations=2, loss_function="RMSEWithUncertainty").fit(X, y))
    with pytest.raises(UnsupportedError, match="the model has categorical features: encode them"):
        emlearn.convert(classifier().fit(X.astype(int), y, cat_features=[0]))
    estimator = classifier().fit(X, y > 0)
    estimator.set_probability_threshold(0.3)
    with pytest.raises(UnsupportedError, match=r"a probability threshold of 0\.3"):
        emlearn.convert(estimator)


X, y = load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def fitted():
    return classifier(iterations=3, depth=2).fit(X, np.array(["a", "b", "c"])[y])


@pytest.fixture
def stored(fitted, tmp_path):
    """The model as JSON's values, to be damaged."""
    fitted.save_model(tmp_path / "stored.json", format="json")
    return json.loads((tmp_path / "stored.json").read_bytes())


def written(tmp_path, data):
    path = tmp_path / "model.json"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return path


def test_files_without_catboost(tmp_path, fitted, monkeypatch):
    fitted.save_model(tmp_path / "model.json", format="json")
    expected = fitted.predict(X)[:, 0]
    loaded = load_estimator(tmp_path / "model.json")
    assert loaded.kind == "catboost" and "CatBoost 1." in repr(loaded.estimator)
    assert emlearn.convert(loaded.estimator).record == emlearn.convert(fitted).record
    assert emlearn.convert(loaded.estimator).verify(X, expected).ok
    monkeypatch.setitem(sys.modules, "catboost", None)  # an import of it fails
    model = emlearn.convert(load_estimator(tmp_path / "model.json").estimator)
    assert np.array_equal(model.predict(X), expected)
    with pytest.raises(InvalidInputError, match=r"it is not installed: pip install catboost"):
        model.verify(X)


def test_binary_files_say_how_to_save(tmp_path, fitted):
    fitted.save_model(tmp_path / "model.cbm")
    with pytest.raises(InvalidInputError, match="save it with format='json'"):
        load_estimator(tmp_path / "model.cbm")


def tree(stored):
    return stored["oblivious_trees"][0]


DAMAGE = {
    "no features": (lambda d: d["features_info"].update(float_features=[]), "0 features"),
    "no information": (lambda d: d.pop("model_info"), "'model_info' is missing"),
    "an unheard-of loss": (lambda d: d["model_info"]["params"]["loss_function"].update(type="Mine"), "CatBoost's loss 'Mine'"),
    "a way for missing values": (lambda d: d["features_info"]["float_features"][0].update(nan_value_treatment="Up"), "is 'Up'"),
    "a bias too many": (lambda d: d.update(scale_and_bias=[1, [0, 0, 0, 0]]), "'leaf_values' is no array of"),
    "no scale": (lambda d: d.update(scale_and_bias=["x", []]), "'scale_and_bias' is no number and a list"),
    "a feature that is not there": (lambda d: tree(d)["splits"][0].update(float_feature_index=4), "'float_feature_index' is '4'"),
    "a border that is none": (lambda d: tree(d)["splits"][0].update(border="x"), "'border' is 'x'"),
    "categories": (lambda d: tree(d)["splits"][0].update(split_type="OneHotFeature"), "tree 0 splits on a OneHotFeature"),
    "a leaf too few": (lambda d: tree(d)["leaf_values"].pop(), "'leaf_values' is no array of 12 numbers"),
    "absurdly many levels": (lambda d: tree(d).update(splits=tree(d)["splits"] * 40), "tree 0 has 80 levels"),
    "an infinite leaf": (lambda d: tree(d)["leaf_values"].__setitem__(0, 1e999), "values that are not finite"),
    "no trees": (lambda d: d.update(oblivious_trees=[]), "no trees"),
    "labels that are none": (lambda d: d["model_info"]["class_params"].update(class_names=[[], {}, 0]), "labels that are neither"),
    "a class too few": (lambda d: d["model_info"]["class_params"].update(class_names=["a"]), "1 classes for 3 columns"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_files_are_refused(tmp_path, stored, what):
    change, message = DAMAGE[what]
    change(stored)
    path = written(tmp_path, stored)
    with pytest.raises((InvalidInputError, UnsupportedError), match=message) as caught:
        load_estimator(path)
    assert str(path) in str(caught.value)


def test_fuzzed_files_neither_crash_nor_hang(tmp_path, stored):
    data = json.dumps({**stored, "model_info": {key: stored["model_info"][key] for key in ("params", "class_params")}}).encode()
    read = [boosters.refused_or_read(written(tmp_path, mutated)) for mutated in boosters.mutations(data, np.random.default_rng(0), 150)]
    assert 0 < sum(read) < len(read)
