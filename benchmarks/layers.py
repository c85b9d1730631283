"""A network as plain arrays, batch normalisation folded: what tools without a reader for its framework are given.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer; values are of shape (height, width, channels), where one-dimensional ones have a height of 1.

    Attributes
    ----------
    kind : {"dense", "convolution", "depthwise", "mean"}
        ``mean`` is that of each channel.
    weights : ndarray
        (inputs, outputs); (height, width, inputs, outputs) of a window; (height, width, channels); empty.
    bias : ndarray of shape (outputs,)
    stride : tuple of int
        (down, right).
    same : bool
        Whether zeros are put around, so that strides alone make it smaller.
    relu : bool
    """

    kind: str
    weights: np.ndarray
    bias: np.ndarray
    stride: tuple[int, int] = (1, 1)
    same: bool = False
    relu: bool = False

    def output(self, shape: tuple[int, ...]) -> tuple[int, int, int]:
        """The shape of what it gives for values of `shape`."""
        if self.kind in ("dense", "mean"):
            return (1, 1, len(self.bias) if self.kind == "dense" else shape[2])
        sizes = [-(-n // s) if self.same else (n - k) // s + 1 for n, k, s in zip(shape, self.weights.shape, self.stride)]
        return (sizes[0], sizes[1], len(self.bias))

    def before(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Zeros above and left of values of `shape`."""
        around = self._around(shape)
        return around[0] // 2, around[1] // 2

    def _around(self, shape: tuple[int, ...]) -> list[int]:
        there = zip(shape, self.output(shape), self.weights.shape, self.stride)
        return [max(0, (given - 1) * s + k - n) if self.same else 0 for n, given, k, s in there]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Of shape (n, height, width, channels), as what it takes."""
        if self.kind == "mean":
            return values.mean(axis=(1, 2), keepdims=True)
        if self.kind == "dense":
            found = (values.reshape(len(values), -1) @ self.weights + self.bias)[:, None, None]
        else:
            shape = values.shape[1:]
            around, first = self._around(shape), self.before(shape)
            padded = np.pad(values, ((0, 0), *((one, both - one) for both, one in zip(around, first)), (0, 0)))
            size = self.weights.shape[:2]
            windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=(1, 2))[:, :: self.stride[0], :: self.stride[1]]
            found = np.einsum("nyxcij,ijco->nyxo" if self.kind == "convolution" else "nyxcij,ijc->nyxc", windows, self.weights) + self.bias
        return np.maximum(found, 0) if self.relu else found

    def macs(self, shape: tuple[int, ...]) -> int:
        """Multiply-accumulates for values of `shape`."""
        places = 1 if self.kind == "dense" else int(np.prod(self.output(shape)[:2]))
        return places * self.weights.size


@dataclasses.dataclass(frozen=True)
class Network:
    """Layers one after the other; `shape` is what a row is, channels innermost."""

    shape: tuple[int, int, int]
    layers: tuple[Layer, ...]

    def steps(self) -> Iterator[tuple[Layer, tuple[int, int, int]]]:
        """Each layer with the shape that it takes."""
        shape = self.shape
        for layer in self.layers:
            yield layer, shape
            shape = layer.output(shape)

    @property
    def macs(self) -> int:
        return sum(layer.macs(shape) for layer, shape in self.steps())


def of_perceptron(estimator: Any) -> Network:
    """Of scikit-learn's, with relu inside."""
    last = len(estimator.coefs_) - 1
    pairs = enumerate(zip(estimator.coefs_, estimator.intercepts_))
    dense = tuple(Layer("dense", weights, bias, relu=number < last) for number, (weights, bias) in pairs)
    return Network((1, 1, len(estimator.coefs_[0])), dense)


def of_keras(model: Any) -> Network:
    """Of a Sequential one of the layers that this module knows; a softmax at the end changes no class."""
    height, width, channels = (1, *model.input_shape[1:])[-3:]
    found: list[Layer] = []
    for layer in model.layers:
        kind, kept = type(layer).__name__, [np.asarray(array, dtype=np.float64) for array in layer.get_weights()]
        if kind in ("Conv1D", "Conv2D", "DepthwiseConv2D", "Dense"):
            found.append(_layer(layer, kind, kept))
        elif kind == "BatchNormalization":
            found[-1] = _folded(found[-1], kept, layer.epsilon)
        elif kind == "ReLU":
            found[-1] = dataclasses.replace(found[-1], relu=True)
        elif kind.startswith("GlobalAveragePooling"):
            found.append(Layer("mean", np.zeros(0), np.zeros(0)))
        elif kind != "Dropout":
            raise NotImplementedError(f"layer {kind}")
    return Network((height, width, channels), tuple(found))


def _layer(layer: Any, kind: str, kept: list[np.ndarray]) -> Layer:
    weights = kept[0]
    outputs = weights.shape[-2] if kind == "DepthwiseConv2D" else weights.shape[-1]
    bias = kept[1] if layer.use_bias else np.zeros(outputs)
    relu = layer.activation.__name__ == "relu"
    if kind == "Dense":
        return Layer("dense", weights, bias, relu=relu)
    stride, same = (1, *layer.strides)[-2:], layer.padding == "same"
    if kind == "DepthwiseConv2D":
        return Layer("depthwise", weights[..., 0], bias, stride, same, relu)
    return Layer("convolution", weights[None] if kind == "Conv1D" else weights, bias, stride, same, relu)


def _folded(layer: Layer, kept: list[np.ndarray], epsilon: float) -> Layer:
    """With the normalisation behind it: its outputs are the last axis of the weights."""
    gamma, beta, mean, variance = kept
    factor = gamma / np.sqrt(variance + epsilon)
    return dataclasses.replace(layer, weights=layer.weights * factor, bias=(layer.bias - mean) * factor + beta)
