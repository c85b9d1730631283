"""Fewer training rows and support vectors: what is lossless always, what is lost on request, and how that is told.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families import svm
from emlearn.points import room
from emlearn.report.verify import expected_answers
from hypothesis import given
from hypothesis import strategies as st
from parity.cases.svm import clouds
from sklearn.datasets import load_digits, load_iris
from sklearn.kernel_ridge import KernelRidge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor, RadiusNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

X, y = load_iris(return_X_y=True)


def test_support_vectors_in_one_place_are_one_and_those_that_add_nothing_go() -> None:
    again, labels = np.concatenate([X, X, X[:50]]), np.concatenate([y, y, y[:50]])
    for estimator, targets in ((SVC(gamma=0.5), labels), (SVR(), labels * 1.0), (OneClassSVM(nu=0.2), labels)):
        fitted = estimator.fit(again, targets)
        model = emlearn.convert(fitted)
        assert len(model.record.points) < 0.7 * len(fitted.support_vectors_)
        assert model.record.left_out == 0 and model.verify(X).ok
    ridge = KernelRidge(kernel="rbf").fit(X, y)
    ridge.dual_coef_[::2] = 0
    model = emlearn.convert(ridge)
    assert len(model.record.points) <= 75 and model.verify(X).ok


def test_vectors_that_cancel_stay_apart() -> None:
    ridge = KernelRidge(kernel="rbf").fit(np.repeat(X[:10], 2, axis=0), np.tile([0.0, 1.0], 10))
    ridge.dual_coef_[:] = np.tile([1e6, -1e6], 10)
    model = emlearn.convert(ridge)
    assert len(model.record.points) == 20 and model.verify(X).ok


@pytest.mark.parametrize("k", [1, 2, 5])
def test_points_that_no_vote_can_reach_go(k: int) -> None:
    """Of points in one place and of one class the first k are enough."""
    rng = np.random.default_rng(k)
    grid = rng.integers(0, 4, (300, 2)).astype(np.float64)
    labels = (grid.sum(axis=1) > 3) ^ (rng.random(300) < 0.1)
    model = emlearn.convert(KNeighborsClassifier(k).fit(grid, labels))
    assert len(model.record.points) <= 32 * k < 300
    assert model.verify(rng.uniform(-1, 5, (300, 2))).ok
    regressor = emlearn.convert(KNeighborsRegressor(k).fit(grid, labels * 1.0))
    assert len(regressor.record.points) == len(model.record.points) and regressor.verify(rng.uniform(-1, 5, (300, 2))).ok


@pytest.mark.parametrize("n", [60, 30, 12])
def test_a_machine_with_fewer_vectors_keeps_within_the_bound_that_it_tells(n: int) -> None:
    model = emlearn.convert(make_pipeline(StandardScaler(), SVC(C=5.0)).fit(X, y), max_points=n, calibration=X)
    _, last = model.record.stages  # rows are scaled first
    assert len(last.points) <= n
    report = model.verify(np.concatenate([X, X + 0.3]))
    assert report.ok
    assert "answers change" in model.describe()["max_points on calibration rows"]


def test_fewer_vectors_cost_little_at_first() -> None:
    digits, labels = load_digits(return_X_y=True)
    estimator = SVC().fit(digits[::2], labels[::2])
    model = emlearn.convert(estimator, max_points=200)
    assert len(emlearn.convert(estimator).record.points) > 450
    report = model.verify(digits[1::2], labels[1::2])
    assert report.ok and report.ties < 10 and report.score > report.estimator_score - 0.005
    assert re.match(r"\d+, which change a decision by at most", model.describe()["left out by max_points"])


@given(st.integers(0, 2**31), st.integers(2, 5), st.sampled_from(["classifier", "regressor", "detector"]))
def test_random_machines_keep_within_the_residual(seed: int, n_groups: int, kind: str) -> None:
    """Each decision is within what the kernel's space allows, also far away from all vectors."""
    rows, labels, others = clouds(seed, 3, n_groups, 60)
    estimator: Any = {"classifier": SVC(decision_function_shape="ovo"), "regressor": SVR(), "detector": OneClassSVM(nu=0.3)}[kind]
    estimator.fit(rows, labels)
    n = n_groups + seed % 30
    model = emlearn.convert(estimator, max_points=n)
    assert len(model.record.points) <= n
    op = "predict" if kind == "regressor" else "decision_function"
    raw = model.input.check(others)
    error = np.abs(model.answer(op, raw) - expected_answers(model, model.input.features(raw, np.float64))[op])
    assert np.all(error <= svm.bound(model.record, op, raw)) and model.verify(others).ok


def test_neighbours_with_fewer_points_answer_better_than_a_random_choice() -> None:
    digits, labels = load_digits(return_X_y=True)
    rows, truth = digits[1::2], labels[1::2]
    draws = [np.random.default_rng(seed).permutation(len(digits) // 2)[:100] for seed in range(5)]
    for k in (1, 3):
        estimator = KNeighborsClassifier(k).fit(digits[::2], labels[::2])
        model = emlearn.convert(estimator, input="uint8", max_points=100, calibration=rows)
        assert len(model.record.points) == 100 and model.record.arithmetic.startswith("whole")
        report = model.verify(rows, truth)
        lost = re.match(r"(\d+) of 898 answers change", model.describe()["max_points on calibration rows"])
        assert lost and 0 <= int(lost[1]) - np.sum(model.predict(rows) != estimator.predict(rows)) <= 2  # votes that are even
        random = [KNeighborsClassifier(k).fit(digits[::2][drawn], labels[::2][drawn]).score(rows, truth) for drawn in draws]
        assert report.score > np.mean(random) + 0.01
        assert "of the 899 points themselves" in model.describe()["left out by max_points"]


def test_means_of_fewer_points() -> None:
    targets = np.sin(X[:, 0]) + X[:, 2]
    estimator = make_pipeline(StandardScaler(), KNeighborsRegressor(4, weights="distance")).fit(X, targets)
    model = emlearn.convert(estimator, max_points=60, calibration=X)
    _, last = model.record.stages  # rows are scaled first
    assert len(last.points) == 60
    assert np.sqrt(np.mean((model.predict(X) - targets) ** 2)) < 0.1 * targets.std()
    assert re.search(r"left out by max_points \d+, which changes means by at most", model.describe()["stage 1"])
    assert "predict by at most" in model.describe()["max_points on calibration rows"]


def test_what_does_not_go_is_refused_by_name() -> None:
    for estimator, n, kind, message in [
        (DecisionTreeClassifier(), 5, emlearn.UnsupportedError, "keep neither training rows nor support vectors"),
        (SVC(kernel="poly"), 5, emlearn.UnsupportedError, "only machines with kernel='rbf' have it, not 'polynomial'"),
        (SVC(), 2, emlearn.InvalidInputError, "each of the 3 classes needs a support vector"),
        (KNeighborsClassifier(5), 4, emlearn.InvalidInputError, "5 neighbours are asked"),
        (LocalOutlierFactor(novelty=True), 9, emlearn.UnsupportedError, "Density models need all their points"),
        (RadiusNeighborsClassifier(outlier_label=0), 9, emlearn.UnsupportedError, "Within models need all their points"),
        (SVC(), 0, emlearn.InvalidInputError, "max_points=0 is no number of points"),
        (SVC(), 2.5, emlearn.InvalidInputError, "max_points=2.5 is no number of points"),
    ]:
        with pytest.raises(kind, match=message):
            emlearn.convert(estimator.fit(X, y), max_points=n)


def test_a_chip_that_is_too_small_says_how_many_fit() -> None:
    record = emlearn.convert(SVC(gamma=5.0).fit(X, y)).record
    n, each = len(record.points), 4 * 4 + 2 * 4
    assert f"About {n - 10} of its {n} points" in room(record, 10 * each) and room(record, 10 * each).endswith(f"max_points={n - 10}")
    assert room(record, n * each) == ""
    assert f"About 20 of its {n} points" in room(record, 0, largest_table=20 * 16)
    assert room(emlearn.convert(DecisionTreeClassifier().fit(X, y)).record, 100) == ""


@pytest.mark.device
def test_the_advice_fits() -> None:
    digits, labels = load_digits(return_X_y=True)
    estimator = SVC().fit(digits, labels)
    model = emlearn.convert(estimator)
    try:
        row = model.bench(digits[:2], targets=["cortex-m0plus"]).rows[0]
    except emlearn.targets.ToolMissingError as error:
        pytest.skip(str(error))
    if row.fits:  # a large chip: nothing to be told
        return
    n = int(re.search(r"give max_points=(\d+)", row.error)[1])
    assert emlearn.convert(estimator, max_points=n - 40).bench(digits[:2], targets=["cortex-m0plus"]).rows[0].fits
