"""Scaling as a few affine steps with clipping between them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...front import Step
from ...record import Record


@dataclasses.dataclass(frozen=True, eq=False)
class Scaler(Record):
    """``y = x; for each segment s: y = min(max(y * scale[s] + offset[s], low[s]), high[s])``, feature by feature, in float.

    Read from StandardScaler (``mean_``, ``scale_``), MinMaxScaler (``min_``, ``scale_``, ``feature_range``, ``clip``),
    MaxAbsScaler (``scale_``, ``clip``), RobustScaler (``center_``, ``scale_``).

    Attributes
    ----------
    steps : tuple of Step
        The estimators' own operations, for those that fold them.
    scale, offset, low, high : ndarray of shape (n_segments, n_features), float32
    """

    steps: tuple[Step, ...]
    scale: np.ndarray
    offset: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def n_segments(self) -> int:
        return len(self.scale)
