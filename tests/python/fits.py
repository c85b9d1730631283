"""Fits whose own warnings (no convergence in a few steps, classes of few rows) are none of ours.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np


def fit(estimator: Any, X: np.ndarray, y: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(X, y)
