"""Kernel machines: weighted sums of kernels between a row and support vectors.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..neighbors.record import Points


@dataclasses.dataclass(frozen=True, eq=False)
class Machine(Points):
    """n support vectors: the points, whose ``metric`` is ``euclidean`` for ``rbf``, and counts for nothing in the other kernels.

    kernel(x, v) is exp(-gamma |x - v|^2) for ``rbf``, x . v for ``linear``, (gamma x . v + coef0)^degree for ``polynomial``,
    tanh(gamma x . v + coef0) for ``sigmoid``. In the last three, weights are folded into the points.

    Attributes
    ----------
    kernel : str
    gamma, coef0 : float
        On features.
    degree : int
    coefficients : ndarray of shape (n, n_functions) or (n, n_classes - 1)
        float64 until ``finish``, then float32. Of pairs, a column per other class, in order.
    intercept : ndarray of shape (n_functions,) or (n_pairs,)
        Likewise.
    ends : ndarray of shape (n_classes,) or (0,), uint16
        Of pairs: where the support vectors of each class end.
    role : str
        ``value`` (regressors), ``detector``, ``binary`` or ``pairs`` (classifiers).
    shape : str
        Of pairs, ``decision_function``: ``ovo`` or ``ovr``.
    break_ties : bool
        Of pairs, whether ``predict`` takes the largest of the ``ovr`` decisions instead of votes.
    offset : float
        Of a detector: score_samples = decision_function + offset.
    exact_coefficients : ndarray
        Before rounding; not a table.
    magnitude : ndarray of shape (n_functions, F), float64; (0, 0) where the kernel is not linear
        n times the sums of abs(dual_coef_) abs(support_vectors_) per raw count: scikit-learn adds up all vectors for each row, and
        rounds relative to these, also where the sum of weights is small.
    """

    kernel: str
    gamma: float
    coef0: float
    degree: int
    coefficients: np.ndarray
    intercept: np.ndarray
    ends: np.ndarray
    role: str
    shape: str
    break_ties: bool
    offset: float
    exact_coefficients: np.ndarray
    magnitude: np.ndarray

    @property
    def ops(self) -> tuple[str, ...]:
        if self.role in ("binary", "pairs"):
            return ("predict", "decision_function")
        return super().ops

    @property
    def n_functions(self) -> int:
        return len(self.intercept)


def pair_columns(n_classes: int) -> list[tuple[int, int, int, int]]:
    """(pair, class, other class, column of the coefficients of the class's vectors) of each side of each pair, in order."""
    sides, pair = [], 0
    for i in range(n_classes):
        for j in range(i + 1, n_classes):
            sides += [(pair, i, j, j - 1), (pair, j, i, i)]
            pair += 1
    return sides
