"""Trees for many rows on the host give the bits of the portable kernels, whatever the rows' number, type and missing values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import pickle

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
    if input == "float64":
        has_missing = False
    missing = "never" if not has_missing else "nan" if input == "float32" else "value"
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


def test_trees_of_wider_keys_are_refused() -> None:
    record = grow(np.random.default_rng(0), input="float64", low=-(1 << 40), high=1 << 40)
    arrays = {name: getattr(record, name) for name in ("roots", "feature", "threshold", "left", "right", "missing_left")}
    with pytest.raises(ValueError, match="32 bits"):
        emlearn._kernels.trees.Bulk(**arrays, missing="never", missing_value=0)
