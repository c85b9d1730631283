"""scikit-learn's linear projections, discriminant analysis and partial least squares, read into a Linear.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import cross_decomposition, decomposition, random_projection
from sklearn.cluster import FeatureAgglomeration
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import NeighborhoodComponentsAnalysis

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...record import Record
from . import make
from .record import Affine, Linear


def _learned(estimator: Any, *names: str) -> list[np.ndarray]:
    """The attributes as float64, checked to be finite."""
    values = [make.dense(getattr(estimator, name)) for name in names]
    check_finite(type(estimator).__name__, **dict(zip(names, values, strict=True)))
    return values


def _centred(weights: np.ndarray, mean: np.ndarray, size: np.ndarray | None = None) -> Affine:
    """W (x - mean), and the magnitudes of its terms: the mean's too, which cancel."""
    size = np.abs(weights) if size is None else size
    return Affine.of(weights, -(weights @ mean), size, size @ np.abs(mean))


def read_pca(estimator: Any) -> Linear:
    """X @ components_.T - mean_ @ components_.T, with ``whiten`` divided by the roots of ``explained_variance_``."""
    components, mean, variance = _learned(estimator, "components_", "mean_", "explained_variance_")
    if estimator.whiten:
        deviation = np.sqrt(variance)
        least = np.finfo(estimator.explained_variance_.dtype).eps
        components = components / np.maximum(deviation, least)[:, None]
    return make.transformer(type(estimator).__name__, _centred(components, np.ravel(mean)))


def read_components(estimator: Any) -> Linear:
    """X @ components_.T."""
    (components,) = _learned(estimator, "components_")
    return make.transformer(type(estimator).__name__, Affine.of(components, np.zeros(len(components))))


def read_ica(estimator: Any) -> Linear:
    """(X - mean_) @ components_.T; without ``whiten`` there is no mean."""
    if not estimator.whiten:
        return read_components(estimator)
    components, mean = _learned(estimator, "components_", "mean_")
    return make.transformer(type(estimator).__name__, _centred(components, mean))


def read_factor_analysis(estimator: Any) -> Linear:
    """(X - mean_) @ Wpsi.T @ inv(I + Wpsi @ components_.T), with Wpsi = components_ / noise_variance_: the expected factors."""
    components, mean, noise = _learned(estimator, "components_", "mean_", "noise_variance_")
    scaled = components / noise
    posterior = np.linalg.inv(np.eye(len(components)) + scaled @ components.T)
    size = np.abs(posterior).T @ np.abs(scaled)
    # Two computed inverses P of A differ by a few gamma(n) |P| |A| |P| (Higham, section 14.1): scikit-learn's, and the one here.
    spread = np.abs(posterior) @ (np.eye(len(components)) + np.abs(scaled) @ np.abs(components).T)
    return make.transformer(type(estimator).__name__, _centred(posterior.T @ scaled, mean, 8 * (spread @ size) + size))


def read_discriminant(estimator: Any) -> Linear:
    """``coef_``, ``intercept_``, ``classes_``; ``transform`` by ``scalings_`` (less ``xbar_`` with solver "svd"), none with "lsqr"."""
    name = type(estimator).__name__
    coef, intercept = _learned(estimator, "coef_", "intercept_")
    weights = np.atleast_2d(coef)
    scores = Affine.of(weights, np.broadcast_to(np.ravel(intercept), (len(weights),)))
    projection = None
    if estimator.solver != "lsqr":
        (scalings,) = _learned(estimator, "scalings_")
        mean = _learned(estimator, "xbar_")[0] if estimator.solver == "svd" else np.zeros(len(scalings))
        projection = _centred(scalings.T[: estimator._max_components], mean)
    return make.classifier(name, scores, estimator.classes_, "softmax", projection=projection)


def read_partial_least_squares(estimator: Any) -> Linear:
    """predict: (X - mean) @ coef_.T + intercept_; transform: (X - mean) / deviation @ x_rotations_."""
    coef, intercept, rotations, mean, deviation = _learned(estimator, "coef_", "intercept_", "x_rotations_", "_x_mean", "_x_std")
    scores = _centred(coef, mean)
    scores = Affine.of(scores.weights, scores.bias + intercept, scores.size, scores.shift + np.abs(intercept))
    projection = _centred(rotations.T / deviation, mean)
    is_column = len(coef) == 1 and not getattr(estimator, "_predict_1d", False)
    return make.regressor(type(estimator).__name__, scores, projection=projection, is_column=is_column)


def read_partial_svd(estimator: Any) -> Linear:
    """(X - mean) / deviation @ x_weights_."""
    weights, mean, deviation = _learned(estimator, "x_weights_", "_x_mean", "_x_std")
    return make.transformer(type(estimator).__name__, _centred(weights.T / deviation, mean))


def read_agglomeration(estimator: FeatureAgglomeration) -> Linear:
    """The means, or sums, of the groups of features that ``labels_`` (n_features,) tells."""
    pool = estimator.pooling_func
    if pool not in (np.mean, np.sum):
        raise UnsupportedError(f"FeatureAgglomeration(pooling_func={pool!r}) is no linear map: fit with numpy.mean or numpy.sum")
    labels = np.asarray(estimator.labels_)
    groups = (labels == np.arange(estimator.n_clusters_)[:, np.newaxis]).astype(np.float64)
    if pool is np.mean:
        groups /= groups.sum(axis=1, keepdims=True)
    return make.transformer(type(estimator).__name__, Affine.of(groups, np.zeros(len(groups))))


READERS: dict[type, Callable[[Any], Record]] = {
    decomposition.PCA: read_pca,
    decomposition.IncrementalPCA: read_pca,
    decomposition.TruncatedSVD: read_components,
    decomposition.FastICA: read_ica,
    decomposition.FactorAnalysis: read_factor_analysis,
    random_projection.GaussianRandomProjection: read_components,
    random_projection.SparseRandomProjection: read_components,
    NeighborhoodComponentsAnalysis: read_components,
    FeatureAgglomeration: read_agglomeration,
    LinearDiscriminantAnalysis: read_discriminant,
    cross_decomposition.PLSRegression: read_partial_least_squares,
    cross_decomposition.PLSCanonical: read_partial_least_squares,
    cross_decomposition.CCA: read_partial_least_squares,
    cross_decomposition.PLSSVD: read_partial_svd,
}
