"""Gaussian components over one row of features.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...record import Record

#: Entries of `scale` per component, by kind of covariance: the device's kernels.
COVARIANCES = ("diag", "spherical", "full", "tied")

#: The device's arithmetics, and how many float32 words an entry has in each.
ARITHMETICS = {"plain_float": 1, "two_float": 2}


#: The device's functions that are named otherwise than what they answer: those of classes, and of a detector (``is_detector``).
DEVICE_NAMES = {False: {"decision_function": "joints"}, True: {"predict": "detect", "score_samples": "nearness"}}


@dataclasses.dataclass(frozen=True, eq=False)
class Peer:
    """How scikit-learn computes the same density in floating point; only the bounds look at it.

    Attributes
    ----------
    estimator, mean, scale : str
        Names for messages: the class and the attributes behind the tables.
    expanded : bool
        Whether it multiplies the square out, (x - m)^2 p = x^2 p - 2 x m p + m^2 p, which cancels.
    unit : float
        The unit roundoff of its attributes: 2^-53, or 2^-24 where it was fitted on float32.
    shift : ndarray of shape (n_features,), float64
        The largest offset, in raw units, that its scalers and input_offset add or subtract on the way to a feature.
    steps : int
        How many roundings they take.
    quadratic : bool
        Whether it has the precision matrix itself and multiplies (x - m) P (x - m) out.
    """

    estimator: str
    mean: str
    scale: str
    expanded: bool
    unit: float
    shift: np.ndarray
    steps: int = 0
    quadratic: bool = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Peer):
            return NotImplemented
        mine, theirs = dataclasses.asdict(self), dataclasses.asdict(other)
        return bool(np.array_equal(mine.pop("shift"), theirs.pop("shift"))) and mine == theirs

    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True, eq=False)
class Gaussian(Record):
    """K Gaussian components over F raw values.

    joint[k] = constant[k] - sum_j z[k, j]^2, the log of weight times density, where z is x - mean[k] in units of sqrt(2)
    standard deviations:

    * ``diag``, ``spherical``: z[k, i] = (x[i] - mean[k, i]) * scale[k, i] (one scale[k] for all i);
    * ``full``, ``tied``: z[k, j] = sum_{i <= j} (x[i] - mean[k, i]) * scale[k, i, j] (one matrix for all k).

    ``predict`` is the index of the largest, ``predict_proba`` their softmax, ``score_samples`` the log of the sum of their
    exponentials. A detector has one component, whose joint is its ``decision_function`` (``predict`` is +1 where it is not negative, else
    -1); ``mahalanobis`` is the sum of squares, ``score_samples`` minus that.

    Attributes
    ----------
    covariance : str
        One of ``COVARIANCES``.
    arithmetic : str
        A key of ``ARITHMETICS``; "" until ``finish``, while the tables are float64.
    mean : ndarray of shape (K, F)
    scale : ndarray of shape (K, F), (K,), (K, F (F + 1) / 2) or (1, F (F + 1) / 2)
        For diag, spherical, full, tied; a triangle holds its columns one after the other, column j with rows 0 to j.
    constant : ndarray of shape (K,)
        After ``finish`` these three are float32 with one more axis: the words of an entry, whose sum is its value.
    peer : Peer
    has_limit : bool
        Of a detector: whether the constant is a limit of the distance, to decide by.
    tells_joints : bool
        Of a classifier: whether the joints are its ``decision_function``; of two classes, the second's less the first's.
    tree_nodes : int
        Of a density, which offers ``score_samples`` alone: the nodes of scikit-learn's tree, whose bounds it adds up. 0: it is none.
    """

    covariance: str
    arithmetic: str
    mean: np.ndarray
    scale: np.ndarray
    constant: np.ndarray
    peer: Peer
    has_limit: bool = False
    tells_joints: bool = False
    tree_nodes: int = 0

    @property
    def is_density(self) -> bool:
        return self.tree_nodes > 0

    @property
    def is_detector(self) -> bool:
        return self.task.kind == "detector"

    @property
    def ops(self) -> tuple[str, ...]:
        if self.is_density:
            return ("score_samples",)
        if not self.is_detector:
            return (*super().ops, "decision_function") if self.tells_joints else super().ops
        return (*(super().ops if self.has_limit else ("score_samples",)), "mahalanobis")

    @property
    def tables(self) -> dict[str, np.ndarray]:
        """The device's tables by name: minus the mean and minus the constant, since it adds only."""
        return {"shift": -self.mean, "scale": self.scale, "cost": -self.constant}

    @property
    def n_components(self) -> int:
        return len(self.mean)

    @property
    def is_triangular(self) -> bool:
        return self.covariance in ("full", "tied")

    @property
    def n_terms(self) -> int:
        """Products per row and component."""
        return self.n_features * (self.n_features + 1) // 2 if self.is_triangular else self.n_features

    def values(self, name: str) -> np.ndarray:
        """Table `name` in float64, its words added up."""
        table: np.ndarray = getattr(self, name)
        return table.astype(np.float64).sum(axis=-1) if self.arithmetic else table

    def matrix(self, k: int) -> np.ndarray:
        """The upper triangular matrix of component k, shape (F, F), float64."""
        return unpack(self.values("scale")[k if self.covariance == "full" else 0], self.n_features)

    def squared(self, k: int, rows: np.ndarray) -> np.ndarray:
        """|z|^2 of raw rows from component k in float64, shape (n_samples,)."""
        away, scale = rows - self.values("mean")[k], self.matrix(k) if self.is_triangular else self.values("scale")[k]
        return np.square(away @ scale if self.is_triangular else away * scale).sum(axis=1)

    @property
    def deviations(self) -> np.ndarray:
        """The standard deviation of each feature in each component (of a detector, sqrt(1/2) of it), shape (K, F)."""
        if self.is_triangular:
            inverse = np.array([np.linalg.inv(self.matrix(k)) for k in range(self.n_components)])
            return np.sqrt(np.square(inverse).sum(axis=1) / 2)
        scale = self.values("scale")
        return 1 / (np.sqrt(2) * (scale if self.covariance == "diag" else np.repeat(scale[:, np.newaxis], self.n_features, axis=1)))


def pack(matrix: np.ndarray) -> np.ndarray:
    """The upper triangle of (..., F, F), column by column, shape (..., F (F + 1) / 2)."""
    columns, rows = np.tril_indices(matrix.shape[-1])
    return matrix[..., rows, columns]


def unpack(triangle: np.ndarray, n_features: int) -> np.ndarray:
    """The inverse of :func:`pack`, for one matrix."""
    columns, rows = np.tril_indices(n_features)
    matrix = np.zeros((n_features, n_features))
    matrix[rows, columns] = triangle
    return matrix
