"""Platt's probabilities: libsvm's own steps, within a bound that knows where its iteration stops.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families import svm
from emlearn.families.svm import pairwise
from emlearn.report.verify import compare, expected_answers
from hypothesis import given
from hypothesis import strategies as st
from parity.cases.svm import clouds, with_probabilities
from sklearn.datasets import load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, NuSVC

pytestmark = pytest.mark.filterwarnings("ignore:The `probability` parameter was deprecated")

FLAGS = ["-Os", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
COMPILERS = [["g++", "-std=c++11"], ["clang++-16", "-std=c++20"], ["avr-g++", "-std=gnu++11", "-mmcu=atmega328p"]]


def check(model: emlearn.Model, rows: np.ndarray) -> float:
    """The largest share of its bound that an error takes; kernels and reference both."""
    raw = model.input.check(rows)
    expected = expected_answers(model, model.input.features(raw, np.float64))
    bound = svm.bound(model.record, "predict_proba", raw)
    worst = 0.0
    for way in (svm.run, svm.reference):
        answers = {op: way(model.record, op, raw) for op in model.record.ops}
        report = compare(model, raw, answers, expected, way.__name__)
        assert report.ok, f"{model}\n{report}"
        worst = max(worst, float(np.max(np.abs(answers["predict_proba"] - expected["predict_proba"]) / bound)))
    return worst


@st.composite
def models(draw: st.DrawFn) -> tuple[emlearn.Model, np.ndarray]:
    seed, n_groups = draw(st.integers(0, 2**31)), draw(st.integers(2, 6))
    X, y, rows = clouds(seed, draw(st.integers(1, 5)), n_groups, 60)
    kernel = draw(st.sampled_from(["rbf", "linear", "poly", "sigmoid"]))
    options = {"kernel": kernel, "degree": 2, "probability": True, "random_state": 0, "max_iter": 500}
    shape = draw(st.sampled_from(["ovr", "ovo"]))
    if draw(st.booleans()):
        machine: Any = NuSVC(nu=0.05, decision_function_shape=shape, **options)
    else:
        machine = SVC(C=draw(st.sampled_from([0.1, 10.0, 1e4])), decision_function_shape=shape, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = make_pipeline(StandardScaler(), machine).fit(X, y)
    if draw(st.booleans()) and kernel == "rbf":
        return emlearn.convert(estimator, input="int16", input_scale=0.01, numeric="int16"), np.rint(100 * np.clip(rows, -300, 300))
    return emlearn.convert(estimator), rows


@given(models())
def test_random_models(drawn: tuple[emlearn.Model, np.ndarray]) -> None:
    model, rows = drawn
    if isinstance(model.record, emlearn.record.Chain):
        assert model.verify(rows).ok
    else:
        check(model, rows)


@pytest.mark.campaign
@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly", "sigmoid"])
@pytest.mark.parametrize("n_groups", [2, 3, 6])
def test_fifty_fits(n_groups: int, kernel: str) -> None:
    for seed in range(50):
        X, y, rows = clouds(seed, 3, n_groups, 90)
        report = emlearn.convert(with_probabilities(SVC(kernel=kernel, degree=2)).fit(X, y)).verify(rows)
        assert report.ok, f"seed {seed}: {report}"


def test_iris_is_close_and_its_bound_is_not_idle() -> None:
    X, y = load_iris(return_X_y=True)
    model = emlearn.convert(with_probabilities(SVC(gamma=0.5)).fit(X, y))
    assert model.record.ops == ("predict", "decision_function", "predict_proba")
    assert 1e-3 < check(model, X) < 1
    bound = svm.bound(model.record, "predict_proba", model.input.check(X)).max(axis=1)
    assert np.median(bound) < 1e-3 and bound.max() < 0.02


def test_each_bound_alone_holds() -> None:
    """Of steps, where no rounding could stop one way earlier; of the tolerance, everywhere."""
    X, y = load_iris(return_X_y=True)
    estimator = with_probabilities(SVC()).fit(X, y)
    record = emlearn.convert(estimator).record
    raw = X.astype(np.float32)
    value, wide = svm.bounds.decisions(record, raw, None)
    error = np.abs(svm.run(record, "predict_proba", raw) - estimator.predict_proba(raw.astype(np.float64)))
    sigmoids = record.sigmoids.astype(np.float64)
    coupling = pairwise._Coupling(pairwise.shares(value, sigmoids), np.abs(sigmoids[:, 0]) * wide / 4 + 1e-6, 3)
    assert np.all(error[coupling.sure] <= 2 * coupling.error[coupling.sure]) and coupling.sure.mean() > 0.2
    assert np.all(error <= pairwise._of_tolerance(coupling)) and coupling.rounds.max() < 20


def test_pairs_that_contradict_each_other_end() -> None:
    """Each of three classes beats the next one, by as much as libsvm allows; and certain ones."""
    for pairs in ([1.0, 0.0, 1.0], [1.0, 1.0, 0.5], [0.5, 0.0, 0.0], [0.0, 0.0, 0.0]):
        shares = np.clip(np.array([pairs], np.float32), 1e-7, 0.9999999)
        found = pairwise.coupled(shares, 3)
        assert np.all(np.isfinite(found)) and found.sum() == pytest.approx(1, abs=1e-5) and found.min() >= 0
        wide = pairwise.coupled(shares.astype(np.float64), 3)
        assert np.abs(found - wide).max() < 1e-4


def test_a_vote_takes_the_probabilities_of_machines() -> None:
    X, y = load_iris(return_X_y=True)
    members = [("svc", with_probabilities(SVC(gamma=0.5))), ("linear", LogisticRegression(max_iter=500))]
    voting = VotingClassifier(members, voting="soft").fit(X, y)
    report = emlearn.convert(voting).verify(X)
    assert report.ok and report.ties == 0


def test_machines_without_probabilities_have_none() -> None:
    X, y = load_iris(return_X_y=True)
    assert "predict_proba" not in emlearn.convert(SVC().fit(X, y)).record.ops


@pytest.mark.parametrize("compiler", COMPILERS, ids=" ".join)
@pytest.mark.parametrize("n_groups", [2, 5])
def test_headers_compile(n_groups: int, compiler: list[str], tmp_path: Path) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed")
    X, y, _ = clouds(0, 3, n_groups)
    model = emlearn.convert(with_probabilities(SVC()).fit(X, y), input="int16", input_scale=0.01)
    model.save(tmp_path / "model.hpp", bundle=True)
    text = '#include "model.hpp"\nint f(const int16_t* x, float* out) { model::predict_proba(x, out); return model::predict(x); }\n'
    (tmp_path / "main.cpp").write_text(text)
    outcome = subprocess.run([*compiler, *FLAGS, "-c", "main.cpp"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("n_groups", [2, 4])
def test_chips_answer_within_the_bound(n_groups: int, target: str) -> None:
    X, y, rows = clouds(1, 3, n_groups)
    try:
        report = emlearn.convert(with_probabilities(SVC()).fit(X, y)).verify(rows[::10], target=target)
    except emlearn.targets.ToolMissingError as error:
        pytest.skip(str(error))
    assert report.ok
