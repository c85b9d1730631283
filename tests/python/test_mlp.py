"""Multilayer perceptrons: kernel, reference and scikit-learn within the stated bound; folding; refusals.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn._kernels import mlp as kernels
from emlearn.families import mlp
from emlearn.families.mlp.record import HIDDEN as RECORD_HIDDEN
from emlearn.families.mlp.record import OUTPUT
from emlearn.inputs import C_TYPES
from emlearn.record import Chain
from emlearn.report.verify import expected_answers
from hypothesis import given
from hypothesis import strategies as st
from mlp_networks import HIDDEN, KINDS, network, networks, raw_rows
from parity.cases.mlp import CASES
from scipy.sparse import csr_matrix
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

seeds = st.integers(0, 2**32 - 1)


def check(model: emlearn.Model, raw: np.ndarray) -> None:
    """Kernel and reference within the bound of scikit-learn, and of each other's classes, wherever the bound is finite."""
    record = model.record
    with np.errstate(over="ignore"):  # scikit-learn's own, in exp
        expected = expected_answers(model, model.input.features(raw, np.float64))
    finite = np.ones(len(raw), dtype=bool)
    for op in record.ops:
        if op == "predict" and record.task.is_discrete:
            continue
        bound = mlp.bound(record, op, raw)
        assert bound.shape == expected[op].shape and not np.any(np.isnan(bound))
        finite &= np.all(np.isfinite(bound), axis=1)
        for answer in (mlp.run(record, op, raw), mlp.reference(record, op, raw)):
            assert answer.dtype == np.float32
            with np.errstate(invalid="ignore"):
                error = np.abs(answer.astype(np.float64) - expected[op])
            assert np.all(error[finite] <= bound[finite]), (op, np.max(error[finite] / bound[finite]))
    if record.task.is_discrete:
        margin = mlp.margin(record, raw)
        proba = expected["predict_proba"]
        gap = 2 * np.abs(proba - 0.5) if record.task.kind == "multilabel" else np.diff(np.sort(proba, axis=1)[:, -2:], axis=1)
        assert margin.shape == gap.shape
        for answer in (mlp.run(record, "predict", raw), mlp.reference(record, "predict", raw)):
            assert answer.dtype == np.int32
            assert np.all((answer == expected["predict"]) | (gap <= margin))


@given(networks(), seeds)
def test_float_rows(estimator: MLPClassifier, seed: int) -> None:
    check(emlearn.convert(estimator), raw_rows("float32", estimator.n_features_in_, seed))


@given(networks(), st.sampled_from(list(C_TYPES)), seeds)
def test_every_input_type_behind_a_scale(estimator: MLPClassifier, dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = estimator.n_features_in_
    scale, offset = rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-5, 0, n), rng.normal(size=n) * 10.0 ** rng.integers(-2, 3)
    model = emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset)
    assert isinstance(model.record, mlp.Mlp) and model.record.input == dtype
    check(model, raw_rows(dtype, n, seed))


@given(networks(), st.sampled_from([StandardScaler, MinMaxScaler]), seeds)
def test_scalers_fold(estimator: MLPClassifier, scaler: type, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = estimator.n_features_in_
    X = rng.normal(size=(40, n)) * 10.0 ** rng.integers(-2, 3, n) + rng.normal(size=n) * 100
    pipeline = make_pipeline(scaler().fit(X), estimator)
    model = emlearn.convert(pipeline, input="float64")
    assert isinstance(model.record, mlp.Mlp)
    check(model, X)


def test_bindings_are_the_closed_list() -> None:
    assert RECORD_HIDDEN == HIDDEN
    assert set(kernels.combinations) == set(itertools.product(C_TYPES, RECORD_HIDDEN, OUTPUT))
    assert len(kernels.combinations) == len(set(kernels.combinations))


@pytest.mark.parametrize(("dtype", "hidden", "output"), kernels.combinations)
def test_every_kernel(dtype: str, hidden: str, output: str) -> None:
    kinds = {"exp": ["poisson"], "identity": KINDS[3:5], "logistic": ["binary", "multilabel"], "softmax": ["multiclass"]}[output]
    for kind, sizes in itertools.product(kinds, ([3], [3, 5], [3, 4, 6, 5])):
        model = emlearn.convert(network(kind, hidden, sizes, seed=7), input=dtype, input_scale=0.01)
        assert model.record.output == output
        check(model, raw_rows(dtype, 3, seed=1))


@pytest.mark.parametrize("name", CASES)
def test_parity_case(name: str) -> None:
    estimator, X = CASES[name](0)
    report = emlearn.convert(estimator).verify(X)
    assert report.ok and report.agreement == 1, str(report)
    if "regressor" not in name:
        # Useful, not only true: three digits of a probability are promised on all of these.
        assert report.bound < 2e-3, str(report)


@pytest.mark.parametrize("kind", KINDS)
def test_verify_sees_a_wrong_weight(kind: str) -> None:
    estimator = network(kind, "tanh", [5, 6], seed=3)
    model = emlearn.convert(estimator)
    X = raw_rows("float32", 5, seed=2)[4:]
    assert model.verify(X).ok
    weights = model.record.weights.copy()
    weights[-1] += np.float32(0.01)
    wrong = emlearn.Model(dataclasses.replace(model.record, weights=weights), model.head, model.input, estimator)
    assert not wrong.verify(X).ok


@pytest.mark.parametrize("hidden", HIDDEN)
def test_saturated_rows_give_numbers(hidden: str) -> None:
    X = np.array([[1e30, 1e30], [-1e30, 1e30], [1e30, -1e30], [0, 0]], dtype=np.float32)
    for kind in ("binary", "multiclass", "multilabel"):
        model = emlearn.convert(network(kind, hidden, [2, 4], seed=1))
        proba = model.predict_proba(X)
        assert np.all(np.isfinite(proba)) and np.all((proba >= 0) & (proba <= 1))
        check(model, X)


def test_bound_is_infinite_where_float_overflows() -> None:
    estimator = network("poisson", "identity", [1], seed=0)
    estimator.coefs_[0][...], estimator.intercepts_[0][...] = 1, 0
    model = emlearn.convert(estimator)
    X = np.array([[1.0], [88.0], [89.0], [200.0]], dtype=np.float32)
    assert np.isinf(mlp.bound(model.record, "predict", X)).ravel().tolist() == [False, False, True, True]
    assert np.isinf(model.predict(X)).tolist() == [False, False, True, True]
    assert model.verify(X).ok


def test_labels_are_the_estimators_own() -> None:
    estimator, X = CASES["classifier, iris, identity, string labels"](1)
    model = emlearn.convert(estimator)
    assert model.predict(X).dtype == estimator.predict(X).dtype
    assert np.array_equal(model.predict(X), estimator.predict(X))
    assert np.array_equal(model.classes_, estimator.classes_)
    estimator, X = CASES["multilabel, tanh, three layers"](1)
    assert np.array_equal(emlearn.convert(estimator).predict(X), estimator.predict(X))
    estimator, X = CASES["regressor, four outputs, logistic"](1)
    assert emlearn.convert(estimator).predict(X).shape == estimator.predict(X).shape


def test_labels_that_were_sparse() -> None:
    estimator, X = CASES["multilabel, relu, MaxAbsScaler"](0)
    labels = csr_matrix(estimator.predict(X))
    sparse = MLPClassifier((3,), max_iter=200, tol=1.0, random_state=0).fit(X, labels)
    assert emlearn.convert(sparse).verify(X).ok


def test_subclass_is_read() -> None:
    class Mine(MLPRegressor):
        pass

    estimator = network("regressor", "relu", [3, 4], seed=0)
    mine = Mine(**estimator.get_params())
    mine.__dict__.update(estimator.__dict__)
    assert emlearn.convert(mine).record == emlearn.convert(estimator).record


def test_conversion_changes_nothing() -> None:
    estimator = network("multiclass", "relu", [3, 4], seed=0)
    before = [values.copy() for values in estimator.coefs_ + estimator.intercepts_]
    model = emlearn.convert(estimator, input="int16", input_scale=0.5, input_offset=3)
    model.predict_proba(np.ones((2, 3)))
    assert all(np.array_equal(a, b) for a, b in zip(before, estimator.coefs_ + estimator.intercepts_, strict=True))


def test_a_clipping_scaler_does_not_fold() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    model = emlearn.convert(make_pipeline(MinMaxScaler(clip=True).fit(X), network("multiclass", "tanh", [3, 5], seed=0)))
    assert isinstance(model.record, Chain)
    report = model.verify(3 * rng.normal(size=(200, 3)))
    assert report.ok and report.bound < 1e-3, str(report)


def _damaged(**changes: object) -> MLPClassifier:
    estimator = network("multiclass", "relu", [3, 4], seed=0)
    for name, value in changes.items():
        setattr(estimator, name, value)
    return estimator


def test_refusals() -> None:
    with pytest.raises(emlearn.InvalidInputError, match=r"missing=-1: a multilayer perceptron cannot take missing values"):
        emlearn.convert(_damaged(), input="int16", missing=-1)
    with pytest.raises(emlearn.UnsupportedError, match=r"MLPClassifier.activation='gelu' has no kernel: fit with one of identity"):
        emlearn.convert(_damaged(activation="gelu"))
    with pytest.raises(emlearn.UnsupportedError, match=r"out_activation_='probit' has no kernel"):
        emlearn.convert(_damaged(out_activation_="probit"))
    bad = _damaged()
    bad.coefs_[1][0, 0] = np.nan
    with pytest.raises(emlearn.InvalidInputError, match=r"MLPClassifier.coefs_\[1\] has 1 values that are not finite"):
        emlearn.convert(bad)
    large = _damaged()
    large.intercepts_[0][:2] = 1e39
    with pytest.raises(emlearn.InvalidInputError, match=r"intercepts_\[0\].* has 2 values beyond the range of float32"):
        emlearn.convert(large)
    with pytest.raises(emlearn.InvalidInputError, match=r"coefs_\[0\] \(any scaling before it folded in\) has \d+ values beyond"):
        emlearn.convert(_damaged(), input_scale=1e39)
    with pytest.warns(match="iterations"):
        one = MLPClassifier((2,), max_iter=1).fit(np.eye(3), ["only"] * 3)
    with pytest.raises(emlearn.UnsupportedError, match="fitted on the one class 'only'"):
        emlearn.convert(one)


def test_binding_refuses_tables_that_do_not_fit() -> None:
    w, b, x = np.zeros(6, np.float32), np.zeros(2, np.float32), np.zeros((1, 3), np.float32)
    assert kernels.run(w, b, [3, 2], "relu", "identity", "predict", x).tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="do not fit sizes"):
        kernels.run(w[:5], b, [3, 2], "relu", "identity", "predict", x)
    with pytest.raises(ValueError, match="columns of the first layer"):
        kernels.run(w, b, [3, 2], "relu", "identity", "predict", x[:, :2])
    with pytest.raises(ValueError, match="no kernel for hidden activation"):
        kernels.run(w, b, [3, 2], "gelu", "identity", "predict", x)


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).resolve().parents[2] / "docs/models/mlp.md").read_text(encoding="utf-8")
    snippets = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert snippets
    for snippet in snippets:
        exec(compile(snippet, "docs/models/mlp.md", "exec"), {})
