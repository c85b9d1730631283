"""What stands before a learned stage: raw values to features, column by column.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from .inputs import Input


@dataclasses.dataclass(frozen=True, eq=False)
class Step:
    """One elementwise operation of a scaler, in the order and precision in which scikit-learn does it.

    Attributes
    ----------
    op : {"subtract", "divide", "multiply", "add", "maximum", "minimum"}
        A numpy ufunc's name.
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

    @property
    def is_affine(self) -> bool:
        return self.op in ("subtract", "divide", "multiply", "add")

    def apply(self, x: np.ndarray, columns: np.ndarray | slice = slice(None)) -> np.ndarray:
        """`x` (last axis: `columns` of the features) after this step, in x's dtype."""
        value = self.value[columns]
        if self.narrow:
            value = value.astype(x.dtype)
        with np.errstate(all="ignore"):
            return getattr(np, self.op)(x, value).astype(x.dtype, copy=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Front:
    """The raw input and the per-feature steps that follow it; every step is monotone in the raw value.

    Attributes
    ----------
    input : Input
    steps : tuple of Step
    wide : bool
        Whether the estimator is given float32 values as float64 (see :attr:`emlearn.record.Record.fed`).
    """

    input: Input
    steps: tuple[Step, ...] = ()
    wide: bool = False

    @property
    def is_affine(self) -> bool:
        return all(step.is_affine for step in self.steps)

    def apply(self, raw: np.ndarray, columns: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Features of raw values (last axis: `columns` of the features), exactly as the estimator's own chain makes them."""
        if self.input.is_identity and not self.input.is_integer:
            x = raw.astype(np.float64) if self.wide else raw
        else:
            x = raw.astype(np.float64) * self.input.scale[columns] + self.input.offset[columns]
        for step in self.steps:
            x = step.apply(x, columns)
        return x

    def affine(self) -> tuple[np.ndarray, np.ndarray]:
        """(scale, offset), float64 of shape (n_features,), with feature = scale * raw + offset; needs `is_affine`."""
        scale, offset = self.input.scale.copy(), self.input.offset.copy()
        for step in self.steps:
            if step.op in ("multiply", "divide"):
                factor = step.value if step.op == "multiply" else 1 / step.value
                scale, offset = scale * factor, offset * factor
            else:
                offset = offset + (step.value if step.op == "add" else -step.value)
        return scale, offset

    @property
    def decreasing(self) -> np.ndarray:
        """Which features fall as the raw value rises, bool of shape (n_features,)."""
        down = self.input.scale < 0
        for step in self.steps:
            if step.op in ("multiply", "divide"):
                down = down ^ (step.value < 0)
        return down
