"""Scorers of cost in scikit-learn's searches, on other back ends, and in Optuna; what no other candidate beats, and the bar.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import importlib.util
import pickle
from pathlib import Path

import emlearn
import joblib
import numpy as np
import pytest
from emlearn import InvalidInputError, scorers
from emlearn.targets import ToolMissingError, catalog
from emlearn.targets.tools import Tool
from scipy.stats import randint
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV, _search, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

X, y = load_iris(return_X_y=True)
TARGET = "cortex-m0plus"
SCORING = {"score": "accuracy", "flash": scorers.flash(TARGET, every_fold=True), "ram": scorers.ram(TARGET, every_fold=True)}
GRID = {"n_estimators": [1, 2, 4], "max_depth": [1, 3]}
ROOT = Path(__file__).resolve().parents[2]


def test_scorers_are_checked_before_a_search_and_can_be_pickled():
    with pytest.raises(InvalidInputError, match="cortex-m99"):
        scorers.flash("cortex-m99")
    with pytest.raises(InvalidInputError, match="target='host' is no chip"):
        scorers.ram("host")
    for make in (scorers.flash, scorers.ram, scorers.cycles):
        scorer = make(TARGET, input="int16")
        assert pickle.loads(pickle.dumps(scorer)) == scorer


def test_scores_are_estimates_unless_a_build_is_asked_for(monkeypatch):
    tree = RandomForestClassifier(2, max_depth=3, random_state=0).fit(X, y)
    flash, ram, cycles = (make(TARGET) for make in (scorers.flash, scorers.ram, scorers.cycles))
    found = emlearn.convert(tree).estimate(TARGET)
    assert flash(tree, X) == -found.flash and ram(tree, X) == -(found.ram + found.stack)
    assert flash.estimated and ram.estimated and not cycles.estimated and not scorers.flash(TARGET, measured=True).estimated
    missing = dataclasses.replace(catalog.find(TARGET), tools=(Tool("no-such-compiler", "get it"),))
    monkeypatch.setitem(catalog.TARGETS, TARGET, missing)
    for scorer in (cycles, scorers.flash(TARGET, measured=True)):
        with pytest.raises(ToolMissingError, match="no-such-compiler"):
            scorer(tree, X)


@pytest.mark.device
def test_scores_are_measured_on_request():
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y)
    model = emlearn.convert(tree)
    row = model.bench(X[:20], TARGET).rows[0]
    assert scorers.flash(TARGET, measured=True)(tree, X) == -row.flash
    assert scorers.cycles(TARGET)(tree, X) <= -row.cycles


def test_one_fold_may_speak_for_all():
    quick, each = scorers.flash(TARGET), scorers.flash(TARGET, every_fold=True)
    trees = [RandomForestClassifier(3, random_state=0).fit(X[k::2], y[k::2]) for k in range(2)]
    assert each(trees[0], X) != each(trees[1], X)
    assert quick(trees[0], X) == quick(trees[1], X) == each(trees[0], X)
    assert pickle.loads(pickle.dumps(quick))(trees[1], X) == each(trees[0], X)  # as a worker gets it
    assert scorers.flash(TARGET)(trees[1], X) == each(trees[1], X)  # another search
    other = RandomForestClassifier(4, random_state=0).fit(X, y)
    assert quick(other, X) == each(other, X)  # other parameters
    assert quick(trees[1], X[:10]) == each(trees[1], X)  # of a search with fewer rows


def test_what_has_no_parameters_is_always_converted():
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not installed: pip install lightgbm")
    quick, each = scorers.flash(TARGET), scorers.flash(TARGET, every_fold=True)
    boosters = [lightgbm.LGBMClassifier(n_estimators=n, n_jobs=1, verbose=-1).fit(X, y).booster_ for n in (1, 3)]
    assert [quick(booster, X) for booster in boosters] == [each(booster, X) for booster in boosters]


def searches():
    forest = RandomForestClassifier(random_state=0)
    options = {"cv": 2, "scoring": SCORING, "refit": "score"}
    return {
        "grid": GridSearchCV(forest, GRID, **options),
        "random": RandomizedSearchCV(forest, {"n_estimators": randint(1, 5)}, n_iter=3, random_state=0, **options),
        "halving": HalvingGridSearchCV(
            forest, {"max_depth": [1, 2, 3]}, cv=2, scoring=scorers.flash(TARGET), random_state=0, min_resources=40
        ),
    }


@pytest.mark.parametrize("name", ["grid", "random", "halving"])
def test_searches_and_the_front(name):
    pytest.importorskip("pandas", reason="pandas is not installed")
    search = searches()[name].fit(X, y)
    if name == "halving":  # one metric only: the smallest wins
        assert search.best_params_ == {"max_depth": 1}
        return
    found = search.cv_results_
    assert np.all(found["mean_test_flash"] < 0) and np.all(found["mean_test_ram"] < 0)
    front = emlearn.pareto(search)
    assert list(front["flash"]) == sorted(front["flash"]) and list(front["mean_test_score"]) == sorted(front["mean_test_score"])
    with pytest.raises(InvalidInputError, match="cost='bytes': there is no mean_test_bytes"):
        emlearn.pareto(search, "bytes")


def test_plot_of_a_front():
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install emlearn[plots]")
    pytest.importorskip("pandas", reason="pandas is not installed")
    matplotlib.use("Agg")
    search = searches()["grid"].fit(X, y)
    axes = emlearn.plot_pareto(search)
    points, front = axes.lines
    assert len(points.get_xdata()) == 6 and list(front.get_xdata()) == list(emlearn.pareto(search)["flash"])
    assert emlearn.plot_pareto(search.cv_results_, ax=axes) is axes and len(axes.lines) == 4
    matplotlib.pyplot.close("all")


def test_several_processes_give_the_same():
    alone = searches()["grid"].fit(X, y).cv_results_
    with joblib.parallel_config(backend="loky", n_jobs=2):
        together = searches()["grid"].fit(X, y).cv_results_
    assert np.array_equal(alone["mean_test_flash"], together["mean_test_flash"])


def test_dask_gives_the_same():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'dask[distributed]'")
    alone = searches()["grid"].fit(X, y).cv_results_
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        together = searches()["grid"].fit(X, y).cv_results_
    assert np.array_equal(alone["mean_test_flash"], together["mean_test_flash"])


def test_ray_gives_the_same():
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install ray")
    from ray.util.joblib import register_ray

    register_ray()
    alone = searches()["grid"].fit(X, y).cv_results_
    ray.init(num_cpus=1, include_dashboard=False)
    try:
        with joblib.parallel_config(backend="ray"):
            together = searches()["grid"].fit(X, y).cv_results_
    finally:
        ray.shutdown()
    assert np.array_equal(alone["mean_test_flash"], together["mean_test_flash"])


def test_fits_are_counted_as_they_come_back():
    told, whole = [], _search.Parallel
    with scorers._counting(_search, lambda more, done: told.append((more, done))):
        searches()["grid"].fit(X, y)
        searches()["halving"].fit(X, y)  # one round after the other
    assert _search.Parallel is whole and told[0] == (12, 0)
    assert sum(more for more, _ in told) == sum(done for _, done in told) > 12 and len(told) > 6
    with scorers.progress():
        assert cross_validate(GaussianNB(), X, y, cv=2)["test_score"].shape == (2,)
        searches()["random"].fit(X, y)


def test_optuna_with_two_objectives(capsys):
    pytest.importorskip("optuna", reason="Optuna is not installed: pip install optuna")
    spec = importlib.util.spec_from_file_location("two_objectives", ROOT / "examples" / "search" / "two_objectives.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    study = module.main(["--trials", "3"])
    assert len(study.trials) == 3 and 1 <= len(study.best_trials) <= 3
    assert all(0.5 < accuracy <= 1 and flash > 100 for accuracy, flash in (trial.values for trial in study.trials))
    assert "accuracy  flash" in capsys.readouterr().out
