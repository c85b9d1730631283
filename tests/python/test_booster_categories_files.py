"""Files of boosting libraries with splits on categories: read as the estimator is, refused in words when damaged, and a short fuzz run.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import boosters
import emlearn
import numpy as np
import pytest
from emlearn import InvalidInputError, UnsupportedError
from emlearn.families.ensembles.record import Recoded
from emlearn.modelfiles import load_estimator

FORMS = {"xgboost json": "model.json", "xgboost ubj": "model.ubj", "lightgbm": "model.txt", "catboost": "model.json"}

_rng = np.random.default_rng(0)
X = np.column_stack([_rng.integers(0, 40, 300), _rng.integers(0, 3, 300), _rng.normal(size=300)]).astype(np.float32)
y = np.isin(X[:, 0], [1, 5, 17, 33]) * 3.0 + (X[:, 1] == 1) + 0.1 * X[:, 2]


@functools.cache
def fitted(library: str) -> Any:
    """A small model of a library, whose first two features are categories."""
    framework = pytest.importorskip(library, reason=f"{library} is not installed: pip install {library}")
    if library == "xgboost":
        options = {"enable_categorical": True, "feature_types": ["c", "c", "q"], "max_cat_to_onehot": 4}
        return framework.XGBRegressor(n_estimators=3, max_depth=2, n_jobs=1, **options).fit(X, y)
    if library == "lightgbm":
        options = {"min_data_per_group": 1, "cat_smooth": 0, "max_cat_to_onehot": 1}
        estimator = framework.LGBMRegressor(n_estimators=3, num_leaves=4, n_jobs=1, verbose=-1, **options)
        return estimator.fit(X, y, categorical_feature=[0, 1])
    rows = np.column_stack([X[:, :2].astype(int).astype(object), X[:, 2]])
    quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1, "bootstrap_type": "No"}
    return framework.CatBoostRegressor(**quiet, iterations=3, depth=2, one_hot_max_size=255).fit(rows, y, cat_features=[0, 1])


def saved(form: str, folder: Path) -> Path:
    path = folder / FORMS[form]
    library = form.split()[0]
    model = fitted(library)
    if library == "lightgbm":
        model.booster_.save_model(path)
    else:
        model.save_model(path, **({"format": "json"} if library == "catboost" else {}))
    return path


@pytest.mark.parametrize("form", FORMS)
def test_files_are_read_as_estimators_are(tmp_path, form):
    model = emlearn.convert(load_estimator(saved(form, tmp_path)).estimator)
    assert isinstance(model.record, Recoded)
    assert model.verify(boosters.probes(model, X, np.random.default_rng(1))).ok
    inner = emlearn.convert(fitted(form.split()[0])).record
    assert model.record.inner == inner.inner and np.array_equal(model.record.pieces, inner.pieces)


@pytest.mark.parametrize("form", FORMS)
def test_fuzzed_files_neither_crash_nor_hang(tmp_path, form):
    data = saved(form, tmp_path).read_bytes()
    if form == "lightgbm":
        data = data[: data.index(b"feature_importances")]
    elif form == "catboost":
        info = json.loads(data)
        info["model_info"] = {"params": {"loss_function": info["model_info"]["params"]["loss_function"]}}
        data = json.dumps(info).encode()
    mutations = boosters.mutations(data, np.random.default_rng(0), 150)
    read = [boosters.refused_or_read(boosters.written(tmp_path, mutated, "model")) for mutated in mutations]
    assert 0 < sum(read) < len(read)


def _xgb(field: str, *value: Any) -> Any:
    def change(model: Any) -> None:
        tree = model["learner"]["gradient_booster"]["model"]["trees"][0]
        tree[field] = list(value) if value else tree[field][:-1]

    return change


XGBOOST = {
    "a category cut off": (_xgb("categories"), "a category, or a set of them, that is out of range"),
    "a negative category": (_xgb("categories", -1), "a category, or a set of them, that is out of range"),
    "a huge category": (_xgb("categories", 1 << 24), "a category, or a set of them, that is out of range"),
    "a set of negative size": (_xgb("categories_sizes", -1), "out of range|'categories_sizes' is no array"),
    "a node without its set": (_xgb("categories_nodes"), "is no array of|without its set"),
    "text for a set": (_xgb("categories", "x"), "'categories' is no array"),
    "a kind of split": (_xgb("split_type", *[2] * 7), "'split_type'"),
}


@pytest.mark.parametrize("what", XGBOOST)
def test_damaged_sets_of_xgboost(tmp_path, what):
    change, message = XGBOOST[what]
    model = json.loads(saved("xgboost json", tmp_path).read_bytes())
    change(model)
    with pytest.raises(InvalidInputError, match=message):
        load_estimator(boosters.written(tmp_path, model))


LIGHTGBM = {
    "num_cat=": ("num_cat=0", "'num_cat' is '0'"),
    "cat_boundaries=": ("cat_boundaries=0 99999999", "'cat_"),
    "cat_threshold=": ("cat_threshold=x", "'cat_threshold' is no line of"),
    "threshold=": ("threshold=9 9 9", "a set of categories that is out of range"),
}


@pytest.mark.parametrize("start", LIGHTGBM)
def test_damaged_sets_of_lightgbm(tmp_path, start):
    line, message = LIGHTGBM[start]
    lines = saved("lightgbm", tmp_path).read_text().split("\n")
    lines[next(k for k, found in enumerate(lines) if found.startswith(start))] = line
    with pytest.raises(InvalidInputError, match=message):
        load_estimator(boosters.written(tmp_path, "\n".join(lines).encode(), "model.txt"))


CATBOOST = {
    "a feature too many": (lambda split: split.update(cat_feature_index=2), "'cat_feature_index' is '2'"),
    "a category that is no integer": (lambda split: split.update(value=123), "a category of feature 0 that is no integer"),
    "a hash that is none": (lambda split: split.update(value=1 << 40), "'value' is"),
}


@pytest.mark.parametrize("what", CATBOOST)
def test_damaged_questions_of_catboost(tmp_path, what):
    change, message = CATBOOST[what]
    model = json.loads(saved("catboost", tmp_path).read_bytes())
    splits = [split for tree in model["oblivious_trees"] for split in tree["splits"] if split.get("cat_feature_index") == 0]
    change(splits[0])
    with pytest.raises((InvalidInputError, UnsupportedError), match=message):
        load_estimator(boosters.written(tmp_path, model))
