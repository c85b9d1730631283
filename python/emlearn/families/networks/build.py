"""Layers of a framework, one after the other, made into the layers of a Network: what can be folded is.

Batch normalisation joins the layer before it, padding the one behind, an activation the one before; where that cannot be, each becomes a
depthwise layer of one tap.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...record import Task
from .record import Layer, Network, Window

_U32 = 2.0**-24

Pair = tuple[int, int]
Plane = tuple[int, int, int]


class Builder:
    """Takes layers in the order of the network; every method's `label` is the framework's name and index of the layer.

    Attributes
    ----------
    plane : tuple of int
        Height, width and channels of what the next layer takes; a plain vector is one position of many channels.
    flattened : tuple of int or None
        The plane before flattening, where the framework's vector has channels first and no dense layer has taken it yet.
    """

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.layers: list[Layer] = []
        self.output = ""
        self.flattened: Plane | None = None
        self._padding: tuple[Pair, Pair] | None = None

    def convolution(
        self,
        label: str,
        weights: np.ndarray,
        bias: np.ndarray,
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: str | tuple[Pair, Pair] = "valid",
    ) -> None:
        """Weights (n_out, height, width, channels)."""
        self._check(label, weights, bias)
        window = self._window(weights.shape[1:3], stride, dilation, padding, label)
        self._add(Layer("dense", window, weights.reshape(len(weights), -1).astype(np.float64), bias.astype(np.float64), label=label))

    def depthwise(
        self,
        label: str,
        weights: np.ndarray,
        bias: np.ndarray,
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: str | tuple[Pair, Pair] = "valid",
    ) -> None:
        """Weights (height, width, channels, multiplier)."""
        self._check(label, weights, bias)
        window = self._window(weights.shape[:2], stride, dilation, padding, label)
        taps = weights.shape[0] * weights.shape[1]
        self._add(Layer("each", window, weights.reshape(taps, -1).astype(np.float64), bias.astype(np.float64), label=label))

    def dense(self, label: str, weights: np.ndarray, bias: np.ndarray) -> None:
        """Weights (n_out, n_in), at each position."""
        self.convolution(label, weights[:, None, None, :], bias)

    def pool(
        self,
        label: str,
        kind: str,
        size: Pair,
        stride: Pair,
        padding: str | tuple[Pair, Pair] = "valid",
        counts_padding: bool = False,
    ) -> None:
        """`kind` as in Layer; the whole plane with :meth:`pool_all`."""
        none = np.zeros(0)
        if self._padding is not None:
            self._own_padding()
        window = self._window(size, stride, (1, 1), padding, label)
        if np.any(np.all(window.positions < 0, axis=1)):
            raise UnsupportedError(f"{label}: some of its windows see padding only; nearest supported: padding='same'")
        self._add(Layer(kind, window, none, none, counts_padding=counts_padding and window.is_padded, label=label))

    def pool_all(self, label: str, kind: str) -> None:
        self._settle()
        self.pool(label, kind, self.plane[:2], (1, 1))

    def pad(self, label: str, before: Pair, after: Pair) -> None:
        """Zeros around the plane; the next layer takes them over."""
        self._settle()
        if any(n < 0 for n in (*before, *after)):
            raise UnsupportedError(f"{label}: it cuts positions off; nearest supported: a convolution with padding='valid'")
        self._padding = (before, after)

    def batch_normalize(
        self, label: str, mean: np.ndarray, variance: np.ndarray, epsilon: float, gamma: np.ndarray | None, beta: np.ndarray | None
    ) -> None:
        """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` of each channel; None for a gamma of 1, a beta of 0."""
        mean = mean.astype(np.float64)
        scale = (np.ones_like(mean) if gamma is None else gamma.astype(np.float64)) / np.sqrt(variance.astype(np.float64) + epsilon)
        beta = np.zeros_like(mean) if beta is None else beta.astype(np.float64)
        self.normalize(label, scale, beta - mean * scale, np.abs(beta) + np.abs(mean * scale))

    def normalize(self, label: str, scale: np.ndarray, shift: np.ndarray, size: np.ndarray) -> None:
        """``scale * x + shift`` of each channel; `size` of the numbers that add up to `shift`, for rounding."""
        self._settle()
        if self.flattened is not None:
            raise UnsupportedError(f"{label}: it stands between Flatten and a dense layer; nearest supported: put it before the Flatten")
        check_finite(label, scale=scale, shift=shift)
        last = self.layers[-1] if self.layers else None
        if last is None or not len(last.bias) or last.activation != "identity" or len(scale) != len(last.bias) or self.output:
            self._alone(label)
            last = self.layers[-1]
        factor = scale[:, None] if last.kind == "dense" else scale
        slack = last.slack * np.abs(scale) if len(last.slack) else np.zeros(len(scale))
        slack = slack + 8 * _U32 * (np.abs(last.bias * scale) + size)
        made = dataclasses.replace(last, weights=last.weights * factor, bias=last.bias * scale + shift, slack=slack)
        self.layers[-1] = dataclasses.replace(made, label=f"{last.label} + {label}" if last.label != label else label)

    def activate(self, label: str, name: str, number: float = 0.0) -> None:
        """One of ACTIVATIONS, or "softmax" as the last."""
        if name == "identity":
            return
        self._settle()
        if name == "softmax":
            if math.prod(self.plane) < 2 or math.prod(self.plane[:2]) > 1:
                raise UnsupportedError(f"{label}: softmax of {self.plane} values; it has a kernel for one vector of at least two")
            if self.output:
                raise UnsupportedError(f"{label}: it stands behind the output's {self.output}; leave it out")
            self.output = "softmax"
            return
        if self.output:
            raise UnsupportedError(f"{label}: it stands behind the output's softmax; leave it out")
        last = self.layers[-1] if self.layers else None
        if last is not None and last.kind in ("dense", "each") and last.activation == "relu" and name in ("relu", "clipped"):
            self.layers[-1] = dataclasses.replace(last, activation=name, number=number)
            return
        if last is None or not len(last.bias) or last.activation != "identity":
            self._alone(label)
        self.layers[-1] = dataclasses.replace(self.layers[-1], activation=name, number=float(number))

    def settled_plane(self) -> Plane:
        """The plane, padding that no layer took over included."""
        self._settle()
        return self.plane

    def reshape(self, plane: Plane) -> None:
        """The same values, in the same order, as another plane."""
        self._settle()
        self.plane = plane

    def flatten(self) -> None:
        self.reshape((1, 1, math.prod(self.plane)))

    def finish(self, shape: tuple[int, ...]) -> Network:
        """The network; its last activation decides the task: softmax and the logistic function tell classes apart."""
        self._settle()
        if self.flattened is not None:
            raise UnsupportedError("the network ends in a Flatten: its answers would change their order; leave it out")
        if not self.layers:
            raise UnsupportedError("the network has no layer that computes anything: add a Dense layer")
        n, output, layers = math.prod(self.plane), self.output or "identity", list(self.layers)
        if not self.output and layers[-1].activation == "logistic":
            output = "logistic"
            layers[-1] = dataclasses.replace(layers[-1], activation="identity")
        if output == "softmax":
            task = Task("classifier", 1, (n,))
        elif output == "logistic":
            task = Task("classifier", 1, (2,)) if n == 1 else Task("multilabel", n)
        else:
            task = Task("regressor", n, is_column=n == 1, answers="float32")
        return Network("float32", layers[0].window.n_in, task, tuple(layers), output, shape)

    def _settle(self) -> None:
        if self._padding is not None:
            self._own_padding()

    def _own_padding(self) -> None:
        """Padding that no convolution takes over: a tap of weight one."""
        self._alone("padding")

    def _alone(self, label: str) -> None:
        channels = self.plane[2]
        self.depthwise(label, np.ones((1, 1, channels, 1)), np.zeros(channels))

    def _window(self, size: tuple[int, ...], stride: Pair, dilation: Pair, padding: str | tuple[Pair, Pair], label: str) -> Window:
        height, width = int(size[0]), int(size[1])
        around: tuple[Pair, Pair] = ((0, 0), (0, 0))
        if padding == "same":
            sides = [same_padding(self.plane[k], (height, width)[k], stride[k], dilation[k]) for k in (0, 1)]
            around = (sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])
        elif not isinstance(padding, str):
            around = padding
        elif padding != "valid":
            raise UnsupportedError(f"{label}: padding={padding!r} has no kernel; nearest supported: 'valid' or 'same'")
        if self._padding is not None:
            before, after = self._padding
            around = (before[0] + around[0][0], before[1] + around[0][1]), (after[0] + around[1][0], after[1] + around[1][1])
            self._padding = None
        window = Window(self.plane, (height, width), stride, dilation, *around)
        if min(window.places) < 1:
            raise UnsupportedError(
                f"{label}: its window of {height} x {width} is larger than its input of {self.plane[0]} x {self.plane[1]}"
            )
        return window

    def _check(self, label: str, weights: np.ndarray, bias: np.ndarray) -> None:
        if self.output:
            raise UnsupportedError(f"{label}: it stands behind the output's {self.output}; leave the softmax to the end")
        check_finite(label, weights=weights, bias=bias)

    def _add(self, layer: Layer) -> None:
        if not len(layer.slack):
            layer = dataclasses.replace(layer, slack=np.zeros(len(layer.bias)))
        self.layers.append(layer)
        self.plane = layer.plane


def same_padding(n: int, size: int, stride: int, dilation: int) -> Pair:
    """Padding before and behind that gives ceil(n / stride) places, the odd one behind."""
    total = max((-(-n // stride) - 1) * stride + (size - 1) * dilation + 1 - n, 0)
    return total // 2, total - total // 2
