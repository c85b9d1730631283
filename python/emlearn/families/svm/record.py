"""Kernel machines: weighted sums of kernels between a row and support vectors.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...record import same_fields
from ..neighbors.record import Points


@dataclasses.dataclass(frozen=True, eq=False)
class Integers:
    """What radial kernels of integer rows need beside points.

    Attributes
    ----------
    reach, limit : int
        The largest difference and the largest sum of squares that count, in raw counts or in those times `factors`.
    lift, scale : int
        Of ``near_fixed``: sum * scale is the exponent of a half in steps of 2^-27; where `limit` has more than 16 bits,
        sum * 2^lift * scale / 2^16.
    factors : ndarray of shape (F,) or (0,), uint16
        Of unequal weights: a difference counts (difference * factor) >> `shift`.
    shift : int
    units : ndarray of shape (n_functions,), float32
        What one of a sum of coefficients times kernels means.
    start : int
        Of products: the sum starts there, and an argument is the sum / 2^`shift`.
    starts : ndarray of shape (n,) or (0,), int64
        Likewise, where each vector has its own start.
    edge : float
        Of products: the largest argument; beyond, rows count as there.
    one : float
        How many steps of a kernel are one.
    """

    reach: int
    limit: int
    lift: int = 0
    scale: int = 0
    factors: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint16))
    shift: int = 0
    units: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.float32))
    start: int = 0
    edge: float = 0.0
    one: float = 2.0**15
    starts: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.int64))

    def __eq__(self, other: object) -> bool:
        return same_fields(self, other)

    __hash__ = None  # type: ignore[assignment]


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
        float64 until ``finish``, then float32, or int16. Of pairs, a column per other class, in order.
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
    sigmoids : ndarray of shape (n_functions, 2) or (0, 2)
        Of classifiers with probabilities: a and b of 1 / (1 + exp(a f + b)), the probability of the first class of each pair, or, of two
        classes, of the first; float64 until ``finish``, then float32.
    left_out : int
        How many support vectors ``max_points`` took away.
    residual : ndarray of shape (n_functions,) or (0,), float64
        By how much each decision may be off besides, at most: what `left_out` vectors change, and scikit-learn's own centring.
    offsets : ndarray of shape (n,) or (0,), float64
        Of products: what is added to x . v of each vector, because features are raw values and an offset.
    argument : float
        What gamma x . v + coef0 is at most in size where x is one of the vectors.
    integers : Integers, optional
        Set by ``finish`` where ``arithmetic`` is ``near`` (distances in integers), or all is in integers: ``near_fixed`` and ``products16``
        (numbers of 16 bits, sums of 32), ``near_wide`` and ``products32`` (32 and 64 bits).
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
    sigmoids: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((0, 2)))
    left_out: int = 0
    residual: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))
    offsets: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))
    argument: float = 0.0
    integers: Integers | None = None

    @property
    def ops(self) -> tuple[str, ...]:
        if self.role in ("binary", "pairs"):
            return ("predict", "decision_function", *(("predict_proba",) if len(self.sigmoids) else ()))
        return super().ops

    @property
    def gap_op(self) -> str:
        """Votes choose the class, not probabilities."""
        return "decision_function"

    @property
    def n_functions(self) -> int:
        return len(self.intercept)

    @property
    def is_fixed(self) -> bool:
        """Whether decisions are sums of integers."""
        return self.arithmetic in ("near_fixed", "near_wide", "products16", "products32")

    @property
    def is_wide(self) -> bool:
        """Whether their numbers have 32 bits, and sums 64."""
        return self.arithmetic in ("near_wide", "products32")

    @property
    def bits(self) -> int:
        """Of a positive number."""
        return 31 if self.is_wide else 15

    @property
    def sum_bits(self) -> int:
        """Of a positive sum."""
        return 63 if self.is_wide else 31

    @property
    def number(self) -> type[np.signedinteger]:
        """The type of coefficients, of products also of vectors."""
        return np.int32 if self.is_wide else np.int16

    @property
    def sum_type(self) -> type[np.signedinteger]:
        """The type of sums and intercepts."""
        return np.int64 if self.is_wide else np.int32

    @property
    def sums(self) -> str:
        """How distances of radial kernels in integers are added up: "of_bytes" and "of_steps" (of a grid) where 32 bits hold every one."""
        assert self.integers is not None
        if len(self.integers.factors):
            return "within_reach<scaled>"
        if np.dtype(self.input).itemsize == 1 and self.n_features * 255**2 < 2**32:
            return "of_bytes"
        return "of_steps" if self.top is not None and self.n_features * self.top**2 < 2**32 else "within_reach<counts>"


def pair_columns(n_classes: int) -> list[tuple[int, int, int, int]]:
    """(pair, class, other class, column of the coefficients of the class's vectors) of each side of each pair, in order."""
    sides, pair = [], 0
    for i in range(n_classes):
        for j in range(i + 1, n_classes):
            sides += [(pair, i, j, j - 1), (pair, j, i, i)]
            pair += 1
    return sides
