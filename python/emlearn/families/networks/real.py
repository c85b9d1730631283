"""The network in float64, by matrix products: what it is meant to answer.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .patches import patches, repeated, taps
from .record import Layer, Network
from .reference import activate, counts


def logits(record: Network, rows: np.ndarray) -> np.ndarray:
    """The last layer's answers for float64 rows."""
    for layer in record.layers:
        rows = answer(layer, rows)
    return rows


def answer(layer: Layer, rows: np.ndarray) -> np.ndarray:
    """A layer's answers, (n_samples, n_out)."""
    if layer.kind == "largest":
        found = taps(layer.window, rows, -np.inf).max(axis=2)
    elif layer.kind == "mean":
        found = taps(layer.window, rows).sum(axis=2) / counts(layer)[:, None]
    else:
        found = activate(layer, sums(layer, rows))
    return found.reshape(len(rows), -1)


def sums(layer: Layer, rows: np.ndarray) -> np.ndarray:
    """Before the activation, a row for each place."""
    if layer.kind == "dense":
        return patches(layer.window, rows) @ layer.weights.T + layer.bias
    under = repeated(layer.multiplier, taps(layer.window, rows))
    return np.einsum("nptc,tc->npc", under, layer.weights).reshape(-1, layer.channels) + layer.bias
