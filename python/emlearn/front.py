"""What stands before a learned stage: raw values to features, column by column; columns may be dropped, repeated or reordered.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from .errors import InvalidInputError
from .inputs import Input

#: What leaves every value as it is, by operation: for the columns of a step that it is not meant for.
NEUTRAL = {"subtract": 0.0, "divide": 1.0, "multiply": 1.0, "add": 0.0, "maximum": -np.inf, "minimum": np.inf, "fill": np.nan}


@dataclasses.dataclass(frozen=True, eq=False)
class Step:
    """One elementwise operation of a scaler or imputer, in the order and precision in which scikit-learn does it.

    Attributes
    ----------
    op : {"subtract", "divide", "multiply", "add", "maximum", "minimum", "fill"}
        A numpy ufunc's name; "fill" puts `value` where a feature is NaN (NaN itself: leaves it).
    value : ndarray of shape (n_features,), float64
    narrow : bool
        Whether `value` is cast to the data's dtype first (StandardScaler does); otherwise the operation is done in
        float64 and its result cast back (as numpy's in-place operators do).
    """

    op: str
    value: np.ndarray
    narrow: bool = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Step):
            return NotImplemented
        return (self.op, self.narrow) == (other.op, other.narrow) and np.array_equal(self.value, other.value)

    __hash__ = None  # type: ignore[assignment]

    def take(self, columns: np.ndarray) -> Step:
        """The step for these columns of what it is for."""
        return dataclasses.replace(self, value=self.value[columns])

    def among(self, columns: np.ndarray, n_features: int) -> Step:
        """The step for `columns` of `n_features`, the others left as they are."""
        value = np.full(n_features, NEUTRAL[self.op])
        value[columns] = self.value
        return dataclasses.replace(self, value=value)

    @property
    def is_affine(self) -> bool:
        return self.op in ("subtract", "divide", "multiply", "add")

    def apply(self, x: np.ndarray, columns: np.ndarray | slice = slice(None)) -> np.ndarray:
        """`x` (last axis: `columns` of the features) after this step, in x's dtype."""
        value = self.value[columns]
        if self.narrow:
            value = value.astype(x.dtype)
        if self.op == "fill":
            return np.where(np.isnan(x), value.astype(x.dtype), x)
        with np.errstate(all="ignore"):
            return getattr(np, self.op)(x, value).astype(x.dtype, copy=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Front:
    """The raw input, the columns of it that become features, and the per-feature steps that follow; every step is monotone.

    Attributes
    ----------
    input : Input
    steps : tuple of Step
        Their values have one entry per feature.
    wide : bool
        Whether the estimator is given float32 values as float64 (see :attr:`emlearn.record.Record.fed`).
    columns : ndarray of shape (n_features,), int64, optional
        The raw column of each feature; None where these are all of them, in order.
    """

    input: Input
    steps: tuple[Step, ...] = ()
    wide: bool = False
    columns: np.ndarray | None = None

    @property
    def n_features(self) -> int:
        """Features, behind the columns' choice."""
        return self.input.n_features if self.columns is None else len(self.columns)

    @property
    def is_affine(self) -> bool:
        return all(step.is_affine for step in self.steps)

    @property
    def fills(self) -> bool:
        """Whether some feature's missing values are filled."""
        return any(step.op == "fill" for step in self.steps)

    def refuse_missing(self, who: str) -> None:
        """For a stage that takes no missing values; `who` begins the sentence that says so.

        Raises
        ------
        InvalidInputError
            The input marks them.
        """
        if self.input.missing is not None:
            raise InvalidInputError(
                f"missing={self.input.missing}: {who} cannot take missing values; leave missing= out and impute them before the model, or "
                "use a tree or a forest that was fitted with them"
            )

    def source(self, features: np.ndarray | slice = slice(None)) -> Any:
        """The raw columns of these features."""
        return features if self.columns is None else self.columns[features]

    def then(self, columns: np.ndarray, steps: tuple[Step, ...]) -> Front:
        """This front, then a choice among its features (all in order: no choice), then steps on those."""
        if len(columns) == self.n_features and np.array_equal(columns, np.arange(len(columns))):
            return dataclasses.replace(self, steps=self.steps + steps)
        mine = tuple(step.take(columns) for step in self.steps)
        return dataclasses.replace(self, steps=mine + steps, columns=np.asarray(self.source(columns)))

    def apply(self, raw: np.ndarray, columns: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Features of raw values, exactly as the estimator's own chain makes them.

        Both have the same last axis: `columns` of the features, each with the raw value that it is made of.
        """
        x = self._unscaled(raw, columns)
        for step in self.steps:
            x = step.apply(x, columns)
        return x

    def at_missing(self, features: np.ndarray) -> np.ndarray:
        """What a missing raw value becomes for each of these features, float64: NaN where nothing fills it."""
        x = np.full(len(features), np.nan, dtype=np.float32 if self._is_single else np.float64)
        for step in self.steps:
            x = step.apply(x, features)
        return x.astype(np.float64)

    def _unscaled(self, raw: np.ndarray, columns: np.ndarray | slice) -> np.ndarray:
        if self.input.is_identity and not self.input.is_integer:
            return raw.astype(np.float64) if self.wide else raw
        source = self.source(columns)
        return raw.astype(np.float64) * self.input.scale[source] + self.input.offset[source]

    @property
    def _is_single(self) -> bool:
        return self.input.is_identity and self.input.dtype == "float32" and not self.wide

    def affine(self) -> tuple[np.ndarray, np.ndarray]:
        """(scale, offset), float64 of shape (n_features,), with feature = scale * raw + offset; needs `is_affine`."""
        source = self.source()
        scale, offset = self.input.scale[source].copy(), self.input.offset[source].copy()
        for step in self.steps:
            if step.op in ("multiply", "divide"):
                factor = step.value if step.op == "multiply" else 1 / step.value
                scale, offset = scale * factor, offset * factor
            else:
                offset = offset + (step.value if step.op == "add" else -step.value)
        return scale, offset

    @property
    def offset_magnitude(self) -> np.ndarray:
        """The sum of the magnitudes of all offsets on the way to a feature, in its units: rounding errors are relative to it."""
        total = np.abs(self.input.offset)
        for step in self.steps:
            if step.op in ("multiply", "divide"):
                total = total * np.abs(step.value) if step.op == "multiply" else total / np.abs(step.value)
            else:
                total = total + np.abs(step.value)
        return total

    @property
    def decreasing(self) -> np.ndarray:
        """Which features fall as the raw value rises, bool of shape (n_features,)."""
        down = self.input.scale[self.source()] < 0
        for step in self.steps:
            if step.op in ("multiply", "divide"):
                down = down ^ (step.value < 0)
        return down
