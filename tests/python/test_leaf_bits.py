"""``leaf_bits=``: leaves in fewer bits lose no more than is stated, and ``"auto"`` loses no answer on its rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
import skops.io
from emlearn import leafbits
from emlearn.cli import app
from emlearn.families import trees
from emlearn.families.trees.encode import encoded
from emlearn.families.trees.encode.binary import Binary
from emlearn.families.trees.encode.counts import Counts
from emlearn.families.trees.encode.fixed import Fixed
from emlearn.families.trees.kernels import valid
from emlearn.options import Options
from forests import grow, rows
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from typer.testing import CliRunner

X, Y = load_iris(return_X_y=True)
X = X.astype(np.float32)
DIABETES, PROGRESS = load_diabetes(return_X_y=True)
DIABETES = DIABETES.astype(np.float32)

CLASSIFIERS = {
    "tree": DecisionTreeClassifier(max_depth=3, random_state=0),
    "forest": RandomForestClassifier(7, min_samples_leaf=4, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=5, random_state=0),
    "histogram": HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=6),
    "isolation": IsolationForest(n_estimators=8, max_samples=32, random_state=0),
    "scaled": make_pipeline(StandardScaler(), RandomForestClassifier(3, max_depth=3, random_state=0)),
    "voting": VotingClassifier([("f", RandomForestClassifier(3, max_depth=3, random_state=0)), ("b", GaussianNB())], voting="soft"),
}
REGRESSORS = {
    "tree": DecisionTreeRegressor(max_depth=4, random_state=0),
    "forest": RandomForestRegressor(5, max_depth=4, random_state=0),
    "boosting": GradientBoostingRegressor(n_estimators=5, random_state=0),
}


@given(
    seed=st.integers(0, 2**32 - 1),
    bits=st.integers(1, 16),
    n_trees=st.integers(1, 12),
    outputs=st.sampled_from([(2,), (3,), (10,), (70,), (2, 3)]),
    kind=st.sampled_from(["classifier", "regressor"]),
    optimize=st.sampled_from(["size", "balanced", "speed"]),
)
def test_nothing_is_lost_but_what_is_stated(seed: int, bits: int, n_trees: int, outputs: tuple[int, ...], kind: str, optimize: str) -> None:
    rng = np.random.default_rng(seed)
    outputs = outputs if kind == "classifier" else (1,)
    if kind == "classifier":
        n = rng.integers(1, 60, (12, 1))
        leaves = np.concatenate([rng.multinomial(n[:, 0], rng.dirichlet(np.ones(count))) / n for count in outputs], axis=1)
    else:
        leaves = rng.normal(size=(12, 1)) * 10.0 ** rng.integers(-5, 6) + rng.normal() * 10.0 ** rng.integers(-5, 6)
    exact = grow(rng, n_trees=n_trees, n_nodes=15, leaves=leaves, outputs=outputs, kind=kind, optimize=optimize)
    short = trees.finish(exact, Options(optimize=optimize, leaf_bits=bits))
    assert short.short is not None and short.short.bits == bits and valid(short)
    tables = encoded(short)
    if isinstance(tables.leaves, Fixed | Binary):
        assert int(tables.nodes.payload.max()) < 1 << bits
    raw = rows(rng, exact, 60)
    for op in exact.ops:
        got, same = trees.run(short, op, raw), trees.reference(short, op, raw)
        want = trees.reference(exact, op, raw)
        if op == "predict" and kind == "classifier":
            np.testing.assert_array_equal(got, same)
            blocks = np.split(trees.reference(exact, "predict_proba", raw).astype(np.float64), np.cumsum(outputs)[:-1], axis=1)
            gap = np.column_stack([np.diff(np.sort(block, axis=1)[:, -2:], axis=1)[:, 0] for block in blocks])
            assert np.all((got == want) | (gap <= trees.margin(short, raw) + 1e-6))
        else:
            bound = trees.bound(short, op, raw)
            assert np.all(np.abs(got.astype(np.float64) - want) <= bound + 2.0**-23 * np.abs(want))


def test_leaves_of_equal_bits_are_one_and_their_splits_fall_away() -> None:
    exact = emlearn.convert(CLASSIFIERS["tree"].fit(X, Y)).record
    votes = emlearn.convert(CLASSIFIERS["tree"], leaf_bits=1).record
    assert votes.n_nodes < exact.n_nodes and set(np.unique(votes.leaves)) == {0.0, 1.0}


@pytest.mark.parametrize("bits", [1, 3, 8, 16, 32])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_verify_by_the_stated_bound(name: str, bits: int) -> None:
    model = emlearn.convert(CLASSIFIERS[name].fit(X, Y), leaf_bits=bits, calibration=X)
    report = model.verify(X)
    assert report.ok, report
    changed = int(model.describe()["on calibration rows"].split()[0])
    assert changed >= report.ties and changed <= report.ties + len(report.disagreements)


@pytest.mark.parametrize("bits", [1, 3, 8, 16, 32])
@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors_verify_by_the_stated_bound(name: str, bits: int) -> None:
    estimator = REGRESSORS[name].fit(DIABETES, PROGRESS)
    report = emlearn.convert(estimator, leaf_bits=bits).verify(DIABETES)
    assert report.ok, report
    if bits == 32:
        assert report.bound < 1e-3


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_auto_takes_the_fewest_bits_that_change_no_answer(name: str) -> None:
    estimator = CLASSIFIERS[name].fit(X, Y)
    exact = emlearn.convert(estimator, optimize="size")
    model = exact.again(leaf_bits="auto", calibration=X)
    np.testing.assert_array_equal(model.predict(X), exact.predict(X))
    fact = model.describe()["on calibration rows"]
    if (found := fact.partition("takes ")[2]) and (bits := int(found.partition(":")[0])) > 1:
        assert np.any(exact.again(leaf_bits=bits - 1).predict(X) != exact.predict(X))
    assert model.report().total_bytes <= exact.report().total_bytes
    assert fact in model.save()


def test_auto_keeps_exact_leaves_where_fewer_bits_do_not_do_or_are_no_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = emlearn.convert(CLASSIFIERS["forest"].fit(X, Y))
    with monkeypatch.context() as patch:
        patch.setattr(leafbits, "_table_bytes", lambda record: 0 if record.short is None else 1)
        model = exact.again(leaf_bits="auto", calibration=X)
    assert re.fullmatch(r"leaf_bits='auto' keeps exact leaves: \d+ bits would be larger", model.describe()["on calibration rows"])
    assert model.record == exact.record
    monkeypatch.setattr(leafbits, "MOST_LEAF_BITS", 0)
    model = exact.again(leaf_bits="auto", calibration=X)
    assert model.describe()["on calibration rows"] == "leaf_bits='auto' keeps exact leaves: 0 bits change answers"
    assert model.record == exact.record


@pytest.mark.parametrize("estimator", [
    RandomForestClassifier(5, max_depth=4, min_samples_leaf=2, random_state=0), DecisionTreeRegressor(max_depth=4, random_state=0),
    RandomForestRegressor(3, max_depth=4, random_state=0),
], ids=["counts", "tree", "forest"])  # fmt: skip
@pytest.mark.parametrize("optimize", ["size", "speed"])
def test_headers(estimator: Any, optimize: str) -> None:
    model = emlearn.convert(estimator.fit(X, Y), optimize=optimize, leaf_bits=3)
    assert isinstance(encoded(model.record).leaves, Counts | Fixed)
    report = model.verify(X, compile=True)
    assert report.ok, report
    assert "// leaf bits: 3, by request: what the trees give is off by at most " in model.save()


@pytest.mark.parametrize(("options", "error", "message"), [
    ({"leaf_bits": -1}, emlearn.InvalidInputError, "leaf_bits=-1 is not 1 to 16, 32 (float32) or 'auto'; leave it out"),
    ({"leaf_bits": 17}, emlearn.InvalidInputError, "leaf_bits=17 is not 1 to 16"),
    ({"leaf_bits": 2.0}, emlearn.InvalidInputError, "leaf_bits=2.0 is not 1 to 16"),
    ({"leaf_bits": True}, emlearn.InvalidInputError, "leaf_bits=True is not 1 to 16"),
    ({"leaf_bits": "8"}, emlearn.InvalidInputError, "leaf_bits='8' is not 1 to 16"),
    ({"leaf_bits": "auto"}, emlearn.InvalidInputError, "leaf_bits='auto' needs calibration="),
    ({"leaf_bits": "auto", "calibration": X[:0]}, emlearn.InvalidInputError, "calibration= has no rows"),
    ({"calibration": X}, emlearn.InvalidInputError, "calibration= goes with a quantised numeric=, or with leaf_bits="),
])  # fmt: skip
def test_bad_arguments(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        emlearn.convert(CLASSIFIERS["tree"].fit(X, Y), **options)
    assert message in str(caught.value)


def test_what_has_no_such_leaves() -> None:
    for estimator in (GaussianNB().fit(X, Y), AdaBoostClassifier(n_estimators=3).fit(X, Y)):
        with pytest.raises(emlearn.UnsupportedError, match=r"leaf_bits=12: .* models have no leaves to shorten; leave it out"):
            emlearn.convert(estimator, leaf_bits=12)
        with pytest.warns(emlearn.compat.CompatibilityWarning, match=r"leaf_bits=8 changes nothing: .* has no leaves that hold"):
            assert emlearn.convert(estimator, leaf_bits=8).record == emlearn.convert(estimator).record
    pair = DecisionTreeRegressor(max_depth=2).fit(X, np.column_stack([Y, Y]))
    with pytest.raises(emlearn.UnsupportedError, match="leaf_bits=4: a regressor of several outputs has float leaves only"):
        emlearn.convert(pair, leaf_bits=4)
    with pytest.raises(emlearn.UnsupportedError, match="leaf_bits='auto': the answers of a regressor are numbers"):
        emlearn.convert(REGRESSORS["tree"].fit(X, Y), leaf_bits="auto", calibration=X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        emlearn.convert(CLASSIFIERS["tree"].fit(X, Y), leaf_bits=8)


def test_shell(tmp_path: Path) -> None:
    estimator = CLASSIFIERS["forest"].fit(X, Y)
    skops.io.dump(estimator, tmp_path / "m.skops")
    np.save(tmp_path / "X.npy", X)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["convert", str(tmp_path / "m.skops"), "--json", *arguments])

    made = json.loads(run("--leaf-bits", "auto", "--calibration", str(tmp_path / "X.npy")).stdout)
    assert made["text"] == emlearn.convert(estimator, leaf_bits="auto", calibration=X).save(name="model")
    assert json.loads(run("--leaf-bits", "3").stdout)["text"] == emlearn.convert(estimator, leaf_bits=3).save(name="model")
    for bad, message in (("auto", "needs calibration="), ("many", "leaf_bits='many' is not 1 to 16")):
        result = run("--leaf-bits", bad)
        assert result.exit_code == 2 and message in result.output
