"""The layers of PyTorch modules, described by names, numbers and arrays, read into a Network; nothing here needs PyTorch.

PyTorch has channels first: the network's rows have them last, so that convolutions find them side by side; weights behind a Flatten are
put into that order.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from .build import Builder, Pair
from .record import Network


@dataclasses.dataclass(frozen=True)
class Module:
    """One layer.

    Attributes
    ----------
    kind : str
        The class of torch.nn that it is or is derived from, "" where there is none with a kernel.
    label : str
        Its place, class and name, for messages.
    values : dict
        The attributes that its kind reads, tensors as arrays; they are the module's attributes here too.
    """

    kind: str
    label: str
    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self.values:
            raise AttributeError(f"{self.label} has no attribute {name}")
        return self.values[name]


Reader = Callable[[Builder, Module, str], None]


def read(layers: Sequence[Module], shape: tuple[int, ...]) -> Network:
    """Layers in order, on rows of channels, then height and width.

    Raises
    ------
    UnsupportedError
        A layer has no kernel.
    """
    builder = Builder((*(1,) * (3 - len(shape)), *shape[1:], shape[0]))  # type: ignore[arg-type]
    for layer in layers:
        if not layer.kind:
            raise UnsupportedError(f"{layer.label} has no kernel; supported layers: {', '.join(LAYERS)}")
        LAYERS[layer.kind][0](builder, layer, layer.label)
    return dataclasses.replace(builder.finish(shape), channels_first=True)


def _numbers(values: np.ndarray | None, n: int = 0) -> np.ndarray:
    return np.zeros(n, np.float32) if values is None else values


def _two(value: Any, dimensions: int = 0) -> Pair:
    """A number per axis; one dimension has height 1."""
    values = (value,) * (dimensions or 1) if isinstance(value, int) else tuple(value)
    return (1, int(values[0])) if len(values) == 1 else (int(values[0]), int(values[1]))


def _padding(value: Any, dimensions: int, dilation: Pair, size: Pair) -> str | tuple[Pair, Pair]:
    """Padding as what stands before and behind; "same" has the odd position behind."""
    if isinstance(value, str):
        total = [d * (k - 1) for d, k in zip(dilation, size, strict=True)] if value == "same" else [0, 0]
        return (total[0] // 2, total[1] // 2), (total[0] - total[0] // 2, total[1] - total[1] // 2)
    values = (value,) * dimensions if isinstance(value, int) else tuple(value)
    both = (0, int(values[0])) if len(values) == 1 else (int(values[0]), int(values[1]))
    return both, both


def _convolution(builder: Builder, layer: Module, label: str) -> None:
    if layer.padding_mode != "zeros":
        raise UnsupportedError(f"{label} has padding_mode={layer.padding_mode!r}; nearest supported: 'zeros'")
    weights, bias = _numbers(layer.weight), _numbers(layer.bias, layer.out_channels)
    weights = weights[:, :, None] if weights.ndim == 3 else weights  # (out, in / groups, height, width)
    _check_channels(builder, layer.in_channels, label)
    dimensions = len(layer.kernel_size)
    size, dilation = _two(layer.kernel_size), _two(layer.dilation)
    moves: dict[str, Any] = {"stride": _two(layer.stride), "dilation": dilation}
    moves["padding"] = _padding(layer.padding, dimensions, dilation, size)
    if layer.groups == 1:
        builder.convolution(label, weights.transpose(0, 2, 3, 1), bias, **moves)
    elif layer.groups == layer.in_channels:
        multiplier = layer.out_channels // layer.in_channels
        each = weights[:, 0].reshape(layer.in_channels, multiplier, *size).transpose(2, 3, 0, 1)
        builder.depthwise(label, each, bias, **moves)
    else:
        raise UnsupportedError(f"{label} has groups={layer.groups}; nearest supported: groups=1 or one for each channel")


def _check_channels(builder: Builder, n: int, label: str) -> None:
    if builder.plane[2] != n:
        raise UnsupportedError(f"{label} takes {n} channels, what stands before it gives {builder.plane[2]}: is module.input_shape right?")


def _linear(builder: Builder, layer: Module, label: str) -> None:
    weights = _numbers(layer.weight)
    if builder.flattened is not None:  # its inputs were counted channels first
        height, width, channels = builder.flattened
        weights = weights.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(len(weights), -1)
        builder.flattened = None
    elif math.prod(builder.plane[:2]) > 1:
        raise UnsupportedError(f"{label} works along positions; nearest supported: a Flatten before it, or a convolution of size 1")
    _check_channels(builder, layer.in_features, label)
    builder.dense(label, weights, _numbers(layer.bias, layer.out_features))


def _normalization(builder: Builder, layer: Module, label: str) -> None:
    if layer.running_mean is None:
        raise UnsupportedError(f"{label} has no running statistics; nearest supported: track_running_stats=True")
    gamma, beta = (_numbers(layer.weight), _numbers(layer.bias)) if layer.affine else (None, None)
    builder.batch_normalize(label, _numbers(layer.running_mean), _numbers(layer.running_var), layer.eps, gamma, beta)


def _pool(kind: str, dimensions: int) -> Reader:
    def read(builder: Builder, layer: Module, label: str) -> None:
        if layer.ceil_mode:
            raise UnsupportedError(f"{label} has ceil_mode=True; nearest supported: False")
        if getattr(layer, "divisor_override", None) is not None:
            raise UnsupportedError(f"{label} has divisor_override; nearest supported: None")
        if kind == "largest" and layer.dilation not in (1, (1,), (1, 1)):
            raise UnsupportedError(f"{label} has dilation={layer.dilation}; nearest supported: 1")
        size = _two(layer.kernel_size, dimensions)
        padding = _padding(layer.padding, dimensions, (1, 1), size)
        counts = kind == "mean" and layer.count_include_pad
        builder.pool(label, kind, size, _two(layer.stride, dimensions), padding, counts)

    return read


def _pool_all(kind: str) -> Reader:
    def read(builder: Builder, layer: Module, label: str) -> None:
        size = layer.output_size
        if size not in (1, (1,), (1, 1)):
            raise UnsupportedError(f"{label} has output_size={size}; nearest supported: 1")
        builder.pool_all(label, kind)

    return read


def _zeros(builder: Builder, layer: Module, label: str) -> None:
    if layer.value != 0:
        raise UnsupportedError(f"{label} has value={layer.value}; nearest supported: 0")
    sides = tuple(layer.padding)  # left, right, top, bottom
    left, right, top, bottom = sides if len(sides) == 4 else (*sides, 0, 0)
    builder.pad(label, (top, left), (bottom, right))


def _flatten(builder: Builder, layer: Module, label: str) -> None:
    if layer.start_dim != 1 or layer.end_dim != -1:
        raise UnsupportedError(f"{label} flattens axes {layer.start_dim} to {layer.end_dim}; nearest supported: 1 to -1")
    plane = builder.settled_plane()
    builder.flatten()
    if plane[2] > 1 and math.prod(plane[:2]) > 1:
        builder.flattened = plane


def _softmax(builder: Builder, layer: Module, label: str) -> None:
    if layer.dim not in (1, -1):
        raise UnsupportedError(f"{label} has dim={layer.dim}; nearest supported: 1")
    builder.activate(label, "softmax")


def _clipped(builder: Builder, layer: Module, label: str) -> None:
    if layer.min_val != 0:
        raise UnsupportedError(f"{label} has min_val={layer.min_val}; nearest supported: 0")
    builder.activate(label, "clipped", float(layer.max_val))


def _activation(name: str, number: str = "") -> Reader:
    def read(builder: Builder, layer: Module, label: str) -> None:
        builder.activate(label, name, float(getattr(layer, number)) if number else 0.0)

    return read


def _nothing(builder: Builder, layer: Module, label: str) -> None:
    """Only training has it."""


_CONVOLUTION = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "padding_mode", "weight", "bias")
_NORMALIZATION = ("running_mean", "running_var", "affine", "weight", "bias", "eps")
_LARGEST = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
_MEAN = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")

#: Classes of torch.nn that leave values as they are.
NOTHING = ("Identity", "Dropout", "Dropout1d", "Dropout2d")

#: By the class of torch.nn how it is read, and which of its attributes.
LAYERS: dict[str, tuple[Reader, tuple[str, ...]]] = {
    "Linear": (_linear, ("in_features", "out_features", "weight", "bias")),
    "Conv1d": (_convolution, _CONVOLUTION),
    "Conv2d": (_convolution, _CONVOLUTION),
    "BatchNorm1d": (_normalization, _NORMALIZATION),
    "BatchNorm2d": (_normalization, _NORMALIZATION),
    "MaxPool1d": (_pool("largest", 1), _LARGEST),
    "MaxPool2d": (_pool("largest", 2), _LARGEST),
    "AvgPool1d": (_pool("mean", 1), _MEAN),
    "AvgPool2d": (_pool("mean", 2), _MEAN),
    "AdaptiveMaxPool1d": (_pool_all("largest"), ("output_size",)),
    "AdaptiveMaxPool2d": (_pool_all("largest"), ("output_size",)),
    "AdaptiveAvgPool1d": (_pool_all("mean"), ("output_size",)),
    "AdaptiveAvgPool2d": (_pool_all("mean"), ("output_size",)),
    "ConstantPad1d": (_zeros, ("padding", "value")),
    "ConstantPad2d": (_zeros, ("padding", "value")),
    "Flatten": (_flatten, ("start_dim", "end_dim")),
    "ReLU6": (_clipped, ("min_val", "max_val")),
    "Hardtanh": (_clipped, ("min_val", "max_val")),
    "ReLU": (_activation("relu"), ()),
    "LeakyReLU": (_activation("leaky", "negative_slope"), ("negative_slope",)),
    "ELU": (_activation("elu", "alpha"), ("alpha",)),
    "Sigmoid": (_activation("logistic"), ()),
    "Tanh": (_activation("tanh"), ()),
    "Softmax": (_softmax, ("dim",)),
    **dict.fromkeys(NOTHING, (_nothing, ())),
}
