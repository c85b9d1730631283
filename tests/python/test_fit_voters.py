"""Forests whose leaves vote for one class each: chosen together, judged by rows that did not choose them, and within the budget.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from emlearn.compression.search import table_bytes
from emlearn.fit import Budget, Cost
from emlearn.fit.judged import Judge
from emlearn.fit.pruned import Pruner
from emlearn.fit.refined import Lessons, Voters, between, refined
from emlearn.fit.shorter import members
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_digits(n_class=6, return_X_y=True)
TRAIN, DATA, TEST = (np.arange(len(X)) % 3 == part for part in range(3))
FOREST = RandomForestClassifier(12, max_depth=7, random_state=0).fit(X[TRAIN], y[TRAIN])
EXPECTED = np.eye(6)[y]


@pytest.fixture
def without_compiler(monkeypatch):
    monkeypatch.setattr(Budget, "measure", lambda self, model, raw: Cost(table_bytes(model) + 100.0))


def test_rows_between_others_have_their_values():
    rows = X[:40].astype(np.float32)
    rows[3, 5] = np.nan
    made = between(rows)
    assert np.array_equal(made, between(rows), equal_nan=True) and made.shape[1] == rows.shape[1]
    assert all(np.all(np.isin(made[:, k], rows[:, k]) | np.isnan(made[:, k])) for k in range(rows.shape[1]))
    assert len(between(rows[:1])) == 0 and np.array_equal(np.unique(between(rows[:2])), np.unique(rows[:2]))


def test_what_trees_learn_together_is_better_than_what_each_has():
    lessons = Lessons.of(FOREST.estimators_, X[DATA], EXPECTED[DATA], 1)
    pool = Pruner.of(FOREST.estimators_).keep(150)
    found = refined(pool, 6, lessons)
    own = Voters(pool[:6], [np.argmax(tree.tree_.value[:, 0], axis=1) for tree in pool[:6]])
    right = [np.mean(np.argmax(each.votes(X[TEST], 6), axis=1) == y[TEST]) for each in (own, found)]
    assert len(found.trees) == 6 and right[1] >= right[0] + 0.01
    thinned = Lessons.of(FOREST.estimators_, X[DATA], EXPECTED[DATA], 10**5)
    assert len(thinned.X) < len(lessons.X) / 4
    assert np.isclose(thinned.weight.sum(), lessons.weight.sum(), rtol=0.05)


def test_estimators_of_voters_vote_and_the_given_ones_stay():
    before = [tree.tree_.value.copy() for tree in FOREST.estimators_]
    found = refined(Pruner.of(FOREST.estimators_).keep(100), 5, Lessons.of(FOREST.estimators_, X[DATA], EXPECTED[DATA], 1))
    forest = members(FOREST, X, y).put(found.estimators())
    assert np.array_equal(forest.predict_proba(X[TEST]), found.votes(X[TEST], 6) / 5)
    assert emlearn.convert(forest, input="uint8").record.n_nodes == found.n_splits
    assert all(np.array_equal(tree.tree_.value, values) for tree, values in zip(FOREST.estimators_, before, strict=True))


def test_rows_are_judged_by_what_others_prefer():
    trees = members(FOREST, X[DATA], y[DATA])
    judge = Judge(trees, EXPECTED[DATA])
    assert np.all(np.sum(judge.parts, axis=0) == 1)
    whole, few = (judge.of_pruned(n, 10**6, None) for n in (12, 1))
    assert -1 <= few < whole <= 1
    assert judge.of_pruned(12, 10**6, 1) != whole == judge.of_pruned(12, 10**6, 32)
    perfect = judge.merit([lambda rows, part=part: EXPECTED[DATA][part] for part in judge.parts])
    assert perfect == pytest.approx(np.tanh(4.0))


@pytest.mark.parametrize("scaled", [False, True])
def test_a_budget_is_met_by_voters(without_compiler, scaled):
    estimator = make_pipeline(StandardScaler(), FOREST.__class__(12, max_depth=7, random_state=0)) if scaled else FOREST
    labels = np.array(list("abcdef"))[y] if scaled else y
    if scaled:
        estimator.fit(X[TRAIN], labels[TRAIN])
    model = emlearn.convert(estimator, input="uint8")
    budget = 100 + table_bytes(model.again(optimize="size")) // 4
    fit, again = (model.fit_to(flash=budget, data=(X[DATA], labels[DATA]), target="cortex-m0plus") for _ in range(2))
    assert fit.ok and "one class in each leaf" in fit.step.what and fit.step.cost.flash <= budget
    assert fit.model.save(name="same") == again.model.save(name="same")
    assert fit.model.verify(X[TEST]).ok and set(fit.model.predict(X)) == set(labels)
    assert np.mean(fit.model.predict(X[TEST]) == labels[TEST]) >= np.mean(model.predict(X[TEST]) == labels[TEST]) - 0.03


def test_few_rows_choose_no_classes(without_compiler):
    rows, labels = load_iris(return_X_y=True)
    model = emlearn.convert(RandomForestClassifier(8, random_state=0).fit(rows, labels), input="float64", optimize="size")
    fit = model.fit_to(flash=100 + table_bytes(model) // 2, data=(rows[::6], labels[::6]), target="cortex-m0plus")
    assert fit.ok and not any("one class" in step.what for step in fit.steps)
