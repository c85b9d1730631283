"""A projection before a perceptron as part of its first layer.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..linear.fold import composed, is_smaller
from ..linear.record import Affine, Linear
from .record import Mlp

_U64 = 2.0**-53


def behind(record: Mlp, first: Linear) -> Mlp | None:
    """W[0] (W x + b) + b[0] in float64; None where two maps are smaller.

    Both sums of scikit-learn and the fold's own are within gamma of the magnitudes, whose terms may cancel: ``slack`` and ``gain``.
    """
    W, b = record.layers[0]
    if not is_smaller(first, len(b)):
        return None
    k, n = first.scores.weights.shape
    both = composed(Affine.of(W, b), first.scores)
    gamma = 4 * (n + k + first.roundings + 8) * _U64
    sizes = record.sizes.copy()
    sizes[0] = n
    weights = np.concatenate([both.weights.ravel(), record.weights[W.size :]])
    biases = np.concatenate([both.bias, record.biases[b.size :]])
    return dataclasses.replace(
        record, input=first.input, n_features=first.n_features, sizes=sizes, weights=weights, biases=biases,
        slack=record.slack + gamma * both.shift, gain=gamma * both.size,
    )  # fmt: skip
