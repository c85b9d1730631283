"""The middle form of a Gaussian process: training points, the kernel between a row and them, and what is made of it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...record import Record, same_fields

#: What factors of a kernel are: functions of a distance, or the product of row and point.
KINDS = ("rbf", "matern1", "matern3", "matern5", "rational", "periodic", "dot")


@dataclasses.dataclass(frozen=True, eq=False)
class Factor:
    """One factor of a kernel; with d = sum ((x_i - p_i) scale_i)^2 and r its root,

    ``rbf`` exp(-d), ``matern1`` exp(-r), ``matern3`` (1 + r) exp(-r), ``matern5`` (1 + r + d / 3) exp(-r), ``rational``
    (1 + d)^-parameter, ``periodic`` exp(-parameter (1 - cos(2 pi r))); ``dot`` sum (x_i scale_i) (p_i scale_i) + parameter.

    Attributes
    ----------
    kind : str
    parameter : float
    scale : ndarray of shape (n_features,), float64
    """

    kind: str
    parameter: float
    scale: np.ndarray

    def __eq__(self, other: object) -> bool:
        return same_fields(self, other)

    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True)
class Term:
    """A product of factors; a kernel is a sum of these.

    Attributes
    ----------
    coefficient : float
    factors : tuple of Factor
    is_noise : bool
        Whether it counts only in the covariance of a row with itself.
    """

    coefficient: float
    factors: tuple[Factor, ...] = ()
    is_noise: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class Process(Record):
    """k[t] = the kernel of a row with training point t, of n.

    ``predict`` = offset + weights' k of a regressor, ``predict_std`` = unit sqrt(v), v = kernel(x, x) - |W k|^2. Of a classifier of two
    classes, f = weights' k: ``predict`` is 1 where f > 0, ``predict_proba`` the mean of a logistic function of a normal variable of mean f
    and variance v. All arrays are float64; the device's tables are these as float32 (:meth:`held`).

    Attributes
    ----------
    terms : tuple of Term
    points : ndarray of shape (n, n_features)
    weights : ndarray of shape (n, n_outputs)
    offset : ndarray of shape (n_outputs,)
    whitening : ndarray of shape (n, n), or (0, 0)
        W, lower triangular; empty where no deviation is offered.
    unit : ndarray of shape (n_outputs,)
        What one of the kernel's deviations means.
    factor : ndarray of shape (n, n), or (0, 0)
        The Cholesky factor that W inverts, for scikit-learn's own rounding; not a table.
    spread : ndarray of shape (n_outputs,)
        The deviation of the targets; not a table.
    estimator : str
    shift : ndarray of shape (n_features,)
        The largest offset, in raw units, that scalers and input_offset add on the way to a feature.
    steps : int
        How many roundings they take.
    """

    terms: tuple[Term, ...]
    points: np.ndarray
    weights: np.ndarray
    offset: np.ndarray
    whitening: np.ndarray
    unit: np.ndarray
    factor: np.ndarray
    spread: np.ndarray
    estimator: str
    shift: np.ndarray
    steps: int = 0

    @property
    def ops(self) -> tuple[str, ...]:
        if self.task.kind == "classifier":
            return ("predict", "predict_proba")
        return ("predict", "predict_std") if self.whitening.size else ("predict",)

    @property
    def shared(self) -> tuple[Term, ...]:
        """The terms of the kernel between a row and a point."""
        return tuple(term for term in self.terms if not term.is_noise)

    def held(self, name: str) -> np.ndarray:
        """A table as the device has it, float32: of ``whitening`` the triangle, row by row."""
        table: np.ndarray = getattr(self, name)
        return (table[np.tril_indices(len(table))] if name == "whitening" else table).astype(np.float32)

    def scales(self) -> tuple[np.ndarray, dict[int, tuple[int, int]]]:
        """All factors' scales in one float32 table, and where (start, step) each factor's lie, by its id; one entry where all are equal."""
        table: list[np.ndarray] = []
        places: dict[int, tuple[int, int]] = {}
        size = 0
        for factor in (factor for term in self.terms for factor in term.factors):
            same = bool(np.all(factor.scale == factor.scale[0]))
            values = (factor.scale[:1] if same else factor.scale).astype(np.float32)
            places[id(factor)] = size, int(not same)
            table.append(values)
            size += len(values)
        return (np.concatenate(table) if table else np.ones(1, np.float32)), places

    @property
    def numbers(self) -> dict[str, Any]:
        """The arrays that must be finite, by name."""
        return {name: getattr(self, name) for name in ("points", "weights", "offset", "whitening", "unit")}


def predictor(record: Process) -> Process:
    """Without the deviation of its predictions."""
    return dataclasses.replace(record, whitening=record.whitening[:0])
