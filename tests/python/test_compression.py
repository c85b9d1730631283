"""Trees made smaller: the loss that is told is the loss there is, gaps keep every row, bounds hold; what cannot be done says so.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import pickle

import emlearn
import numpy as np
import pytest
import skops.io
from emlearn import InvalidInputError, UnsupportedError
from emlearn.cli import app
from emlearn.compression.compressor import Compressor, Setting
from emlearn.compression.leaves import codebook, nearest, refit
from emlearn.compression.prune import ends, order
from emlearn.compression.rows import Rows, follow
from emlearn.compression.search import table_bytes
from emlearn.compression.thresholds import coarser, shift_for
from emlearn.compression.trees import shared, spread, trees_of
from emlearn.families.ensembles.compressed import CompressedTrees, sums
from emlearn.families.trees.reference import leaves
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from typer.testing import CliRunner

IRIS, CANCER, DIGITS, DIABETES = (load(return_X_y=True) for load in (load_iris, load_breast_cancer, load_digits, load_diabetes))


def gaps(X, rng):
    """Rows with missing values."""
    return np.where(rng.random(X.shape) < 0.1, np.nan, X)


CASES = {
    "boosting, two classes": (GradientBoostingClassifier(n_estimators=10, random_state=0), CANCER, {}),
    "boosting, ten classes, bytes": (GradientBoostingClassifier(n_estimators=4, max_depth=3, random_state=0), DIGITS, {"input": "uint8"}),
    "boosting of values, scaled": (make_pipeline(StandardScaler(), GradientBoostingRegressor(n_estimators=10)), DIABETES, {}),
    "histograms, missing values": (HistGradientBoostingClassifier(max_iter=6), CANCER, {}),
    "histograms, double": (HistGradientBoostingRegressor(max_iter=10), DIABETES, {"input": "float64"}),
    "forest of values": (RandomForestRegressor(6, max_depth=5, random_state=0), DIABETES, {}),
    "forest": (RandomForestClassifier(8, max_depth=6, random_state=0), CANCER, {}),
    "tree of whole numbers": (DecisionTreeClassifier(random_state=0), IRIS, {"input": "int16", "input_scale": 0.001}),
}


def fitted(name, seed=0):
    estimator, (X, y), arguments = CASES[name]
    rng = np.random.default_rng(seed)
    X = gaps(X, rng) if "missing" in name else X
    mine = rng.random(len(X)) < 0.6
    model = emlearn.convert(estimator.fit(X[mine], y[mine]), **arguments)
    raw = np.rint(X / 0.001) if "whole" in name else X
    return model, raw[~mine], y[~mine]


@pytest.mark.parametrize(("name", "with_y"), list(zip(CASES, [False, True] * 4, strict=True)))
def test_the_loss_is_within_what_was_stated(name, with_y):
    model, raw, y = fitted(name)
    found = emlearn.compress(model, (raw, y) if with_y else raw, max_loss=0.02)
    assert found.loss <= 0.02 and found.table_bytes <= found.given_bytes and found.ratio >= 1
    assert found.table_bytes == table_bytes(found.model) == min(step.table_bytes for step in found.steps if step.loss <= 0.02)
    assert found.model.verify(raw).ok and found.model.verify(raw).library in ("emlearn", "scikit-learn")
    aside = np.arange(len(raw)) % 3 == 2
    ours, given_ = found.model.predict(raw[aside]), model.predict(raw[aside])
    if model.record.task.kind == "classifier":
        assert found.changed == np.mean(ours != given_)
        expected = (np.mean(given_ == y[aside]) - np.mean(ours == y[aside])) if with_y else found.changed
        assert found.loss == pytest.approx(expected)
        assert np.array_equal(found.model.classes_, model.classes_)
    text = str(found)
    assert f"{found.table_bytes:,} B of tables instead of {found.given_bytes:,}" in text and "at worst a sum changes by" in text


@pytest.mark.parametrize("name", list(CASES))
def test_sums_change_by_no_more_than_the_bound(name):
    model, raw, _ = fitted(name, 1)
    rows = model.input.check(raw)
    compressor = Compressor(model, rows[::2])
    rng = np.random.default_rng(2)
    wild = rows[rng.integers(0, len(rows), (400, rows.shape[1])), np.arange(rows.shape[1])]  # columns of different rows
    before = sums(compressor.trees, leaves(compressor.trees, wild))
    for setting in (
        Setting(compressor.n_splits // 2, 8, 4),
        Setting(compressor.n_splits, 4, None),
        Setting(compressor.n_splits // 5, None, 16),
    ):
        made = compressor._fitted(setting)
        off = np.abs(sums(made, leaves(made, wild)) - before).max()
        assert off <= compressor.worst(setting) + 2.0**-40 * np.abs(before).max()  # and what float64 sums round
        merged = shared(made)
        assert np.array_equal(sums(merged, leaves(merged, wild)), sums(made, leaves(made, wild)))
    assert compressor.worst(Setting(compressor.n_splits)) == 0 or hasattr(compressor.trees, "column")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(["float32", "int16", "uint8"]), st.integers(1, 20), st.booleans())
def test_thresholds_in_their_gaps_keep_all_rows(seed, dtype, bits, boosted):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(120, 3)) * 40 if dtype == "float32" else rng.integers(0, 255, (120, 3))
    estimator = GradientBoostingRegressor(n_estimators=4, random_state=0) if boosted else RandomForestClassifier(3, random_state=0)
    target = X[:, 0] + rng.normal(size=120) * 20
    model = emlearn.convert(estimator.fit(X, target if boosted else target > np.median(target)), input=dtype)
    trees = spread(trees_of(model))
    rows = Rows.of(trees, model.input.check(X))
    ways = follow(trees, rows)
    assert np.array_equal(ways.leaf, leaves(trees, model.input.check(X)))
    shift = shift_for(trees, bits)
    moved = coarser(trees, ways, shift)
    assert np.all(moved.threshold % (1 << shift) == 0)
    sound = (ways.below <= moved.threshold) & (moved.threshold < ways.above)
    exists = -(-ways.below // (1 << shift)) <= (ways.above - 1) // (1 << shift)
    assert np.array_equal(sound, exists | sound)
    if np.all(sound):
        assert np.array_equal(follow(moved, rows).leaf, ways.leaf)


def test_splits_go_as_in_cost_complexity_pruning():
    X, y = DIABETES
    tree = RandomForestRegressor(1, bootstrap=False, random_state=0).fit(X, y)
    trees = spread(trees_of(emlearn.convert(tree, input="float64")))
    weight = np.ones(len(trees.leaves))
    for side, share in ((trees.left, trees.weight[:, 0]), (trees.right, trees.weight[:, 1])):
        weight[~side[side < 0]] = share[side < 0]
    found = order(trees, trees.leaves, weight)
    assert found.n_splits == sum(gone for _, gone in found.cuts) == trees.n_nodes
    from sklearn.tree import DecisionTreeRegressor

    single = tree.estimators_[0]
    for alpha in single.cost_complexity_pruning_path(X, y).ccp_alphas[50::100]:
        theirs = DecisionTreeRegressor(ccp_alpha=alpha, random_state=single.random_state, max_features=1.0).fit(X, y)
        kept = ends(found, theirs.get_n_leaves() - 1, None, trees.roots)
        assert len(np.unique(kept)) == len(kept)


def test_columns_keep_equally_many_trees():
    model, raw, _ = fitted("boosting, ten classes, bytes")
    compressor = Compressor(model, model.input.check(raw))
    for splits in (compressor.n_splits // 2, compressor.n_splits // 10, 12):
        made = compressor.make(Setting(splits, None, 8))
        assert made.record.n_trees % 10 == 0 and made.verify(raw).ok
        assert np.all(made.record.roots >= 0) or table_bytes(made) > 0


def test_leaves_make_good_what_rounding_loses():
    rng = np.random.default_rng(0)
    leaf = rng.integers(0, 4, (300, 1)) + 4 * np.arange(10)  # all trees ask the same
    values = rng.normal(size=(40, 1))
    target = values[leaf, 0].sum(axis=1, keepdims=True)
    book = codebook(values.reshape(-1), np.ones(40), 4)
    plain = nearest(book)(values)
    found = refit(leaf, np.zeros(10, dtype=np.int64), values, target, 1.0, nearest(book))
    assert set(found.ravel()) <= set(book) and len(book) == 4

    def error(v):
        return float(np.sum((v[leaf, 0].sum(axis=1, keepdims=True) - target) ** 2))

    assert error(found) < 0.1 * error(plain)
    assert np.array_equal(codebook(np.array([3.0, 1.0, 3.0]), np.ones(3), 5), [1.0, 3.0])


@pytest.mark.device
@pytest.mark.parametrize("target", ["cortex-m0plus", "avr-atmega328p"])
def test_on_a_chip(target):
    model, raw, _ = fitted("boosting, ten classes, bytes")
    found = emlearn.compress(model, raw, max_loss=0.03)
    assert found.model.verify(raw[:40], target=target).ok and found.model.verify(raw[:40], compile=True).ok
    before, after = (each.bench(raw[:2], target).rows[0].flash for each in (model.again(optimize="size"), found.model))
    assert before - after > 0.5 * (found.given_bytes - found.table_bytes)  # values in a table of their own take some code


def test_compressed_trees_are_an_estimator_of_their_own():
    model, raw, y = fitted("boosting, two classes")
    small = emlearn.compress(model, raw).model
    assert isinstance(small.estimator, CompressedTrees) and "GradientBoostingClassifier" in repr(small.estimator)
    again = emlearn.convert(pickle.loads(pickle.dumps(small.estimator)), optimize="speed")
    assert again.verify(raw).ok and np.array_equal(again.predict(raw), small.predict(raw))
    assert np.mean(small.estimator.predict(raw) == y) > 0.9 and small.estimator.n_features_in_ == raw.shape[1]
    assert "emlearn" in small.save(name="small")


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "catboost"])
def test_boosting_libraries(name):
    module = pytest.importorskip(name, reason=f"{name} is not installed: pip install {name}")
    X, y = CANCER
    make = {
        "xgboost": lambda: module.XGBClassifier(n_estimators=10, n_jobs=1),
        "lightgbm": lambda: module.LGBMClassifier(n_estimators=10, n_jobs=1, verbose=-1),
        "catboost": lambda: module.CatBoostClassifier(iterations=10, verbose=0, thread_count=1, allow_writing_files=False),
    }[name]
    found = emlearn.compress(make().fit(X[::2], y[::2]), (X[1::2], y[1::2]), max_loss=0.01)
    assert found.ratio > 1.3 and found.loss <= 0.01 and found.model.verify(X[1::2]).ok


def test_in_the_shell(tmp_path):
    model, raw, y = fitted("forest")
    skops.io.dump(model.estimator, tmp_path / "f.skops")
    np.save(tmp_path / "X.npy", raw)
    np.save(tmp_path / "y.npy", y)
    command = ["compress", str(tmp_path / "f.skops"), "--data", str(tmp_path / "X.npy"), "--labels", str(tmp_path / "y.npy")]
    done = CliRunner().invoke(app, [*command, "-o", str(tmp_path / "f.hpp"), "--name", "small", "--bundle"])
    assert done.exit_code == 0 and "namespace small" in (tmp_path / "f.hpp").read_text(), done.output
    found = emlearn.compress(model.estimator, (raw, y))
    assert str(found).splitlines()[0] in " ".join(done.output.split("note: ")).replace("\n", " ")
    done = CliRunner().invoke(app, [*command, "--max-loss", "2"])
    assert done.exit_code == 2 and "max_loss=2.0: give a number from 0 to 1" in done.output
    done = CliRunner().invoke(app, [*command, "--json"])
    assert json.loads(done.stdout)["table_bytes"] == found.table_bytes and len(json.loads(done.stdout)["steps"]) == len(found.steps)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_loss": -0.1}, r"max_loss=-0.1: give a number from 0 to 1"),
        ({"max_loss": "5%"}, r"max_loss='5%': give a number"),
        ({"max_loss": True}, r"max_loss=True"),
        ({"max_loss": float("nan")}, r"max_loss=nan"),
        ({"data": None}, r"data= takes raw rows"),
        ({"data": IRIS[0][:, :2]}, r"data=: X has 2 features"),
        ({"data": IRIS[0][:5]}, r"data= has 5 rows: give 6 at least"),
        ({"data": (IRIS[0], IRIS[1][:-1])}, r"X has 150 rows and y 149"),
        ({"input": "int16"}, r"input: these go with an estimator"),
    ],
)
def test_nonsense(arguments, message):
    model = emlearn.convert(DecisionTreeClassifier().fit(*IRIS))
    with pytest.raises(InvalidInputError, match=message):
        emlearn.compress(model, **{"data": IRIS[0], **arguments})


@pytest.mark.parametrize("estimator", [LogisticRegression(max_iter=1000), AdaBoostClassifier(n_estimators=3)])
def test_what_is_made_of_something_else(estimator):
    with pytest.raises(UnsupportedError, match="compress takes boosted trees, and decision trees and forests of one output"):
        emlearn.compress(estimator.fit(*IRIS), IRIS[0])
    several = RandomForestClassifier(2, max_depth=2).fit(IRIS[0], np.column_stack([IRIS[1], IRIS[1]]))
    with pytest.raises(UnsupportedError, match="Forest of several outputs"):
        emlearn.compress(several, IRIS[0])


def test_a_tree_of_one_leaf_stays():
    found = emlearn.compress(DecisionTreeClassifier().fit(IRIS[0], np.zeros(150)), IRIS[0])
    assert found.ratio == 1 and "nothing smaller was found" in str(found) and len(found.steps) == 1
