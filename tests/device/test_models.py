"""Converted models of every kind on the compiled host and on emulated chips, against scikit-learn.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import time

import emlearn
import numpy as np
import pytest
from cases import CASES
from emlearn import targets
from sklearn.datasets import load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

CHIPS = ["avr-atmega328p", "cortex-m0plus"]


def rows_of(X: np.ndarray, count: int) -> np.ndarray:
    """Rows from all over X: datasets are sorted by class."""
    return X[np.linspace(0, len(X) - 1, min(count, len(X))).astype(int)]


@pytest.mark.parametrize("name", CASES)
def test_the_compiled_header_agrees_on_all_rows(name):
    model, X = CASES[name]()
    report = model.verify(X, compile=True)
    assert report.ok, str(report)
    assert report.ran == "compiled header" and report.rows == len(X)


@pytest.mark.device
@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("name", CASES)
def test_the_chip_agrees(name, chip, installed):
    installed(chip)
    model, X = CASES[name]()
    report = model.verify(rows_of(X, 60), target=chip)
    assert report.ok, str(report)
    assert report.ran == chip


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega2560", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imc"])
@pytest.mark.parametrize("name", ["forest on integers", "network", "naive Bayes", "mixture"])
def test_larger_chips_agree(name, chip, installed):
    installed(chip)
    model, X = CASES[name]()
    report = model.verify(rows_of(X, 30), target=chip)
    assert report.ok, str(report)


@pytest.mark.device
@pytest.mark.parametrize("name", ["forest on integers", "multilabel network", "tree regressor with two outputs"])
def test_two_emulators_of_one_core_give_the_same_bits(name, installed):
    installed("cortex-m0plus")
    model, X = CASES[name]()
    rows = model.input.check(rows_of(X, 50))
    one, other = (targets.run("cortex-m0plus", model, rows, emulator=kind) for kind in ("qemu", "unicorn"))
    assert all(one[op].tobytes() == other[op].tobytes() for op in model.record.ops)


@pytest.mark.device
@pytest.mark.parametrize("chip", CHIPS)
def test_measuring_a_forest_on_a_thousand_rows(chip, installed):
    installed(chip)
    model, X = CASES["forest on integers"]()
    rows = model.input.check(X[:1000])
    start = time.monotonic()
    first = targets.measure(chip, model, rows, ["predict"])["predict"]
    assert time.monotonic() - start < 60  # about a second; ten times more where the machine is busy
    second = targets.measure(chip, model, rows, ["predict"])["predict"]
    assert np.array_equal(first.cycles, second.cycles) and first.stack == second.stack
    tables = sum(table.n_bytes for table in model.part().all_tables)
    assert tables < first.flash < tables + 4000
    assert 0 < first.stack < 600
    assert np.array_equal(first.answers, targets.run("host", model, rows, ["predict"])["predict"])


@pytest.mark.device
@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(3, max_leaf_nodes=3, random_state=1),
        RandomForestClassifier(5, max_depth=3, random_state=1),
        DecisionTreeClassifier(max_leaf_nodes=8, random_state=0),
        DecisionTreeRegressor(max_leaf_nodes=20, random_state=0),
        GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0),
    ],
    ids=str,
)
def test_the_size_mode_of_small_trees_is_the_smallest(estimator, installed):
    """As code or as tables, whichever is smaller with what reads it; one tree alone adds nothing, so no addition is linked."""
    installed("cortex-m0plus")
    X, y = load_wine(return_X_y=True)
    model = emlearn.convert(estimator.fit(X, X[:, 0] * y if isinstance(estimator, DecisionTreeRegressor) else y > 0))
    rows = model.bench(X[:3], ["cortex-m0plus"], optimize=["size", "balanced", "speed"]).rows
    assert rows[0].flash == min(row.flash for row in rows), rows
    assert len(getattr(model.record, "roots", ())) != 1 or [row.library for row in rows] == [0, 0, 0]
