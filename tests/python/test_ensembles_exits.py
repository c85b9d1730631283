"""Boosted trees that cannot change the class are left out: the answers are those of all trees, in every mode that does it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families.ensembles import exits, kernels
from emlearn.families.ensembles.encode import encoded
from emlearn.families.ensembles.reference import reference, sums
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier


def boosted(seed: int, n_classes: int, n_rounds: int, noise: float, cls: type, optimize: str) -> tuple[emlearn.Model, np.ndarray]:
    """A model, and rows on its thresholds and next to them."""
    rng = np.random.default_rng(seed)
    X = rng.integers(-40, 40, (120, 3)).astype(np.int16)
    y = (X[:, 0] + rng.normal(scale=noise, size=len(X)) > np.linspace(-30, 30, n_classes + 1)[1:-1, None]).sum(axis=0)
    y[:n_classes] = np.arange(n_classes)
    rounds = {"n_estimators": n_rounds} if cls is GradientBoostingClassifier else {"max_iter": n_rounds, "min_samples_leaf": 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes of few rows
        estimator = cls(max_depth=3, random_state=0, **rounds).fit(X, y)
    model = emlearn.convert(estimator, input="int16", optimize=optimize)
    record: Any = model.record
    pool = np.concatenate([record.threshold, record.threshold + 1])
    return model, rng.choice(pool, (80, 3)).astype(np.int16)


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(4, 30), st.sampled_from([1.0, 30.0]),
       st.sampled_from([GradientBoostingClassifier, HistGradientBoostingClassifier]))  # fmt: skip
def test_the_class_is_that_of_all_trees(seed: int, n_classes: int, n_rounds: int, noise: float, cls: type) -> None:
    model, raw = boosted(seed, n_classes, n_rounds, noise, cls, "balanced")
    np.testing.assert_array_equal(kernels.run(model.record, "predict", raw), reference(model.record, "predict", raw))
    report = model.verify(raw)
    assert report.ok, str(report)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_trees_behind_the_decision_are_not_asked(n_classes: int) -> None:
    model, raw = boosted(1, n_classes, 20, 1.0, GradientBoostingClassifier, "balanced")
    record: Any = model.record
    each, step = record.n_trees // record.n_columns, 1 << exits.shift(record)
    looks = exits.table(record)
    assert looks.shape == (record.n_columns, (each - 1) // step)
    from emlearn._kernels import ensembles as kernel

    payloads = kernels.nodes(record, encoded(record).nodes).payloads(raw)
    values, start = encoded(record).values, record.start.astype(np.int32)
    leaf = payloads.astype(np.int64) if values is None else values[payloads].astype(np.int64)
    partial = record.start[:, None] + leaf.reshape(len(raw), record.n_columns, each).cumsum(axis=2)
    done = each - step  # the last look but none: what is behind it may say anything where the column is lost, or the sign certain
    rest = looks[:, 0]
    if n_classes == 2:
        certain = (partial[:, 0, done - 1] >= 0) | (partial[:, 0, done - 1] + rest[0] < 0)
        assert certain.mean() > 0.5
        payloads[certain, done:] = 0
        got = kernel.signs(payloads, values, start, 0, looks.reshape(-1), exits.shift(record))
    else:
        final, lost = sums(record, raw), np.zeros((len(raw), record.n_columns), bool)
        for column in range(1, record.n_columns):
            lost[:, column] = partial[:, column, done - 1] + rest[column] <= final[:, :column].max(axis=1)
        assert lost[:, 1:].mean() > 0.3
        for column in range(1, record.n_columns):
            payloads[lost[:, column], column * each + done : (column + 1) * each] = payloads.max()
        got = kernel.largest(payloads, values, start, looks.reshape(-1), exits.shift(record))
    np.testing.assert_array_equal(got, reference(record, "predict", raw))


@pytest.mark.parametrize("n_classes", [2, 4])
def test_generated_code_agrees(n_classes: int) -> None:
    model, raw = boosted(2, n_classes, 12, 5.0, GradientBoostingClassifier, "speed")
    assert "enough(sink, " in model.save(name="boosted")
    report = model.verify(raw, compile=True)
    assert report.ok, str(report)


def test_size_asks_all_trees() -> None:
    model, _ = boosted(3, 3, 12, 5.0, GradientBoostingClassifier, "size")
    assert not exits.applies(model.record) and exits.table(model.record).size == 0 and exits.behind(model.record) == {}
