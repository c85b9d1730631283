"""scikit-learn's support vector machines and kernel ridge regression, read into a Machine.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from sklearn.decomposition import KernelPCA
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from ...errors import UnsupportedError
from ...fitted import check_dense, check_finite
from ...record import Task
from ..neighbors.record import points_on_features
from .record import Machine, pair_columns
from .thin import distinct

_KERNELS = {"rbf": "rbf", "linear": "linear", "poly": "polynomial", "polynomial": "polynomial", "sigmoid": "sigmoid"}

_NO_COEFFICIENTS, _NO_ENDS = np.zeros((0, 0)), np.zeros(0, np.uint16)

#: Beyond, powers overflow float32 soon.
_LARGEST_DEGREE = 8


def read_classifier(estimator: Any) -> Machine:
    """SVC, NuSVC: support_vectors_ (n, F), dual_coef_ (K - 1, n), intercept_, n_support_ (K,), _gamma, coef0, degree.

    Where they were fitted with ``probability``, also _probA and _probB, one per pair.
    """
    n_classes = len(estimator.classes_)
    pairs = n_classes > 2
    shape = estimator.decision_function_shape
    columns = 1 if not pairs else n_classes if shape == "ovr" else n_classes * (n_classes - 1) // 2
    task = Task("classifier", 1, (n_classes,), (("decision_function", columns),))
    role = "pairs" if pairs else "binary"
    ends = np.cumsum(estimator.n_support_).astype(np.uint16) if pairs else np.zeros(0, np.uint16)
    break_ties = bool(pairs and estimator.break_ties and shape == "ovr")
    machine = _machine(estimator, task, role, ends=ends, shape=shape if pairs else "", break_ties=break_ties)
    if not hasattr(estimator, "predict_proba"):
        return machine
    # libsvm's decision between two classes is scikit-learn's negated.
    sigmoids = np.column_stack([np.asarray(estimator._probA) * (1 if pairs else -1), estimator._probB]).astype(np.float64)
    check_finite(type(estimator).__name__, probA_=sigmoids[:, 0], probB_=sigmoids[:, 1])
    return dataclasses.replace(machine, sigmoids=sigmoids)


def read_regressor(estimator: Any) -> Machine:
    """SVR, NuSVR: as SVC, with one function."""
    return _machine(estimator, Task("regressor"), "value")


def read_detector(estimator: Any) -> Machine:
    """OneClassSVM: as SVC, with one function, and offset_."""
    return _machine(estimator, Task("detector"), "detector", offset=float(np.ravel(estimator.offset_)[0]))


def read_ridge(estimator: Any) -> Machine:
    """KernelRidge: X_fit_ (n, F), dual_coef_ (n,) or (n, n_outputs), kernel, gamma (1 / F where None), coef0, degree."""
    check_dense("KernelRidge", estimator.X_fit_)
    dual = np.asarray(estimator.dual_coef_, dtype=np.float64)
    is_column, dual = dual.ndim == 2 and dual.shape[1] == 1, dual.reshape(len(dual), -1)
    points = np.asarray(estimator.X_fit_)
    gamma = 1 / points.shape[1] if estimator.gamma is None else float(estimator.gamma)
    return _make(estimator, Task("regressor", dual.shape[1], is_column=is_column), "value", points, dual, np.zeros(dual.shape[1]), gamma)


def _machine(estimator: Any, task: Task, role: str, **options: Any) -> Machine:
    check_dense(type(estimator).__name__, estimator.support_vectors_)
    dual = np.asarray(estimator.dual_coef_, dtype=np.float64).T
    intercept = np.asarray(estimator.intercept_, dtype=np.float64)
    return _make(estimator, task, role, np.asarray(estimator.support_vectors_), dual, intercept, float(estimator._gamma), **options)


def _make(
    estimator: Any,
    task: Task,
    role: str,
    points: np.ndarray,
    dual: np.ndarray,
    intercept: np.ndarray,
    gamma: float,
    ends: np.ndarray = _NO_ENDS,
    shape: str = "",
    break_ties: bool = False,
    offset: float = 0.0,
    constants: dict[str, Any] | None = None,
    residual: np.ndarray | None = None,
) -> Machine:
    name, kernel = type(estimator).__name__, estimator.kernel
    if not isinstance(kernel, str) or kernel not in _KERNELS:
        raise UnsupportedError(f"{name}.kernel={kernel!r} has no kernel here: fit with 'linear', 'poly', 'rbf' or 'sigmoid'")
    kernel = _KERNELS[kernel]
    constants = {"coef0": estimator.coef0, "degree": estimator.degree} if constants is None else constants
    degree = float(constants["degree"])
    if kernel == "polynomial" and not (degree.is_integer() and 0 <= degree <= _LARGEST_DEGREE):
        raise UnsupportedError(f"{name}.degree={constants['degree']} has no kernel: fit with a whole degree up to {_LARGEST_DEGREE}")
    check_finite(name, support_vectors_=points, dual_coef_=dual, intercept_=intercept)
    if not np.any(dual):
        raise UnsupportedError(f"{name} has no support vectors: it answers the same for every row; fit it with a smaller epsilon")
    magnitude = _NO_COEFFICIENTS
    if kernel == "linear":
        magnitude = len(points) * _collapsed(np.abs(points), np.abs(dual), ends, intercept)
        points, dual, ends = _collapsed(points, dual, ends, intercept), _NO_COEFFICIENTS, _NO_ENDS
    else:
        points, dual, ends = distinct(points, dual, ends)
    return Machine(
        **points_on_features("euclidean", points), task=task, kernel=kernel, gamma=gamma, degree=int(degree),
        coef0=float(constants["coef0"]),
        coefficients=dual, intercept=intercept, ends=ends, role=role, shape=shape, break_ties=break_ties, offset=offset,
        exact_coefficients=dual, magnitude=magnitude, residual=np.zeros(0) if residual is None else residual,
        argument=gamma * float((points.astype(np.float64) ** 2).sum(axis=1).max()) + abs(float(constants["coef0"])),
    )  # fmt: skip


def _collapsed(points: np.ndarray, dual: np.ndarray, ends: np.ndarray, intercept: np.ndarray) -> np.ndarray:
    """Of a linear kernel: one vector of weights per function, shape (n_functions, F)."""
    points = points.astype(np.float64)
    if not len(ends):
        return dual.T @ points
    starts = np.concatenate([[0], ends[:-1]]).astype(int)
    weights = np.zeros((len(intercept), points.shape[1]))
    for pair, own, _, column in pair_columns(len(ends)):
        mine = slice(starts[own], int(ends[own]))
        weights[pair] += dual[mine, column] @ points[mine]
    return weights


def read_nystroem(estimator: Any) -> Machine:
    """Nystroem: components_ (n, F), normalization_ (n, n), kernel and its parameters, with the defaults of scikit-learn's kernels."""
    check_dense("Nystroem", estimator.components_)
    points, dual = np.asarray(estimator.components_), np.asarray(estimator.normalization_, dtype=np.float64).T
    own = {**(estimator.kernel_params or {}), **{name: getattr(estimator, name) for name in ("gamma", "coef0", "degree")}}
    given = {name: value for name, value in own.items() if value is not None}
    constants = {"gamma": 1 / points.shape[1], "coef0": 1.0, "degree": 3, **given}
    gamma, task = float(constants.pop("gamma")), Task("transformer", dual.shape[1])
    return _make(estimator, task, "value", points, dual, np.zeros(dual.shape[1]), gamma, constants=constants)


def read_kernel_pca(estimator: Any) -> Machine:
    """KernelPCA: X_fit_ (n, F), eigenvectors_ (n, m), eigenvalues_ (m,), gamma_, and the means of the kernel over the training rows.

    transform = (K - rows - mean(K) + all) A with A = eigenvectors_ / sqrt(eigenvalues_), rows and all being _centerer's means: that is
    linear in K, so that K times A less its columns' means, and an intercept, say the same.
    """
    check_dense("KernelPCA", estimator.X_fit_)
    values, vectors = np.asarray(estimator.eigenvalues_, np.float64), np.asarray(estimator.eigenvectors_, np.float64)
    scaled = np.where(values != 0, vectors / np.sqrt(np.where(values != 0, values, 1)), 0)
    rows, overall = np.asarray(estimator._centerer.K_fit_rows_, np.float64), float(estimator._centerer.K_fit_all_)
    dual, points = scaled - scaled.mean(axis=0), np.asarray(estimator.X_fit_)
    sums = np.abs(scaled).sum(axis=0)
    rounding = (len(points) + 8) * 2.0**-53 * (np.abs(rows) @ np.abs(scaled) + abs(overall) * sums)  # of scikit-learn's centring
    gamma, task = float(getattr(estimator, "gamma_", estimator.gamma) or 1 / points.shape[1]), Task("transformer", len(values))
    return _make(estimator, task, "value", points, dual, overall * scaled.sum(axis=0) - rows @ scaled, gamma, residual=rounding)


READERS = {
    KernelPCA: read_kernel_pca,
    Nystroem: read_nystroem,
    SVC: read_classifier,
    NuSVC: read_classifier,
    SVR: read_regressor,
    NuSVR: read_regressor,
    OneClassSVM: read_detector,
    KernelRidge: read_ridge,
}
