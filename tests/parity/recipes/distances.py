"""Neighbours, clusters and kernel machines of every class.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

from sklearn import cluster, neighbors, svm
from sklearn.decomposition import KernelPCA
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge

from .data import power
from .recipe import Recipe, of

BOTH = (True, False)
_NEAR: dict[str, Any] = {"kind": {"features": "near", "most_features": 8}}
_METRIC: dict[str, Any] = {
    "metric": ["euclidean", "manhattan", "chebyshev", "minkowski"], "p": [1, 2, 3], "algorithm": ["brute", "kd_tree", "auto"],
}  # fmt: skip
_WEIGHTS = ["uniform", "distance"]
_CLUSTERS: dict[str, Any] = {"n_clusters": [1, 2, 5, 8], "n_init": [1]}

NEIGHBORS: dict[str, Recipe] = {
    "NearestCentroid": of(neighbors.NearestCentroid, "classes", metric=["euclidean", "manhattan"], shrink_threshold=[None, 0.2]),
    "KMeans": of(cluster.KMeans, **_CLUSTERS),
    "MiniBatchKMeans": of(cluster.MiniBatchKMeans, **_CLUSTERS),
    "BisectingKMeans": of(cluster.BisectingKMeans, n_clusters=[1, 2, 5, 9]),
    "MeanShift": of(cluster.MeanShift, **_NEAR, bandwidth=[1.0, 2.0, 5.0]),
    "AffinityPropagation": of(cluster.AffinityPropagation, **_NEAR, damping=[0.7, 0.9]),
    "Birch": of(cluster.Birch, **_NEAR, threshold=power(-0.5, 0.5), n_clusters=[None, 2, 3]),
    "KNeighborsClassifier": of(neighbors.KNeighborsClassifier, "classes", n_neighbors=[1, 2, 5, 8], weights=_WEIGHTS, **_METRIC),
    "KNeighborsRegressor": of(neighbors.KNeighborsRegressor, "values", n_neighbors=[1, 2, 5, 8], weights=_WEIGHTS, **_METRIC),
    "RadiusNeighborsClassifier": of(
        neighbors.RadiusNeighborsClassifier, "classes", **_NEAR, radius=[0.3, 1.0, 3.0], weights=_WEIGHTS, outlier_label=["most_frequent"],
        **_METRIC,
    ),
    "RadiusNeighborsRegressor": of(neighbors.RadiusNeighborsRegressor, "value", **_NEAR, radius=[3.0, 10.0], weights=_WEIGHTS, **_METRIC),
    "LocalOutlierFactor": of(
        neighbors.LocalOutlierFactor, n_neighbors=[2, 5, 20], novelty=[True], contamination=["auto", 0.1], **_METRIC
    ),
}  # fmt: skip


def _machine(cls: type, target: str, **space: Any) -> Recipe:
    kernel: dict[str, Any] = {"kernel": ["rbf", "rbf", "linear", "poly", "sigmoid"], "degree": [2, 3], "coef0": [0.0, 1.0]}
    return of(cls, target, **_NEAR, scaled=0.6, gamma=power(-2, 0), **kernel, **space)


_VOTES: dict[str, Any] = {"decision_function_shape": ["ovr", "ovo"], "class_weight": [None, "balanced"]}

MACHINES: dict[str, Recipe] = {
    "SVC": _machine(svm.SVC, "classes", C=power(-1, 2), probability=BOTH, **_VOTES),
    "NuSVC": _machine(svm.NuSVC, "classes", nu=[0.05, 0.2], **_VOTES),
    "SVR": _machine(svm.SVR, "value", C=power(-1, 2), epsilon=power(-2, 0)),
    "NuSVR": _machine(svm.NuSVR, "value", C=power(-1, 2), nu=[0.1, 0.5]),
    "OneClassSVM": _machine(svm.OneClassSVM, "none", nu=[0.05, 0.3]),
    "KernelRidge": of(
        KernelRidge, "values", **_NEAR, scaled=0.6, alpha=power(-2, 1), kernel=["rbf", "linear", "poly", "sigmoid"], gamma=power(-2, -0.5),
        degree=[2, 3],
    ),
    "KernelPCA": of(
        KernelPCA, **_NEAR, scaled=0.6, kernel=["rbf", "poly", "sigmoid", "linear"], gamma=power(-2, -0.5), degree=[2],
        n_components=[1, 2, 3],
    ),
    "Nystroem": of(
        Nystroem, **_NEAR, scaled=0.6, kernel=["rbf", "poly", "sigmoid", "linear"], gamma=power(-2, -0.5), degree=[2],
        n_components=[1, 4, 10],
    ),
}  # fmt: skip
