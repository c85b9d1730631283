"""What networks in integers lose, as verify and the shell tell it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import pickle
import re

import emlearn
import numpy as np
import pytest
from emlearn.cli import app
from mlp_networks import network
from random_networks import integers
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.tree import DecisionTreeClassifier
from typer.testing import CliRunner


def rows(seed: int, n: int = 200) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5)).astype(np.float32)


@pytest.mark.parametrize("hidden", ["relu", "tanh"])
def test_verify_counts_what_changed_and_what_was_cut_off(hidden: str) -> None:
    estimator = network("multiclass", hidden, [5, 8, 6], seed=1, size=2.0)
    model = emlearn.convert(estimator, numeric="int8", calibration=rows(0))
    beyond = 3 * rows(1)
    report = model.verify(beyond, estimator.predict(beyond))
    found = report.losses
    changed = model.predict(beyond) != estimator.predict(beyond)
    assert found.kept == 1 - np.mean(changed) == report.score < 1
    best = np.sort(estimator.predict_proba(beyond.astype(np.float64)), axis=1)
    assert found.worst_gap == np.max((best[:, -1] - best[:, -2])[changed])
    assert [step.name for step in found.steps] == ["intake", "layer 0", "layer 1", "layer 2"]
    intake = found.steps[0]
    assert (intake.low, intake.high, intake.values) == (beyond.min(), beyond.max(), beyond.size)
    taken = model.record.intake
    assert intake.saturated == np.count_nonzero(beyond > taken.scale * (taken.top + 0.5) + taken.offset) > 0
    if hidden == "relu":
        first = np.maximum(beyond @ estimator.coefs_[0] + estimator.intercepts_[0], 0)
        assert np.isclose(found.steps[1].high, first.max()) and found.steps[1].saturated > 0
    assert f"integers: {found.kept:.4f} of the classes kept, worst margin lost" in str(report)
    assert f"  layer 1: {found.steps[2].text()}" in str(report)


def test_regressors_and_stages_before_a_network() -> None:
    estimator = network("regressor", "relu", [5, 6], seed=3)
    model = emlearn.convert(estimator, numeric="int16", calibration=rows(0))
    report = model.verify(rows(1))
    assert 0.99 < report.losses.kept < 1 and "of the spread kept" in str(report)
    behind = make_pipeline(MinMaxScaler(clip=True).fit(rows(0).astype(np.float64)), network("multiclass", "relu", [5, 6], seed=3))
    found = emlearn.convert(behind, numeric="int8", calibration=rows(0)).verify(3 * rows(1)).losses
    assert found.steps[0].low == 0 and found.steps[0].high == 1  # what the scaler gives


def test_float_models_and_trees_lose_nothing() -> None:
    estimator = network("multiclass", "relu", [5, 6], seed=3)
    assert emlearn.convert(estimator).verify(rows(1)).losses is None
    tree = DecisionTreeClassifier(random_state=0).fit(rows(0), rows(0)[:, 0] > 0)
    assert emlearn.convert(tree).verify(rows(1)).losses is None


def test_convolutions_are_told_layer_by_layer() -> None:
    for seed in range(4):
        model, raw = integers(seed)
        steps = model.record.calibration.seen
        weighted = [k for k, layer in enumerate(model.record.layers) if layer.numbers is not None]
        assert [step.name for step in steps] == ["intake", *(f"layer {k}" for k in weighted)]
        assert steps[0].values == 15 * raw.shape[1]
        for step in steps:
            assert step.low <= step.high and 0 <= step.saturated <= step.values and 0 <= step.zeros <= 1
            assert model.describe()[f"{step.name} on them"] == step.text()


@pytest.fixture
def files(tmp_path, monkeypatch):
    estimator = network("multiclass", "relu", [5, 8], seed=1)
    (tmp_path / "net.pkl").write_bytes(pickle.dumps(estimator))
    np.save(tmp_path / "rows.npy", rows(0))
    np.save(tmp_path / "X.npy", rows(1))
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def test_the_shell_converts_to_integers(files) -> None:
    runner, options = files, ["net.pkl", "--trust", "--numeric", "int8", "--calibration", "rows.npy"]
    made = runner.invoke(app, ["convert", *options])
    assert made.exit_code == 0 and "multilayer perceptron in int8" in made.stdout and re.search(r"int8_t weights0\[", made.stdout)
    told = runner.invoke(app, ["verify", *options, "--data", "X.npy"])
    assert told.exit_code == 0 and "kept by integers" in told.stdout and "layer 1" in told.stdout and "cut off" in told.stdout
    plain = json.loads(runner.invoke(app, ["verify", *options, "--data", "X.npy", "--json"]).stdout)
    assert plain["losses"]["kept"] > 0.9 and plain["losses"]["steps"][0]["name"] == "intake"
    exact = json.loads(runner.invoke(app, ["verify", "net.pkl", "--trust", "--data", "X.npy", "--json"]).stdout)
    assert exact["losses"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--numeric", "int8"], "numeric='int8' needs calibration=: rows like those"),
        (["--numeric", "int9"], "numeric='int9' is unknown: choose one of exact, int8"),
        (["--calibration", "rows.npy"], "calibration= goes with a quantised numeric="),
        (["--numeric", "int8", "--calibration", "gone.npy"], "gone.npy"),
    ],
)
def test_the_shell_refuses_what_does_not_go_together(files, arguments: list[str], message: str) -> None:
    for command in (["convert"], ["verify", "--data", "X.npy"], ["bench", "--data", "X.npy", "--target", "cortex-m4f"]):
        found = files.invoke(app, [command[0], "net.pkl", "--trust", *command[1:], *arguments])
        assert found.exit_code == 2 and message in found.stderr, (command, found.output)
