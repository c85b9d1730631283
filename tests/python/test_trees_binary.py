"""Forests of two classes: one sum of whole numbers, exact in every mode.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from fractions import Fraction

import emlearn
import numpy as np
import pytest
from emlearn.families import trees
from emlearn.families.trees import kernels
from emlearn.families.trees.encode import encoded
from emlearn.families.trees.encode.binary import Binary
from emlearn.families.trees.reference import leaves as reached
from forests import grow, rows
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.sampled_from([1, 2, 6, 12]), st.sampled_from(["size", "balanced", "speed"]))
def test_classes_of_exact_fractions(seed: int, n_trees: int, most: int, optimize: str) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(1, most, 30, endpoint=True)
    second = rng.integers(0, n, endpoint=True)
    leaves = np.column_stack([(n - second) / n, second / n])
    record = grow(rng, leaves=leaves, outputs=(2,), n_trees=n_trees, n_nodes=int(rng.integers(0, 20)), optimize=optimize)
    assert isinstance(encoded(record).leaves, Binary) and kernels.valid(record)
    raw = rows(rng, record, 60)
    shares = [Fraction(share).limit_denominator(50) for share in record.leaves[:, 1].tolist()]
    want = [int(2 * sum(shares[leaf] for leaf in row) > n_trees) for row in reached(record, raw)]
    np.testing.assert_array_equal(kernels.run(record, "predict", raw)[:, 0], want)
    np.testing.assert_array_equal(trees.reference(record, "predict", raw)[:, 0], want)
    error = np.abs(kernels.run(record, "predict_proba", raw) - trees.reference(record, "predict_proba", raw))
    assert np.all(error <= trees.bound(record, "predict_proba", raw) + 1e-7)


@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
def test_the_compiled_header_agrees(optimize: str) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    forest = RandomForestClassifier(10, min_samples_leaf=3, random_state=0).fit(X[::2], y[::2])
    model = emlearn.convert(forest, optimize=optimize)
    assert isinstance(encoded(model.record).leaves, Binary)
    report = model.verify(X, compile=True)
    assert report.ok and report.ties == 0, str(report)
