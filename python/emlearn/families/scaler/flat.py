"""All steps of a scaler as one affine map and one clip.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from .record import Scaler


@dataclasses.dataclass(frozen=True, eq=False)
class Flat:
    """``y = min(max(x * scale + offset, low), high)`` of the raw values of a scaler's columns, all in float64.

    Attributes
    ----------
    scale, offset : ndarray of shape (n_columns,)
    low, high : ndarray of shape (n_columns,)
        In units of y; infinite where nothing is clipped.
    magnitude : ndarray of shape (n_columns,)
        The sum of the magnitudes of all that is added on the way, in units of y: roundings of float64 are relative to it and to x * scale.
    steps : int
        How many roundings there are on the way.
    """

    scale: np.ndarray
    offset: np.ndarray
    low: np.ndarray
    high: np.ndarray
    magnitude: np.ndarray
    steps: int

    @property
    def clips(self) -> bool:
        return bool(np.any(np.isfinite(self.low) | np.isfinite(self.high)))

    @property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """The raw values at which x is clipped."""
        a, b = (self.low - self.offset) / self.scale, (self.high - self.offset) / self.scale
        return np.minimum(a, b), np.maximum(a, b)

    def rounding(self, x: np.ndarray) -> np.ndarray:
        """What float64 may lose in scikit-learn, and in making these numbers, for raw values of the columns."""
        result: np.ndarray = 2.0**-52 * (self.steps + 3) * (np.abs(x * self.scale) + self.magnitude)
        return result


def flat(record: Scaler) -> Flat:
    """Missing values apart: what fills them is left out. Clips commute with monotone steps, so that the last of them is all."""
    n = len(record.columns)
    scale, offset, magnitude = np.ones(n), np.zeros(n), np.zeros(n)
    low, high = np.full(n, -np.inf), np.full(n, np.inf)
    for step in record.steps:
        value = step.value
        if step.op in ("multiply", "divide"):
            factor = value if step.op == "multiply" else 1 / value
            scale, offset, magnitude = scale * factor, offset * factor, magnitude * np.abs(factor)
            ends = low * factor, high * factor
            low, high = np.minimum(*ends), np.maximum(*ends)
        elif step.op in ("add", "subtract"):
            moved = value if step.op == "add" else -value
            offset, low, high, magnitude = offset + moved, low + moved, high + moved, magnitude + np.abs(value)
        elif step.op == "maximum":
            low, high = np.maximum(low, value), np.maximum(high, value)
        elif step.op == "minimum":
            low, high = np.minimum(low, value), np.minimum(high, value)
    return Flat(scale, offset, low, high, magnitude, len(record.steps))
