"""What ensembles refuse, in words that say what to do; and particular ensembles that are easily got wrong.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeRegressor

X, Y = load_iris(return_X_y=True)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (GradientBoostingRegressor(init=LinearRegression(), n_estimators=2), "init=LinearRegression: the sums must start with a constant"),
        (GradientBoostingClassifier(init=DummyClassifier(strategy="stratified"), n_estimators=2), r"init=DummyClassifier\(strategy='strat"),
        (AdaBoostClassifier(LogisticRegression(), n_estimators=2), "AdaBoostClassifier over LogisticRegression.*DecisionTreeClassifier"),
        (AdaBoostRegressor(LinearRegression(), n_estimators=2), "AdaBoostRegressor over LinearRegression.*DecisionTreeRegressor"),
        (RandomTreesEmbedding(n_estimators=400, max_depth=8), r"RandomTreesEmbedding makes \d+ columns.*at most 4096"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_refused_in_words(estimator, message: str) -> None:
    with pytest.raises(emlearn.UnsupportedError, match=message):
        emlearn.convert(estimator.fit(X, Y))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_leaves_that_are_not_finite_are_refused(value: float) -> None:
    boosting = GradientBoostingRegressor(n_estimators=2).fit(X, Y)
    boosting.estimators_[1, 0].tree_.value[-1] = value
    with pytest.raises(emlearn.InvalidInputError, match="1 values that are not finite"):
        emlearn.convert(boosting)
    histograms = HistGradientBoostingRegressor(max_iter=2).fit(X, Y)
    nodes = histograms._predictors[0][0].nodes
    nodes["value"][np.flatnonzero(nodes["is_leaf"])[0]] = value
    with pytest.raises(emlearn.InvalidInputError, match="1 values that are not finite"):
        emlearn.convert(histograms)


def test_damaged_nodes_are_refused() -> None:
    histograms = HistGradientBoostingRegressor(max_iter=2).fit(X, Y)
    for field, value in (("left", 0), ("right", 10**6), ("feature_idx", 4)):
        nodes = histograms._predictors[0][0].nodes.copy()
        damaged = HistGradientBoostingRegressor(max_iter=2).fit(X, Y)
        nodes[field][0] = value
        damaged._predictors[0][0].nodes = nodes
        with pytest.raises(emlearn.InvalidInputError, match="nodes that no fit makes"):
            emlearn.convert(damaged)


def test_sums_beyond_float_are_refused() -> None:
    boosting = GradientBoostingRegressor(n_estimators=2, learning_rate=1).fit([[0.0], [1.0]], [1e300, 0])
    with pytest.raises(emlearn.InvalidInputError, match="scale the targets"):
        emlearn.convert(boosting)


def test_integers_without_a_missing_value_are_refused_where_training_had_holes() -> None:
    holes = np.where(np.random.default_rng(0).random(X.shape) < 0.2, np.nan, X)
    estimator = HistGradientBoostingClassifier(max_iter=3).fit(holes, Y)
    with pytest.raises(emlearn.InvalidInputError, match="say with missing="):
        emlearn.convert(estimator, input="int16")
    emlearn.convert(estimator, input="int16", missing=-1)


def test_nan_is_routed_where_training_saw_none() -> None:
    """As scikit-learn documents: to the child with more training rows."""
    estimator = HistGradientBoostingClassifier(max_iter=5).fit(X, Y)
    assert emlearn.convert(estimator).verify(np.where(np.random.default_rng(0).random(X.shape) < 0.4, np.nan, X)).ok
    assert emlearn.convert(estimator, input="int8", input_scale=0.1, missing=-1).verify(np.where(X > 5, -1, np.rint(10 * X))).ok


def test_infinities_go_where_the_comparison_sends_them() -> None:
    rows = np.array([[a, b, 1.0, 0.5] for a in (-np.inf, np.inf, 5.0) for b in (-np.inf, np.inf, 3.0)], dtype=np.float32)
    for estimator in (HistGradientBoostingClassifier(max_iter=5), IsolationForest(n_estimators=9, random_state=0)):
        assert emlearn.convert(estimator.fit(X, Y)).verify(rows).ok


@pytest.mark.parametrize("init", [DummyClassifier(strategy="most_frequent"), DummyClassifier(strategy="constant", constant=1), "zero"])
def test_constant_starts(init) -> None:
    for y in (Y, Y > 0):
        assert emlearn.convert(GradientBoostingClassifier(init=init, n_estimators=3).fit(X, y.astype(int))).verify(X).ok


@pytest.mark.parametrize(
    "init",
    [
        DecisionTreeRegressor(max_depth=2),
        RandomForestRegressor(5, max_depth=2, random_state=0),
        GradientBoostingRegressor(init=ExtraTreesRegressor(3, max_depth=1, random_state=0), n_estimators=3),
    ],
    ids=lambda init: type(init).__name__,
)
def test_starts_that_are_trees(init) -> None:
    boosting = GradientBoostingRegressor(init=init, n_estimators=4, loss="absolute_error").fit(X, Y + X[:, 0])
    assert emlearn.convert(boosting).verify(X).ok


def test_a_large_start_beside_small_leaves() -> None:
    boosting = GradientBoostingRegressor(init=DummyRegressor(strategy="constant", constant=1e6), n_estimators=5, learning_rate=1e-3)
    assert emlearn.convert(boosting.fit(X, Y)).verify(X).ok
    rare = GradientBoostingClassifier(n_estimators=2, learning_rate=1e-9).fit(X, np.arange(150) == 0)
    assert emlearn.convert(rare).verify(X).ok


def test_a_sum_of_zero_is_the_first_class_of_histograms_and_the_second_of_boosting() -> None:
    x = np.zeros((4, 1))
    boosting = GradientBoostingClassifier(init="zero", n_estimators=1).fit(x, [0, 1, 0, 1])
    assert boosting.decision_function(x)[0] == 0
    histograms = HistGradientBoostingClassifier(max_iter=1).fit(x, [0, 1, 0, 1])
    assert histograms.decision_function(x)[0] == 0
    assert emlearn.convert(boosting).predict(x)[0] == boosting.predict(x)[0] == 1
    assert emlearn.convert(histograms).predict(x)[0] == histograms.predict(x)[0] == 0


def test_rows_on_the_threshold_of_an_isolation_forest_are_inliers() -> None:
    """With 101 rows the tenth percentile is a row's own score."""
    rows = np.random.default_rng(0).normal(size=(101, 3)).astype(np.float32)
    forest = IsolationForest(n_estimators=30, contamination=0.1, random_state=0).fit(rows)
    assert np.any(forest.decision_function(rows) == 0)
    report = emlearn.convert(forest).verify(rows)
    assert report.ok and report.ties == 0
    np.testing.assert_array_equal(emlearn.convert(forest).predict(rows), forest.predict(rows))


def test_isolation_by_single_samples() -> None:
    for size in (1, 2):
        forest = IsolationForest(n_estimators=5, max_samples=size, random_state=0).fit(X)
        assert emlearn.convert(forest).verify(X).ok


def test_equal_weights_have_two_medians() -> None:
    """Half of the weight is reached exactly: scikit-learn's own rounding may go on to the next value, and the bound says so."""
    estimator = AdaBoostRegressor(n_estimators=6, random_state=0).fit(X, Y)
    estimator.estimator_weights_[:] = 0.1
    assert emlearn.convert(estimator).verify(X).ok


def test_a_detector_answers_plus_and_minus_one() -> None:
    rows = load_breast_cancer().data
    model = emlearn.convert(IsolationForest(n_estimators=20, contamination=0.2, random_state=0).fit(rows))
    assert set(np.unique(model.predict(rows)).tolist()) == {-1, 1}
    assert model.decision_function(rows).shape == model.score_samples(rows).shape == (len(rows),)
