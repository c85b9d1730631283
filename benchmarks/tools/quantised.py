"""A network in int8, quantised as TensorFlow Lite does: what tools without a converter of their own are given.

Symmetric weights, a scale for each channel of a convolution and for each layer or neuron of a dense one; activations over the range that
the training rows reach. Raw features of more bits are brought to 8 bits first, each to its own range, which goes into the first layer's
weights.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..layers import Layer, Network, of_perceptron

NOTE = "quantised by the benchmark as TensorFlow Lite does"


@dataclasses.dataclass(frozen=True)
class Units:
    """A value of int8 stands for ``scale * (value - zero)``."""

    scale: float
    zero: int


@dataclasses.dataclass(frozen=True)
class Quantised:
    """A layer in int8.

    Attributes
    ----------
    layer : Layer
        In float, the raw features' units in its weights.
    shape : tuple of int
        Of what it takes.
    weights : ndarray
        Whole numbers; outputs first, but for depthwise layers.
    step : ndarray of shape (outputs,)
        Of the weights.
    bias : ndarray of shape (outputs,)
        Whole numbers.
    given, gives : Units
    """

    layer: Layer
    shape: tuple[int, ...]
    weights: np.ndarray
    step: np.ndarray
    bias: np.ndarray
    given: Units
    gives: Units


def network_of(estimator: Any, case: dict[str, Any], sources: Path, at: str) -> Network | str:
    """The network of an estimator for a tool whose `sources` are in a folder; else why it is not tried, or where they are `at`."""
    perceptron = hasattr(estimator, "coefs_")
    several = case["n_classes"] > 2 or "outputs" in case
    if not (isinstance(estimator, Network) or (perceptron and estimator.activation == "relu" and several)):
        return f"not tried: only networks with relu and several answers (this is {type(estimator).__name__})"
    if not sources.is_dir():
        return f"no sources in {sources}: {at}"
    return of_perceptron(estimator) if perceptron else estimator


def byte_steps(network: Network, case: dict[str, Any], rows: np.ndarray) -> np.ndarray:
    """What one step of a channel's 8 bits means: one of the raw feature where they hold it, else 127 of them its largest value."""
    channels = network.shape[2]
    if case["fits_int8"]:
        return np.asarray(case["unit"])[:channels]
    return np.maximum(np.abs(rows).reshape(-1, channels).max(axis=0), 1e-9) / 127


def intake(case: dict[str, Any], steps: np.ndarray) -> tuple[str, str]:
    """A table and statements that bring raw features ``x`` of more bits to 8 bits, ``q``."""
    n, channels = case["n_features"], len(steps)
    factors = np.asarray(case["unit"])[:channels] / steps * 65536
    return table("int32_t", "intake", np.rint(factors)), (
        f"  int8_t q[{n}];\n  for (int i = 0; i < {n}; i += {channels}) for (int c = 0; c < {channels}; ++c) {{\n"
        "    int32_t one = (x[i + c] * intake[c] + 32768) >> 16;\n    q[i + c] = one > 127 ? 127 : one < -128 ? -128 : one;\n  }\n"
    )


def layers(network: Network, steps: np.ndarray, rows: np.ndarray, *, per_neuron: bool) -> Iterator[Quantised]:
    """The layers in order; a mean keeps the units of what it takes."""
    values = (rows / np.tile(steps, rows.shape[1] // len(steps))).reshape(-1, *network.shape)
    units = Units(1.0, 0)
    for number, (layer, shape) in enumerate(network.steps()):
        if number == 0:  # what a step means goes into the weights
            along = (1,) * (layer.weights.ndim - (1 if layer.kind == "depthwise" else 2)) + (-1,)
            weights = layer.weights * steps.reshape(along if layer.kind == "depthwise" else (*along, 1))
            layer = dataclasses.replace(layer, weights=weights)
        values = layer(values)
        if layer.kind == "mean":
            yield Quantised(layer, shape, layer.weights, layer.bias, layer.bias, units, units)
            continue
        given, units = units, _span(values, positive=layer.relu)
        largest = np.abs(layer.weights).reshape(-1, len(layer.bias)).max(axis=0)
        together = layer.kind == "dense" and not per_neuron
        step = np.maximum(np.full_like(largest, largest.max()) if together else largest, 1e-12) / 127
        whole = np.clip(np.rint(layer.weights / step), -127, 127)
        if layer.kind != "depthwise":
            whole = np.moveaxis(whole, -1, 0)
        yield Quantised(layer, shape, whole, step, np.rint(layer.bias / (given.scale * step)), given, units)


def _span(values: np.ndarray, *, positive: bool) -> Units:
    """8 bits that span the values."""
    if positive:
        return Units(float(values.max()) / 255, -128)
    scale = float(values.max() - values.min()) / 255
    return Units(scale, int(np.clip(np.rint(-128 - values.min() / scale), -128, 127)))


def table(kind: str, name: str, values: Any) -> str:
    """An array of whole numbers in C."""
    return f"static const {kind} {name}[] = {{{', '.join(str(int(value)) for value in values)}}};\n"
