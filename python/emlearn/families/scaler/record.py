"""Chosen columns, filled, scaled and clipped one by one.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...front import Step
from ...record import Record


@dataclasses.dataclass(frozen=True, eq=False)
class Scaler(Record):
    """``y = x[columns]; for each segment s: y = min(max(y * scale[s] + offset[s], low[s]), high[s])``, column by column, in float.

    Before each segment NaN becomes ``fill[s]``. No segments: the columns as they are.

    Read from StandardScaler (``mean_``, ``scale_``), MinMaxScaler (``min_``, ``scale_``, ``feature_range``, ``clip``),
    MaxAbsScaler (``scale_``, ``clip``), RobustScaler (``center_``, ``scale_``), SimpleImputer (``statistics_``) and the feature
    selectors (``get_support()``).

    Attributes
    ----------
    steps : tuple of Step
        The estimators' own operations, for those that fold them, and before them, once the input is known, its scale and offset; one
        value per column.
    columns : ndarray of shape (n_outputs,), int64
        The feature that each column is made of.
    scale, offset, low, high : ndarray of shape (n_segments, n_outputs), float32
        Empty until the input is known.
    fill : ndarray of shape (n_segments, n_outputs) or (0, n_outputs), float32
        NaN where nothing is filled; empty where nothing is in any segment.
    """

    steps: tuple[Step, ...]
    columns: np.ndarray
    scale: np.ndarray
    offset: np.ndarray
    low: np.ndarray
    high: np.ndarray
    fill: np.ndarray

    @property
    def n_segments(self) -> int:
        return len(self.scale)

    @property
    def selects(self) -> bool:
        """Whether the columns are not simply all features in order."""
        return not np.array_equal(self.columns, np.arange(self.n_features))

    @property
    def needed(self) -> np.ndarray:
        return np.unique(self.columns)
