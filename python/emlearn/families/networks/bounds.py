"""How far the device's answers may be from the framework's: errors followed through the layers, row by row.

As :mod:`emlearn.families.mlp.bounds`, but that the framework computes in float32 too, in an order of its own: both have the same
rounding around the values that float64 gives for the tables.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..mlp import radii
from .patches import patches, repeated, taps
from .record import Layer, Network
from .reference import activate, counts

#: Values at a time under a layer's windows: keeps the intermediate arrays small.
_VALUES = 1 << 19


def bound(record: Network, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; for ``predict`` of a classifier zero: there the margin decides."""
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), record.task.n_outputs))
    found = []
    with np.errstate(all="ignore"):
        for rows, errors in blocks(record, X, error):
            z = logits(record, rows, errors)
            a = z
            if record.output == "softmax":
                a = radii.softmax(z)
                # The framework's exp, sum and quotient round as the device's do.
                a.sklearn = a.sklearn + np.minimum(
                    1.0, 1.01 * (a.center + a.sklearn) * (2 * radii.LIBM + radii.gamma(z.center.shape[1] + 4, radii.U32))
                )
            elif record.output == "logistic":
                a = _activated(dataclasses.replace(record.layers[-1], activation="logistic"), z)
            values = np.nan_to_num(a.sklearn + a.device, nan=np.inf, posinf=np.inf)
            if record.task.is_discrete:
                values = np.minimum(values, 1.0)
            values[a.overflow] = np.inf
            found.append(np.repeat(values + 2 * radii.U32, 2, axis=1) if record.is_binary else values)
    return np.concatenate(found) if found else np.zeros((0, record.task.width(op)))


def margin(record: Network, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """As :func:`emlearn.families.mlp.bounds.margin`; the framework's probabilities are rounded to float32."""
    found = []
    with np.errstate(all="ignore"):
        for rows, errors in blocks(record, X, error):
            z = logits(record, rows, errors)
            found.append(gap(record.output, z))
    return np.concatenate(found) if found else np.zeros((0, record.task.n_outputs))


def blocks(record: Any, X: np.ndarray, error: np.ndarray | None) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Some rows at a time: patches are many times a row."""
    layers = getattr(record, "source", record).layers
    step = max(1, _VALUES // max(layer.window.n_places * max(layer.window.n_values, layer.channels) for layer in layers))
    for start in range(0, len(X), step):
        yield X[start : start + step], None if error is None else error[start : start + step]


def gap(output: str, z: radii.Radii) -> np.ndarray:
    """The difference of probabilities that the logits' radii allow to change sign."""
    radius = np.nan_to_num(z.sklearn + z.device, nan=np.inf, posinf=np.inf)
    radius[z.overflow] = np.inf
    allowed = np.tanh(radius.max(axis=1, keepdims=True)) if output == "softmax" else np.tanh(radius / 2)
    return allowed + 4 * radii.LIBM


def logits(record: Network, X: np.ndarray, error: np.ndarray | None) -> radii.Radii:
    """The last layer's answers, and the radii of the framework and of the device around them."""
    a = taken(record, X, error)
    for layer in record.layers:
        a = passed(layer, a)
    return a


def taken(record: Network, X: np.ndarray, error: np.ndarray | None) -> radii.Radii:
    """Raw values: the framework rounds them to float32 as the device does."""
    a = radii.raw(record, X, error)
    if error is None:
        a.sklearn = a.device.copy()
    return a


def passed(layer: Layer, a: radii.Radii) -> radii.Radii:
    """A layer's answers, (n_samples, n_out), for what it takes, (n_samples, n_in)."""
    rows, window = len(a.center), layer.window
    if layer.kind == "dense":
        under = mapped(lambda values: patches(window, values), a, np.zeros(rows * window.n_places, bool))
        z = radii.dense(under, layer.weights.astype(np.float64), layer.bias.astype(np.float64), layer.slack, radii.U32)
        return _gathered(_activated(layer, z), rows, a.overflow)
    if layer.kind == "each":
        return _gathered(_activated(layer, _each(layer, a)), rows, a.overflow)
    if layer.kind == "largest":
        center = taps(window, a.center, -np.inf).max(axis=2)
        found = mapped(lambda values: taps(window, values).max(axis=2).reshape(rows, -1), a, a.overflow)
        return dataclasses.replace(found, center=center.reshape(rows, -1))
    divisor = counts(layer)[:, None]

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(taps(window, values).sum(axis=2) / divisor).reshape(rows, -1)

    total = mean(np.abs(a.center) + np.maximum(a.sklearn, a.device))
    rounding = radii.gamma(window.positions.shape[1] + 4, radii.U32) * total + 4 * radii.FLUSH
    return radii.Radii(mean(a.center), mean(a.sklearn) + rounding, mean(a.device) + rounding, a.overflow)


def mapped(f: Callable[[np.ndarray], np.ndarray], a: radii.Radii, overflow: np.ndarray) -> radii.Radii:
    """The same done to the values and to both radii."""
    return radii.Radii(f(a.center), f(a.sklearn), f(a.device), overflow)


def _gathered(z: radii.Radii, rows: int, overflow: np.ndarray) -> radii.Radii:
    """Places of one row side by side again."""
    return mapped(lambda values: values.reshape(rows, -1), z, overflow | z.overflow.reshape(rows, -1).any(axis=1))


def _each(layer: Layer, a: radii.Radii) -> radii.Radii:
    """Depthwise sums, as :func:`emlearn.families.mlp.radii.dense` has dense ones; rows are (sample, place)."""
    W, b = layer.weights.astype(np.float64), layer.bias.astype(np.float64)
    n = len(W) + 2

    def summed(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        under = repeated(layer.multiplier, taps(layer.window, values))
        return np.einsum("nptc,tc->npc", under, weights).reshape(-1, layer.channels)

    total = summed(np.abs(a.center), np.abs(W)) + np.abs(b)
    sizes = []
    for radius in (a.sklearn, a.device):
        spread = summed(radius, np.abs(W))
        flushed = radii.FLUSH * (n + summed(np.abs(a.center) + radius, np.ones_like(W)) + np.abs(W).sum(axis=0))
        sizes.append(spread + (radii.gamma(n + 16, radii.U32) + 2 * radii.U32) * (total + spread) + flushed)
    overflow = ~np.all(2 * total + sizes[0] + sizes[1] < np.finfo(np.float32).max, axis=1)
    return radii.Radii(summed(a.center, W) + b, sizes[0] + layer.slack, sizes[1], overflow)


def _activated(layer: Layer, z: radii.Radii) -> radii.Radii:
    """A monotone activation, with its own error on both sides."""
    name = layer.activation
    if name in ("identity", "relu", "logistic", "tanh"):
        a = radii.activate(name, z)
        if name in ("logistic", "tanh"):
            a.sklearn = a.sklearn + radii.LIBM * (np.abs(a.center) + a.sklearn) + 8 * radii.U32
        return a
    center = activate(layer, z.center)

    def swing(radius: np.ndarray) -> np.ndarray:
        return np.maximum(activate(layer, z.center + radius) - center, center - activate(layer, z.center - radius))

    sizes = []
    for radius in (z.sklearn, z.device):
        own = 2 * radii.U32 * (np.abs(center) + swing(radius)) + radii.FLUSH
        if name == "elu":
            own = own + layer.number * (radii.LIBM + 4 * radii.U32)
        sizes.append(swing(radius) + (0.0 if name == "clipped" else own))
    return radii.Radii(center, sizes[0], sizes[1], z.overflow)
