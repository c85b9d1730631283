"""scikit-learn's Gaussian models as records.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB

from ...convert import check_finite
from ...errors import InvalidInputError
from ...record import Task
from .record import Gaussian, Peer, pack

#: Stands for log(0), the constant of a class whose prior is zero: far below every other, and a float32.
_NEVER = -1e37


def read_naive_bayes(estimator: Any) -> Gaussian:
    """GaussianNB: theta_ (K, F), var_ (K, F), class_prior_ (K,).

    joint[k] = log(class_prior_[k]) - sum_i log(2 pi var_[k, i]) / 2 - sum_i (x[i] - theta_[k, i])^2 / (2 var_[k, i])
    (``GaussianNB._joint_log_likelihood``).
    """
    mean, variance, prior = (_float64(estimator, name) for name in ("theta_", "var_", "class_prior_"))
    _check_positive(estimator, "var_", variance, "fit with a larger var_smoothing")
    with np.errstate(divide="ignore"):
        constant = np.log(prior) - 0.5 * np.sum(np.log(2 * math.pi * variance), axis=1)
    return Gaussian(
        input="float32",
        n_features=mean.shape[1],
        task=Task("classifier", 1, (len(mean),)),
        covariance="diag",
        arithmetic="",
        mean=mean,
        scale=1 / np.sqrt(2 * variance),
        constant=np.maximum(constant, _NEVER),
        peer=_peer(estimator, "theta_", "var_", expanded=False),
    )


def read_mixture(estimator: Any) -> Gaussian:
    """GaussianMixture: means_ (K, F), precisions_cholesky_ (by covariance_type), weights_ (K,).

    joint[k] = log(weights_[k]) + log det P[k] - F log(2 pi) / 2 - |(x - means_[k]) P[k]|^2 / 2, where P[k] is the
    precision's Cholesky factor: upper triangular, diagonal or a multiple of 1 (``_estimate_log_gaussian_prob``).
    """
    kind = estimator.covariance_type
    mean, cholesky, weights = (_float64(estimator, name) for name in ("means_", "precisions_cholesky_", "weights_"))
    n_components, n_features = mean.shape
    shape = {
        "full": (n_components, n_features, n_features),
        "tied": (n_features, n_features),
        "diag": (n_components, n_features),
        "spherical": (n_components,),
    }[kind]
    name = type(estimator).__name__
    if cholesky.shape != shape:
        raise InvalidInputError(
            f"{name}.precisions_cholesky_ has shape {cholesky.shape}, not {shape} as covariance_type={kind!r} needs: "
            "fit again after changing it"
        )
    if kind in ("full", "tied"):
        if np.any(np.tril(cholesky, -1)):
            raise InvalidInputError(f"{name}.precisions_cholesky_ is not upper triangular: fit again with this version of scikit-learn")
        diagonal = np.diagonal(cholesky, axis1=-2, axis2=-1)
        scale = np.atleast_2d(pack(cholesky))
    else:
        diagonal = cholesky if kind == "diag" else np.repeat(cholesky[:, np.newaxis], n_features, axis=1)
        scale = cholesky
    _check_positive(estimator, "precisions_cholesky_", diagonal, "fit with a larger reg_covar")
    with np.errstate(divide="ignore"):
        constant = np.log(weights) + np.sum(np.log(diagonal), axis=-1) - 0.5 * n_features * math.log(2 * math.pi)
    return Gaussian(
        input="float32",
        n_features=n_features,
        task=Task("mixture", 1, (n_components,)),
        covariance=kind,
        arithmetic="",
        mean=mean,
        scale=scale / math.sqrt(2),
        constant=np.maximum(constant, _NEVER),
        peer=_peer(estimator, "means_", "precisions_cholesky_", expanded=True),
    )


def _float64(estimator: Any, name: str) -> np.ndarray:
    values = np.asarray(getattr(estimator, name), dtype=np.float64)
    check_finite(type(estimator).__name__, **{name: values})
    return values


def _peer(estimator: Any, mean: str, scale: str, expanded: bool) -> Peer:
    single = any(np.asarray(getattr(estimator, name)).dtype.itemsize < 8 for name in (mean, scale))
    shift = np.zeros(np.shape(getattr(estimator, mean))[1])
    return Peer(type(estimator).__name__, mean, scale, expanded, 2.0**-24 if single else 2.0**-53, shift)


def _check_positive(estimator: Any, name: str, values: np.ndarray, remedy: str) -> None:
    bad = int(np.count_nonzero(values <= 0))
    if bad:
        raise InvalidInputError(
            f"{type(estimator).__name__}.{name} has {bad} values that are not positive: {remedy}, or drop constant features"
        )


READERS = {GaussianNB: read_naive_bayes, GaussianMixture: read_mixture}
