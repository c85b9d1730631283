"""Rows side by side on the host give what the portable kernels do, whatever the rows' number and type.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.inputs import C_TYPES
from emlearn.registry import bulk_of, family_of
from gaussian_models import in_arithmetic, models
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline

N_ROWS = [0, 1, 3, 4, 5, 15, 16, 17, 31, 33]


def agree(model: emlearn.Model, raw: np.ndarray) -> None:
    """Each operation's answers, to the bit but for the sign of zeros."""
    for op in model.record.ops:
        alone = family_of(model.record).run(model.record, op, raw)
        together = bulk_of(model.record, op)(raw)
        assert together.dtype == alone.dtype
        np.testing.assert_array_equal(together, alone, strict=True)


def wide_rows(rng: np.random.Generator, n_rows: int, n_features: int, dtype: str) -> np.ndarray:
    """Of all sizes that the type has, a tenth of them zeros."""
    if np.issubdtype(dtype, np.integer):
        raw = rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (n_rows, n_features), dtype, endpoint=True)
    else:
        raw = (rng.normal(size=(n_rows, n_features)) * 10.0 ** rng.integers(-6, 6, (n_rows, n_features))).astype(dtype)
    raw[rng.random(raw.shape) < 0.1] = 0
    return raw


NETWORKS: list[tuple[Any, str]] = [
    (MLPClassifier((5, 3), max_iter=3), "classes"),
    (MLPClassifier((7,), activation="tanh", max_iter=3), "two classes"),
    (MLPClassifier((4, 4, 2), activation="logistic", max_iter=3), "labels"),
    (MLPRegressor(hidden_layer_sizes=(6,), activation="identity", max_iter=3), "numbers"),
    (MLPRegressor(hidden_layer_sizes=(), max_iter=3), "numbers"),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("network", "target"), NETWORKS)
def test_networks(network: Any, target: str) -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 9))
    y = {
        "classes": rng.integers(0, 3, 60),
        "two classes": rng.integers(0, 2, 60),
        "labels": rng.integers(0, 2, (60, 3)),
        "numbers": rng.normal(size=(60, 2)),
    }[target]
    network.set_params(random_state=1).fit(X, y)
    for dtype in C_TYPES:
        model = emlearn.convert(network, input=dtype, input_scale=1 if dtype.startswith("float") else 0.01)
        for n_rows in N_ROWS:
            agree(model, wide_rows(rng, n_rows, 9, dtype))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 9), st.integers(1, 40), st.sampled_from(list(C_TYPES)))
def test_random_sums(seed: int, n_features: int, n_outputs: int, n_rows: int, dtype: str) -> None:
    """Linear regressors of any shape: their sums are the answers."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(60, n_features)), rng.normal(size=(60, n_outputs))
    model = emlearn.convert(LinearRegression().fit(X, y), input=dtype)
    agree(model, wide_rows(rng, n_rows, n_features, dtype))


@pytest.mark.parametrize("estimator", [LogisticRegression(max_iter=9000), PoissonRegressor(max_iter=2000), BernoulliNB(binarize=2.0)])
def test_linear_models(estimator: Any) -> None:
    X, y = load_wine(return_X_y=True)
    model = emlearn.convert(estimator.fit(X / X.max(axis=0) * 4, y))
    rng = np.random.default_rng(0)
    for n_rows in N_ROWS:
        agree(model, wide_rows(rng, n_rows, X.shape[1], "float32"))


@given(models())
def test_random_gaussians(drawn: tuple[emlearn.Model, np.ndarray]) -> None:
    model, raw = drawn
    either = () if isinstance(model.estimator, Pipeline) else ("plain_float", "two_float")
    for known in (model, *(in_arithmetic(model, arithmetic) for arithmetic in either)):
        agree(known, raw)
        agree(known, raw[:: max(1, len(raw) // 21)])


def test_digits_take_few_rows_alone() -> None:
    X, y = load_digits(return_X_y=True)
    model = emlearn.convert(GaussianNB().fit(X, y))
    agree(model, X.astype(np.float32))


def test_equal_classes_go_to_the_lowest() -> None:
    """Rows between two classes, which the double sums cannot tell apart, and numbers that are none."""
    X = np.array([[-1.0, 0], [-3, 1], [1, 0], [3, 1], [-1, 9], [-3, 8]])
    for arithmetic in ("plain_float", "two_float"):
        model = in_arithmetic(emlearn.convert(GaussianNB().fit(X, [0, 0, 1, 1, 2, 2])), arithmetic)
        rng = np.random.default_rng(1)
        raw = np.concatenate([np.zeros((5, 2)), np.nextafter(np.float32(0), rng.choice([-1, 1], (20, 2)).astype(np.float32))])
        agree(model, raw.astype(np.float32))
        huge = np.array([[np.nan, 0], [np.inf, 0], [1e30, -1e30], [3e38, 3e38], [0, -np.inf]], np.float32)
        agree(model, huge)


def test_spherical_components_and_other_operations() -> None:
    X, _ = load_wine(return_X_y=True)
    for kind in ("spherical", "diag", "full"):
        model = emlearn.convert(GaussianMixture(3, covariance_type=kind, random_state=0).fit(X / X.max(axis=0)))
        agree(model, np.resize((X / X.max(axis=0)).astype(np.float32), (53, X.shape[1])))


def test_damaged_tables_are_refused() -> None:
    from emlearn._kernels import gaussian as kernel
    from emlearn._kernels import mlp

    tables = np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32), np.zeros(2, np.float32)
    rows = np.zeros((4, 3), np.float32)
    assert kernel.classes("diag", "plain_float", rows, *tables).shape == (4, 1)
    for arguments in (("full", "plain_float"), ("diag", "float")):
        with pytest.raises(ValueError, match="no kernel for"):
            kernel.classes(*arguments, rows, *tables)
    with pytest.raises(ValueError, match="tables are not valid"):
        kernel.classes("diag", "plain_float", rows, tables[0], -tables[1], tables[2])
    weights, biases = np.zeros(6, np.float32), np.zeros(2, np.float32)
    with pytest.raises(ValueError, match="no kernel for hidden"):
        mlp.lanes(weights, biases, [3, 2], "step", "identity", "predict", rows)
    with pytest.raises(ValueError, match="do not fit sizes"):
        mlp.lanes(weights, biases, [3, 3], "relu", "identity", "predict", rows)
    with pytest.raises(ValueError, match="columns of the first layer"):
        mlp.lanes(weights, biases, [3, 2], "relu", "identity", "predict", rows[:, :2].copy())
