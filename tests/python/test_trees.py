"""Trees and forests equal scikit-learn's: random estimators, labels, weights, raw types, scalers and missing values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import time
import tracemalloc

import emlearn
import numpy as np
import pytest
from emlearn.families.trees import kernels, keys
from emlearn.registry import family_of
from hypothesis import event, given, settings
from hypothesis import strategies as st
from random_trees import FORESTS, TREES, Case, cases, features
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

#: Four times the usual number of examples: they are quick, and this is the heart of the promise.
many = settings(max_examples=4 * settings.default.max_examples)


def check(case: Case, raw: np.ndarray | None = None) -> emlearn.Model:
    """Reference, kernels and estimator agree on the rows; returns the model."""
    raw = case.raw if raw is None else raw
    model = emlearn.convert(case.estimator, **case.arguments)
    assert kernels.valid(model.record)
    fed, family = features(raw, case.arguments), family_of(model.record)
    report = model.verify(raw)
    assert report.ok, report
    want, got = case.estimator.predict(fed), model.predict(raw)
    assert got.shape == want.shape and got.dtype == want.dtype
    if model.record.is_classifier:
        np.testing.assert_array_equal(family.run(model.record, "predict", raw), family.reference(model.record, "predict", raw))
        if report.ties == 0:
            np.testing.assert_array_equal(got, want)
        else:
            assert model.record.n_trees > 1, "a single tree breaks no ties by rounding"
        _check_probabilities(case, model, raw, fed)
    else:
        reference = family.reference(model.record, "predict", raw)
        np.testing.assert_allclose(got.reshape(reference.shape), reference, rtol=1e-5, atol=model.verify(raw).bound)
    return model


def _check_probabilities(case: Case, model: emlearn.Model, raw: np.ndarray, fed: np.ndarray) -> None:
    want, got = case.estimator.predict_proba(fed), model.predict_proba(raw)
    assert isinstance(got, list) == isinstance(want, list)
    bound = family_of(model.record).bound(model.record, "predict_proba", raw).max()
    assert bound < 2.0**-16 + 1e-6
    for ours, theirs in zip(got, want, strict=True) if isinstance(want, list) else [(got, want)]:
        assert ours.shape == theirs.shape
        assert np.max(np.abs(ours - theirs)) <= bound


@many
@given(cases(TREES))
def test_single_trees(case: Case) -> None:
    event(type(case.estimator).__name__)
    check(case)


MODES = st.sampled_from(["size", "balanced", "speed"])


def in_mode(case: Case, optimize: str) -> Case:
    return dataclasses.replace(case, arguments={**case.arguments, "optimize": optimize})


@many
@given(cases(FORESTS), MODES)
def test_forests(case: Case, optimize: str) -> None:
    event(f"{type(case.estimator).__name__}, {optimize}")
    check(in_mode(case, optimize))


@many
@given(cases(missing=True), MODES)
def test_missing_values(case: Case, optimize: str) -> None:
    check(in_mode(case, optimize))


@many
@given(cases(missing=False), MODES)
def test_header_is_made_of_every_model(case: Case, optimize: str) -> None:
    text = emlearn.convert(case.estimator, **in_mode(case, optimize).arguments).save(name="m")
    assert "namespace m {" in text and text.isascii()


# ---- particular models


def test_one_leaf() -> None:
    X = np.zeros((4, 2))
    for estimator in (DecisionTreeClassifier().fit(X, [3, 3, 5, 5]), DecisionTreeRegressor().fit(X, [1.0, 2, 3, 4])):
        check(Case(estimator, X.astype(np.float32), {}, X))
        check(Case(estimator, X.astype(np.uint8), {"input": "uint8"}, X))


@pytest.mark.parametrize("labels", [["b", "a"], [True, False], [2.0, -1.0], [10**12, -7], [7, 7]])
def test_labels_keep_value_and_dtype(labels: list) -> None:
    X, y = np.array([[0.0], [1.0]]), np.array(labels)
    model = emlearn.convert(DecisionTreeClassifier().fit(X, y))
    assert model.predict(X).dtype == y.dtype
    assert model.predict(X).tolist() == labels


def test_several_outputs_of_strings() -> None:
    X = np.arange(6.0).reshape(-1, 1)
    y = np.array([["a", "x"], ["b", "x"], ["c", "y"], ["a", "y"], ["b", "x"], ["c", "y"]])
    model = check(Case(RandomForestClassifier(4, random_state=0).fit(X, y), X.astype(np.float32), {}, X))
    assert [p.shape for p in model.predict_proba(X)] == [(6, 3), (6, 2)]


@pytest.mark.parametrize("splitter", ["best", "random"])
def test_monotonic_trees_take_missing_values(splitter: str) -> None:
    """Scikit-learn >= 1.9 lets NaN into trees with monotonic constraints: they were taken for trees that refuse it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2)).astype(np.float32)
    y = X[:, 0] + rng.normal(size=200)
    tree = DecisionTreeRegressor(monotonic_cst=[1, 0], max_depth=5, splitter=splitter, random_state=0).fit(X, y)
    X[::3, 0] = np.nan
    try:
        tree.predict(X)
    except ValueError:
        pytest.skip("this scikit-learn refuses NaN here")
    check(Case(tree, X, {}, X))


def test_split_that_only_missing_values_pass() -> None:
    X = np.array([[1.0], [2.0], [np.nan], [np.nan]], dtype=np.float32)
    tree = DecisionTreeClassifier().fit(X, [0, 0, 1, 1])
    assert np.isinf(tree.tree_.threshold[0])
    check(Case(tree, np.array([[np.nan], [-1e38], [3e38], [0.0]], dtype=np.float32), {}, X))
    raw = np.array([[-128], [127], [0], [-127]], dtype=np.int8)
    check(Case(tree, raw, {"input": "int8", "missing": -128}, X))


def test_integers_without_a_missing_value_are_refused_where_training_had_holes() -> None:
    X = np.array([[1.0], [2.0], [3.0], [np.nan]])
    tree = DecisionTreeClassifier().fit(X, [0, 1, 1, 0])
    with pytest.raises(emlearn.InvalidInputError, match="say with missing="):
        emlearn.convert(tree, input="int16")
    emlearn.convert(tree, input="int16", missing=-1)


def test_one_ulp_decides_the_class_of_a_tree() -> None:
    """A leaf's classes compare as scikit-learn's float64 shares, though one unit in the last place apart."""
    X = np.zeros((6, 1))
    weights = np.array([0.1, 0.1, 0.1, 0.3, 1e-17, 0.0])
    y = np.array([1, 1, 1, 0, 0, 0])
    tree = DecisionTreeClassifier().fit(X, y, sample_weight=weights)
    shares = tree.predict_proba(X)[0]
    assert 0 < abs(shares[0] - shares[1]) < 1e-15
    model = check(Case(tree, X.astype(np.float32), {}, X))
    assert model.predict(X)[0] == tree.predict(X)[0]
    both = DecisionTreeClassifier().fit(X, np.column_stack([y, 1 - y]), sample_weight=weights)
    model = emlearn.convert(both)
    np.testing.assert_array_equal(model.predict(X), both.predict(X))


def test_classes_between_rounding_and_the_stated_tie() -> None:
    """Sums that differ by more than their own rounding, but less than scikit-learn's could: reference and kernels agree."""
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    estimator = RandomForestClassifier(8, bootstrap=False, random_state=0, max_depth=1)
    estimator.fit(X, [0, 1, 0, 1], sample_weight=[1, 1 + 1e-13, 1 + 3e-13, 1 - 2e-13])
    record = emlearn.convert(estimator).record
    raw = X.astype(np.float32)
    np.testing.assert_array_equal(family_of(record).run(record, "predict", raw), family_of(record).reference(record, "predict", raw))
    assert emlearn.convert(estimator).verify(X).ok


def test_chain_of_many_levels() -> None:
    X = np.arange(120.0).reshape(-1, 1)
    tree = DecisionTreeRegressor().fit(X, 2.0 ** np.arange(120))
    assert tree.get_depth() > 40
    rows = np.linspace(-1, 121, 500).reshape(-1, 1).astype(np.float32)
    assert emlearn.convert(check(Case(tree, rows, {}, X)).estimator).report().facts["depth"] > 40


@pytest.mark.parametrize("n_features", [129, 784, 20000])
def test_many_features(n_features: int) -> None:
    rng = np.random.default_rng(n_features)
    X = rng.normal(size=(60, n_features)).astype(np.float32)
    for cls in (DecisionTreeClassifier, ExtraTreeClassifier):
        estimator = cls(random_state=0).fit(X, rng.integers(0, 3, 60))
        if n_features <= 1 << 14 or not estimator._support_missing_values(X):
            check(Case(estimator, X, {}, X))
        else:
            with pytest.raises(emlearn.UnsupportedError, match="20000 features"):
                emlearn.convert(estimator)


def test_many_features_with_missing_values() -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(80, 70)).astype(np.float32)
    X[rng.random(X.shape) < 0.1] = np.nan
    estimator = RandomForestClassifier(5, random_state=0).fit(X, rng.integers(0, 3, 80))
    check(Case(estimator, X, {}, X))


@pytest.mark.parametrize("n_classes", [127, 128, 129, 256, 300])
def test_many_classes(n_classes: int) -> None:
    rng = np.random.default_rng(n_classes)
    X = rng.normal(size=(2 * n_classes, 3)).astype(np.float32)
    y = np.arange(2 * n_classes) % n_classes
    check(Case(RandomForestClassifier(3, random_state=0, min_samples_leaf=2).fit(X, y), X, {}, X))
    check(Case(DecisionTreeClassifier(random_state=0, max_leaf_nodes=20).fit(X, y), X, {}, X))


def test_digits_as_bytes() -> None:
    X, y = load_digits(return_X_y=True)
    estimator = RandomForestClassifier(10, random_state=0).fit(X[:900], y[:900])
    case = Case(estimator, X.astype(np.uint8), {"input": "uint8"}, X)
    check(case)


@pytest.mark.parametrize(
    "make", [lambda: DecisionTreeRegressor(), lambda: RandomForestRegressor(15, n_jobs=2, random_state=0)], ids=["tree", "forest"]
)
def test_hundred_thousand_nodes(make) -> None:
    """Wide links; and converting stays quick and small."""
    rng = np.random.default_rng(0)
    n = 51000 if isinstance(make(), DecisionTreeRegressor) else 5700
    X = rng.normal(size=(n, 4)).astype(np.float32)
    estimator = make().fit(X, rng.normal(size=n))
    nodes = sum(member.tree_.node_count for member in getattr(estimator, "estimators_", [estimator]))
    assert nodes > 100_000
    start = time.process_time()
    model = emlearn.convert(estimator)
    text = model.save(name="large")
    spent = time.process_time() - start
    assert spent < 5, f"{spent:.1f} s of processor time"
    assert len(text) < 10_000_000
    assert kernels.encoded(model.record).nodes.wide_link
    assert model.verify(X[:500]).ok
    tracemalloc.start()
    emlearn.convert(estimator).save(name="large")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500e6, f"{peak / 1e6:.0f} MB"


def test_forest_of_stumps_with_many_trees() -> None:
    X, y = load_iris(return_X_y=True)
    estimator = ExtraTreesClassifier(700, max_depth=1, random_state=0).fit(X, y)
    check(Case(estimator, X.astype(np.float32), {}, X))


# ---- refusals


def test_values_beyond_float_are_refused() -> None:
    tree = DecisionTreeRegressor().fit([[0.0], [1.0]], [1e300, 0])
    with pytest.raises(emlearn.InvalidInputError, match="scale the targets"):
        emlearn.convert(tree)


def test_leaves_that_are_not_finite_are_refused() -> None:
    tree = DecisionTreeRegressor().fit([[0.0], [1.0]], [1, 0])
    tree.tree_.value[1] = np.nan
    with pytest.raises(emlearn.InvalidInputError, match=r"tree_\.value has 1 values that are not finite"):
        emlearn.convert(tree)


def test_missing_is_refused_where_the_estimator_refuses_it() -> None:
    tree = ExtraTreeClassifier(splitter="best").fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(emlearn.InvalidInputError, match="does not accept missing"):
        emlearn.convert(tree, input="int8", missing=-1)


def test_the_estimator_is_left_alone() -> None:
    X, y = load_iris(return_X_y=True)
    estimator = RandomForestClassifier(3, random_state=0).fit(StandardScaler().fit_transform(X), y)
    before = [member.tree_.__getstate__()["nodes"].tobytes() for member in estimator.estimators_]
    emlearn.convert(estimator, input="int16", input_scale=0.01).save()
    assert before == [member.tree_.__getstate__()["nodes"].tobytes() for member in estimator.estimators_]


def test_keys_order_as_the_values_do() -> None:
    values = np.array([-np.inf, -3.4e38, -1.0, -1e-45, -0.0, 0.0, 1e-45, 1.0, 3.4e38, np.inf], dtype=np.float32)
    for array in (values, values.astype(np.float64)):
        assert np.all(np.diff(keys.to_keys(array)) > 0)
        np.testing.assert_array_equal(keys.from_keys(keys.to_keys(array), array.dtype.name), array)
        assert (keys.to_keys(array)[0], keys.to_keys(array)[-1]) == keys.limits(array.dtype.name)
