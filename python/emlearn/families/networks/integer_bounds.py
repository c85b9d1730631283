"""How far an integer network's answers may be from the framework's: errors followed through the layers, row by row.

As :mod:`emlearn.families.mlp.integer_bounds`: around the float network's values each layer adds the weights' rounding at these values, its
inputs' errors, half a step of the answer, what is clamped and an activation's error. Nothing here looks at the integer network's own
answers. The framework's part is that of :mod:`.bounds`.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..mlp import radii
from ..mlp.integer import Layer as Numbers
from ..mlp.integer_bounds import answer_errors, curve_error, intake_errors, sum_errors
from .bounds import blocks, gap, mapped, passed, taken
from .integer import BELOW, SLOPE, IntegerLayer, IntegerNetwork
from .patches import of_channels, patches, repeated, taps
from .record import Layer
from .reference import activate, counts


def bound(record: IntegerNetwork, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; for ``predict`` of a classifier zero: there the margin decides."""
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), record.task.n_outputs))
    last, places = record.layers[-1], record.layers[-1].source.window.n_places
    found = []

    def apart(values: np.ndarray) -> np.ndarray:
        return values.reshape(-1, last.n_out)

    with np.errstate(all="ignore"):
        for rows, errors in blocks(record, X, error):
            z = logits(record, rows, errors)
            each = mapped(apart, z, np.repeat(z.overflow, places))
            values = np.nan_to_num(answer_errors(record, each), nan=np.inf, posinf=np.inf).reshape(len(rows), -1)
            if record.task.is_discrete:
                values = np.minimum(values, 1.0)
            found.append(np.repeat(values, 2, axis=1) if record.is_binary else values)
    return np.concatenate(found) if found else np.zeros((0, record.task.width(op)))


def margin(record: IntegerNetwork, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """As :func:`emlearn.families.networks.bounds.margin`, from the logits' errors."""
    with np.errstate(all="ignore"):
        found = [gap(record.source.output, logits(record, rows, errors)) for rows, errors in blocks(record, X, error)]
    return np.concatenate(found) if found else np.zeros((0, record.task.n_outputs))


def logits(record: IntegerNetwork, X: np.ndarray, error: np.ndarray | None) -> radii.Radii:
    """The last layer's answers in float64, and the radii of the framework and of the device around them."""
    a = taken(record.source, X, error)
    scale, offset = record.intake.scale, record.intake.offset
    a.device = intake_errors(record.intake, X, error)
    for layer in record.layers[:-1]:
        a, scale, offset = _passed(record, layer, a, scale, offset)
    last = record.layers[-1]
    assert last.numbers is not None
    z = passed(last.source, a)
    z.device = _device(last, a, scale, offset, np.zeros(last.n_out)).reshape(z.center.shape)
    if last.numbers.shift:  # the common unit of a classifier's scores is cut off downwards
        z.device = z.device + last.numbers.answer_scale
    return z


def _passed(
    record: IntegerNetwork, layer: IntegerLayer, a: radii.Radii, scale: np.ndarray, offset: np.ndarray
) -> tuple[radii.Radii, np.ndarray, np.ndarray]:
    """A hidden layer: its answers, and what their steps stand for."""
    source, n = layer.source, layer.numbers
    found = passed(source, a)
    if n is None:
        if source.kind == "mean":
            found.device = _mean(layer, a, scale, offset)
        return found, scale, offset
    bends = source.activation in ("logistic", "tanh")
    zero = -n.scale * 2.0**n.shift / n.factor / 2 + (0.0 if bends else n.answer_offset)
    plain = passed(_without_activation(source), a)
    center = plain.center.reshape(-1, layer.n_out)
    device = _device(layer, a, scale, offset, zero)
    found.device = _activated(record, layer, n, center, device).reshape(found.center.shape)
    found.device = found.device + 8 * radii.U64 * np.abs(found.center)
    return found, n.answer_scale, n.answer_offset


def _without_activation(source: Layer) -> Layer:
    return dataclasses.replace(source, activation="identity")


def _mean(layer: IntegerLayer, a: radii.Radii, scale: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Errors add up as the values do; half a step is what rounding adds, and padding may be off by what its number is."""
    source = layer.source
    channels = source.window.plane[2]
    scale, offset = of_channels(channels, scale), of_channels(channels, offset)
    wrong = np.abs(scale * layer.padding + offset) if source.counts_padding else 0.0
    under = taps(source.window, a.device, wrong)
    return np.asarray(under.sum(axis=2) / counts(source)[:, None] + scale / 2).reshape(len(a.device), -1)


def _device(layer: IntegerLayer, a: radii.Radii, scale: np.ndarray, offset: np.ndarray, zero: np.ndarray) -> np.ndarray:
    """|device - float network| of the sums before the activation, a row for each place."""
    source, n = layer.source, layer.numbers
    assert n is not None
    window = source.window
    scale, offset = of_channels(window.plane[2], scale), of_channels(window.plane[2], offset)
    wrong = np.abs(scale * layer.padding + offset)  # what padding stands for, where it is not zero
    if source.kind == "dense":
        n_taps = window.size[0] * window.size[1]
        under = radii.Radii(patches(window, a.center), patches(window, a.sklearn), patches(window, a.device, wrong), np.zeros(0, bool))
        return sum_errors(n, under, source.weights, source.bias, np.tile(scale, n_taps), np.tile(offset, n_taps), zero)
    return _each(layer, n, a, scale, offset, wrong, zero)


def _each(
    layer: IntegerLayer, n: Numbers, a: radii.Radii, scale: np.ndarray, offset: np.ndarray, wrong: np.ndarray, zero: np.ndarray
) -> np.ndarray:
    """The same for a depthwise layer or a mean, weights (n_out, n_taps)."""
    source, m = layer.source, layer.source.multiplier
    shares, bias = source.shares.T, source.bias if len(source.bias) else np.zeros(layer.n_out)
    scale, offset = repeated(m, scale), repeated(m, offset)
    own = n.weights.astype(np.float64) * n.scale[:, None] / scale[:, None]
    own_bias = n.scale * n.bias - own.sum(axis=1) * offset + zero

    def summed(values: np.ndarray, weights: np.ndarray, padding: float | np.ndarray = 0.0) -> np.ndarray:
        return np.einsum("nptc,ct->npc", repeated(m, taps(source.window, values, padding)), weights).reshape(-1, layer.n_out)

    known = np.abs(summed(a.center, own - shares) + (own_bias - bias))
    sizes = np.abs(own) + np.abs(shares)
    rounding = (
        64 * own.shape[1] * radii.U64 * (summed(np.abs(a.center) + a.device, sizes) + np.abs(offset) * sizes.sum(axis=1) + np.abs(bias))
    )
    return known + summed(a.device, np.abs(own), wrong) + rounding


def _activated(record: IntegerNetwork, layer: IntegerLayer, n: Numbers, z: np.ndarray, device: np.ndarray) -> np.ndarray:
    """|device - float network| behind the activation."""
    source = layer.source
    center = activate(source, z)
    if source.activation in ("logistic", "tanh"):
        assert record.curve is not None
        radius = device + n.scale * 2.0**n.shift / n.factor / 2
        swing = np.maximum(activate(source, z + radius) - center, center - activate(source, z - radius))
        return swing + curve_error(record.curve) * (0.5 if source.activation == "logistic" else 1.0)
    least, most = n.answer_offset, n.answer_offset + n.answer_scale * n.top
    beyond = np.maximum(np.maximum(least - center, center - most), 0)
    found = device + n.answer_scale / 2 + beyond
    if source.activation == "leaky":  # a second rounding, the slope's, and the end of what falls
        depth = np.maximum(-z + device, 0)
        end = np.maximum(depth - BELOW * n.answer_scale, 0) * source.number
        found = found + n.answer_scale / 2 + depth * 2.0 ** -(SLOPE + 1) + end
    return found
