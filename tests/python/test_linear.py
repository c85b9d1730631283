"""Linear models: kernel, reference and scikit-learn within the stated bound; folding; unread features; refusals.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn._kernels import linear as kernels
from emlearn.families import linear
from emlearn.families.linear.kernels import valid
from emlearn.inputs import C_TYPES
from emlearn.record import Chain
from hypothesis import given
from hypothesis import strategies as st
from linear_models import KINDS, check, model, models
from mlp_networks import raw_rows
from parity.cases.linear import CASES
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron, RANSACRegressor, Ridge, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeRegressor

seeds = st.integers(0, 2**32 - 1)


@given(models(), seeds)
def test_float_rows(estimator: Any, seed: int) -> None:
    converted = emlearn.convert(estimator)
    assert valid(converted.record)
    check(converted, raw_rows("float32", estimator.n_features_in_, seed))


@given(models(), st.sampled_from(list(C_TYPES)), seeds)
def test_every_input_type_behind_a_scale(estimator: Any, dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = estimator.n_features_in_
    scale, offset = rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-5, 0, n), rng.normal(size=n) * 10.0 ** rng.integers(-2, 3)
    converted = emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset)
    assert isinstance(converted.record, linear.Linear) and converted.record.input == dtype
    check(converted, raw_rows(dtype, n, seed))


@given(models(), st.sampled_from([StandardScaler, MinMaxScaler]), seeds)
def test_scalers_fold(estimator: Any, scaler: type, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = estimator.n_features_in_
    X = rng.normal(size=(40, n)) * 10.0 ** rng.integers(-2, 3, n) + rng.normal(size=n) * 100
    converted = emlearn.convert(make_pipeline(scaler().fit(X), estimator), input="float64")
    assert isinstance(converted.record, linear.Linear)
    check(converted, X)


@pytest.mark.parametrize("name", CASES)
def test_answers_have_scikit_learns_shapes_and_types(name: str) -> None:
    estimator, X = CASES[name](1)
    converted = emlearn.convert(estimator)
    for op in converted.record.ops:
        answer, wanted = getattr(converted, op)(X[:7]), getattr(estimator, op)(X[:7])
        assert answer.shape == wanted.shape, op
        if op == "predict" and converted.record.task.kind == "classifier":
            assert answer.dtype == wanted.dtype
    for op in ("predict_proba", "decision_function"):
        assert hasattr(converted, op) == (op in converted.record.ops) == hasattr(estimator, op)


def test_a_column_of_targets_stays_a_column() -> None:
    X = np.random.default_rng(0).normal(size=(20, 3))
    for cls in (LinearRegression, Ridge, RANSACRegressor):
        estimator = cls().fit(X, X[:, :1])
        assert emlearn.convert(estimator).predict(X).shape == estimator.predict(X).shape
    assert emlearn.convert(LinearRegression().fit(X, X[:, :1])).predict(X).shape == (20, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_verify_sees_a_wrong_weight(kind: str) -> None:
    estimator = model(kind, 5, seed=3)
    converted = emlearn.convert(estimator)
    X = np.random.default_rng(0).normal(size=(2000, 5)).astype(np.float32)
    assert converted.verify(X).ok
    table = converted.record.scores.table.copy()
    table[-1, -1] += np.float32(0.01)
    record = dataclasses.replace(converted.record, scores=dataclasses.replace(converted.record.scores, table=table))
    # The bound looks at the table too: compare with the bound of the right one.
    error = np.abs(linear.run(record, record.ops[-1], X) - linear.run(converted.record, record.ops[-1], X))
    assert np.any(error > linear.bound(converted.record, record.ops[-1], X))


def test_features_without_weights_are_not_read() -> None:
    estimator = model("regressor", 20, seed=1, sparsity=0.8)
    converted = emlearn.convert(estimator)
    read = np.flatnonzero(estimator.coef_)
    assert converted.record.scores.columns.tolist() == read.tolist()
    assert converted.describe()["features read"] == f"{len(read)} of 20"
    text = converted.save(name="m")
    assert f"// Needed: {len(read)} of 20 features, the others are never read: {', '.join(map(str, read))}" in text
    dense = emlearn.convert(model("regressor", 20, seed=1))
    assert len(dense.record.needed) == 20 and "scores_columns" not in dense.save(name="m")


def test_selected_columns_fold() -> None:
    X, y = np.random.default_rng(0).normal(size=(50, 6)), np.arange(50) % 3
    columns = ColumnTransformer([("a", StandardScaler(), [4, 1]), ("b", "passthrough", [1]), ("c", MaxAbsScaler(), [0])])
    converted = emlearn.convert(make_pipeline(columns, StandardScaler(), LogisticRegression()).fit(X, y))
    assert converted.verify(X).ok and converted.record.needed.tolist() == [0, 1, 4]
    selector = emlearn.convert(make_pipeline(SelectKBest(k=2), LogisticRegression()).fit(X, y))
    assert isinstance(selector.record, linear.Linear) and len(selector.record.needed) == 2
    assert selector.verify(X, compile=True).ok
    gaps = np.where(np.random.default_rng(1).random(X.shape) < 0.2, np.nan, X)
    filled = emlearn.convert(make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(gaps, y))
    assert filled.verify(gaps).ok


def test_no_feature_at_all() -> None:
    for kind in ("regressor", "softmax"):
        converted = emlearn.convert(model(kind, 4, seed=0, sparsity=1.0))
        assert len(converted.record.scores.columns) == 0
        assert converted.verify(np.ones((2, 4)), compile=True).ok


def test_one_row_less_than_classes() -> None:
    """The largest of K scores needs the differences to one of them only."""
    estimator, X = CASES["LinearSVC"](0)
    converted = emlearn.convert(estimator)
    assert converted.record.scores.n_rows == 9 and converted.record.first.n_rows == 1
    assert converted.verify(X).ok


def test_a_clipping_scaler_does_not_fold() -> None:
    X = np.random.default_rng(0).normal(size=(30, 3))
    converted = emlearn.convert(make_pipeline(MinMaxScaler(clip=True).fit(X), model("softmax", 3, seed=0)))
    assert isinstance(converted.record, Chain)
    report = converted.verify(3 * np.random.default_rng(1).normal(size=(200, 3)))
    assert report.ok and report.bound < 1e-4, str(report)


def test_probabilities_are_numbers_for_every_row() -> None:
    X = np.array([[1e30, 1e30], [-1e30, 1e30], [1e30, -1e30], [-1e30, -1e30], [0, 0], [300, 300], [-300, -300]], dtype=np.float32)
    for kind in ("two classes", "softmax", "one vs rest", "clipped", "clipped, two"):
        for seed in range(20):
            converted = emlearn.convert(model(kind, 2, seed=seed))
            proba = converted.predict_proba(X)
            assert np.all(np.isfinite(proba)) and np.all((proba >= 0) & (proba <= 1))
            check(converted, X)


def test_bound_is_infinite_where_float_overflows() -> None:
    estimator = model("log link", 1, seed=0)
    estimator.coef_, estimator.intercept_ = np.array([1.0]), 0.0
    converted = emlearn.convert(estimator)
    X = np.array([[1.0], [88.0], [89.0], [200.0]], dtype=np.float32)
    assert np.isinf(linear.bound(converted.record, "predict", X)).ravel().tolist() == [False, False, True, True]
    assert converted.verify(X).ok


def _damaged(cls: type, **changes: Any) -> Any:
    estimator = cls().fit(np.arange(12.0).reshape(6, 2) % 5, [0, 1, 2, 0, 1, 2])
    for name, value in changes.items():
        setattr(estimator, name, value)
    return estimator


def test_refusals() -> None:
    with pytest.raises(emlearn.InvalidInputError, match=r"missing=-1: a LogisticRegression cannot take missing values"):
        emlearn.convert(_damaged(LogisticRegression), input="int16", missing=-1)
    with pytest.raises(emlearn.InvalidInputError, match=r"Ridge.coef_ has 1 values that are not finite: the fit diverged"):
        emlearn.convert(_damaged(Ridge, coef_=np.array([np.nan, 1.0])))
    with pytest.raises(emlearn.InvalidInputError, match=r"Perceptron.intercept_ has 3 values that are not finite"):
        emlearn.convert(_damaged(Perceptron, intercept_=np.full(3, np.inf)))
    with pytest.raises(emlearn.InvalidInputError, match=r"2 weights of the Ridge \(any scaling before it folded in\) are beyond"):
        emlearn.convert(_damaged(Ridge), input_scale=1e45)
    with pytest.raises(emlearn.InvalidInputError, match=r"1 biases of the Ridge"):
        emlearn.convert(_damaged(Ridge, intercept_=-1e39))
    with pytest.raises(emlearn.UnsupportedError, match="SGDClassifier was fitted on the one class '3'"):
        emlearn.convert(_damaged(SGDClassifier, classes_=np.array([3])))
    X = np.arange(20.0)[:, None]
    with pytest.raises(emlearn.InvalidInputError, match="X is a sparse matrix"):
        from scipy.sparse import csr_matrix

        emlearn.convert(Ridge().fit(X, X[:, 0])).predict(csr_matrix(X))
    with pytest.raises(emlearn.InvalidInputError, match="not numbers"):
        emlearn.convert(Ridge().fit(X, X[:, 0])).predict(np.array([["a"]], dtype=object))


def test_ransac_is_its_own_estimator() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    tree = RANSACRegressor(DecisionTreeRegressor(max_depth=3), min_samples=20, random_state=0).fit(X, X[:, 0])
    assert emlearn.convert(tree).verify(X).ok
    tree.estimator_ = LogisticRegression().fit(X, X[:, 0] > 0)
    with pytest.raises(emlearn.UnsupportedError, match="estimator_ of the RANSACRegressor is a classifier"):
        emlearn.convert(tree)


INTEGERS = [name for name in C_TYPES if name.startswith(("int", "uint"))]


@given(models(), st.sampled_from(INTEGERS), st.sampled_from(linear.NUMERIC[:3]), seeds)
def test_integers(estimator: Any, dtype: str, numeric: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = estimator.n_features_in_
    scale, offset = 10.0 ** rng.uniform(-4, 0, n), rng.normal(size=n)
    converted = emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset, numeric=numeric)
    for part in converted.record.parts.values():
        assert part.table.dtype == numeric and part.is_integer
        # No sum can overflow, by exact integers: the largest |x| of the type with every weight.
        largest = [abs(int(weight)) for weight in np.abs(part.table.astype(np.int64)).sum(axis=0)]
        biases = [abs(int(bias)) * part.bias_unit for bias in part.offset]
        limit = np.iinfo(part.sum_type).max
        assert all(total * converted.record.largest + bias <= limit for total, bias in zip(largest, biases, strict=True))
        heaviest = np.abs(part.table.astype(np.int64)).max(initial=0)
        assert heaviest >= 60 or not np.any(part.weights) or np.abs(part.bias).max() > 100 * np.abs(part.weights).max()
    assert valid(converted.record)
    rows = raw_rows(dtype, n, seed)
    check(converted, rows)
    for op in converted.record.ops:  # integers are the same everywhere, and probabilities but for libm
        same = linear.run(converted.record, op, rows), linear.reference(converted.record, op, rows)
        exact = op in ("decision_function", "transform") or (op == "predict" and converted.record.link != "exp")
        assert not exact or np.array_equal(*same)


def test_integers_are_precise_where_they_have_room() -> None:
    X, y = load_wine(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    scale = np.abs(X).max(axis=0) / 30000
    raw = np.rint(X / scale)
    worst = {}
    for numeric in ("int8", "int16", "int32"):
        converted = emlearn.convert(pipeline, input="int16", input_scale=scale, numeric=numeric)
        report = converted.verify(raw)
        assert report.ok and report.agreement == 1, str(report)
        worst[numeric] = report.bound
    assert worst["int32"] < 1e-5 < worst["int16"] < 0.05 and worst["int16"] < worst["int8"] / 10
    chosen = emlearn.convert(pipeline, input="int16", input_scale=scale, numeric="auto", calibration=raw)
    assert np.array_equal(chosen.predict(raw), emlearn.convert(pipeline, input="int16", input_scale=scale).predict(raw))
    assert chosen.record.scores.table.dtype == np.int8


def test_integers_need_integers() -> None:
    estimator = model("softmax", 3, seed=0)
    with pytest.raises(emlearn.InvalidInputError, match="numeric='int16': the LogisticRegression multiplies integers by its raw values"):
        emlearn.convert(estimator, numeric="int16")
    with pytest.raises(emlearn.InvalidInputError, match="give them as calibration="):
        emlearn.convert(estimator, input="int16", numeric="auto")


def test_binding_refuses_tables_that_do_not_fit() -> None:
    table, bias, columns = np.zeros((3, 2), np.float32), np.zeros(2, np.float32), np.arange(3, dtype=np.uint16)
    x, none = np.zeros((1, 3), np.float32), np.zeros(0, np.float32)
    assert kernels.sums("float32", table, bias, columns, 1, 0, x, none).tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="do not fit each other"):
        kernels.sums("float32", table[:2], bias, columns, 1, 0, x, none)
    with pytest.raises(ValueError, match="no kernel for"):
        kernels.sums("int32", table, bias, columns, 1, 0, x, none)
    with pytest.raises(ValueError, match="are not valid"):
        kernels.sums("float32", table, bias, columns + np.uint16(1), 1, 0, x, none)
    table[0, 0] = np.inf
    with pytest.raises(ValueError, match="are not valid"):
        kernels.sums("float32", table, bias, columns, 1, 0, x, none)
    whole, zero = np.full((3, 2), 20000, np.int16), np.zeros(2, np.int32)
    assert kernels.valid("int32", whole, zero, columns, 1, 32768, 3)
    assert not kernels.valid("int32", whole, zero, columns, 1, 35792, 3)  # 3 * 20000 * 35792 > 2^31 - 1


@pytest.mark.campaign
@pytest.mark.parametrize("name", CASES)
def test_fifty_fits(name: str) -> None:
    """All rows of fifty fits, on other rows each time."""
    for seed in range(50):
        estimator, X = CASES[name](seed)
        report = emlearn.convert(estimator).verify(X)
        assert report.ok, f"{name}, seed {seed}:\n{report}"
