"""Generated code of trees: missing values are asked for only where the comparison alone sends them the wrong way.

What the code answers is compared in test_trees_header.py, NaN of either sign and raw values at both ends of a type included.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re

import emlearn
import numpy as np
import pytest
from emlearn.families.trees import code
from forests import grow
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier


@pytest.mark.parametrize(("value", "to_left"), [(-32768, True), (-32768, False), (32767, True), (32767, False)])
def test_a_raw_value_that_goes_its_way_by_itself_is_not_asked_for(value: int, to_left: bool) -> None:
    record = grow(np.random.default_rng(3), input="int16", missing="value", n_trees=1)
    record = dataclasses.replace(record, missing_value=value, missing_left=np.full(record.n_nodes, to_left))
    lines = "\n".join(code.function(record, np.arange(len(record.leaves)), 0))
    assert ("==" in lines) == ((value < 0) != to_left)


@pytest.mark.parametrize("shape", ["left", "right"])
def test_a_feature_is_asked_for_once_on_the_way_where_no_missing_value_goes(shape: str) -> None:
    record = grow(np.random.default_rng(4), missing="nan", n_trees=1, n_nodes=20, n_features=1, shape=shape)
    record = dataclasses.replace(record, missing_left=np.full(record.n_nodes, shape == "right"))  # the chain has none behind its first node
    lines = "\n".join(code.function(record, np.arange(len(record.leaves)), 0))
    assert len(re.findall("signed_nan", lines)) == 1


@pytest.mark.parametrize("optimize", ["size", "speed"])
def test_trees_that_are_single_leaves_compile(optimize: str) -> None:
    X = np.arange(6.0).reshape(-1, 1)
    for estimator in (DecisionTreeClassifier(), RandomForestRegressor(2, random_state=0)):
        report = emlearn.convert(estimator.fit(X, np.ones(6)), optimize=optimize).verify(X, compile=True)
        assert report.ok, report


def test_each_side_asks_for_the_nan_that_stands_there() -> None:
    record = grow(np.random.default_rng(5), missing="nan", n_trees=1, n_nodes=30)
    first = {"roots": np.array([0]), "left": np.array([~0]), "right": np.array([~1]), "feature": np.array([0]), "threshold": np.array([7])}
    record = dataclasses.replace(record, **first, missing_left=np.array([True]))
    for to_left, name in ((True, "is_unsigned_nan"), (False, "is_signed_nan")):
        turned = dataclasses.replace(record, missing_left=np.array([to_left]))
        lines = "\n".join(code.function(turned, np.arange(len(record.leaves)), 0))
        assert name in lines and len(re.findall("signed_nan", lines)) == 1


@pytest.mark.parametrize(("n_features", "n_trees", "again"), [(40, 10, True), (8, 10, False), (8, 1, True)])
def test_features_are_read_again_where_they_are_too_many_for_registers(n_features: int, n_trees: int, again: bool) -> None:
    record = grow(np.random.default_rng(6), missing="nan", n_trees=n_trees, n_nodes=30, n_features=n_features)
    assert code.reads_again(record) == again
    assert not code.reads_again(dataclasses.replace(record, missing="never"))


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_answers_with_missing_values_where_features_are_read_again(kind: str) -> None:
    X, y = load_digits(return_X_y=True)
    model = emlearn.convert(RandomForestClassifier(4, max_depth=4, random_state=0).fit(X[:400], y[:400]), input=kind, optimize="speed")
    assert "again::is_signed_nan" in model.save(name="model")
    rows = X[400:700].astype(kind)
    rng = np.random.default_rng(7)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    rows[rng.random(rows.shape) < 0.1] = -np.nan
    assert np.signbit(rows[np.isnan(rows)]).any() and not np.signbit(rows[np.isnan(rows)]).all()
    report = model.verify(rows, compile=True)
    assert report.ok, report
