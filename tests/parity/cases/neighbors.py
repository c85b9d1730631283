"""Models of distances of every kind, each fitted from a seed, with rows to ask them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.cluster import AffinityPropagation, Birch, BisectingKMeans, KMeans, MeanShift, MiniBatchKMeans
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NearestCentroid,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

Case = Callable[[int], tuple[Any, np.ndarray]]


def clouds(seed: int, n_features: int, n_groups: int, n_samples: int = 150) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(X, group of each row, other rows to ask): clouds that overlap, features of unlike units."""
    rng = np.random.default_rng(seed)
    unit = 10.0 ** rng.uniform(-1, 1, n_features)
    y = rng.integers(0, n_groups, n_samples)
    y[:n_groups] = np.arange(n_groups)
    centres = rng.normal(scale=2, size=(n_groups, n_features))
    X = (centres[y] + rng.normal(size=(n_samples, n_features))) * unit
    return X, y, np.concatenate([X[::3], X + rng.normal(scale=0.7, size=X.shape) * unit])


def fit(estimator: Any, X: np.ndarray, y: Any = None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.filterwarnings("ignore", message="self.within_class_std_dev_ has at least 1 zero")
        return estimator.fit(X, y)


def case(make: Callable[[int], Any], n_features: int = 4, n_groups: int = 3, labels: Any = None, scaler: Any = None) -> Case:
    def made(seed: int) -> tuple[Any, np.ndarray]:
        X, y, rows = clouds(seed, n_features, n_groups)
        estimator = make(seed) if scaler is None else make_pipeline(scaler, make(seed))
        return fit(estimator, X, y if labels is None else np.asarray(labels)[y]), rows

    return made


def regression(make: Callable[[int], Any], n_outputs: int = 1) -> Case:
    def made(seed: int) -> tuple[Any, np.ndarray]:
        X, y, rows = clouds(seed, 5, 4)
        targets = np.column_stack([np.sin(X[:, j]) * 100 + y for j in range(n_outputs)])
        return make(seed).fit(X, targets[:, 0] if n_outputs == 1 else targets), rows

    return made


def dataset(load: Callable[..., Any], make: Callable[[int], Any]) -> Case:
    """Fitted on one half of the rows, asked about the other."""

    def made(seed: int) -> tuple[Any, np.ndarray]:
        X, y = load(return_X_y=True)
        order = np.random.default_rng(seed).permutation(len(X))
        half = len(X) // 2
        return fit(make(seed), X[order[:half]], y[order[:half]]), X[order[half:]]

    return made


CASES: dict[str, Case] = {
    "centroid": case(lambda _: NearestCentroid()),
    "centroid_manhattan": case(lambda _: NearestCentroid(metric="manhattan"), labels=["a", "b", "c"]),
    "centroid_shrunk": case(lambda _: NearestCentroid(shrink_threshold=0.3), labels=[7, -5, 60000], scaler=StandardScaler()),
    "centroid_priors": case(lambda _: NearestCentroid(priors=[0.6, 0.3, 0.1])),
    "centroid_digits": dataset(load_digits, lambda _: NearestCentroid()),
    "kmeans": case(lambda seed: KMeans(5, random_state=seed, n_init=1)),
    "kmeans_scaled": case(lambda seed: KMeans(4, random_state=seed, n_init=1), scaler=MinMaxScaler()),
    "kmeans_one": case(lambda seed: KMeans(1, random_state=seed, n_init=1), n_features=1, n_groups=2),
    "minibatch": case(lambda seed: MiniBatchKMeans(6, random_state=seed, n_init=1)),
    "bisecting": case(lambda seed: BisectingKMeans(7, random_state=seed)),
    "bisecting_one": case(lambda seed: BisectingKMeans(1, random_state=seed)),
    "bisecting_digits": dataset(load_digits, lambda seed: BisectingKMeans(10, random_state=seed)),
    "mean_shift": case(lambda _: MeanShift(bandwidth=8.0)),
    "affinity": case(lambda seed: AffinityPropagation(random_state=seed, damping=0.8)),
    "birch": case(lambda _: Birch(threshold=2.0, n_clusters=3)),
    "birch_subclusters": case(lambda _: Birch(threshold=3.0, n_clusters=None)),
    "neighbors": case(lambda _: KNeighborsClassifier()),
    "neighbors_one": case(lambda _: KNeighborsClassifier(1), labels=["no", "maybe", "yes"]),
    "neighbors_even": case(lambda _: KNeighborsClassifier(4), n_groups=4),
    "neighbors_brute": case(lambda _: KNeighborsClassifier(7, algorithm="brute")),
    "neighbors_scaled": case(lambda _: KNeighborsClassifier(5), scaler=StandardScaler()),
    "neighbors_by_distance": case(lambda _: KNeighborsClassifier(6, weights="distance")),
    "neighbors_by_distance_brute": case(lambda _: KNeighborsClassifier(6, weights="distance", algorithm="brute")),
    "neighbors_manhattan": case(lambda _: KNeighborsClassifier(5, metric="manhattan")),
    "neighbors_chebyshev": case(lambda _: KNeighborsClassifier(5, metric="chebyshev")),
    "neighbors_cubic": case(lambda _: KNeighborsClassifier(5, p=3, weights="distance")),
    "neighbors_iris": dataset(load_iris, lambda _: KNeighborsClassifier()),
    "neighbors_wine": dataset(load_wine, lambda _: KNeighborsClassifier()),
    "neighbors_cancer": dataset(load_breast_cancer, lambda _: KNeighborsClassifier(9)),
    "neighbors_digits": dataset(load_digits, lambda _: KNeighborsClassifier(3)),
    "within": case(lambda _: RadiusNeighborsClassifier(0.6, outlier_label="most_frequent"), scaler=StandardScaler()),
    "within_by_distance": case(lambda _: RadiusNeighborsClassifier(0.8, weights="distance", outlier_label=1), scaler=MinMaxScaler((0, 2))),
    "within_brute": case(
        lambda _: RadiusNeighborsClassifier(3.0, p=1, algorithm="brute", outlier_label=2), labels=[1, 2, 9], scaler=StandardScaler()
    ),
    "within_iris": dataset(load_iris, lambda _: RadiusNeighborsClassifier(0.5, outlier_label="most_frequent")),
    "within_regressor": regression(lambda _: make_pipeline(StandardScaler(), RadiusNeighborsRegressor(5.0, weights="distance"))),
    "within_diabetes": dataset(load_diabetes, lambda _: RadiusNeighborsRegressor(0.25, algorithm="kd_tree")),
    "outliers": case(lambda _: LocalOutlierFactor(novelty=True)),
    "outliers_manhattan": case(lambda _: LocalOutlierFactor(7, novelty=True, metric="manhattan", contamination=0.2)),
    "outliers_scaled": case(lambda _: LocalOutlierFactor(12, novelty=True), scaler=StandardScaler()),
    "outliers_iris": dataset(load_iris, lambda _: LocalOutlierFactor(10, novelty=True)),
    "regressor": regression(lambda _: KNeighborsRegressor()),
    "regressor_by_distance": regression(lambda _: KNeighborsRegressor(4, weights="distance")),
    "regressor_two_outputs": regression(lambda _: KNeighborsRegressor(3, p=1, weights="distance"), n_outputs=2),
    "regressor_diabetes": dataset(load_diabetes, lambda _: KNeighborsRegressor(8)),
}
