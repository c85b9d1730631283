"""Random cosines of features, which stand for kernels: projections in turns, then a cosine.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from sklearn.kernel_approximation import RBFSampler, SkewedChi2Sampler

from ...fitted import check_finite
from ...front import Step
from ...record import Record, Task
from .record import Preprocess


def read_waves(estimator: RBFSampler) -> Record:
    """cos(X @ random_weights_ + random_offset_) sqrt(2 / n_components)."""
    return _waves(estimator, [])


def read_skewed_waves(estimator: SkewedChi2Sampler) -> Record:
    """The same of log(X + skewedness)."""
    from .. import scaler

    n = int(estimator.n_features_in_)
    shift = scaler.of_steps((Step("add", np.full(n, float(estimator.skewedness))),), n)
    return _waves(estimator, [shift, Preprocess("float32", n, Task("transformer", n), "function", name="log")])


def _waves(estimator: RBFSampler | SkewedChi2Sampler, before: list[Record]) -> Record:
    from .. import scaler
    from ..compose.columns import one_after_the_other  # which itself puts stages of this family side by side
    from ..linear.make import transformer
    from ..linear.record import Affine

    weights, offset = np.asarray(estimator.random_weights_, np.float64), np.asarray(estimator.random_offset_, np.float64)
    name, k = type(estimator).__name__, len(offset)
    check_finite(name, random_weights_=weights, random_offset_=offset)
    turns = transformer(name, Affine.of(weights.T / (2 * np.pi), offset / (2 * np.pi)))
    wave = Preprocess("float32", k, Task("transformer", k), "function", name="cosine_of_turns")
    size = Step("multiply", np.full(k, np.sqrt(2 / estimator.n_components)))
    return one_after_the_other([*before, turns, wave, scaler.of_steps((size,), k)])
