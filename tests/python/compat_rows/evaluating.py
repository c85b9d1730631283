"""The rows on emlearn.evaluate.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pandas as pd
import pytest
from emlearn import convert
from emlearn.evaluate import pareto, trees
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from .common import FOREST, IRIS, SPECIES, X, Y, row


@row("evaluate.trees.model_size_nodes(est)")
def _() -> None:
    assert trees.model_size_nodes(FOREST) == trees.model_size_nodes(FOREST, X, Y) == 518
    assert trees.model_size_nodes(DecisionTreeClassifier().fit(X, Y * 0)) == 0
    assert trees.model_size_nodes(convert(FOREST)) <= 518
    with pytest.raises(emlearn.InvalidInputError, match="GaussianNB"):
        trees.count_trees(GaussianNB().fit(IRIS, SPECIES))


@row("evaluate.trees.model_size_leaves(est)")
def _() -> None:
    leaves = {tuple(value) for tree in FOREST.estimators_ for value in tree.tree_.value[tree.tree_.children_left < 0, 0]}
    assert trees.model_size_leaves(FOREST) == trees.model_size_leaves(FOREST, X, Y) == len(leaves)


@row("evaluate.trees.model_size_bytes(est)")
def _() -> None:
    size = trees.model_size_bytes(FOREST)
    assert size == trees.model_size_bytes(FOREST, X, Y) == sum(table.n_bytes for table in convert(FOREST).part().all_tables)
    assert trees.model_size_bytes(convert(FOREST)) == size
    assert trees.model_size_bytes(FOREST, node_size=8, leaf_size=1) == 8 * trees.model_size_nodes(
        convert(FOREST)
    ) + trees.model_size_leaves(convert(FOREST))
    small = RandomForestClassifier(2, max_depth=3, random_state=0).fit(X, Y)
    assert trees.model_size_bytes(small) < size


@row("evaluate.trees.tree_depth_average(est)")
def _() -> None:
    tree = RandomForestClassifier(4, random_state=0).fit(IRIS, SPECIES)
    depths = [member.get_depth() for member in tree.estimators_]
    assert trees.tree_depth_average(tree, IRIS, SPECIES) == np.mean(depths)
    assert trees.tree_depth_average(convert(tree)) == np.mean(depths)


@row("evaluate.trees.tree_depth_difference(est)")
def _() -> None:
    tree = RandomForestClassifier(8, random_state=0).fit(IRIS, SPECIES)
    depths = [member.get_depth() for member in tree.estimators_]
    assert trees.tree_depth_difference(tree, IRIS, SPECIES) == max(depths) - min(depths) > 0


@row("evaluate.trees.count_trees(est)")
def _() -> None:
    assert trees.count_trees(FOREST, X, Y) == 10
    assert trees.count_trees(DecisionTreeClassifier().fit(IRIS, SPECIES)) == 1


@row("evaluate.trees.compute_cost_estimate(est, X)")
def _() -> None:
    assert trees.compute_cost_estimate(FOREST, X) == pytest.approx(69.03951029493601, rel=1e-14)  # 0.23.2's
    assert trees.compute_cost_estimate(FOREST, X, Y) == trees.compute_cost_estimate(convert(FOREST, input="uint8"), X)
    scaled = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3, random_state=0)).fit(X, Y)
    assert 2 <= trees.compute_cost_estimate(scaled, X) <= 4


@row("evaluate.trees.get_tree_estimators(est)")
def _() -> None:
    assert trees.get_tree_estimators(FOREST) == FOREST.estimators_


@row('cross_validate(est, X, y, scoring={"size": model_size_bytes})')
def _() -> None:
    names = ("model_size_nodes", "model_size_leaves", "model_size_bytes", "tree_depth_average", "tree_depth_difference",
             "count_trees", "compute_cost_estimate")  # fmt: skip
    scoring = {name: getattr(trees, name) for name in names}
    for estimator in (DecisionTreeClassifier(random_state=0), make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=0))):
        found = cross_validate(estimator, IRIS, SPECIES, cv=2, scoring=scoring, error_score="raise")
        assert np.all(found["test_count_trees"] == 1) and np.all(found["test_model_size_bytes"] > found["test_model_size_nodes"])


@row("evaluate.pareto.find_pareto_front(df)")
def _() -> None:
    df = pd.DataFrame({"mean_test_compute": [1, 2, 3, 3, 4, 2, np.nan, 5], "mean_test_accuracy": [0.5, 0.7, 0.7, 0.9, 0.8, 0.7, 1, np.nan]})
    before = df.copy()
    assert list(pareto.find_pareto_front(df).index) == [0, 1, 3, 5]
    assert list(pareto.find_pareto_front(df, min_performance=0.7).index) == [1, 3, 5]
    pd.testing.assert_frame_equal(df, before)
    loss = df.assign(loss=1 - df.mean_test_accuracy)
    assert list(pareto.find_pareto_front(loss, performance_metric="loss", higher_is_better=False, min_performance=0.31).index) == [1, 3, 5]
    with pytest.raises(emlearn.InvalidInputError, match="cost_metric='cost' is no column"):
        pareto.find_pareto_front(df, cost_metric="cost")
    rng = np.random.default_rng(0)
    points = pd.DataFrame(rng.integers(0, 12, (200, 2)).astype(float), columns=["cost", "loss"])
    front = pareto.find_pareto_front(points, "cost", "loss", higher_is_better=False)
    values = points.to_numpy()
    dominated = [np.any(np.all(values <= point, axis=1) & np.any(values < point, axis=1)) for point in values]
    assert list(front.index) == list(np.flatnonzero(~np.array(dominated)))


@row("evaluate.pareto.plot_pareto_front(df)")
def _() -> None:
    assert not hasattr(pareto, "plot_pareto_front")


@row("evaluate.size.get_program_size(code, platform, mcu)")
def _() -> None:
    with pytest.raises(ImportError):
        from emlearn.evaluate import size  # type: ignore[attr-defined]  # noqa: F401
    assert "nodes" in str(convert(FOREST).report())
