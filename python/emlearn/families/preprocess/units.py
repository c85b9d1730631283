"""Logistic units of features, trained without labels.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import BernoulliRBM

from ...fitted import check_finite
from ...record import Record, Task
from .record import Preprocess


def read_units(estimator: BernoulliRBM) -> Record:
    """1 / (1 + exp(-(X @ components_.T + intercept_hidden_)))."""
    from ..compose.columns import one_after_the_other  # which itself puts stages of this family side by side
    from ..linear.make import transformer
    from ..linear.record import Affine

    weights, bias = np.asarray(estimator.components_, np.float64), np.asarray(estimator.intercept_hidden_, np.float64)
    check_finite("BernoulliRBM", components_=weights, intercept_hidden_=bias)
    sums = transformer("BernoulliRBM", Affine.of(weights, bias))
    return one_after_the_other([sums, Preprocess("float32", len(bias), Task("transformer", len(bias)), "function", name="logistic")])
