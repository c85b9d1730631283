"""Gaussian processes with every kernel and task, each fitted from a seed, with rows to ask them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, ExpSineSquared, Kernel, Matern, RationalQuadratic, WhiteKernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

Case = Callable[[int], tuple[Any, np.ndarray]]


def fit(estimator: Any, X: np.ndarray, y: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # scales at the edge of what is searched
        return estimator.fit(X, y)


def rows_of(seed: int, n_samples: int = 40, n_features: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(X, target, wider rows to ask)."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-2, 2, (n_samples, n_features))
    y = np.sin(2 * X[:, 0]) + 0.5 * X[:, -1] + rng.normal(scale=0.1, size=n_samples)
    return X, y, np.concatenate([X, rng.uniform(-4, 4, (100, n_features))])


def regressor(kernel: Kernel | None, scaler: Any = None, n_outputs: int = 1, **parameters: Any) -> Case:
    def case(seed: int) -> tuple[Any, np.ndarray]:
        X, y, rows = rows_of(seed)
        target = y if n_outputs == 1 else np.column_stack([y, 30 * y[::-1] + 100])
        model = GaussianProcessRegressor(kernel, alpha=parameters.pop("alpha", 1e-2), random_state=seed, **parameters)
        return fit(model if scaler is None else make_pipeline(scaler(), model), X, target), rows

    return case


def classifier(kernel: Kernel | None, n_classes: int, scaler: Any = None, **parameters: Any) -> Case:
    def case(seed: int) -> tuple[Any, np.ndarray]:
        X, y, rows = rows_of(seed)
        labels = np.digitize(y, np.quantile(y, np.arange(1, n_classes) / n_classes))
        model = GaussianProcessClassifier(kernel, random_state=seed, **parameters)
        names = np.array(["low", "middle", "high"])[labels] if n_classes == 3 else labels * 7
        return fit(model if scaler is None else make_pipeline(scaler(), model), X, names), rows

    return case


def iris(seed: int) -> tuple[Any, np.ndarray]:
    X, y = load_iris(return_X_y=True)
    some = np.random.default_rng(seed).permutation(150)[:45]
    return fit(GaussianProcessClassifier(1.0 * RBF(1.0), optimizer=None), X[some], y[some]), X


CASES: dict[str, Case] = {
    "rbf": regressor(ConstantKernel(1.0) * RBF(1.0)),
    "rbf, ARD": regressor(RBF([1.0, 2.0, 3.0]) + WhiteKernel(0.1), alpha=1e-8),
    "default": regressor(None),
    "normalised": regressor(ConstantKernel(2.0) * RBF(1.0), normalize_y=True),
    "scaled": regressor(RBF(1.0) + WhiteKernel(0.1), StandardScaler),
    "matern 1/2": regressor(Matern(1.0, nu=0.5)),
    "matern 3/2": regressor(Matern([1.0, 1.0, 2.0], nu=1.5), MinMaxScaler),
    "matern 5/2": regressor(ConstantKernel(3.0) * Matern(1.0, nu=2.5)),
    "matern, smooth": regressor(Matern(1.0, nu=np.inf), optimizer=None),
    "rational": regressor(RationalQuadratic(1.0, 0.7), optimizer=None),
    "periods": regressor(ConstantKernel(2.0) * ExpSineSquared(1.5, 15.0) + WhiteKernel(0.5), optimizer=None),
    "dot": regressor(DotProduct(0.5) + WhiteKernel(0.1), StandardScaler),
    "powers": regressor(DotProduct(1.0) ** 2 + RBF(1.0) * (Matern(1.0, nu=1.5) + ConstantKernel(0.1)), optimizer=None, alpha=0.1),
    "two outputs": regressor(ConstantKernel(1.0) * RBF(1.0), None, 2, normalize_y=True),
    "classes": classifier(1.0 * RBF(1.0), 2),
    "classes, scaled": classifier(Matern(1.0, nu=1.5), 2, StandardScaler),
    "classes, default": classifier(None, 2),
    "three classes": classifier(1.0 * RBF([1.0, 1.0, 1.0]), 3),
    "pairs of classes": classifier(1.0 * RBF(1.0), 3, multi_class="one_vs_one", optimizer=None),
    "iris": iris,
}
