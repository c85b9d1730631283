"""Trees for many rows on the host give the bits of the portable kernels, whatever the rows' number, type and missing values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import pickle
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families.trees import kernels
from emlearn.families.trees.encode import encoded
from emlearn.families.trees.record import Forest
from emlearn.registry import bulk_of
from forests import distributions, grow, limits, near, rows
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

INPUTS = ["float32", "float64", "int32", "int16", "uint16", "int8", "uint8"]


def agree(record: Forest, raw: np.ndarray) -> None:
    for op in record.ops:
        np.testing.assert_array_equal(bulk_of(record, op)(raw), kernels.run(record, op, raw))


@pytest.mark.parametrize("n_rows", [0, 1, 2, 7, 8, 63, 64, 65, 200])
def test_any_number_of_rows(n_rows: int) -> None:
    rng = np.random.default_rng(n_rows)
    record = grow(rng, input="int16", n_nodes=90, n_trees=3)
    agree(record, rows(rng, record, n_rows))


@given(st.integers(0, 2**32 - 1), st.integers(0, 80), st.integers(1, 6), st.sampled_from(INPUTS), st.booleans(),
       st.sampled_from(["size", "balanced", "speed"]), st.sampled_from(["pure", "distributions", "values"]))  # fmt: skip
def test_random_trees(seed: int, n_nodes: int, n_trees: int, input: str, has_missing: bool, optimize: str, kind: str) -> None:
    rng = np.random.default_rng(seed)
    low, high = limits(input)
    missing = "never" if not has_missing else "nan" if input.startswith("float") else "value"
    leaves = {"pure": None, "distributions": distributions(rng, 20, 3, 5), "values": rng.normal(size=(20, 1))}[kind]
    record = grow(rng, input=input, low=low, high=high, n_nodes=n_nodes, n_trees=n_trees, missing=missing, leaves=leaves, optimize=optimize,
                  kind="regressor" if kind == "values" else "classifier", outputs=(1,) if kind == "values" else (3,))  # fmt: skip
    agree(record, rows(rng, record, 70))


@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
def test_close_rows_go_to_the_portable_kernels(optimize: str) -> None:
    rng = np.random.default_rng(4)
    record = grow(rng, leaves=near(), outputs=(3,), n_trees=6, n_nodes=40, optimize=optimize)
    assert not getattr(encoded(record).leaves, "is_exact", True)
    agree(record, rows(rng, record, 300))


@pytest.mark.parametrize("make", [DecisionTreeClassifier, RandomForestClassifier, GradientBoostingClassifier])
def test_models_answer_again_after_a_pickle(make: type) -> None:
    X, y = load_iris(return_X_y=True)
    model = emlearn.convert(make(random_state=0, **({} if make is DecisionTreeClassifier else {"n_estimators": 5})).fit(X, y))
    want = model.predict(X)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict(X), want)
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))


def bound(record: Forest, input: str) -> Any:
    names = ("roots", "feature", "threshold", "left", "right", "missing_left")
    values = np.zeros((len(record.leaves), 1), np.uint32)
    return emlearn._kernels.trees.Bulk(
        **{name: getattr(record, name) for name in names}, input=input, missing="never", missing_value=0, values=values
    )


def test_keys_of_64_bits() -> None:
    rng = np.random.default_rng(0)
    record = grow(rng, input="float64", low=-(1 << 40), high=1 << 40)
    agree(record, rows(rng, record, 100))
    with pytest.raises(ValueError, match="32 bits"):
        bound(record, "float32")


def test_rows_of_another_dtype_are_refused() -> None:
    record = grow(np.random.default_rng(0), input="int16")
    with pytest.raises(ValueError, match="another dtype"):
        bound(record, "int16").payloads(np.zeros((3, 5), np.float32))


@pytest.mark.parametrize("input", INPUTS)
@pytest.mark.parametrize("has_missing", [False, True])
def test_one_tree_of_many_features(input: str, has_missing: bool) -> None:
    """Keys are made where they are asked for."""
    rng = np.random.default_rng(2)
    low, high = limits(input)
    missing = "never" if not has_missing else "nan" if input.startswith("float") else "value"
    record = grow(rng, input=input, low=low, high=high, n_nodes=120, n_trees=1, n_features=100, missing=missing)
    agree(record, rows(rng, record, 70))


@pytest.mark.parametrize("n_nodes", [31, 32])
@pytest.mark.parametrize("shape", ["random", "left", "right"])
def test_trees_on_both_sides_of_what_is_small(n_nodes: int, shape: str) -> None:
    rng = np.random.default_rng(n_nodes)
    record = grow(rng, input="int16", n_nodes=n_nodes, n_trees=4, shape=shape, leaves=distributions(rng, 40, 3, 5))
    agree(record, rows(rng, record, 100))


@pytest.mark.parametrize("input", ["int32", "int16"])
def test_thresholds_at_the_ends_of_a_type_and_missing_values(input: str) -> None:
    """A missing value goes its own way where every other one goes left, or right."""
    rng = np.random.default_rng(1)
    low, high = limits(input)
    record = grow(rng, input=input, low=low, high=high, n_nodes=4, n_trees=30, missing="value")
    raw = rng.choice([low, low + 1, 0, high - 1, high, record.missing_value], size=(200, 5)).astype(input)
    agree(record, raw)
