"""Every threshold of every tree, its neighbours, and the ends of the number line go where scikit-learn sends them.

The leaf is compared, not the answer: two leaves may hold the same value.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from emlearn.families.trees import keys
from emlearn.families.trees.reference import leaves
from emlearn.registry import bulk_of, family_of
from hypothesis import given, settings
from random_trees import SCALERS, Case, cases, features
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

SPECIAL = np.array([0.0, -0.0, 1e-45, -1e-45, 1.1754944e-38, -1.1754944e-38, 1.1754942e-38, 3.4028235e38, -3.4028235e38], dtype=np.float32)
NANS = np.array([0x7FC00000, 0xFFC00000, 0x7F800001, 0xFF800001, 0x7FFFFFFF, 0xFFFFFFFF], dtype=np.uint32).view(np.float32)


def split_values(case: Case) -> list[np.ndarray]:
    """Per feature, raw values around each threshold: found by going through all of scikit-learn's steps, not by the code under test."""
    dtype = case.raw.dtype
    found: list[list[float]] = [[] for _ in range(case.raw.shape[1])]
    for tree in case.trees:
        for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
            if feature >= 0 and np.isfinite(threshold):
                found[feature].append(_inverse(case, int(feature), float(threshold)))
    values = []
    for column in found:
        centre = np.unique(np.array(column, dtype=np.float64))
        if dtype.kind == "f":
            with np.errstate(over="ignore"):
                around = [centre.astype(dtype)]
            for _ in range(4):
                around += [np.nextafter(around[0], dtype.type(-np.inf)), np.nextafter(around[-1], dtype.type(np.inf))]
                around = [np.concatenate(around)]
            around.append(SPECIAL.astype(dtype))
        else:
            info = np.iinfo(dtype)
            around = [np.clip(np.rint(centre) + step, info.min, info.max) for step in (-2, -1, 0, 1, 2)] + [np.array([info.min, info.max])]
        values.append(np.unique(np.concatenate(around).astype(dtype)))
    return values


def _inverse(case: Case, feature: int, threshold: float) -> float:
    """About the raw value whose feature is `threshold`."""
    row = np.zeros((1, case.raw.shape[1]))
    row[0, feature] = threshold
    steps = case.estimator.steps[:-1] if isinstance(case.estimator, Pipeline) else []
    for _, step in reversed(steps):
        if step != "passthrough":
            row = step.inverse_transform(row)
    scale = np.broadcast_to(case.arguments.get("input_scale", 1), row.shape[1])
    offset = np.broadcast_to(case.arguments.get("input_offset", 0), row.shape[1])
    return float((row[0, feature] - offset[feature]) / scale[feature])


def rows_at(case: Case, rng: np.random.Generator) -> np.ndarray:
    """One row for each boundary value, the other features from random rows and boundaries."""
    rows = []
    values = split_values(case)
    for feature, column in enumerate(values):
        base = case.raw[rng.integers(len(case.raw), size=len(column))].copy()
        for other, theirs in enumerate(values):
            swap = rng.random(len(column)) < 0.5
            base[swap, other] = rng.choice(theirs, np.count_nonzero(swap))
        base[:, feature] = column
        rows.append(base)
    return np.concatenate(rows)


def apply(case: Case, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that scikit-learn accepts, and the values of the leaves they reach in each tree."""
    X = features(raw, case.arguments)
    accepted = np.ones(len(X), dtype=bool)
    with np.errstate(over="ignore", invalid="ignore"):
        for _, step in case.estimator.steps[:-1] if isinstance(case.estimator, Pipeline) else []:
            X = X if step == "passthrough" else step.transform(X)
            accepted &= ~np.isinf(X).any(axis=1)
            X[~accepted] = 0
        X32 = X.astype(np.float32)
    accepted &= ~np.isinf(X32).any(axis=1)
    return accepted, np.stack([tree.value[tree.apply(X32)].reshape(len(raw), -1) for tree in case.trees], axis=1)


def tree_by_tree(leaves: np.ndarray) -> np.ndarray:
    """Shape (n_trees, n_rows, width), whole trees sorted by what they answer to the rows: a record may ask them in an order of its own."""
    trees = leaves.swapaxes(0, 1)
    return trees[np.lexsort(trees.reshape(len(trees), -1).T)]


def check_leaves(case: Case, raw: np.ndarray) -> int:
    """All trees send all accepted rows to scikit-learn's leaves; returns how many rows that were."""
    record = emlearn.convert(case.estimator, **case.arguments).record
    accepted, want = apply(case, raw)
    reached = record.leaves[leaves(record, raw)]
    task = record.task
    if task.kind == "classifier":
        most = max(task.n_classes)
        want = want.reshape(*want.shape[:2], task.n_outputs, most)
        want = np.concatenate([want[:, :, k, :count] for k, count in enumerate(task.n_classes)], axis=2)
    np.testing.assert_array_equal(tree_by_tree(reached[accepted]), tree_by_tree(want[accepted]))
    family = family_of(record)
    for op in record.ops:
        got, reference = family.run(record, op, raw), family.reference(record, op, raw)
        np.testing.assert_array_equal(bulk_of(record, op)(raw), got)
        exact = op == "predict" and task.is_discrete
        # The bound is on the distance from scikit-learn's float64; the reference has one rounding to float32 of its own.
        atol = 0 if exact else family.bound(record, op, raw).max() + np.spacing(np.float32(np.abs(reference).max()))
        np.testing.assert_allclose(got, reference, rtol=0, atol=atol)
    return int(np.count_nonzero(accepted))


@settings(max_examples=3 * settings.default.max_examples)
@given(cases())
def test_thresholds_and_their_neighbours(case: Case) -> None:
    check_leaves(case, rows_at(case, np.random.default_rng(0)))


@pytest.mark.parametrize("make", SCALERS[:-1])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "int32"])
def test_thresholds_behind_each_scaler(make, dtype: str) -> None:
    rng = np.random.default_rng(7)
    raw = rng.normal(size=(300, 3)) * [1, 1e3, 1e-3] + [0, 1e4, 0] if dtype.startswith("f") else rng.integers(-3000, 3000, (300, 3))
    raw = raw.astype(dtype)
    arguments = (
        {"input": dtype} if dtype.startswith("f") else {"input": dtype, "input_scale": [-0.061, 1e-3, 9.81], "input_offset": [0, 2.5, -1e3]}
    )
    X = features(raw, arguments)
    estimator = Pipeline([("a", make()), ("b", StandardScaler()), ("m", RandomForestClassifier(5, random_state=0))])
    estimator.fit(X, rng.integers(0, 3, 300))
    case = Case(estimator, raw, arguments, X)
    assert check_leaves(case, rows_at(case, rng)) > 500


@np.errstate(invalid="ignore")  # numpy remarks on signalling NaNs
def test_nan_of_either_sign_and_payload() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)).astype(np.float32)
    X[rng.random(X.shape) < 0.2] = np.nan
    for estimator in (
        DecisionTreeClassifier(),
        RandomForestClassifier(5, random_state=0),
        Pipeline([("s", StandardScaler()), ("m", DecisionTreeRegressor())]),
    ):
        estimator.fit(X, rng.integers(0, 3, 200))
        raw = X[: len(NANS) * 8].copy()
        raw[np.arange(len(raw)), np.arange(len(raw)) % 3] = np.tile(NANS, 8)
        model = emlearn.convert(estimator)
        np.testing.assert_allclose(model.predict(raw), estimator.predict(raw), rtol=1e-6)
        check_leaves(Case(estimator, raw, {}, X), raw)
        wide = emlearn.convert(estimator, input="float64")
        np.testing.assert_allclose(wide.predict(raw.astype(np.float64)), estimator.predict(raw.astype(np.float64)), rtol=1e-6)


def test_infinities_go_where_the_comparison_sends_them() -> None:
    """Scikit-learn's public methods refuse infinities; its tree compares them, and so does the device."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(100, 2)).astype(np.float32)
    X[:10, 0] = np.nan
    tree = DecisionTreeClassifier(random_state=0).fit(X, rng.integers(0, 3, 100))
    rows = np.array([[a, b] for a in (-np.inf, np.inf, 0.5) for b in (-np.inf, np.inf, -0.5)], dtype=np.float32)
    model = emlearn.convert(tree)
    want = tree.tree_.value[tree.tree_.apply(rows)][:, 0].argmax(axis=1)
    np.testing.assert_array_equal(model.predict(rows), want)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32"])
def test_ends_of_the_integer_types(dtype: str) -> None:
    info = np.iinfo(dtype)
    for threshold in (info.min, info.min + 0.5, info.max - 1, info.max - 0.5):
        below, above = np.floor(threshold), np.floor(threshold) + 1
        X = np.array([[2 * threshold - above], [above]])
        tree = DecisionTreeClassifier().fit(X, [0, 1])
        raw = np.clip([info.min, info.min + 1, below - 1, below, above, above + 1, info.max - 1, info.max], info.min, info.max)
        raw = raw.astype(dtype).reshape(-1, 1)
        model = emlearn.convert(tree, input=dtype)
        np.testing.assert_array_equal(model.predict(raw), tree.predict(raw.astype(np.float64)))
        with_missing = emlearn.convert(tree, input=dtype, missing=int(info.max))
        holes = np.where(raw == info.max, np.nan, raw.astype(np.float64))
        np.testing.assert_array_equal(with_missing.predict(raw), tree.predict(holes))


def test_stored_thresholds_are_exact_boundaries() -> None:
    """The largest key on the left really is the largest: one more goes right, through scikit-learn's own arithmetic."""
    rng = np.random.default_rng(3)
    X = (rng.normal(size=(400, 1)) * 37 + 12.5).astype(np.float32)
    pipeline = Pipeline([("a", MinMaxScaler()), ("b", StandardScaler()), ("m", DecisionTreeRegressor(max_leaf_nodes=40))])
    pipeline.fit(X, np.arange(400.0))
    record = emlearn.convert(pipeline).record
    edge = keys.from_keys(record.threshold, "float32").reshape(-1, 1)
    beyond = keys.from_keys(record.threshold + 1, "float32").reshape(-1, 1)
    assert np.all(pipeline.predict(edge) != pipeline.predict(beyond))
