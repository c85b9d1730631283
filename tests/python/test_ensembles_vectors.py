"""Trees that are the same for all columns of sums are walked once: their leaves are vectors.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import boosters
import emlearn
import numpy as np
import pytest
from emlearn.families.ensembles import kernels
from emlearn.families.ensembles.encode import encoded
from emlearn.families.ensembles.passes import absorb
from emlearn.families.ensembles.record import Boosted
from emlearn.families.ensembles.share import shared
from emlearn.families.trees.reference import leaves
from emlearn.front import Front
from emlearn.inputs import Input
from emlearn.options import Options
from emlearn.record import Task
from emlearn.registry import family_of, read
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits, load_iris

few = settings(max_examples=max(1, settings.default.max_examples // 3))


def boosted(rng: np.random.Generator, n_columns: int, n_trees: int, classes: bool, alike: bool = True) -> Boosted:
    """Random trees, each as often as there are columns, with leaves of their own; some of one leaf."""
    roots, feature, left, right, leaves = [], [], [], [], 0
    for _ in range(n_trees):
        size = int(rng.integers(0, 9))
        shape = [int(rng.integers(0, 2)) for _ in range(size)]
        asked = rng.integers(0, 3, size).tolist()
        for column in range(n_columns):
            base = len(feature)
            roots.append(base if size else ~leaves)
            leaves += 0 if size else 1
            for k in range(size):  # a chain, whose other children are leaves
                feature.append(asked[k] if alike or column or k else (asked[k] + 1) % 3)
                last = k == size - 1
                sides = [base + k + 1, ~leaves] if shape[k] else [~leaves, base + k + 1]
                leaves += 1
                if last:
                    sides = [side if side < 0 else ~leaves for side in sides]
                    leaves += 1
                left.append(sides[0])
                right.append(sides[1])
    n = len(feature)
    thresholds = rng.normal(size=n) if not alike else np.array(feature) * 0.5 - 0.4
    task = Task("classifier", 1, (n_columns,), (("decision_function", n_columns),)) if classes else Task("regressor", n_columns)
    return Boosted(
        input="float32", n_features=3, task=task,
        roots=np.array(roots), feature=np.array(feature, np.int32), threshold=thresholds, left=np.array(left, np.int64),
        right=np.array(right, np.int64), missing_left=np.zeros(n, bool), leaves=rng.normal(size=(leaves, 1)),
        column=np.arange(len(roots)) % n_columns, base=rng.normal(size=n_columns), missing="nan",
        link="softmax" if classes else "identity",
    )  # fmt: skip


@few
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(1, 6), st.booleans())
def test_shared_trees_give_the_same_sums(seed: int, n_columns: int, n_trees: int, classes: bool) -> None:
    rng = np.random.default_rng(seed)
    record = absorb(boosted(rng, n_columns, n_trees, classes), Front(Input.make(n_features=3)))
    vectors = shared(record)
    assert vectors.has_vectors and vectors.n_trees == n_trees
    X = rng.normal(size=(50, 3)).astype(np.float32)
    made = [family_of(each).finish(each, Options()) for each in (record, vectors)]
    assert made[0].has_vectors
    exact = np.stack([record.base + _sums(record, row) for row in X])
    for op in [op for op in made[1].ops if op != "predict" or not classes]:
        got, bound = kernels.run(made[1], op, X), family_of(made[1]).bound(made[1], op, X)
        assert np.all(np.abs(got - family_of(made[1]).reference(made[1], op, X)) <= bound)
        if op != "predict_proba":
            assert np.all(np.abs(got - exact) <= bound)


def _sums(record: Boosted, row: np.ndarray) -> np.ndarray:
    """By walking each tree."""
    found = np.zeros(record.n_columns)
    np.add.at(found, record.column, record.leaves[leaves(record, row[None])[0], 0])
    return found


def test_trees_that_differ_stay_apart() -> None:
    rng = np.random.default_rng(1)
    record = boosted(rng, 3, 4, True, alike=False)
    assert shared(record) is record
    one = dataclasses.replace(record, column=np.zeros(record.n_trees, np.int64))
    assert shared(one) is one


@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
def test_catboost_walks_a_tree_once_for_all_classes(optimize: str) -> None:
    catboost = pytest.importorskip("catboost", reason="catboost is not installed: pip install catboost")
    X, y = load_digits(return_X_y=True)
    quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1, "bootstrap_type": "No"}
    estimator = catboost.CatBoostClassifier(**quiet, iterations=5, depth=3).fit(X, y)
    model = emlearn.convert(estimator, input="uint8", optimize=optimize)
    assert model.record.has_vectors and model.record.n_trees == 5 and read(estimator).n_trees == 50
    report = model.verify(X, compile=True)
    assert report.ok and report.ties == 0
    assert encoded(model.record).n_bytes < 5 * (8 * 10 * 2 + 8 * 2 + 20)


@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus"])
def test_vectors_on_chips(target: str) -> None:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed: pip install xgboost")
    X, y = load_iris(return_X_y=True)
    targets = np.column_stack([X[:, 0] + y, y * y, -X[:, 3]])
    tree = {"multi_strategy": "multi_output_tree", "tree_method": "hist", "n_jobs": 1}
    estimator = xgboost.XGBRegressor(n_estimators=6, max_depth=3, **tree).fit(X, targets)
    model = emlearn.convert(estimator)
    assert model.record.has_vectors and model.record.n_trees == 6
    rows = boosters.probes(model, X.astype(np.float32), np.random.default_rng(0), 20)[-60:]
    report = model.verify(rows, target=target)
    assert report.ok, report
