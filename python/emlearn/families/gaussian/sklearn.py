"""scikit-learn's Gaussian models as records.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.linalg import rq
from scipy.special import digamma
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KernelDensity

from ...errors import InvalidInputError, UnsupportedError
from ...fitted import check_finite
from ...record import Task
from . import covariances
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
    with np.errstate(divide="ignore"):
        return _mixture(estimator, np.log(_float64(estimator, "weights_")))


def read_bayesian_mixture(estimator: Any) -> Gaussian:
    """BayesianGaussianMixture: as GaussianMixture, with expectations under the posteriors for log(weights_) and log det P[k].

    Also weight_concentration_, degrees_of_freedom_, mean_precision_ (``_estimate_log_weights``, ``_estimate_log_prob``).
    """
    n_features = estimator.means_.shape[1]
    degrees, precision = (np.asarray(getattr(estimator, name), np.float64) for name in ("degrees_of_freedom_", "mean_precision_"))
    if estimator.weight_concentration_prior_type == "dirichlet_process":
        one, other = (np.asarray(part, np.float64) for part in estimator.weight_concentration_)
        rest = digamma(other) - digamma(one + other)
        log_weights = digamma(one) - digamma(one + other) + np.concatenate([[0], np.cumsum(rest)[:-1]])
    else:
        counts = np.asarray(estimator.weight_concentration_, np.float64)
        log_weights = digamma(counts) - digamma(counts.sum())
    log_lambda = n_features * np.log(2) + digamma(0.5 * (degrees - np.arange(n_features)[:, np.newaxis])).sum(axis=0)
    return _mixture(estimator, log_weights + 0.5 * (log_lambda - n_features / precision - n_features * np.log(degrees)))


def read_quadratic(estimator: Any) -> Gaussian:
    """QuadraticDiscriminantAnalysis: means_ (K, F), rotations_ (K matrices), scalings_ (K rows), priors_ (K,).

    joint[k] = log(priors_[k]) - sum log(scalings_[k]) / 2 - |(x - means_[k]) M[k]|^2 / 2 with M[k] = rotations_[k] / sqrt(scalings_[k])
    (``_decision_function``). M = U Q with U upper triangular and Q orthogonal, so U in M's place gives the same norms.
    """
    mean, prior = _float64(estimator, "means_"), _float64(estimator, "priors_")
    n_features = mean.shape[1]
    scalings = [np.asarray(values, np.float64) for values in estimator.scalings_]
    for values in scalings:
        if values.shape != (n_features,) or not np.all(values > 0):
            raise InvalidInputError(
                "QuadraticDiscriminantAnalysis.scalings_ has values that are not positive, or fewer than features: a class's covariance is "
                "singular; fit with reg_param=0.01 or more, or drop features that depend on others"
            )
    factors = [np.asarray(r, np.float64) / np.sqrt(s) for r, s in zip(estimator.rotations_, scalings, strict=True)]
    triangles = [rq(factor)[0] for factor in factors]
    triangles = [triangle * np.sign(np.diagonal(triangle)) for triangle in triangles]
    check_finite("QuadraticDiscriminantAnalysis", rotations_=np.array(triangles))
    with np.errstate(divide="ignore"):
        constant = np.log(prior) - 0.5 * np.array([np.log(values).sum() for values in scalings])
    # The decomposition, and scikit-learn's product with M, are right to a roundoff of the largest column, not of each.
    sizes = [np.linalg.norm(triangle, axis=0) for triangle in triangles]
    unit = 2.0**-53 * n_features * max(float(size.max() / size.min()) for size in sizes)
    return Gaussian(
        input="float32",
        n_features=n_features,
        task=Task("classifier", 1, (len(mean),), (("decision_function", len(mean) if len(mean) > 2 else 1),)),
        tells_joints=True,
        covariance="full",
        arithmetic="",
        mean=mean,
        scale=np.array([pack(triangle) for triangle in triangles]) / math.sqrt(2),
        constant=np.maximum(constant, _NEVER),
        peer=Peer("QuadraticDiscriminantAnalysis", "means_", "scalings_", True, unit, np.zeros(n_features)),
    )


def read_density(estimator: Any) -> Gaussian:
    """KernelDensity: tree_ (n rows, and their weights), bandwidth_, for the Gaussian kernel: a spherical component for each row.

    score_samples = log sum_k w[k] exp(-|x - x[k]|^2 / (2 bandwidth_^2)) / sum w - F log(2 pi bandwidth_^2) / 2.
    """
    if estimator.kernel != "gaussian" or estimator.metric not in ("euclidean", "minkowski", "l2"):
        raise UnsupportedError(
            f"KernelDensity(kernel={estimator.kernel!r}, metric={estimator.metric!r}) has no kernel: fit with 'gaussian', 'euclidean'"
        )
    if estimator.atol or estimator.rtol:
        raise UnsupportedError("KernelDensity with atol or rtol above 0 leaves rows out: fit with atol=0, rtol=0, as the default is")
    mean, width = np.asarray(estimator.tree_.data, np.float64), float(estimator.bandwidth_)
    weights = np.ones(len(mean)) if estimator.tree_.sample_weight is None else np.asarray(estimator.tree_.sample_weight, np.float64)
    check_finite("KernelDensity", tree_=mean, bandwidth_=np.array(width))
    n_features = mean.shape[1]
    with np.errstate(divide="ignore"):
        constant = np.log(weights / weights.sum()) - n_features * (0.5 * math.log(2 * math.pi) + math.log(width))
    return Gaussian(
        input="float32",
        n_features=n_features,
        task=Task("mixture", 1, (len(mean),)),
        covariance="spherical",
        arithmetic="",
        mean=mean,
        scale=np.full(len(mean), 1 / (width * math.sqrt(2))),
        constant=np.maximum(constant, _NEVER),
        peer=Peer("KernelDensity", "tree_.data", "bandwidth_", False, 2.0**-53, np.zeros(n_features)),
        tree_nodes=len(estimator.tree_.get_arrays()[2]),
    )


def _mixture(estimator: Any, log_weights: np.ndarray) -> Gaussian:
    kind = estimator.covariance_type
    mean, cholesky = (_float64(estimator, name) for name in ("means_", "precisions_cholesky_"))
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
    constant = log_weights + np.sum(np.log(diagonal), axis=-1) - 0.5 * n_features * math.log(2 * math.pi)
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


READERS = {
    GaussianNB: read_naive_bayes,
    GaussianMixture: read_mixture,
    BayesianGaussianMixture: read_bayesian_mixture,
    QuadraticDiscriminantAnalysis: read_quadratic,
    KernelDensity: read_density,
    **covariances.READERS,
}

ANSWERS = covariances.ANSWERS
