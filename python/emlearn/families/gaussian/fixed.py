"""Gaussian components over integer rows, with sums of integers: what ``numeric="int16"`` and ``"int32"`` make of a Gaussian.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from ...options import Options
from ...record import Record
from .forms import FAR, FORMS, SQUARES, polynomial, squares, steep_squares
from .record import Gaussian

#: The forms behind each ``numeric``, the cheapest first; the first that keeps ``TOLERANCE`` is taken.
NUMERIC = {
    "int16": ("squares",),
    "int32": ("polynomial<int32_t>", "steep_squares", "polynomial<int64_t>"),
    "auto": ("squares", "polynomial<int32_t>", "steep_squares", "polynomial<int64_t>"),
}

#: The largest error, in nats, of the likeliest component's log-likelihood on the rows that decide (6 % of a ratio of probabilities).
TOLERANCE = 2.0**-4

#: Where no form keeps ``TOLERANCE``: beyond this error (28 %) the arithmetic is refused.
LIMIT = 0.25

#: What makes a record of integers in one form, of (record, form, origin, bits); None where it cannot.
Make = Callable[[Gaussian, str, np.ndarray, np.ndarray], "FixedGaussian | None"]

#: How far the range goes beyond the means, in standard deviations, and beyond calibration rows, in widths of their range.
_SPREAD, _BESIDE = 8.0, 0.25

#: How far a raw value may be from its feature's origin.
_WIDEST = 2.0**30 - 2


@dataclasses.dataclass(frozen=True, eq=False)
class FixedGaussian(Record):
    """K diagonal components over F integers: sum[k] = constant[k] - sum_i term(u_i), in steps of `unit` nats.

    u_i = floor((x_i - origin[i]) / step[i]), x_i - origin[i] at most 2^bits[i] - 1 in size: raw values beyond count as at the edge.
    With a = slope[i, k] and b = intercept[i, k], ``squares`` has term(u) = floor(floor((a u - b) / 2^16)^2 / 2^8) and steps of
    2^(bits - 15), ``steep_squares`` floor(z^2 / 2^8) with z = floor((u - b) floor(a / 64) / 2^(a mod 64)), at most 2^30 in size, and steps
    of 2^(bits - 30), and the polynomials a u^2 + b u and steps of 2^(bits - 20), at least 1.

    Attributes
    ----------
    form : str
        A key of ``FORMS``.
    origin : ndarray of shape (F,), int16 or int32
    bits : ndarray of shape (F,), uint8
    slope, intercept : ndarray of shape (F, K)
    constant : ndarray of shape (K,)
    unit : float32
    unrounded : Gaussian
        The same in float64, before rounding: what the bounds compare with; not a table.
    """

    form: str
    origin: np.ndarray
    bits: np.ndarray
    slope: np.ndarray
    intercept: np.ndarray
    constant: np.ndarray
    unit: np.float32
    unrounded: Gaussian

    @property
    def n_components(self) -> int:
        return len(self.constant)

    @property
    def n_products(self) -> int:
        """Products of a slope per row."""
        return self.slope.size

    @property
    def step(self) -> np.ndarray:
        """Counts of a feature per step of u, shape (F,)."""
        return _steps(self.form, self.bits)

    def offsets(self, X: np.ndarray) -> np.ndarray:
        """x - origin of raw rows, clamped: int64, shape (n_samples, F)."""
        reach = (1 << self.bits.astype(np.int64)) - 1
        return np.clip(X.astype(np.int64) - self.origin.astype(np.int64), -reach, reach)

    def aligned(self, X: np.ndarray) -> np.ndarray:
        """u of raw rows, int64, shape (n_samples, F)."""
        return np.floor(self.offsets(X) / self.step).astype(np.int64)

    def sums(self, X: np.ndarray) -> np.ndarray:
        """The K sums of raw rows, int64, shape (n_samples, K): equal to the device's."""
        u = self.aligned(X)
        total = np.repeat(self.constant.astype(np.int64)[np.newaxis], len(X), axis=0)
        for i in range(self.n_features):
            a, b, column = self.slope[i].astype(np.int64), self.intercept[i].astype(np.int64), u[:, i : i + 1]
            if self.form == "squares":
                z = (column * a - b) >> 16
                total -= (z * z) >> 8
            elif self.form == "steep_squares":
                z = np.clip(((column - b) * (a >> 6)) >> (a & 63), -FAR, FAR)
                total -= (z * z) >> 8
            else:
                total -= (column * a + b) * column
        return total

    def rounding(self, X: np.ndarray) -> np.ndarray:
        """A bound on |unit * sums - exact arithmetic's joint| in nats, clamped features apart; shape (n_samples, K)."""
        u = np.abs(self.aligned(X).astype(np.float64))
        inside = self.offsets(X) + self.origin.astype(np.float64)
        steep = self.form == "steep_squares"
        per_nat = 2.0**8 / float(self.unit) if self.form in SQUARES else 1.0
        # By how much z is off, in its own steps: in squares half a step, half a step of slope times u, and half of the intercept; in
        # all forms less than a step of u where steps are wider than a count.
        own = 0.5 + (0.5 * u + 0.5) / 2**16 if self.form == "squares" else np.full_like(u, 0.5 if steep else 0.0)
        columns = []
        for mean, scale in zip(self.unrounded.mean, _scales(self.unrounded).T, strict=True):
            z = np.abs((inside - mean) * scale) * np.sqrt(per_nat)
            off = own + np.where(self.step > 1, scale * self.step, 0) * np.sqrt(per_nat)
            if steep:  # half a step of u, twice, and of a slope of 25 bits; and what is cut off
                off = off + scale * self.step * np.sqrt(per_nat) + z * 2.0**-24 + np.maximum(z - FAR, 0)
            columns.append(((2 * z + off) * off).sum(axis=1) / per_nat)
        # The floors of squares, or half a step of each coefficient; and of the constant.
        rest = self.n_features / 2 if self.form in SQUARES else 0.5 * (u * u + u).sum(axis=1, keepdims=True)
        return np.stack(columns, axis=1) + (rest + 1) * float(self.unit)

    def beyond(self, X: np.ndarray) -> np.ndarray:
        """By how much clamping changes the joints, in nats; shape (n_samples, K), zero for rows within the range."""
        inside = self.offsets(X) + self.origin.astype(np.int64)
        changed = np.flatnonzero(np.any(inside != X, axis=1))
        result = np.zeros((len(X), self.n_components))
        for k in range(self.n_components):
            there, here = (self.unrounded.squared(k, rows[changed]) for rows in (X.astype(np.float64), inside))
            result[changed, k] = np.abs(there - here)
        return result

    @property
    def is_detector(self) -> bool:
        return self.task.kind == "detector"


def fixed(record: Gaussian, options: Options) -> FixedGaussian:
    """The record, with a diagonal covariance, in the integers that ``options.numeric`` asks for."""
    return resolved(record, options, _in_order(NUMERIC[options.numeric], options.optimize), _make)


def resolved(record: Gaussian, options: Options, forms: tuple[str, ...], make: Make) -> FixedGaussian:
    """The first of `forms` that keeps ``TOLERANCE``, else the best.

    Raises
    ------
    UnsupportedError
        Rows that are not integers.
    InvalidInputError
        None of them keeps ``LIMIT``.
    """
    numeric = options.numeric
    if not np.issubdtype(record.input, np.integer):
        raise UnsupportedError(
            f"numeric={numeric!r} takes rows of integers, not input={record.input!r}: convert with input='int16' and the input_scale= "
            "and input_offset= that make features of the sensor's counts, or, with a width, give calibration= rows for a grid before it"
        )
    origin, bits = _range(record, options.calibration)
    tried = []
    for form in forms:
        made = make(record, form, origin, bits)
        if made is not None:
            tried.append((loss(made), made))
            if tried[-1][0] <= TOLERANCE:
                return made
    best, made = min(tried, key=lambda pair: pair[0], default=(np.inf, None))
    if made is None or best > LIMIT:
        wider = "numeric='int32'" if numeric == "int16" else "numeric='exact'"
        also = " or nearly depend on those of others" if record.is_triangular else ""
        raise InvalidInputError(
            f"numeric={numeric!r} cannot resolve this {record.peer.estimator}: log-likelihoods would be wrong by up to "
            f"{best:.2g} (allowed: {LIMIT}), because some variances are tiny in the range of their feature{also}; use {wider}"
        )
    return made


def _in_order(forms: tuple[str, ...], optimize: str) -> tuple[str, ...]:
    """The forms, the cheapest first: steep squares take half the flash of the widest polynomial, and up to half as many cycles more."""
    return tuple(sorted(forms, key=lambda form: form == "steep_squares")) if optimize == "speed" else forms


def loss(record: FixedGaussian) -> float:
    """The largest error of the likeliest component's joint, in nats, over the means and 3 standard deviations around them."""
    from .passes import plausible

    rows = plausible(record.unrounded)
    best = np.argmax(record.sums(rows), axis=1)[:, np.newaxis]
    return float(np.max(np.take_along_axis(record.rounding(rows), best, axis=1)))


def _scales(record: Gaussian) -> np.ndarray:
    """1 / (sqrt(2) standard deviation), shape (F, K)."""
    scale = record.scale if record.covariance == "diag" else np.repeat(record.scale[:, np.newaxis], record.n_features, axis=1)
    return scale.T


def _steps(form: str, bits: np.ndarray) -> np.ndarray:
    width = FORMS[form][3]
    steps: np.ndarray = 2.0 ** (bits.astype(np.float64) - width)
    return steps if form in SQUARES else np.maximum(steps, 1)


def _range(record: Gaussian, calibration: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """(origin, bits) of each feature: all means, and calibration rows with some room or else ``_SPREAD`` standard deviations."""
    mean, away = record.mean.T, _SPREAD * record.deviations.T
    low, high = mean.min(axis=1), mean.max(axis=1)
    if calibration is None:
        middle = (low + high) / 2  # of a wide spread, what 31 bits hold around the means
        low = np.minimum(low, np.maximum((mean - away).min(axis=1), middle - _WIDEST))
        high = np.maximum(high, np.minimum((mean + away).max(axis=1), middle + _WIDEST))
    else:
        least, most = calibration.min(axis=0).astype(np.float64), calibration.max(axis=0).astype(np.float64)
        room = _BESIDE * (most - least)
        low, high = np.minimum(low, least - room), np.maximum(high, most + room)
    limits = np.iinfo(record.input)
    if np.any(low > limits.max) or np.any(high < limits.min):
        feature = int(np.argmax((low > limits.max) | (high < limits.min)))
        raise InvalidInputError(
            f"input={record.input!r} holds no value near the model's feature {feature}: check input_scale and input_offset"
        )
    low, high = np.clip(low, limits.min, limits.max), np.clip(high, limits.min, limits.max)
    origin = np.rint((low + high) / 2)
    reach = np.ceil(np.maximum(np.maximum(high - origin, origin - low), 1))
    if np.any(reach > _WIDEST + 1):
        raise InvalidInputError(
            f"feature {int(np.argmax(reach))} spans more than 31 bits of input={record.input!r}, and integer sums need one bit of room: "
            "drop low bits of the raw values, or give rows of the range that occurs as calibration="
        )
    # A type of n bits has no value further than 2^(n-1) from its middle; of two's complement's ends one counts as its neighbour.
    bits = np.minimum(np.ceil(np.log2(reach + 1)), min(limits.bits - 1, 30)).astype(np.uint8)
    narrow = record.input in ("int8", "uint8", "int16")
    room_left = np.iinfo(np.int32).max - (1 << bits.astype(np.int64))
    return np.clip(origin, -room_left, room_left).astype(np.int16 if narrow else np.int32), bits


def _make(record: Gaussian, form: str, origin: np.ndarray, bits: np.ndarray) -> FixedGaussian | None:
    slope_type, intercept_type, constant_type, width = FORMS[form]
    step = _steps(form, bits)[:, np.newaxis]
    scale, middle = _scales(record) * step, (record.mean.T - origin[:, np.newaxis]) / step
    if form == "squares":
        found = squares(record.constant, scale, middle)
    elif form == "steep_squares":
        found = steep_squares(record.constant, scale, middle)
    else:
        reach = 2.0 ** np.minimum(bits, width)[:, np.newaxis]
        found = polynomial(record.constant, scale, middle, reach, float(np.iinfo(slope_type).max))
    if found is None:
        return None
    slope, intercept, constant, unit = found
    return FixedGaussian(
        record.input, record.n_features, record.task, form, origin, bits, slope.astype(slope_type), intercept.astype(intercept_type),
        constant.astype(constant_type), np.float32(unit), record,
    )  # fmt: skip


def described(record: FixedGaussian) -> str:
    """The arithmetic, for people."""
    names = {
        "squares": "16-bit squares, 32-bit sums",
        "steep_squares": "32-bit squares, 64-bit sums",
        "whitened<int16_t>": "16-bit slopes and squares, 32-bit sums",
        "whitened<int32_t>": "32-bit slopes and squares, 64-bit sums",
    }
    width = names.get(record.form, f"{8 * record.slope.itemsize}-bit coefficients, 64-bit sums")
    return f"integers ({width}); log-likelihoods near the means within {loss(record):.2g}"


def parts(record: FixedGaussian) -> Iterable[tuple[str, np.ndarray, str]]:
    """Name, values and comment of each table."""
    of = ("", "") if record.form in SQUARES else (": of u^2", ": of u")
    yield "origin", record.origin, "per feature"
    yield "bits", record.bits, "per feature: rows count as at the edge beyond origin +- (2^bits - 1)"
    yield "slope", record.slope, f"per feature and component{of[0]}"
    yield "intercept", record.intercept, f"per feature and component{of[1]}"
    yield "constant", record.constant, "per component, in units"
