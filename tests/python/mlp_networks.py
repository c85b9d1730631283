"""Random multilayer perceptrons: scikit-learn estimators whose weights were put in, not learned.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

KINDS = ("binary", "multiclass", "multilabel", "regressor", "regressor of several", "poisson")
HIDDEN = ("identity", "logistic", "relu", "tanh")


def network(kind: str, hidden: str, sizes: list[int], seed: int, size: float = 1.0) -> MLPClassifier | MLPRegressor:
    """An estimator of the kind with random weights, `size` times those of a fresh one; sizes: features, units per hidden layer."""
    rng = np.random.default_rng(seed)
    n_rows, n_features = 12, sizes[0]
    options = {"hidden_layer_sizes": tuple(sizes[1:]), "activation": hidden, "max_iter": 1, "random_state": seed}
    if kind in ("binary", "multiclass", "multilabel"):
        estimator = MLPClassifier(**options)
        n_classes = 2 if kind == "binary" else int(rng.integers(3, 6))
        y = np.arange(n_rows) % n_classes if kind != "multilabel" else np.eye(n_rows, n_classes, dtype=int)
    else:
        estimator = MLPRegressor(loss="poisson" if kind == "poisson" else "squared_error", **options)
        y = rng.random((n_rows, int(rng.integers(2, 5)))) if kind == "regressor of several" else rng.random(n_rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(rng.random((n_rows, n_features)), y)
    for values in estimator.coefs_:
        values[...] = rng.normal(0, size / np.sqrt(len(values)), values.shape)
    for values in estimator.intercepts_:
        values[...] = rng.normal(0, size, values.shape)
    return estimator


def prune(estimator: MLPClassifier | MLPRegressor, density: float) -> MLPClassifier | MLPRegressor:
    """The estimator with that share of each layer's weights, the largest; the others become zero."""
    for values in estimator.coefs_:
        values[np.abs(values) < np.quantile(np.abs(values), 1 - density)] = 0
    return estimator


@st.composite
def networks(draw: st.DrawFn) -> MLPClassifier | MLPRegressor:
    """Any kind, any activation, up to three hidden layers, weights from tiny to saturating."""
    return network(
        draw(st.sampled_from(KINDS)),
        draw(st.sampled_from(HIDDEN)),
        [draw(st.integers(1, 20)), *draw(st.lists(st.integers(1, 17), max_size=3))],
        draw(st.integers(0, 2**32 - 1)),
        draw(st.sampled_from([1e-6, 0.1, 1.0, 3.0, 30.0])),
    )


def raw_rows(dtype: str, n_features: int, seed: int, n_rows: int = 40) -> np.ndarray:
    """Rows over the range of the type; floats of many sizes, zeros of both signs and subnormals among them."""
    rng = np.random.default_rng(seed)
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        rows = rng.integers(limits.min, limits.max, size=(n_rows, n_features), endpoint=True, dtype=np.int64)
        rows[: n_rows // 2] = rng.integers(max(limits.min, -9), 10, size=(n_rows // 2, n_features))
        rows[-1], rows[-2] = limits.min, limits.max
        return rows.astype(dtype)
    rows = rng.normal(size=(n_rows, n_features)) * 10.0 ** rng.integers(-3, 4, size=(n_rows, 1))
    rows[0], rows[1], rows[2], rows[3] = 0.0, -0.0, 1e-42, -3e30
    return rows.astype(dtype)
