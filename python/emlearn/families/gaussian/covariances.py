"""scikit-learn's covariance estimators as records: the Mahalanobis distance of a row, and EllipticEnvelope's limit of it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.covariance import (
    OAS,
    EllipticEnvelope,
    EmpiricalCovariance,
    GraphicalLasso,
    GraphicalLassoCV,
    LedoitWolf,
    MinCovDet,
    ShrunkCovariance,
)

from ...errors import InvalidInputError
from ...fitted import check_finite
from ...record import Task
from .record import Gaussian, Peer, pack

#: Below this share of the largest, times the number of features, an eigenvalue of the scaled precision is one of rounding.
_LEAST = 2.0**-50


def read_covariance(estimator: Any) -> Gaussian:
    """location_ (F,), get_precision() (F, F); EllipticEnvelope: offset_, too.

    mahalanobis = (x - location_) P (x - location_) = |(x - location_) U|^2 with P = U U', U upper triangular
    (``EmpiricalCovariance.mahalanobis``); decision_function = -mahalanobis - offset_.
    """
    name = type(estimator).__name__
    precision, mean = np.asarray(estimator.get_precision(), np.float64), np.asarray(estimator.location_, np.float64)
    check_finite(name, precision_=precision, location_=mean)
    limit = -float(getattr(estimator, "offset_", 0.0))
    check_finite(name, offset_=np.array(limit))
    single = np.asarray(estimator.covariance_).dtype.itemsize < 8
    n = len(mean)
    return Gaussian(
        input="float32",
        n_features=n,
        task=Task("detector"),
        covariance="full",
        arithmetic="",
        mean=mean[np.newaxis],
        scale=pack(_factor(name, precision))[np.newaxis],
        constant=np.array([limit]),
        peer=Peer(name, "location_", "precision_", False, 2.0**-24 if single else 2.0**-53, np.zeros(n), quadratic=True),
        has_limit=isinstance(estimator, EllipticEnvelope),
    )


def _factor(name: str, precision: np.ndarray) -> np.ndarray:
    """The upper triangular U with U U' = `precision`: the lower Cholesky factor of the matrix with both axes turned round, turned back."""
    symmetric = (precision + precision.T) / 2
    diagonal = np.diagonal(symmetric)
    if np.all(diagonal > 0):
        scaled = np.linalg.eigvalsh(symmetric / np.sqrt(np.outer(diagonal, diagonal)))
        if scaled[0] > _LEAST * len(scaled) * scaled[-1]:
            return np.ascontiguousarray(np.linalg.cholesky(symmetric[::-1, ::-1])[::-1, ::-1])
    raise InvalidInputError(
        f"{name}.covariance_ is singular: features are constant or depend on others; drop these (VarianceThreshold), or fit LedoitWolf or "
        "ShrunkCovariance"
    )


def answer(estimator: Any, op: str, X: Any) -> Any:
    """Its own method; ``score_samples``, where there is none, is minus the squared distance, as EllipticEnvelope has it."""
    if op == "score_samples" and not hasattr(estimator, op):
        return -estimator.mahalanobis(X)
    return getattr(estimator, op)(X)


_CLASSES = (
    EmpiricalCovariance,
    ShrunkCovariance,
    LedoitWolf,
    OAS,
    MinCovDet,
    GraphicalLasso,
    GraphicalLassoCV,
    EllipticEnvelope,
)

READERS: dict[type, Callable[[Any], Gaussian]] = dict.fromkeys(_CLASSES, read_covariance)

ANSWERS: dict[type, Callable[[Any, str, Any], Any]] = {EmpiricalCovariance: answer}
