"""Kernel machines of every kind, each fitted from a seed, with rows to ask them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA, KernelPCA
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, NuSVR, OneClassSVM

Case = Callable[[int], tuple[Any, np.ndarray]]


def clouds(seed: int, n_features: int, n_groups: int, n_samples: int = 100) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(X, group of each row, other rows to ask): clouds that overlap."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_groups, n_samples)
    y[: 4 * n_groups] = np.tile(np.arange(n_groups), 4)
    centres = rng.normal(scale=1.5, size=(n_groups, n_features))
    X = centres[y] + rng.normal(size=(n_samples, n_features))
    return X, y, np.concatenate([X, X + rng.normal(size=X.shape), 30 * rng.normal(size=(20, n_features))])


def classifier(make: Callable[[], Any], n_features: int = 3, n_groups: int = 3, labels: Any = None, scaler: Any = None) -> Case:
    def made(seed: int) -> tuple[Any, np.ndarray]:
        X, y, rows = clouds(seed, n_features, n_groups)
        estimator = make() if scaler is None else make_pipeline(scaler, make())
        return estimator.fit(X, y if labels is None else np.asarray(labels)[y]), rows

    return made


def regressor(make: Callable[[], Any], n_outputs: int = 1) -> Case:
    def made(seed: int) -> tuple[Any, np.ndarray]:
        X, y, rows = clouds(seed, 3, 3)
        targets = np.column_stack([10 * np.sin(X[:, j % 3]) + y for j in range(n_outputs)])
        return make().fit(X, targets[:, 0] if n_outputs == 1 else targets), rows

    return made


def dataset(load: Callable[..., Any], make: Callable[[], Any]) -> Case:
    """Fitted on one half of the rows, asked about all."""

    def made(seed: int) -> tuple[Any, np.ndarray]:
        X, y = load(return_X_y=True)
        half = np.random.default_rng(seed).permutation(len(X))[: len(X) // 2]
        return make().fit(X[half], y[half]), X

    return made


def with_probabilities(machine: Any) -> Any:
    """A machine that will fit Platt's sigmoids too; scikit-learn 1.9 warns that these are deprecated."""
    return machine.set_params(probability=True, random_state=0)


def quietly(made: Case) -> Case:
    """The case without that warning."""

    def quiet(seed: int) -> tuple[Any, np.ndarray]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return made(seed)

    return quiet


CASES: dict[str, Case] = {
    "rbf": classifier(lambda: SVC()),
    "rbf_two_classes": classifier(lambda: SVC(), n_groups=2, labels=["no", "yes"]),
    "rbf_five_classes": classifier(lambda: SVC(gamma=0.5), n_groups=5, labels=[9, -2, 4, 70000, 0]),
    "rbf_pairs": classifier(lambda: SVC(decision_function_shape="ovo"), n_groups=4),
    "rbf_break_ties": classifier(lambda: SVC(break_ties=True), n_groups=4),
    "rbf_scaled": classifier(lambda: SVC(), scaler=StandardScaler()),
    "linear": classifier(lambda: SVC(kernel="linear"), n_groups=4),
    "linear_two_classes": classifier(lambda: SVC(kernel="linear"), n_groups=2, scaler=StandardScaler()),
    "linear_of_projected": classifier(lambda: SVC(kernel="linear"), n_groups=3, scaler=PCA(3)),
    "poly": classifier(lambda: SVC(kernel="poly", coef0=1.0)),
    "poly_scaled": classifier(lambda: SVC(kernel="poly", degree=2), scaler=StandardScaler()),
    "sigmoid": classifier(lambda: SVC(kernel="sigmoid", gamma=0.05), scaler=MaxAbsScaler()),
    "nu": classifier(lambda: NuSVC(nu=0.2)),
    "nu_two_classes": classifier(lambda: NuSVC(nu=0.2, kernel="poly"), n_groups=2),
    "probabilities": quietly(classifier(lambda: with_probabilities(SVC()), n_groups=4)),
    "probabilities_two_classes": quietly(classifier(lambda: with_probabilities(NuSVC(nu=0.2)), n_groups=2, scaler=StandardScaler())),
    "probabilities_linear": quietly(classifier(lambda: with_probabilities(SVC(kernel="linear")), n_groups=3, labels=["a", "b", "c"])),
    "svc_iris": dataset(load_iris, lambda: SVC(gamma=0.5)),
    "svc_wine": dataset(load_wine, lambda: make_pipeline(StandardScaler(), SVC())),
    "svc_cancer": dataset(load_breast_cancer, lambda: SVC()),
    "svc_digits": dataset(load_digits, lambda: SVC()),
    "regressor": regressor(lambda: SVR()),
    "regressor_linear": regressor(lambda: SVR(kernel="linear")),
    "regressor_poly": regressor(lambda: SVR(kernel="poly", degree=3)),
    "regressor_nu": regressor(lambda: NuSVR(C=10.0)),
    "regressor_diabetes": dataset(load_diabetes, lambda: SVR(C=50.0)),
    "one_class": classifier(lambda: OneClassSVM(nu=0.2)),
    "one_class_linear": classifier(lambda: OneClassSVM(kernel="linear", nu=0.3)),
    "one_class_scaled": classifier(lambda: OneClassSVM(nu=0.1), scaler=StandardScaler()),
    "nystroem": classifier(lambda: Nystroem(gamma=0.2, n_components=12, random_state=0)),
    "nystroem_poly": classifier(lambda: make_pipeline(StandardScaler(), Nystroem("poly", n_components=9, random_state=0))),
    "nystroem_linear": classifier(lambda: make_pipeline(Nystroem(n_components=15, random_state=0), LinearSVC())),
    "components": classifier(lambda: KernelPCA(3, kernel="rbf", gamma=0.2)),
    "components_poly": classifier(lambda: make_pipeline(StandardScaler(), KernelPCA(2, kernel="poly", degree=2, gamma=0.3))),
    "components_linear": classifier(lambda: make_pipeline(StandardScaler(), KernelPCA(4, kernel="rbf"), LinearSVC())),
    "ridge": regressor(lambda: KernelRidge(kernel="rbf", alpha=0.1)),
    "ridge_linear": regressor(lambda: KernelRidge(), n_outputs=2),
    "ridge_poly": regressor(lambda: KernelRidge(kernel="poly", degree=2), n_outputs=2),
    "ridge_sigmoid": regressor(lambda: KernelRidge(kernel="sigmoid", alpha=50.0, gamma=0.1, coef0=0.2)),
}
