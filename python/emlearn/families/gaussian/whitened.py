"""Gaussian components with full or tied covariances over integer rows: whitened by a triangle of integers, then squared.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from ...errors import InvalidInputError
from ...options import Options
from .fixed import FixedGaussian, resolved
from .forms import FORMS, WHITENED, finely_whitened
from .forms import whitened as coarsely
from .record import Gaussian

#: The forms behind each ``numeric``, the cheapest first.
_NUMERIC = {"int16": ("whitened<int16_t>",), "int32": ("whitened<int32_t>",), "auto": tuple(WHITENED)}


@dataclasses.dataclass(frozen=True, eq=False)
class Whitened(FixedGaussian):
    """K components over F integers: sum[k] = constant[k] - sum_j term(z_kj), in steps of `unit` nats.

    z_kj = floor((sum over i <= j of a u_i - intercept[j, k]) / 2^shift) with offsets u of 16 bits, and a = slope of k, i and j. Terms are
    floor(z^2 / 2^8) in ``whitened<int16_t>``, else z^2. In ``whitened<int32_t>`` slopes are in 2^-16 of a step of that sum: it adds up
    floor(a / 2^16) u_i, and apart floor((a mod 2^16) u_i / 2^8), whose sum counts floor(sum / 2^8).

    Attributes
    ----------
    slope : ndarray of shape (M F (F + 1) / 2 words,), int16
        M is K, or 1 where all components share a triangle. Column j of all M one after the other, rows 0 to j of each; of slopes of
        32 bits the upper words of a column, then the lower ones.
    intercept : ndarray of shape (F, K)
    shift : int
    """

    shift: int

    @property
    def ops(self) -> tuple[str, ...]:
        return self.unrounded.ops

    @property
    def n_matrices(self) -> int:
        return len(self.unrounded.scale)

    @property
    def is_fine(self) -> bool:
        return self.form == "whitened<int32_t>"

    @property
    def n_products(self) -> int:
        return self.n_matrices * self.unrounded.n_terms

    def sums(self, X: np.ndarray) -> np.ndarray:
        u, at = self.aligned(X), 0
        total = np.repeat(self.constant.astype(np.int64)[np.newaxis], len(X), axis=0)
        slope, intercept, along = self.slope.astype(np.int64), self.intercept.astype(np.int64), np.zeros(len(X), np.int64)
        for j in range(self.n_features):
            for k in range(self.n_components):
                if k < self.n_matrices:
                    before, along, at = u[:, : j + 1], u[:, : j + 1] @ slope[at : at + j + 1], at + j + 1
                    if self.is_fine:
                        along, at = along + (((before * (slope[at : at + j + 1] & 0xFFFF)) >> 8).sum(axis=1) >> 8), at + j + 1
                z = (along - intercept[j, k]) >> self.shift
                total[:, k] -= z * z if self.is_fine else (z * z) >> 8
        return total

    def rounding(self, X: np.ndarray) -> np.ndarray:
        inside = self.offsets(X) + self.origin.astype(np.float64)
        n, per_nat = self.n_features, (1.0 if self.is_fine else 2.0**8) / float(self.unit)
        # By how much z is off, in its own steps: half a step; half of the intercept and half of a slope times each |u - mean|; of
        # lower words half a floor of each product, and of their sum. Less than a step of u where steps are wider than a count.
        per_step, low = 2.0**-self.shift, 2.0**-16 if self.is_fine else 1.0
        own = 0.5 + per_step * (0.5 + (0.5 + np.arange(1, n + 1) / 2**9 if self.is_fine else 0.0))
        columns = []
        for k, mean in enumerate(self.unrounded.mean):
            matrix, away = self.unrounded.matrix(k), inside - mean
            z = np.abs(away @ matrix) * np.sqrt(per_nat)
            cut = np.where(self.step > 1, self.step, 0) @ np.abs(matrix) * np.sqrt(per_nat)
            off = own + cut + 0.5 * per_step * low * np.cumsum(np.abs(away / self.step), axis=1)
            columns.append(((2 * z + off) * off).sum(axis=1) / per_nat)
        # The constant; the floors of squares, and of half the number of features.
        return np.stack(columns, axis=1) + (1 if self.is_fine else n / 2 + 1.5) * float(self.unit)


def whitened(record: Gaussian, options: Options) -> FixedGaussian:
    """The record, with a full or tied covariance, in the integers that ``options.numeric`` asks for.

    Raises
    ------
    InvalidInputError
        More features than sums have room for; or as :func:`resolved`.
    """
    forms = tuple(form for form in _NUMERIC[options.numeric] if record.n_features <= WHITENED[form])
    if not forms:
        most = max(WHITENED[form] for form in _NUMERIC[options.numeric])
        raise InvalidInputError(
            f"numeric={options.numeric!r}: sums over a {record.covariance} covariance have room for {most} features, and this "
            f"{record.peer.estimator} has {record.n_features}: use numeric={'int32' if most < 255 else 'exact'!r}, or fit on fewer (PCA)"
        )
    return resolved(record, options, forms, _make)


def _make(record: Gaussian, form: str, origin: np.ndarray, bits: np.ndarray) -> Whitened | None:
    slope_type, intercept_type, constant_type, width = FORMS[form]
    step = 2.0 ** (bits.astype(np.float64) - width)
    matrices = np.array([record.matrix(k) for k in range(len(record.scale))]) * step[:, np.newaxis]
    is_fine = form == "whitened<int32_t>"
    found = (finely_whitened if is_fine else coarsely)(record.constant, matrices, (record.mean - origin) / step)
    if found is None:
        return None
    (slope, intercept, constant, unit), shift = found
    columns = [triangle[: j + 1, j] for j in range(len(step)) for triangle in slope.astype(np.int64)]
    if is_fine:
        columns = [np.concatenate([column >> 16, column & 0xFFFF]) for column in columns]
    return Whitened(
        record.input, record.n_features, record.task, form, origin, bits, np.concatenate(columns).astype(np.uint16).view(slope_type),
        intercept.T.astype(intercept_type), constant.astype(constant_type), np.float32(unit), record, shift,
    )  # fmt: skip


def parts(record: Whitened) -> Iterable[tuple[str, np.ndarray, str]]:
    """Name, values and comment of each table."""
    yield "origin", record.origin, "per feature"
    yield "bits", record.bits, "per feature: rows count as at the edge beyond origin +- (2^bits - 1)"
    whose = "of all components" if record.n_matrices < record.n_components else "per component"
    words = ", upper words before lower ones" if record.is_fine else ""
    yield "slope", record.slope, f"Cholesky factor of the precision, {whose}: upper triangle by columns{words}"
    yield "intercept", record.intercept, "per column and component"
    yield "constant", record.constant, "per component, in units"
