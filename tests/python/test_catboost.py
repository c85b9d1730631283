"""What only CatBoost has: oblivious trees level by level, labels in files, hashes of categories; and what is refused.

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
from emlearn.families.ensembles.native import cat, cathash
from emlearn.modelfiles import load_estimator
from models_catboost import QUIET
from sklearn.datasets import load_breast_cancer, load_iris

catboost = pytest.importorskip("catboost", reason="catboost is not installed: pip install catboost")


def classifier(**options):
    return catboost.CatBoostClassifier(**{**QUIET, "iterations": 4, "depth": 3, **options})


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
        estimator = classifier().fit(X, labels[y])
        model = emlearn.convert(estimator)
        assert set(model.predict(X)) == set(labels) and model.verify(X).ok
        assert model.predict(X).dtype == estimator.predict(X).dtype


@pytest.mark.parametrize("loss", ["Logloss", "MultiClass", "MultiClassOneVsAll"])
def test_classes_have_the_estimators_shape(loss):
    X, y = load_iris(return_X_y=True)
    estimator = classifier(loss_function=loss).fit(X, y > 0 if loss == "Logloss" else y)
    model, expected = emlearn.convert(estimator), estimator.predict(X)
    assert expected.shape == ((len(X),) if loss == "Logloss" else (len(X), 1))
    assert model.predict(X).shape == expected.shape and np.array_equal(model.predict(X), expected)
    assert model.verify(X, expected).ok and model.verify(X, y > 0 if loss == "Logloss" else y).ok


def test_compressed_classes_are_counted_row_by_row():
    X, y = load_iris(return_X_y=True)
    model = emlearn.convert(classifier(iterations=4, depth=2).fit(X, y))
    found, of_column = (emlearn.compress(model, (X, labels), max_loss=0.05) for labels in (y, y.reshape(-1, 1)))
    assert found.steps == of_column.steps
    aside = np.arange(len(X)) % 3 == 2
    right, was = (np.mean(m.predict(X[aside])[:, 0] == y[aside]) for m in (found.model, model))
    assert found.loss == pytest.approx(was - right) and found.loss <= 0.05


def test_what_cannot_be_converted_says_why():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(UnsupportedError, match="'MultiLogloss': fit with one CatBoostClassifier per label"):
        emlearn.convert(classifier(loss_function="MultiLogloss").fit(X, np.column_stack([y > 0, y > 1]).astype(int)))
    with pytest.raises(UnsupportedError, match="fit with loss_function='RMSE'"):
        emlearn.convert(catboost.CatBoostRegressor(**QUIET, iterations=2, loss_function="RMSEWithUncertainty").fit(X, y))
    with pytest.raises(UnsupportedError, match=r"splits on statistics of categories \(CTR\): fit with one_hot_max_size="):
        emlearn.convert(classifier().fit(X.astype(int), y, cat_features=[0, 1, 2, 3]))
    text = X.astype(object)
    text[:, 0] = np.array(["red", "green", "blue"])[np.arange(len(X)) % 3]
    with pytest.raises(UnsupportedError, match="a category of feature 0 that is no integer from -65536 to 65535"):
        emlearn.convert(classifier(one_hot_max_size=9).fit(text, np.arange(len(X)) % 3, cat_features=[0]))
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


def test_files_without_catboost(tmp_path, fitted, monkeypatch):
    fitted.save_model(tmp_path / "model.json", format="json")
    expected = fitted.predict(X)
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
    "statistics": (lambda d: tree(d)["splits"][0].update(split_type="OnlineCtr"), r"tree 0 splits on statistics of categories \(CTR\)"),
    "a split unheard of": (lambda d: tree(d)["splits"][0].update(split_type="Mine"), "tree 0 splits on a Mine"),
    "a category of none": (lambda d: tree(d)["splits"][0].update(split_type="OneHotFeature"), "'cat_feature_index' is 'None'"),
    "a column twice": (
        lambda d: [feature.update(flat_feature_index=1) for feature in d["features_info"]["float_features"]],
        "an integer from 0|have the same 'flat_feature_index'",
    ),
    "a leaf too few": (lambda d: tree(d)["leaf_values"].pop(), "'leaf_values' is no array of 12 numbers"),
    "absurdly many levels": (lambda d: tree(d).update(splits=tree(d)["splits"] * 40), "tree 0 has 80 levels"),
    "an infinite leaf": (lambda d: tree(d)["leaf_values"].__setitem__(0, 1e999), "values that are not finite"),
    "no trees": (lambda d: d.update(oblivious_trees=[]), "no trees"),
    "labels that are none": (lambda d: d["model_info"]["class_params"].update(class_names=[[], {}, 0]), "labels that are neither"),
    "a class too few": (lambda d: d["model_info"]["class_params"].update(class_names=["a"]), "1 classes for 3 columns"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_files_are_refused(tmp_path, stored, what):
    boosters.check_refused(tmp_path, stored, DAMAGE[what])


def test_hashes_are_those_that_catboost_stores(tmp_path):
    values = np.array([0, 7, -3, 65535, 12, 345, -65536, 100])
    rows = np.column_stack([np.repeat(values, 20), np.zeros(160, int)]).astype(object)
    rows[3, 0] = "nan"
    pool = catboost.Pool(rows, np.arange(160) // 20 % 2, cat_features=[0])
    catboost.CatBoostRegressor(**QUIET, iterations=2).fit(pool).save_model(tmp_path / "m.json", format="json", pool=pool)
    stored = json.loads((tmp_path / "m.json").read_bytes())["features_info"]["cat_features_hash"]
    assert {entry["value"] for entry in stored} == {*map(str, values), "nan"}
    for entry in stored:
        number = () if entry["value"] == "nan" else (int(entry["value"]),)
        assert cathash.integers(entry["hash"]) == number and cathash.is_missing(entry["hash"]) == (number == ())


#: Losses that CatBoost's documentation lists for training, and that are refused.
REFUSED = {
    "MultiLogloss": "fit with one CatBoostClassifier per label",
    "MultiCrossEntropy": "fit with one CatBoostClassifier per label",
    "RMSEWithUncertainty": "fit with loss_function='RMSE'",
    "TweedieWithUncertainty": "known are",
    "UserPerObjMetric": "known are",
}
READ = """Logloss CrossEntropy Focal MultiClass MultiClassOneVsAll RMSE MAE Quantile MultiQuantile LogLinQuantile MAPE RMSPE
Poisson Lq Huber Expectile LogCosh Tweedie MultiRMSE MultiRMSEWithMissingValues SurvivalAft Cox PairLogit PairLogitPairwise
YetiRank YetiRankPairwise QueryRMSE QuerySoftMax QueryCrossEntropy GroupQuantile LambdaMart StochasticFilter StochasticRank""".split()


def test_every_loss_of_the_library_is_read_or_refused_by_name(tmp_path, stored):
    assert set(cat.OBJECTIVES) == set(READ)
    for loss, message in REFUSED.items():
        stored["model_info"]["params"]["loss_function"]["type"] = loss
        with pytest.raises(UnsupportedError, match=f"CatBoost's loss '{loss}': {message}"):
            load_estimator(boosters.written(tmp_path, stored))
