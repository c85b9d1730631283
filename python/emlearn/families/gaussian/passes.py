"""From scikit-learn's float64 parameters on features to float32 tables on raw values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from ...front import Front
from ...options import Options
from .bounds import joints
from .fixed import FixedGaussian, fixed
from .record import ARITHMETICS, Gaussian, pack, unpack
from .whitened import whitened

#: The largest error of a log-likelihood, in nats, for which plain float32 is taken: 1.6 % of a ratio of probabilities.
TOLERANCE = 2.0**-6

#: How far from the means rows are taken to judge that error, in standard deviations.
_SPREAD = 3.0

#: How many products may be spent on that judgement.
_WORK = 20_000_000

#: Beyond these a product overflows, or the split of a two-float number does.
_LARGEST_MEAN = 2.0**114
_LARGEST_SCALE = 2.0**114


def absorb(record: Gaussian, front: Front) -> Gaussian | None:
    """Fold an affine front: with feature = a raw + b, mean' = (mean - b) / a and scale' = a scale.

    The density stays one over features, so the constants stay.
    """
    front.refuse_missing(f"a {record.peer.estimator}")
    if not front.is_affine:
        return None
    a, b = front.affine()
    if not np.all(np.isfinite(a) & np.isfinite(b) & (a != 0)):
        return None
    covariance, scale = record.covariance, record.scale
    if record.is_triangular:
        scale = np.array([pack(_upright(unpack(triangle, record.n_features) * a[:, np.newaxis])) for triangle in scale])
    elif covariance == "diag":
        scale = scale * np.abs(a)
    elif np.all(np.abs(a) == np.abs(a[0])):
        scale = scale * np.abs(a[0])
    else:
        covariance, scale = "diag", np.outer(scale, np.abs(a))
    steps = 0 if front.input.is_identity and not front.steps else len(front.steps) + 2
    peer = record.peer
    peer = dataclasses.replace(peer, shift=(peer.shift + front.offset_magnitude) / np.abs(a), steps=peer.steps + steps)
    return dataclasses.replace(record, input=front.input.dtype, covariance=covariance, mean=(record.mean - b) / a, scale=scale, peer=peer)


def finish(record: Gaussian, options: Options) -> Gaussian | FixedGaussian:
    """1. choose the arithmetic; 2. round the tables to its words, or to integers."""
    _check_range(record)
    if options.numeric != "exact":
        if record.is_density:
            raise UnsupportedError("KernelDensity has numeric='exact' only: take a GaussianMixture for integers")
        return (whitened if record.is_triangular else fixed)(record, options)
    return rounded(record, arithmetic_for(record))


def arithmetic_for(record: Gaussian) -> str:
    """Plain float32 where its largest error on plausible rows is at most ``TOLERANCE``, else pairs of floats."""
    arithmetic, table, _ = joints(record, plausible(record), "plain_float")[1:]
    return "plain_float" if np.max(arithmetic + table) <= TOLERANCE else "two_float"


def plausible(record: Gaussian) -> np.ndarray:
    """Rows of the raw type around the components: their means, and as far away as ``_SPREAD`` along each axis and all at once.

    Of many components or axes, an even choice of them: all components are asked about all rows.
    """
    n, rows = record.n_features, []
    components = _even_choice(record.n_components, 64)
    work = 2 * len(components) * record.n_components * record.n_terms
    axes = _even_choice(n, min(64, max(2, _WORK // work)))
    for k in components:
        mean = record.mean[k]
        if record.is_triangular:
            axis = np.linalg.inv(record.matrix(k))[axes] / np.sqrt(2)
            together = axis.sum(axis=0, keepdims=True)
        else:
            deviation = np.broadcast_to(1 / (np.sqrt(2) * record.scale[k]), n)
            axis = np.diag(deviation)[axes]
            together = deviation[np.newaxis]
        away = _SPREAD * np.concatenate([axis, together])
        rows.append(np.concatenate([mean[np.newaxis], mean + away, mean - away]))
    return as_raw(np.concatenate(rows), record.input)


def _even_choice(n: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(int))


def as_raw(rows: np.ndarray, dtype: str) -> np.ndarray:
    """The values of a raw type nearest to `rows`."""
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        return np.clip(np.rint(rows), limits.min, limits.max).astype(dtype)
    largest = float(np.finfo(np.float32).max)
    return np.clip(rows, -largest, largest).astype(dtype)


def rounded(record: Gaussian, arithmetic: str) -> Gaussian:
    """The record with float32 tables in words of `arithmetic`."""

    def words(values: np.ndarray) -> np.ndarray:
        parts, rest = [], values
        for _ in range(ARITHMETICS[arithmetic]):
            parts.append(rest.astype(np.float32))
            rest = rest - parts[-1].astype(np.float64)
        return np.stack(parts, axis=-1)

    return dataclasses.replace(
        record, arithmetic=arithmetic, mean=words(record.mean), scale=words(record.scale), constant=words(record.constant)
    )


def _upright(matrix: np.ndarray) -> np.ndarray:
    """Columns turned so that the diagonal is positive: z^2 stays."""
    return matrix * np.sign(np.diagonal(matrix))


def _check_range(record: Gaussian) -> None:
    """Refuse parameters that float32 cannot hold in raw units."""
    peer = record.peer
    if not np.all(np.abs(record.mean) <= _LARGEST_MEAN):
        raise InvalidInputError(
            f"{peer.estimator}.{peer.mean} is too large for float32 in units of the raw values: scale the features "
            "(StandardScaler) and fit again"
        )
    if record.is_triangular:
        columns, rows = np.tril_indices(record.n_features)
        positive = record.scale[:, columns == rows]
    else:
        positive = record.scale
    if not (np.all(np.abs(record.scale) <= _LARGEST_SCALE) and np.all(positive >= np.finfo(np.float32).tiny)):
        raise InvalidInputError(
            f"{peer.estimator}.{peer.scale} is too small or too large for float32 in units of the raw values: scale the features "
            "(StandardScaler) and fit again"
        )
