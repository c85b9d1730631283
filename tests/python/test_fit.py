"""Budgets: met by the least loss, or refused with the least; estimators with fewer trees.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math

import emlearn
import emlearn.fit.shorter as shorter_module
import numpy as np
import pytest
from emlearn import InvalidInputError
from emlearn.cli import app
from emlearn.fit import Budget, Cost
from emlearn.fit import search as fit_search
from emlearn.fit.pruned import Pruner
from emlearn.fit.shorter import shorter
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from typer.testing import CliRunner

X, y = load_iris(return_X_y=True)
FOREST = RandomForestClassifier(12, random_state=0).fit(X[::2], y[::2])
TARGET = "cortex-m0plus"


def tables(self, model, raw):
    """Instead of a compiler: the bytes of the tables as flash, or 8 per node that is code, and the trees as cycles."""
    trees, nodes = getattr(model.record, "n_trees", 1), getattr(model.record, "n_nodes", 0)
    tables = sum(table.n_bytes for table in model.part().all_tables)
    is_code = nodes > 0 and model.arguments["optimize"] == "speed"
    return Cost((8 * nodes if is_code else tables or 8 * nodes) + 100.0, 10.0 * trees, float(trees))


@pytest.fixture
def without_compiler(monkeypatch):
    monkeypatch.setattr(Budget, "measure", tables)


def test_a_budget_that_is_met_already_changes_nothing(without_compiler):
    model = emlearn.convert(FOREST)
    fit = model.fit_to(flash=10**6, data=(X, y), target=TARGET)
    assert fit.ok and fit.model is model and [step.what for step in fit.steps] == ["as it is"]


@pytest.mark.parametrize("limits", [{"cycles": 5}, {"ram": 70}, {"cycles": 9, "ram": 40}])
def test_the_most_trees_that_fit_are_kept(without_compiler, limits):
    most = min(limits.get("cycles", 99), limits.get("ram", 990) // 10)
    fit = emlearn.convert(FOREST, optimize="size").fit_to(**limits, data=(X, y), target=TARGET)
    assert fit.ok
    kept = [step for step in fit.steps if step.meets]
    assert fit.step.score == max(step.score for step in kept)
    assert max(step.cost.cycles for step in kept) == most  # found by bisection, whatever scores best
    report = fit.model.verify(X, y)
    assert report.ok and report.score == fit.step.score
    assert len(FOREST.estimators_) == 12  # the given one stays as it is


def test_splits_go_before_a_forest_is_too_large(without_compiler):
    model = emlearn.convert(FOREST, optimize="size", input="float64")  # whose thresholds keep their bits
    whole = tables(None, model, X).flash
    fit = model.fit_to(flash=int(0.7 * whole), data=(X, y), target=TARGET)
    assert fit.ok and "splits" in fit.step.what and fit.step.cost.flash <= 0.7 * whole
    assert fit.step.score >= 0.9
    report = fit.model.verify(X, y)
    assert report.ok or fit.model.arguments["leaf_bits"] is not None
    assert len(FOREST.estimators_) == 12 and FOREST.n_estimators == 12


@pytest.mark.parametrize("estimator", [DecisionTreeClassifier(random_state=0), make_pipeline(StandardScaler(), DecisionTreeRegressor())])
def test_a_single_tree_gets_smaller_too(without_compiler, estimator):
    rows, values = load_diabetes(return_X_y=True)
    model = emlearn.convert(estimator.fit(rows, values > 150), optimize="size")
    whole = tables(None, model, rows).flash
    fit = model.fit_to(flash=int(0.5 * whole), data=(rows, values > 150), target=TARGET)
    assert fit.ok and "splits" in fit.step.what and fit.model.record.n_nodes < model.record.n_nodes


def test_thresholds_move_within_their_gaps_before_splits_go(without_compiler):
    model = emlearn.convert(FOREST, optimize="size")
    whole = tables(None, model, X).flash
    fit = model.fit_to(flash=int(0.8 * whole), data=(X, y), target=TARGET)
    assert fit.ok and fit.step.what in ("optimize='size', thresholds in 16 bits", "optimize='size', thresholds in 12 bits")
    assert np.array_equal(fit.model.predict(X), model.predict(X)) and fit.model.verify(X).ok


@pytest.mark.parametrize(
    "estimator",
    [
        GradientBoostingClassifier(n_estimators=4, random_state=0),
        HistGradientBoostingRegressor(max_iter=6, max_leaf_nodes=8),
        make_pipeline(StandardScaler(), RandomForestRegressor(4, max_depth=5, random_state=0)),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_boosted_trees_are_compressed(without_compiler, estimator):
    rows, values = (X, y) if hasattr(estimator, "predict_proba") else load_diabetes(return_X_y=True)
    model = emlearn.convert(estimator.fit(rows[::2], values[::2]), optimize="size")
    whole = tables(None, model, rows).flash
    fit = model.fit_to(flash=int(0.45 * whole), data=(rows[1::2], values[1::2]), target=TARGET)
    assert fit.ok and fit.step.cost.flash <= 0.45 * whole and "values of leaves" in fit.step.what
    assert fit.step.score >= fit.steps[0].score - 0.05 and fit.model.verify(rows).ok
    check_shorter_trees(fit.model.estimator, rows)


def check_shorter_trees(estimator, rows):
    way = shorter(estimator, rows, None)
    one, all_ = emlearn.convert(way.take(1)), emlearn.convert(way.take(way.count))
    assert one.verify(rows).ok and one.record.n_trees <= all_.record.n_trees
    assert np.array_equal(all_.predict(rows), emlearn.convert(estimator).predict(rows))


def test_a_forest_is_put_in_order_once(without_compiler, monkeypatch):
    calls = []
    ordered = shorter_module._ordered
    monkeypatch.setattr(shorter_module, "_ordered", lambda *arguments: calls.append(1) or ordered(*arguments))
    fit = emlearn.convert(FOREST).fit_to(flash=1, data=(X, y), target=TARGET)
    assert not fit.ok and len(calls) == 1


def test_networks_take_narrower_numbers(without_compiler):
    network = MLPClassifier((8,), max_iter=2000, random_state=0).fit(X, y)
    fit = emlearn.convert(network).fit_to(flash=300, data=(X.astype(np.float32), y), target=TARGET)
    assert fit.ok and fit.step.what in ("numeric='int16'", "numeric='int8'")


def test_splits_go_in_the_order_of_cost_complexity():
    values = load_diabetes(return_X_y=True)
    tree = DecisionTreeRegressor(random_state=0).fit(*values)
    pruner = Pruner.of([tree])
    assert pruner.n_splits == tree.get_n_leaves() - 1 and pruner.keep(10**6) == [tree]
    for alpha in tree.cost_complexity_pruning_path(*values).ccp_alphas[::40]:
        theirs = DecisionTreeRegressor(random_state=0, ccp_alpha=alpha).fit(*values)
        (ours,) = pruner.keep(theirs.get_n_leaves() - 1)
        assert np.array_equal(ours.predict(values[0]), theirs.predict(values[0]))
    assert tree.get_n_leaves() - 1 == pruner.n_splits  # the given one stays as it is


def test_a_budget_that_cannot_be_met_says_what_the_least_is(without_compiler):
    fit = emlearn.convert(FOREST).fit_to(ram=9, data=(X, y), target=TARGET)
    assert not fit.ok and fit.step.cost.ram == min(step.cost.ram for step in fit.steps) == 10
    assert "the budget cannot be met: this is the least" in str(fit) and "1 of 12 trees" in fit.step.what
    assert fit.to_dict()["ok"] is False


def test_what_has_no_trees_has_encodings_only(without_compiler):
    fit = emlearn.convert(GaussianNB().fit(X, y)).fit_to(flash=1, data=(X, y), target=TARGET)
    assert not fit.ok and len(fit.steps) == 5  # optimize= thrice, numeric= twice: the data is what float rows need for integers


def libraries():
    found = []
    for name, make in (
        ("xgboost", lambda module: module.XGBClassifier(n_estimators=5, n_jobs=1, early_stopping_rounds=3)),
        ("lightgbm", lambda module: module.LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)),
    ):
        found.append(pytest.param(name, make, id=name))
    return found


@pytest.mark.parametrize(("name", "make"), libraries())
def test_boosters_judge_by_their_own_labels(name, make, without_compiler):
    module = pytest.importorskip(name, reason=f"{name} is not installed: pip install {name}")
    booster = (make(module).set_params(early_stopping_rounds=None) if name == "xgboost" else make(module)).fit(X[::2], y[::2])
    model = emlearn.convert(booster.get_booster() if name == "xgboost" else booster.booster_, optimize="size")
    fit = model.fit_to(flash=int(0.6 * tables(None, model, X).flash), data=(X[1::2], y[1::2]), target=TARGET)
    assert fit.ok and fit.step.score > 0.9


@pytest.mark.parametrize(("name", "make"), libraries())
def test_rounds_of_boosting_libraries(name, make):
    module = pytest.importorskip(name, reason=f"{name} is not installed: pip install {name}")
    estimator = make(module)
    if name == "xgboost":
        estimator.fit(X[::2], y[::2], eval_set=[(X[1::2], y[1::2])], verbose=False)
    else:
        estimator.fit(X[::2], y[::2])
    check_shorter(estimator, X, y)


@pytest.mark.parametrize(
    "estimator",
    [
        GradientBoostingClassifier(n_estimators=5),
        HistGradientBoostingRegressor(max_iter=5, max_leaf_nodes=4),
        ExtraTreesRegressor(5, random_state=0),
        make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_rounds_and_trees_of_scikit_learn(estimator):
    data = load_iris(return_X_y=True) if hasattr(estimator, "predict_proba") else load_diabetes(return_X_y=True)
    check_shorter(estimator.fit(*data), *data)


def check_shorter(estimator, X, y):
    whole = estimator.predict(X)
    way = shorter(estimator, X, y)
    assert way.count == 5
    for n in (1, 3, 5):
        model = emlearn.convert(way.take(n))
        assert model.verify(X).ok
        assert model.record.n_trees <= n * getattr(model.record, "n_columns", 1)
    assert np.allclose(way.take(5).predict(X), whole) and np.array_equal(estimator.predict(X), whole)


def test_trees_stand_in_the_order_that_the_data_prefer():
    way = shorter(FOREST, X, y)
    best = max(tree.score(X, y) for tree in FOREST.estimators_)
    assert way.take(1).score(X, y) >= best - 0.02  # by squared error of probabilities, not by score
    assert {id(tree) for tree in way.take(12).estimators_} == {id(tree) for tree in FOREST.estimators_}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r"no budget: give at least one of flash=, ram=, cycles="),
        ({"flash": 0}, r"flash=0 is no budget: give a positive number of bytes"),
        ({"ram": -5}, r"ram=-5 is no budget"),
        ({"flash": "4k"}, r"flash='4k' is no budget"),
        ({"cycles": math.nan}, r"cycles=nan is no budget: give a positive number of cycles"),
        ({"flash": True}, r"flash=True is no budget"),
        ({"flash": 1, "target": "cortex-m99"}, r"cortex-m99"),
        ({"flash": 1, "target": None}, r"target=None: name a chip"),
        ({"flash": 1, "target": "host"}, r"target='host' is no chip"),
        ({"flash": 1, "data": X}, r"data= takes two arrays"),
        ({"flash": 1, "data": None}, r"data= takes two arrays"),
        ({"flash": 1, "data": (X, y[:-1])}, r"X has 150 rows and y 149"),
        ({"flash": 1, "data": (X[:, :2], y)}, r"X has 2 features"),
        ({"flash": 1, "data": (X, y + 2)}, r"y has labels that the model was not fitted with \(3, 4\)"),
        ({"flash": 1, "data": (X, y.astype(str))}, r"not fitted with \(0, 1, 2\): leave these rows out, or give labels as"),
        ({"flash": 1, "data": (X, np.column_stack([y, y]))}, r"y has shape \(150, 2\), and the model 1 outputs"),
    ],
)
def test_budgets_of_nonsense(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        emlearn.convert(FOREST).fit_to(**{"data": (X, y), "target": TARGET, **arguments})


def test_values_that_are_no_numbers_are_refused():
    model = emlearn.convert(DecisionTreeRegressor(max_depth=2).fit(X, y))
    with pytest.raises(InvalidInputError, match="no finite numbers"):
        model.fit_to(flash=1, data=(X, np.where(y == 0, np.nan, y)), target=TARGET)


def test_a_transformer_has_no_score():
    with pytest.raises(InvalidInputError, match="for classifiers and regressors"):
        emlearn.convert(StandardScaler().fit(X)).fit_to(flash=1, data=(X, y), target=TARGET)


@pytest.mark.device
def test_flash_on_a_chip_and_in_the_shell(tmp_path):
    import skops.io

    fit = emlearn.convert(FOREST, input="float32").fit_to(flash=400, data=(X, y), target=TARGET)
    assert fit.ok and fit.step.cost.flash <= 400 < fit.steps[0].cost.flash
    row = fit.model.bench(X[:5], TARGET).rows[0]
    assert row.flash == fit.step.cost.flash and row.agrees
    skops.io.dump(FOREST, tmp_path / "f.skops")
    np.savetxt(tmp_path / "d.csv", np.column_stack([X, y]), delimiter=",")
    options = ["--data", str(tmp_path / "d.csv"), "--target-column", "-1", "--no-header", "--target", TARGET]
    done = CliRunner().invoke(app, ["fit", str(tmp_path / "f.skops"), *options, "--flash", "400", "-o", str(tmp_path / "f.hpp")])
    assert done.exit_code == 0 and (tmp_path / "f.hpp").exists(), done.output
    assert fit.step.what in done.output
    done = CliRunner().invoke(app, ["fit", str(tmp_path / "f.skops"), *options, "--flash", "9", "-o", str(tmp_path / "g.hpp"), "--json"])
    assert done.exit_code == 1 and not (tmp_path / "g.hpp").exists()


def test_the_search_is_where_the_package_says():
    assert fit_search.fit_to is emlearn.fit.fit_to
