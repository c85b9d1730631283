"""The answers of an integer network in numpy, equal to the device's to the bit.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ..mlp import intake
from ..mlp.integer import Curve, Intake
from ..mlp.integer_reference import answers, bent, scaled, sums
from .integer import BELOW, SLOPE, IntegerLayer, IntegerNetwork
from .patches import patches, repeated, taps
from .reference import counts


def reference(record: IntegerNetwork, op: str, X: np.ndarray) -> np.ndarray:
    """The answer of `op` for raw values X, shape (n_samples, task.width(op))."""
    rows = take(record.intake, X)
    for layer in record.layers[:-1]:
        rows = answer(layer, record.curve, rows)
    last = record.layers[-1]
    assert last.numbers is not None
    v = sums(last.numbers, patches(last.source.window, rows, last.padding))
    if last.source.window.n_places == 1:
        return answers(record, op, v)
    return answers(record, op, v).reshape(len(X), -1)


def take(taken: Intake, X: np.ndarray) -> np.ndarray:
    """What the first layer takes, int64 of shape (n_samples, n_features)."""
    return intake.apply(taken, X.reshape(-1, len(taken.scale))).reshape(len(X), -1)


def answer(layer: IntegerLayer, curve: Curve | None, rows: np.ndarray) -> np.ndarray:
    """A layer's answers, int64 of shape (n_samples, n_out)."""
    source, window = layer.source, layer.source.window
    if source.kind == "largest":
        return taps(window, rows, -1).max(axis=2).reshape(len(rows), -1)
    if source.kind == "mean" and layer.numbers is None:
        total, divisor = taps(window, rows, layer.padding if source.counts_padding else 0).sum(axis=2), counts(source)[:, None]
        return ((total + divisor // 2) // divisor).reshape(len(rows), -1)
    assert layer.numbers is not None
    y = scaled(layer.numbers, weighted(layer, rows))
    return step(layer, curve, y).reshape(len(rows), -1)


def weighted(layer: IntegerLayer, rows: np.ndarray) -> np.ndarray:
    """Sums with their biases, a row for each place."""
    numbers, window = layer.numbers, layer.source.window
    assert numbers is not None
    if layer.source.kind == "dense":
        return sums(numbers, patches(window, rows, layer.padding))
    under = repeated(layer.source.multiplier, taps(window, rows, layer.padding))
    found = np.einsum("nptc,ct->npc", under, numbers.weights.astype(np.int64)).reshape(-1, layer.n_out)
    return found + numbers.bias


def step(layer: IntegerLayer, curve: Curve | None, y: np.ndarray) -> np.ndarray:
    """A rescaled sum behind its activation."""
    assert layer.numbers is not None
    if layer.source.activation in ("logistic", "tanh"):
        assert curve is not None
        return bent(curve, y)
    if layer.source.activation == "leaky":
        below = np.minimum(layer.zero - y, BELOW)
        y = np.where(y < layer.zero, layer.zero - ((np.maximum(below, 0) * layer.slope + (1 << (SLOPE - 1))) >> SLOPE), y)
    return np.clip(y, layer.zero if layer.source.activation in ("relu", "clipped") else 0, layer.numbers.top)
