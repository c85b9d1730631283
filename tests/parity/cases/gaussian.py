"""Gaussian models of every kind, each fitted from a seed, with rows to ask them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import covariance
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

Case = Callable[[int], tuple[Any, np.ndarray]]


def fit(estimator: Any, X: np.ndarray, y: Any = None) -> Any:
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):  # the latter: GraphicalLassoCV, where a fold does not converge
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, y)


def blobs(
    seed: int, n_features: int, n_groups: int, n_samples: int = 300, offset: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(X, group of each row, wider rows to ask): correlated clouds, features of very different units."""
    rng = np.random.default_rng(seed)
    unit = 10.0 ** rng.uniform(-3, 3, n_features)
    y = rng.integers(0, n_groups, n_samples)
    y[:n_groups] = np.arange(n_groups)
    mixing = rng.normal(size=(n_features, n_features)) * 0.4 + np.eye(n_features)
    centres = rng.normal(scale=2.5, size=(n_groups, n_features))
    X = (centres[y] + rng.normal(size=(n_samples, n_features)) @ mixing + offset) * unit
    away = X[: n_samples // 3] + rng.normal(scale=4, size=(n_samples // 3, n_features)) * X.std(axis=0)
    return X, y, np.concatenate([X, away])


def naive_bayes(n_features: int, n_classes: int, labels: Any = None, offset: float = 0.0, **parameters: Any) -> Case:
    def case(seed: int) -> tuple[Any, np.ndarray]:
        X, y, rows = blobs(seed, n_features, n_classes, offset=offset)
        return fit(GaussianNB(**parameters), X, y if labels is None else np.asarray(labels)[y]), rows

    return case


def mixture(kind: str, n_features: int, n_components: int, scaler: Any = None, offset: float = 0.0, **parameters: Any) -> Case:
    def case(seed: int) -> tuple[Any, np.ndarray]:
        X, _, rows = blobs(seed, n_features, max(n_components, 2), offset=offset)
        model = GaussianMixture(n_components, covariance_type=kind, random_state=seed, max_iter=30, **parameters)
        return fit(model if scaler is None else make_pipeline(scaler(), model), X), rows

    return case


def bayesian(kind: str, prior: str = "dirichlet_process") -> Case:
    def case(seed: int) -> tuple[Any, np.ndarray]:
        X, _, rows = blobs(seed, 4, 3)
        model = BayesianGaussianMixture(
            n_components=5, covariance_type=kind, random_state=seed, max_iter=30, weight_concentration_prior_type=prior
        )
        return fit(make_pipeline(StandardScaler(), model), X), rows

    return case


def quadratic(n_features: int, n_classes: int, scaler: Any = None, **parameters: Any) -> Case:
    def case(seed: int) -> tuple[Any, np.ndarray]:
        X, y, rows = blobs(seed, n_features, n_classes)
        model = QuadraticDiscriminantAnalysis(**{"reg_param": 1e-3, **parameters})  # some clouds are flat, which scikit-learn refuses
        return fit(model if scaler is None else make_pipeline(scaler(), model), X, y), rows

    return case


def distance(make: Callable[[int], Any], n_features: int, scaler: Any = None, offset: float = 0.0) -> Case:
    """A covariance estimator, fitted on one cloud."""

    def case(seed: int) -> tuple[Any, np.ndarray]:
        X, _, rows = blobs(seed, n_features, 1, offset=offset)
        return fit(make(seed) if scaler is None else make_pipeline(scaler(), make(seed)), X), rows

    return case


def scaled_naive_bayes(seed: int) -> tuple[Any, np.ndarray]:
    X, y, rows = blobs(seed, 6, 3)
    return fit(make_pipeline(StandardScaler(), RobustScaler(), GaussianNB()), X, y), rows


def near_constant(seed: int) -> tuple[Any, np.ndarray]:
    """Features that are all but constant in some classes, and rows that disagree there: digits' trouble, in small."""
    X, y, _ = blobs(seed, 5, 4)
    X = np.rint(X / X.std(axis=0) * 3)
    for group in range(4):
        X[y == group, group] = group
    rng = np.random.default_rng(seed)
    return fit(GaussianNB(var_smoothing=1e-11), X, y), np.concatenate([X, rng.integers(-10, 10, (300, 5)).astype(float)])


def near_singular(seed: int) -> tuple[Any, np.ndarray]:
    """A feature that is nearly the sum of two others."""
    X, _, _ = blobs(seed, 4, 2)
    X /= X.std(axis=0)
    rng = np.random.default_rng(seed)
    X = np.column_stack([X, X[:, 0] + X[:, 1] + rng.normal(scale=1e-3, size=len(X))])
    return fit(GaussianMixture(2, random_state=seed, reg_covar=1e-9, max_iter=30), X), X


def dataset(load: Callable[..., Any], model: Callable[[int], Any]) -> Case:
    """Fitted on one half of the rows, asked about all."""

    def case(seed: int) -> tuple[Any, np.ndarray]:
        X, y = load(return_X_y=True)
        half = np.random.default_rng(seed).permutation(len(X))[: len(X) // 2]
        return fit(model(seed), X[half], y[half]), X

    return case


def _strings(n: int) -> list[str]:
    return [f"gesture {chr(ord('a') + k)}" for k in range(n)]


CASES: dict[str, Case] = {
    "naive_bayes": naive_bayes(7, 3),
    "naive_bayes_labels": naive_bayes(4, 3, labels=[7, -5, 60000]),
    "naive_bayes_strings": naive_bayes(4, 5, labels=_strings(5)),
    "naive_bayes_priors": naive_bayes(3, 3, priors=[0.9, 0.0999, 0.0001]),
    "naive_bayes_one_feature": naive_bayes(1, 2),
    "naive_bayes_one_class": naive_bayes(3, 1),
    "naive_bayes_many_classes": naive_bayes(5, 17),
    "naive_bayes_smooth": naive_bayes(6, 4, var_smoothing=1e-2),
    "naive_bayes_offset": naive_bayes(4, 3, offset=1e4),
    "naive_bayes_scaled": scaled_naive_bayes,
    "naive_bayes_near_constant": near_constant,
    "naive_bayes_iris": dataset(load_iris, lambda _: GaussianNB()),
    "naive_bayes_wine": dataset(load_wine, lambda _: GaussianNB()),
    "naive_bayes_digits": dataset(load_digits, lambda _: GaussianNB()),
    "naive_bayes_digits_sharp": dataset(load_digits, lambda _: GaussianNB(var_smoothing=1e-12)),
    **{f"mixture_{kind}": mixture(kind, 5, 3) for kind in ("full", "tied", "diag", "spherical")},
    **{f"mixture_{kind}_scaled": mixture(kind, 5, 3, MinMaxScaler) for kind in ("full", "tied", "diag", "spherical")},
    **{f"mixture_{kind}_one": mixture(kind, 1, 1) for kind in ("full", "tied", "diag", "spherical")},
    **{f"bayesian_{kind}": bayesian(kind) for kind in ("full", "tied", "diag", "spherical")},
    "bayesian_distribution": bayesian("full", "dirichlet_distribution"),
    "quadratic": quadratic(5, 3, StandardScaler),
    "quadratic_scaled": quadratic(4, 4, StandardScaler, reg_param=0.1),
    "quadratic_two_classes": quadratic(3, 2, StandardScaler, priors=[0.9, 0.1]),
    "quadratic_wine": dataset(load_wine, lambda _: QuadraticDiscriminantAnalysis(reg_param=0.01)),
    "quadratic_cancer": dataset(load_breast_cancer, lambda _: QuadraticDiscriminantAnalysis(reg_param=1e-4)),
    "envelope": distance(lambda seed: covariance.EllipticEnvelope(random_state=seed), 5),
    "envelope_scaled": distance(lambda seed: covariance.EllipticEnvelope(random_state=seed, contamination=0.02), 3, StandardScaler),
    "envelope_offset": distance(lambda seed: covariance.EllipticEnvelope(random_state=seed, store_precision=False), 4, offset=300.0),
    "envelope_wine": dataset(load_wine, lambda seed: covariance.EllipticEnvelope(random_state=seed, support_fraction=0.9)),
    "covariance": distance(lambda _: covariance.EmpiricalCovariance(), 6, offset=30.0),
    "covariance_centred": distance(lambda _: covariance.EmpiricalCovariance(assume_centered=True), 3, StandardScaler),
    "covariance_shrunk": distance(lambda _: covariance.ShrunkCovariance(shrinkage=0.3), 5),
    "covariance_ledoit_wolf": distance(lambda _: covariance.LedoitWolf(), 4, RobustScaler),
    "covariance_oas": distance(lambda _: covariance.OAS(), 1),
    "covariance_robust": distance(lambda seed: covariance.MinCovDet(random_state=seed), 4),
    "covariance_lasso": distance(lambda _: covariance.GraphicalLasso(alpha=0.1), 4, StandardScaler),
    "covariance_lasso_cv": distance(lambda _: covariance.GraphicalLassoCV(cv=3, alphas=2), 3, StandardScaler),
    "density": distance(lambda _: KernelDensity(bandwidth=0.5), 3, StandardScaler),
    "mixture_many_components": mixture("diag", 2, 12, MaxAbsScaler),
    "mixture_full_offset": mixture("full", 4, 2, offset=300.0),
    "mixture_near_singular": near_singular,
    "mixture_wine": dataset(load_wine, lambda seed: GaussianMixture(3, random_state=seed, reg_covar=1e-3)),
    "mixture_cancer": dataset(load_breast_cancer, lambda seed: GaussianMixture(2, random_state=seed)),
    "mixture_digits_diag": dataset(load_digits, lambda seed: GaussianMixture(10, covariance_type="diag", random_state=seed)),
}
