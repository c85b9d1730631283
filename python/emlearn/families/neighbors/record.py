"""Models that compare a row with points: centres of clusters or classes, or training rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...record import Record


@dataclasses.dataclass(frozen=True, eq=False)
class Points(Record):
    """n points over F raw values, and the distance between a row and each.

    z[j, i] = weight[i] * (x[i] - point[j, i]), weight[i] being what turns a raw count into a feature; the sum of a point is
    sum_i abs(z[j, i])^p, or the largest abs(z[j, i]) for ``chebyshev``, and its distance is the p-th root of that.

    Attributes
    ----------
    metric : str
        ``manhattan`` (p = 1), ``euclidean`` (2), ``chebyshev``, or ``minkowski<P>`` with P from 3 on.
    exact_points : ndarray of shape (n, F), float64
        In raw units, before rounding: what the bounds compare with; not a table.
    exact_weights : ndarray of shape (F,), float64
        Likewise; all positive.
    shift : ndarray of shape (F,), float64
        The largest offset, in raw units, that scalers and input_offset add on the way to a feature: for scikit-learn's rounding.
    steps : int
        How many roundings they take.
    arithmetic : str
        "" until ``finish``; then ``real`` (float, equal weights), ``weighted`` (float), ``whole<uint32_t>`` or ``whole<uint64_t>``
        (integer rows and points, equal weights).
    points : ndarray of shape (n, F)
        float32, or the narrowest integer type for ``whole``.
    weights : ndarray of shape (F,) or (0,), float32
        Those of ``weighted``.
    unit : float
        The one weight of the others; 1 for ``weighted``.
    top : int, optional
        Where a stage before gives whole numbers 0 to `top`; points are rounded to such then.
    """

    metric: str
    exact_points: np.ndarray
    exact_weights: np.ndarray
    shift: np.ndarray
    steps: int
    arithmetic: str
    points: np.ndarray
    weights: np.ndarray
    unit: float
    top: int | None

    @property
    def power(self) -> int:
        """P of the metric; 1 for chebyshev, whose sums are no sums."""
        known = {"manhattan": 1, "chebyshev": 1, "euclidean": 2}
        return known[self.metric] if self.metric in known else int(self.metric[len("minkowski<") : -1])


def points_on_features(metric: str, points: np.ndarray) -> dict[str, Any]:
    """The fields of an unfinished :class:`Points` over features as they are."""
    exact = np.asarray(points, dtype=np.float64)
    n_features = exact.shape[1]
    return {
        "input": "float32", "n_features": n_features, "metric": metric, "exact_points": exact, "exact_weights": np.ones(n_features),
        "shift": np.zeros(n_features), "steps": 0, "arithmetic": "", "points": exact, "weights": np.zeros(0, np.float32), "unit": 1.0,
        "top": None,
    }  # fmt: skip


@dataclasses.dataclass(frozen=True, eq=False)
class Centroids(Points):
    """The nearest of a few points, the lowest where several are.

    Attributes
    ----------
    labels : ndarray of shape (K,), int32; (0,) where a point is its own label
        The answer of each point.
    children : ndarray of shape (n,) or (0,), int16
        Of a tree: node t compares points 2 t and 2 t + 1, and goes on to the node that the nearer one names, or ends in the cluster
        ~children.
    rows : ndarray of shape (n_clusters,) or (0,), int16
        Of a tree: the point that is the centre of each cluster.
    distances : bool
        Whether the estimator has ``transform``: the distances to the centres.
    """

    labels: np.ndarray
    children: np.ndarray
    rows: np.ndarray
    distances: bool

    @property
    def ops(self) -> tuple[str, ...]:
        if self.task.kind == "transformer":
            return ("transform",)
        return ("predict", "transform") if self.distances else ("predict",)


@dataclasses.dataclass(frozen=True, eq=False)
class Nearest(Points):
    """Votes or means over the k nearest points, the earlier where several are as near.

    Attributes
    ----------
    k : int
    by_distance : bool
        Whether a neighbour counts by 1 / distance; those at no distance then count alone.
    labels : ndarray of shape (n,), uint8 or uint16; (0,) for a regressor
        The class's index of each point.
    values : ndarray of shape (n, n_outputs), float32 (float64 until ``finish``); (0, 0) for a classifier
    left_out : int
        How many points ``max_points`` took away.
    changed : float
        What that changes among the points themselves: how many classes, or the largest change of a mean.
    """

    k: int
    by_distance: bool
    labels: np.ndarray
    values: np.ndarray
    left_out: int = 0
    changed: float = 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Density(Nearest):
    """A detector: score_samples = -(mean of the k nearest points' densities) (mean of max(distance, their own k-distance) + 1e-10).

    Attributes
    ----------
    values : ndarray of shape (n, 2), float32 (float64 until ``finish``)
        The distance from each point to its own k-th neighbour, and its density.
    offset : float
        decision_function = score_samples - offset; +1 from 0 on.
    """

    offset: float = 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Within(Points):
    """Votes or means over all points that are not farther than a radius.

    Attributes
    ----------
    radius : float
        On features.
    by_distance, labels, values
        As those of :class:`Nearest`.
    none : int
        What ``predict`` of a classifier answers where no point is near enough: a class's index, or n_classes of ``predict_proba`` for a
        label of its own.
    shown : int
        The class whose ``predict_proba`` is 1 then; -1 where all are 0.
    nothing : ndarray of shape (n_outputs,), float32; (0,) for a classifier
        What a regressor answers then.
    limit : int or float
        Set by ``finish``: the largest sum, in the arithmetic's type, that counts.
    """

    radius: float
    by_distance: bool
    labels: np.ndarray
    values: np.ndarray
    none: int
    shown: int
    nothing: np.ndarray
    limit: int | float = 0
