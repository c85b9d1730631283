"""scikit-learn's nearest centroids, clusterers and neighbours, read into points.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
from sklearn.cluster import AffinityPropagation, Birch, BisectingKMeans, KMeans, MeanShift, MiniBatchKMeans
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NearestCentroid,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)

from ...errors import InvalidInputError, UnsupportedError
from ...fitted import check_dense, check_finite
from ...record import Record, Task
from ..gaussian.record import Gaussian, Peer
from .record import Centroids, Density, Nearest, Within, points_on_features
from .thin import reachable

_NONE = np.zeros(0, np.int16)
_NO_LABELS, _NO_VALUES = np.zeros(0, np.uint8), np.zeros((0, 0))

#: The largest power of a Minkowski distance: beyond, single differences overflow float32 soon.
_LARGEST_POWER = 8


def read_centres(estimator: Any) -> Centroids:
    """KMeans, MiniBatchKMeans, MeanShift, AffinityPropagation: cluster_centers_ (K, F)."""
    name = type(estimator).__name__
    centres = getattr(estimator, "cluster_centers_", None)
    if centres is None:
        raise UnsupportedError(f"{name} was fitted with affinity='precomputed', so it has no centres: fit it with 'euclidean'")
    if len(centres) == 0:
        raise InvalidInputError(f"{name} found no cluster: it did not converge; fit it with more iterations or another damping")
    answers = "int32" if isinstance(estimator, (KMeans, MiniBatchKMeans)) else ""
    return _centroids(estimator, np.asarray(centres), answers, distances=hasattr(estimator, "transform"))


def read_birch(estimator: Any) -> Centroids:
    """Birch: subcluster_centers_ (S, F), subcluster_labels_ (S,)."""
    labels, points = np.asarray(estimator.subcluster_labels_), np.asarray(estimator.subcluster_centers_)
    return _centroids(estimator, points, str(labels.dtype), labels=labels.astype(np.int32), n_clusters=int(labels.max()) + 1)


def read_bisecting(estimator: Any) -> Centroids:
    """BisectingKMeans: the tree ``_bisecting_tree`` of centres, moved by ``_X_mean``; cluster_centers_ where there is one cluster."""
    root = estimator._bisecting_tree
    if root.left is None:
        return _centroids(estimator, np.asarray(estimator.cluster_centers_), "int32")
    move = getattr(estimator, "_X_mean", 0.0)
    inner, children = [root], []
    points: list[np.ndarray] = []
    rows: dict[int, int] = {}
    for node in inner:  # grows as it is walked: children come behind their parents
        for child in (node.left, node.right):
            if child.left is None:
                rows[int(child.label)] = len(points)
                children.append(~int(child.label))
            else:
                inner.append(child)
                children.append(len(inner) - 1)
            points.append(np.asarray(child.center, dtype=np.float64) + move)
    order = np.array([rows[label] for label in range(len(rows))], dtype=np.int16)
    inner_nodes = np.array(children, dtype=np.int16)
    return _centroids(estimator, np.array(points), "int32", children=inner_nodes, rows=order, n_clusters=len(order))


def _centroids(
    estimator: Any,
    points: np.ndarray,
    answers: str,
    labels: np.ndarray = _NONE,
    children: np.ndarray = _NONE,
    rows: np.ndarray = _NONE,
    n_clusters: int = 0,
    distances: bool = True,
) -> Centroids:
    check_finite(type(estimator).__name__, centres=points)
    columns = len(rows) or len(points)
    task = Task("clusterer", 1, (n_clusters or len(points),), (("transform", columns),), answers=answers)
    return Centroids(**points_on_features("euclidean", points), task=task, labels=labels, children=children, rows=rows, distances=distances)


def read_nearest_centroid(estimator: Any) -> Record:
    """NearestCentroid: centroids_ (K, F), metric; with unequal class_prior_ also within_class_std_dev_ (F,).

    ``predict`` takes the nearest centroid where priors are equal. Else it takes the largest
    2 log(class_prior_[k]) - sum_i ((x[i] - centroids_[k, i]) / within_class_std_dev_[i])^2, which is a Gaussian.
    """
    centroids = np.asarray(estimator.centroids_, np.float64)
    equal = np.full(len(centroids), 1 / len(centroids))  # before scikit-learn 1.6 there were no priors
    prior = np.asarray(getattr(estimator, "class_prior_", equal), np.float64)
    check_finite("NearestCentroid", centroids_=centroids, class_prior_=prior)
    if estimator.metric not in ("euclidean", "manhattan"):
        raise UnsupportedError(f"NearestCentroid.metric={estimator.metric!r} has no kernel: fit with 'euclidean' or 'manhattan'")
    task = Task("classifier", 1, (len(centroids),))
    if np.isclose(prior, 1 / len(prior)).all():
        return Centroids(
            **points_on_features(estimator.metric, centroids), task=task, labels=_NONE, children=_NONE, rows=_NONE, distances=False
        )
    if estimator.metric != "euclidean":
        raise UnsupportedError("NearestCentroid with unequal priors squares manhattan distances: fit with metric='euclidean'")
    deviation = np.asarray(estimator.within_class_std_dev_, np.float64)
    scale = 1 / np.where(deviation != 0, deviation, 1)
    with np.errstate(divide="ignore"):
        constant = np.maximum(2 * np.log(prior), -1e37)
    peer = Peer("NearestCentroid", "centroids_", "within_class_std_dev_", True, 2.0**-53, np.zeros(len(scale)))
    return Gaussian(
        "float32", len(scale), task, "diag", "", centroids, np.repeat(scale[np.newaxis], len(centroids), axis=0), constant, peer
    )


def read_classifier(estimator: Any) -> Nearest:
    """KNeighborsClassifier: _fit_X (n, F), _y (n,), n_neighbors, weights, effective_metric_."""
    return _nearest(estimator, Task("classifier", 1, (len(estimator.classes_),)), _labels(estimator), _NO_VALUES)


def _labels(estimator: Any) -> np.ndarray:
    if estimator.outputs_2d_:
        raise UnsupportedError(f"{type(estimator).__name__} with several outputs has no kernel: fit one per output")
    return np.asarray(estimator._y).ravel().astype(np.uint8 if len(estimator.classes_) <= 256 else np.uint16)


def read_regressor(estimator: Any) -> Nearest:
    """KNeighborsRegressor: _fit_X (n, F), _y (n,) or (n, n_outputs), n_neighbors, weights, effective_metric_."""
    values = _values(estimator)
    return _nearest(estimator, _task_of(estimator), _NO_LABELS, values)


def _task_of(estimator: Any) -> Task:
    """A mean has the dtype of the targets, one weighted by distances has float64; and their shape."""
    targets = np.asarray(estimator._y)
    answers = "float64" if estimator.weights == "distance" else str(np.mean(targets[:1]).dtype)
    columns = targets.shape[1:]
    return Task("regressor", columns[0] if columns else 1, is_column=columns == (1,), answers=answers)


def _values(estimator: Any) -> np.ndarray:
    values = np.asarray(estimator._y, dtype=np.float64)
    values = values.reshape(len(values), -1)
    check_finite(type(estimator).__name__, _y=values)
    return values


def read_classifier_within(estimator: RadiusNeighborsClassifier) -> Within:
    """RadiusNeighborsClassifier: as KNeighborsClassifier, with radius; it is asked what it answers to a row without neighbours."""
    if estimator.outlier_label_ is None:
        raise UnsupportedError(
            "RadiusNeighborsClassifier(outlier_label=None) raises an error for a row without neighbours, which a device cannot: "
            "fit with outlier_label='most_frequent', or a label"
        )
    labels, classes = _labels(estimator), np.asarray(estimator.classes_)
    points = _fitted_points(estimator)
    far = points.astype(np.float64).max(axis=0, keepdims=True) + 2 * float(estimator.radius) + 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its label is none of the training's
        label, proba = estimator.predict(far)[0], estimator.predict_proba(far)[0]
    known = np.flatnonzero(classes == label)
    none = int(known[0]) if len(known) else len(classes)
    task = Task("classifier", 1, (max(none + 1, len(classes)),), (("predict_proba", len(classes)),))
    shown = int(np.argmax(proba)) if np.any(proba) else -1
    return _within(estimator, task, labels=labels, values=_NO_VALUES, none=none, shown=shown, nothing=np.zeros(0, np.float32))


def read_regressor_within(estimator: RadiusNeighborsRegressor) -> Within:
    """RadiusNeighborsRegressor: as KNeighborsRegressor, with radius; NaN, cast as numpy does it, for a row without neighbours."""
    values = _values(estimator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whole targets have no NaN
        nothing = np.full_like(np.asarray(estimator._y).reshape(len(values), -1)[0], np.nan).astype(np.float32)
    return _within(estimator, _task_of(estimator), labels=_NO_LABELS, values=values, none=0, shown=-1, nothing=nothing)


def _within(estimator: Any, task: Task, **fields: Any) -> Within:
    if estimator.radius is None:
        raise UnsupportedError(f"{type(estimator).__name__}(radius=None) finds no neighbours: fit with a radius")
    return Within(
        **points_on_features(_metric(estimator), _fitted_points(estimator)), task=task, radius=float(estimator.radius),
        by_distance=estimator.weights == "distance", **fields,
    )  # fmt: skip


def read_density(estimator: LocalOutlierFactor) -> Density:
    """LocalOutlierFactor(novelty=True): _fit_X (n, F), n_neighbors_, _distances_fit_X_ (n, n_neighbors_), _lrd (n,), offset_."""
    if not estimator.novelty:
        raise UnsupportedError("LocalOutlierFactor(novelty=False) answers only about the rows that it was fitted on: fit with novelty=True")
    check_dense("LocalOutlierFactor", estimator._fit_X)
    values = np.column_stack([estimator._distances_fit_X_[:, estimator.n_neighbors_ - 1], estimator._lrd]).astype(np.float64)
    check_finite("LocalOutlierFactor", _lrd=values)
    points = np.asarray(estimator._fit_X)
    check_finite("LocalOutlierFactor", _fit_X=points)
    return Density(
        **points_on_features(_metric(estimator), points), task=Task("detector"), k=int(estimator.n_neighbors_), by_distance=False,
        labels=_NO_LABELS, values=values, offset=float(estimator.offset_),
    )  # fmt: skip


def _nearest(estimator: Any, task: Task, labels: np.ndarray, values: np.ndarray) -> Nearest:
    points, k = _fitted_points(estimator), int(estimator.n_neighbors)
    kept = reachable(points, labels if task.is_discrete else values, k)
    return Nearest(
        **points_on_features(_metric(estimator), points[kept]), task=task, k=k, by_distance=estimator.weights == "distance",
        labels=labels[kept] if task.is_discrete else labels, values=values if task.is_discrete else values[kept],
    )  # fmt: skip


def _fitted_points(estimator: Any) -> np.ndarray:
    name = type(estimator).__name__
    check_dense(name, estimator._fit_X)
    if estimator.weights not in ("uniform", "distance"):
        raise UnsupportedError(f"{name}.weights={estimator.weights!r} has no kernel: fit with 'uniform' or 'distance'")
    points = np.asarray(estimator._fit_X)
    check_finite(name, _fit_X=points)
    return points


def _metric(estimator: Any) -> str:
    name, parameters = type(estimator).__name__, dict(estimator.effective_metric_params_)
    metric, power = estimator.effective_metric_, parameters.pop("p", 2)
    plain = {"euclidean": "euclidean", "l2": "euclidean", "manhattan": "manhattan", "l1": "manhattan", "cityblock": "manhattan"}
    plain["chebyshev"] = "chebyshev"
    if any(value is not None for value in parameters.values()):
        raise UnsupportedError(f"{name}.metric_params {sorted(parameters)} has no kernel: scale the features instead")
    if metric in plain:
        return plain[metric]
    if metric == "minkowski" and float(power).is_integer() and 1 <= power <= _LARGEST_POWER:
        return {1: "manhattan", 2: "euclidean"}.get(int(power), f"minkowski<{int(power)}>")
    shown = f"minkowski with p={power}" if metric == "minkowski" else repr(metric)
    raise UnsupportedError(
        f"{name}.metric {shown} has no kernel: fit with 'euclidean', 'manhattan', 'chebyshev', or 'minkowski' with a whole p "
        f"up to {_LARGEST_POWER}"
    )


def answer(estimator: Any, op: str, X: Any) -> Any:
    """Its own method in float64, which bounds are about: fitted on float32 rows, ``predict`` of K-means takes none of float64."""
    if np.asarray(estimator.cluster_centers_).dtype != np.float64:
        estimator = copy.deepcopy(estimator)
        estimator.cluster_centers_ = estimator.cluster_centers_.astype(np.float64)
        nodes = [estimator._bisecting_tree] if isinstance(estimator, BisectingKMeans) else []
        for node in nodes:  # grows as it is walked
            node.center = node.center.astype(np.float64)
            nodes += [child for child in (node.left, node.right) if child is not None]
    return getattr(estimator, op)(X)


ANSWERS: dict[type, Any] = dict.fromkeys((KMeans, MiniBatchKMeans, BisectingKMeans), answer)

READERS = {
    NearestCentroid: read_nearest_centroid,
    KMeans: read_centres,
    MiniBatchKMeans: read_centres,
    BisectingKMeans: read_bisecting,
    MeanShift: read_centres,
    AffinityPropagation: read_centres,
    Birch: read_birch,
    LocalOutlierFactor: read_density,
    KNeighborsClassifier: read_classifier,
    KNeighborsRegressor: read_regressor,
    RadiusNeighborsClassifier: read_classifier_within,
    RadiusNeighborsRegressor: read_regressor_within,
}
