"""scikit-learn's Gaussian processes, read into a Process.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import solve_triangular
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process._gpc import _BinaryGaussianProcessClassifierLaplace
from sklearn.utils.validation import check_is_fitted

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...record import Record, Task
from ...registry import read
from .expand import expand
from .record import Process

#: Beyond this many training points a regressor has no ``predict_std``: its table has a number for each pair of points.
MOST_PAIRED = 256

_MOST_POINTS = 32767


def read_regressor(estimator: GaussianProcessRegressor) -> Process:
    """X_train_ (n, F), alpha_ (n,) or (n, n_outputs), L_ (n, n), _y_train_mean, _y_train_std, kernel_."""
    check_is_fitted(estimator, "alpha_")  # scikit-learn lets an unfitted one predict, from its prior
    alpha = np.asarray(estimator.alpha_, dtype=np.float64).reshape(len(estimator.X_train_), -1)
    n_outputs = alpha.shape[1]
    unit = np.broadcast_to(np.asarray(estimator._y_train_std, np.float64), n_outputs)
    offset = np.broadcast_to(np.asarray(estimator._y_train_mean, np.float64), n_outputs)
    factor = np.asarray(estimator.L_, dtype=np.float64) if len(alpha) <= MOST_PAIRED else np.zeros((0, 0))
    whitening = solve_triangular(factor, np.eye(len(factor)), lower=True) if len(factor) else factor
    targets = np.asarray(estimator.y_train_, dtype=np.float64).reshape(len(alpha), -1)
    return _process(
        estimator,
        Task("regressor", n_outputs),
        alpha * unit,
        offset.copy(),
        whitening,
        unit.copy(),
        np.tril(factor),
        targets.std(axis=0) * unit,
    )


def read_classifier(estimator: GaussianProcessClassifier) -> Record:
    """base_estimator_: one process of two classes, or one against the rest, or for each pair."""
    return read(estimator.base_estimator_)


def read_binary(estimator: Any) -> Process:
    """X_train_ (n, F), y_train_ - pi_ (n,), L_ (n, n), W_sr_ (n,), kernel_ (Laplace's approximation)."""
    weights = (np.asarray(estimator.y_train_, np.float64) - estimator.pi_).reshape(-1, 1)
    factor = np.tril(np.asarray(estimator.L_, np.float64))
    if len(weights) > MOST_PAIRED * 2:
        raise UnsupportedError(
            f"GaussianProcessClassifier keeps {len(weights)} rows and a number for each pair of them: at most {2 * MOST_PAIRED} fit; "
            "fit it on fewer rows, or take an SVC"
        )
    whitening = solve_triangular(factor, np.diag(np.asarray(estimator.W_sr_, np.float64)), lower=True)
    labels = np.where([True, False], *estimator.classes_)  # as its predict does it, which makes texts of objects that are such
    task = Task("classifier", 1, (2,), answers=labels.dtype.str)
    return _process(estimator, task, weights, np.zeros(1), whitening, np.ones(1), factor, np.ones(1))


def _process(
    estimator: Any,
    task: Task,
    weights: np.ndarray,
    offset: np.ndarray,
    whitening: np.ndarray,
    unit: np.ndarray,
    factor: np.ndarray,
    spread: np.ndarray,
) -> Process:
    name = type(estimator).__name__.lstrip("_")
    try:
        points = np.asarray(estimator.X_train_, dtype=np.float64)
    except (TypeError, ValueError):
        raise UnsupportedError(f"{name} was fitted on objects: a device reads numbers") from None
    if len(points) > _MOST_POINTS:
        raise UnsupportedError(f"{name} keeps {len(points)} rows, and {_MOST_POINTS} fit: fit it on fewer rows, or take an MLPRegressor")
    check_finite(name, X_train_=points, alpha_=weights, L_=whitening)
    terms = expand(estimator.kernel_, points.shape[1])
    return Process(
        "float32", points.shape[1], task, terms, points, weights, offset, whitening, unit, factor, spread, name, np.zeros(points.shape[1])
    )


def answer(estimator: Any, op: str, X: Any) -> Any:
    """Its own method; the deviation comes with the mean, and what classes are decided by is asked of what decides."""
    if op == "predict_std":
        return estimator.predict(X, return_std=True)[1]
    return getattr(estimator.base_estimator_ if op == "decision_function" else estimator, op)(X)


READERS = {
    GaussianProcessRegressor: read_regressor,
    GaussianProcessClassifier: read_classifier,
    _BinaryGaussianProcessClassifierLaplace: read_binary,
}

ANSWERS = {GaussianProcessRegressor: answer, GaussianProcessClassifier: answer}
