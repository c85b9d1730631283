"""Files of XGBoost and LightGBM: read without the libraries, equal to them, and refused in words when damaged.

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
from emlearn.modelfiles import load_estimator
from sklearn.datasets import load_iris

X, y = load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def xgb():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed: pip install xgboost")
    return xgboost.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1).fit(X, y)


@pytest.fixture
def stored(xgb):
    """The model as JSON's values, to be damaged."""
    return json.loads(xgb.get_booster().save_raw("json"))


@pytest.mark.parametrize("name", ["model.json", "model.ubj"])
def test_xgboost_files(tmp_path, xgb, name):
    xgb.save_model(tmp_path / name)
    loaded = load_estimator(tmp_path / name)
    assert loaded.kind == "xgboost" and "XGBoost 3" in repr(loaded.estimator)
    model = emlearn.convert(loaded.estimator)
    assert model.verify(X, y).ok
    assert np.array_equal(model.predict(X), xgb.predict(X))
    assert model.record == emlearn.convert(xgb).record  # decimals and bits say the same


def test_xgboost_is_not_needed_for_its_files(tmp_path, xgb, monkeypatch):
    xgb.save_model(tmp_path / "model.ubj")
    expected = xgb.predict(X)
    monkeypatch.setitem(sys.modules, "xgboost", None)  # an import of it fails
    model = emlearn.convert(load_estimator(tmp_path / "model.ubj").estimator)
    assert np.array_equal(model.predict(X), expected)
    assert "XGBoost 3" in model.save()
    with pytest.raises(InvalidInputError, match=r"it is not installed: pip install xgboost"):
        model.verify(X)


def tree(stored, number=0):
    return stored["learner"]["gradient_booster"]["model"]["trees"][number]


def parameters(stored):
    return stored["learner"]["learner_model_param"]


DAMAGE = {
    "a version to come": (lambda d: d.update(version=[4, 0, 0]), r"written by XGBoost 4\.0\.0, and the formats from 1\.6 to 3\.x"),
    "a version long gone": (lambda d: d.update(version=[0, 90, 0]), r"written by XGBoost 0\.90\.0"),
    "no version": (lambda d: d.pop("version"), "'version' is no array"),
    "no learner": (lambda d: d.pop("learner"), "'learner' is missing"),
    "an objective unheard of": (lambda d: d["learner"]["objective"].update(name="reg:mine"), "XGBoost objective 'reg:mine'"),
    "too many features": (lambda d: parameters(d).update(num_feature="99999999999"), "'num_feature' is '99999999999'"),
    "a child behind the end": (lambda d: tree(d)["left_children"].__setitem__(0, 99), "tree 0 has a child that is out of range"),
    "a negative child": (lambda d: tree(d)["right_children"].__setitem__(0, -7), "tree 0 has a child that is out of range"),
    "a cycle": (lambda d: tree(d)["left_children"].__setitem__(0, 0), "tree 0 is no tree: two ways lead to node 0"),
    "a shared node": (lambda d: tree(d)["left_children"].__setitem__(0, 2), "tree 0 is no tree: two ways lead to node 2"),
    "a feature that is not there": (lambda d: tree(d)["split_indices"].__setitem__(0, 4), "feature that is out of range"),
    "a threshold that is no number": (lambda d: tree(d)["split_conditions"].__setitem__(0, float("nan")), "threshold that is no number"),
    "an infinite leaf": (lambda d: tree(d)["split_conditions"].__setitem__(-1, float("inf")), "values that are not finite"),
    "text for a number": (lambda d: tree(d)["split_conditions"].__setitem__(0, "x"), "is no array of"),
    "an array cut short": (lambda d: tree(d)["split_indices"].pop(), "'split_indices' is no array of"),
    "half a child": (lambda d: tree(d)["left_children"].__setitem__(0, 1.5), "'left_children' has values that are not integers"),
    "absurdly many nodes": (lambda d: tree(d)["tree_param"].update(num_nodes="9" * 4000), "'num_nodes' is '999"),
    "a class too many": (lambda d: d["learner"]["gradient_booster"]["model"]["tree_info"].__setitem__(0, 3), "'tree_info' is out of range"),
    "a base for whom": (lambda d: parameters(d).update(base_score="[1,2]"), "'base_score' is"),
    "no trees": (lambda d: d["learner"]["gradient_booster"]["model"].update(trees=[], tree_info=[]), "no trees"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_xgboost_files_are_refused(tmp_path, stored, what):
    boosters.check_refused(tmp_path, stored, DAMAGE[what])


def test_json_that_is_none(tmp_path, stored):
    for data in (b'{"version"', b"{" + b'"a":{' * 100_000, b'{"learner": {}}', json.dumps(stored).encode()[:-40]):
        with pytest.raises(InvalidInputError):
            load_estimator(boosters.written(tmp_path, data))


def test_ubjson_that_is_none(tmp_path, xgb):
    data = bytes(xgb.get_booster().save_raw("ubj"))
    huge = b"{L\0\0\0\0\0\0\0\1a[$d#L\x7f" + b"\xff" * 7
    for bad in (data[:-3], data + b"x", data[: len(data) // 2], huge, b"{i\x01a[#L\x7f" + b"\xff" * 7, b"{i\x01a" + b"[" * 1000, b"{i\xff"):
        with pytest.raises(InvalidInputError):
            load_estimator(boosters.written(tmp_path, bad, "model.ubj"))


@pytest.fixture(scope="module")
def lgb():
    lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is not installed: pip install lightgbm")
    return lightgbm.LGBMClassifier(n_estimators=3, num_leaves=3, n_jobs=1, verbose=-1).fit(X, y)


@pytest.fixture(scope="module")
def text(lgb):
    return lgb.booster_.model_to_string()


def test_lightgbm_files(tmp_path, lgb, text, monkeypatch):
    lgb.booster_.save_model(tmp_path / "model.txt")
    loaded = load_estimator(tmp_path / "model.txt")
    assert loaded.kind == "lightgbm" and "LightGBM v4" in repr(loaded.estimator)
    model = emlearn.convert(loaded.estimator)
    assert model.verify(X, y).ok
    assert np.array_equal(model.predict(X), lgb.predict(X))
    assert model.record == emlearn.convert(lgb).record
    assert load_estimator(boosters.written(tmp_path, text.replace("\n", "\r\n").encode())).estimator.record == loaded.estimator.record
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(InvalidInputError, match=r"it is not installed: pip install lightgbm"):
        emlearn.convert(load_estimator(tmp_path / "model.txt").estimator).verify(X)


#: What a line is changed to in the file, by its beginning: the first such line.
LINES = {
    "version=": ("version=v9", "the format 'v9', and v3 and v4 are known"),
    "objective=": ("objective=mine", "LightGBM objective 'mine'"),
    "max_feature_idx=": ("max_feature_idx=99999999999999999999", "'max_feature_idx' is '999"),
    "num_tree_per_iteration=": ("num_tree_per_iteration=2", "9 trees, and 9 were announced for 2 columns"),
    "tree_sizes=": ("tree_sizes=1 2", "9 trees, and 2 were announced"),
    "Tree=0": ("Tree=4", "tree 0 of the LightGBM model is called '4'"),
    "num_leaves=": ("num_leaves=99999999999999", "'num_leaves' is '999"),
    "split_feature=": ("split_feature=0 4", "tree 0 has a feature that is out of range"),
    "threshold=": ("threshold=1 nan", "tree 0 has a threshold that is no number"),
    "decision_type=": ("decision_type=14 2", "'decision_type' has a kind of missing value that is unknown"),
    "left_child=": ("left_child=0 -1", "tree 0 is no tree: two ways lead to node 0"),
    "right_child=": ("right_child=9 -3", "'right_child' is out of range"),
    "leaf_value=": ("leaf_value=1 inf 2", "values that are not finite"),
    "is_linear=": ("is_linear=1", "linear models in its leaves"),
    "end of trees": ("the end", "the model is cut off"),
}


@pytest.mark.parametrize("start", LINES)
def test_damaged_lightgbm_files_are_refused(tmp_path, text, start):
    line, message = LINES[start]
    lines = text.split("\n")
    lines[next(k for k, found in enumerate(lines) if found.startswith(start))] = line
    with pytest.raises((InvalidInputError, UnsupportedError), match=message):
        load_estimator(boosters.written(tmp_path, "\n".join(lines).encode(), "model.txt"))


def test_lightgbm_files_that_are_none(tmp_path, text):
    for data in (text.encode()[: len(text) // 3], b"tree\n\xff\xfe", b"tree\n", b"tree\nend of trees\n"):
        with pytest.raises(InvalidInputError):
            load_estimator(boosters.written(tmp_path, data, "model.txt"))
