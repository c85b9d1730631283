"""Budgets: met by the least loss, or refused with the least; estimators with fewer trees; scorers in searches.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
import pickle

import emlearn
import numpy as np
import pytest
from emlearn import InvalidInputError
from emlearn.cli import app
from emlearn.fit import Budget, Cost
from emlearn.fit import search as fit_search
from emlearn.fit.pruned import Pruner
from emlearn.fit.shorter import shorter
from emlearn.targets import ToolMissingError, catalog
from emlearn.targets.tools import Tool
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.model_selection import GridSearchCV
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
    model = emlearn.convert(FOREST, optimize="size")
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
    assert fit.ok and "1 of 1 trees" in fit.step.what and fit.model.record.n_nodes < model.record.n_nodes


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
    assert not fit.ok and len(fit.steps) == 3


def libraries():
    found = []
    for name, make in (
        ("xgboost", lambda module: module.XGBClassifier(n_estimators=5, n_jobs=1, early_stopping_rounds=3)),
        ("lightgbm", lambda module: module.LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)),
    ):
        found.append(pytest.param(name, make, id=name))
    return found


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
    ],
)
def test_budgets_of_nonsense(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        emlearn.convert(FOREST).fit_to(**{"data": (X, y), "target": TARGET, **arguments})


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


def test_scorers_are_checked_before_a_search_and_can_be_pickled():
    with pytest.raises(InvalidInputError, match="cortex-m99"):
        emlearn.scorers.flash("cortex-m99")
    for make in (emlearn.scorers.flash, emlearn.scorers.ram, emlearn.scorers.cycles):
        scorer = make(TARGET, input="int16")
        assert pickle.loads(pickle.dumps(scorer)) == scorer


def test_scorers_estimate_where_the_compiler_is_missing(monkeypatch):
    tree = RandomForestClassifier(2, max_depth=3, random_state=0).fit(X, y)
    flash, ram, cycles = (make(TARGET) for make in (emlearn.scorers.flash, emlearn.scorers.ram, emlearn.scorers.cycles))
    missing = dataclasses.replace(catalog.find(TARGET), tools=(Tool("no-such-compiler", "get it"),))
    monkeypatch.setitem(catalog.TARGETS, TARGET, missing)
    found = emlearn.convert(tree).estimate(TARGET)
    assert flash(tree, X) == -found.flash and ram(tree, X) == -(found.ram + found.stack)
    assert flash.estimated and ram.estimated and not cycles.estimated
    with pytest.raises(ToolMissingError, match="no-such-compiler"):
        cycles(tree, X)


def test_scorers_in_a_search_and_the_front(without_compiler):
    pytest.importorskip("pandas", reason="pandas is not installed")
    scoring = {"score": "accuracy", "flash": emlearn.scorers.flash(TARGET), "cycles": emlearn.scorers.cycles(TARGET)}
    grid = {"n_estimators": [1, 2, 8], "max_depth": [1, 3]}
    search = GridSearchCV(RandomForestClassifier(random_state=0), grid, scoring=scoring, refit="score", cv=2).fit(X, y)
    found = search.cv_results_
    assert np.all(found["mean_test_flash"] < 0) and sorted(set(-found["mean_test_cycles"])) == [1, 2, 8]
    front = emlearn.pareto(search)
    assert list(front["flash"]) == sorted(front["flash"]) and list(front["mean_test_score"]) == sorted(front["mean_test_score"])
    assert len(front) <= 6
    with pytest.raises(InvalidInputError, match="cost='bytes': there is no mean_test_bytes"):
        emlearn.pareto(search, "bytes")


def test_the_search_is_where_the_package_says():
    assert fit_search.fit_to is emlearn.fit.fit_to
