"""PyTorch modules in a row, nn.Sequential of nn.Sequentials, read into a Network.

PyTorch has channels first: the network's rows have them last, so that convolutions find them side by side; weights behind a Flatten are
put into that order.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ...errors import UnsupportedError
from .build import Builder, Pair
from .framework import answers
from .record import Network

_nn = torch.nn


def read_sequential(module: Any) -> Network:
    """Layers in order, with their weights; the shape of a row is ``module.input_shape``, or that of a first Linear.

    Raises
    ------
    UnsupportedError
        A layer has no kernel, or the shape of a row is not known.
    """
    layers = _layers(module)
    shape = _input_shape(module, layers)
    builder = Builder((*(1,) * (3 - len(shape)), *shape[1:], shape[0]))  # type: ignore[arg-type]
    for k, (name, layer) in enumerate(layers):
        _read(builder, layer, f"layer {k} ({type(layer).__name__} {name!r})")
    return dataclasses.replace(builder.finish(shape), channels_first=True)


def answer(module: Any, op: str, X: Any) -> np.ndarray:
    """The module's own answer, in the shape of scikit-learn's, for rows with channels last."""
    shape = _input_shape(module, _layers(module))
    rows = np.asarray(X, dtype=np.float32).reshape(-1, *shape[1:], shape[0])
    was_training = module.training
    module.eval()
    with torch.no_grad():
        values = module(torch.from_numpy(np.ascontiguousarray(np.moveaxis(rows, -1, 1)))).numpy()
    module.train(was_training)
    record = read_sequential(module)
    if values.ndim > 2:  # a plane of answers: channels last, as everywhere
        values = np.moveaxis(values, 1, -1)
    return answers(record, op, values.reshape(len(rows), -1))


def _layers(module: Any, name: str = "") -> list[tuple[str, Any]]:
    """(name, module) in order, nested Sequentials opened."""
    found: list[tuple[str, Any]] = []
    for key, layer in module.named_children():
        path = f"{name}.{key}" if name else key
        found += _layers(layer, path) if isinstance(layer, _nn.Sequential) else [(path, layer)]
    return found


def _input_shape(module: Any, layers: list[tuple[str, Any]]) -> tuple[int, ...]:
    """A row's shape as PyTorch has it: channels, then height and width."""
    shape = getattr(module, "input_shape", None)
    if shape is None:
        first = next((layer for _, layer in layers if not isinstance(layer, _NOTHING)), None)
        if not isinstance(first, _nn.Linear):
            raise UnsupportedError(
                "the PyTorch module does not tell the shape of its rows: set module.input_shape, such as (channels, length)"
            )
        shape = (first.in_features,)
    shape = tuple(int(n) for n in shape)
    if not 1 <= len(shape) <= 3 or min(shape) < 1:
        raise UnsupportedError(f"module.input_shape={shape}: give channels, and up to two further sizes, without the batch")
    return shape


def _read(builder: Builder, layer: Any, label: str) -> None:
    for cls in type(layer).__mro__:
        if cls in _READ:
            _READ[cls](builder, layer, label)
            return
    raise UnsupportedError(f"{label} has no kernel; supported layers: {', '.join(cls.__name__ for cls in _READ)}")


def _numbers(tensor: Any, n: int = 0) -> np.ndarray:
    return np.zeros(n, np.float32) if tensor is None else np.asarray(tensor.detach().cpu().numpy())


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


def _convolution(builder: Builder, layer: Any, label: str) -> None:
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


def _linear(builder: Builder, layer: Any, label: str) -> None:
    weights = _numbers(layer.weight)
    if builder.flattened is not None:  # its inputs were counted channels first
        height, width, channels = builder.flattened
        weights = weights.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(len(weights), -1)
        builder.flattened = None
    elif math.prod(builder.plane[:2]) > 1:
        raise UnsupportedError(f"{label} works along positions; nearest supported: a Flatten before it, or a convolution of size 1")
    _check_channels(builder, layer.in_features, label)
    builder.dense(label, weights, _numbers(layer.bias, layer.out_features))


def _normalization(builder: Builder, layer: Any, label: str) -> None:
    if layer.running_mean is None:
        raise UnsupportedError(f"{label} has no running statistics; nearest supported: track_running_stats=True")
    mean, variance = (_numbers(values).astype(np.float64) for values in (layer.running_mean, layer.running_var))
    gamma = _numbers(layer.weight).astype(np.float64) if layer.affine else np.ones_like(mean)
    beta = _numbers(layer.bias).astype(np.float64) if layer.affine else np.zeros_like(mean)
    scale = gamma / np.sqrt(variance + layer.eps)
    builder.normalize(label, scale, beta - mean * scale, np.abs(beta) + np.abs(mean * scale))


def _pool(kind: str, dimensions: int) -> Callable[[Builder, Any, str], None]:
    def read(builder: Builder, layer: Any, label: str) -> None:
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


def _pool_all(kind: str) -> Callable[[Builder, Any, str], None]:
    def read(builder: Builder, layer: Any, label: str) -> None:
        size = layer.output_size
        if size not in (1, (1,), (1, 1)):
            raise UnsupportedError(f"{label} has output_size={size}; nearest supported: 1")
        builder.pool_all(label, kind)

    return read


def _zeros(builder: Builder, layer: Any, label: str) -> None:
    if layer.value != 0:
        raise UnsupportedError(f"{label} has value={layer.value}; nearest supported: 0")
    sides = tuple(layer.padding)  # left, right, top, bottom
    left, right, top, bottom = sides if len(sides) == 4 else (*sides, 0, 0)
    builder.pad(label, (top, left), (bottom, right))


def _flatten(builder: Builder, layer: Any, label: str) -> None:
    if layer.start_dim != 1 or layer.end_dim != -1:
        raise UnsupportedError(f"{label} flattens axes {layer.start_dim} to {layer.end_dim}; nearest supported: 1 to -1")
    plane = builder.settled_plane()
    builder.flatten()
    if plane[2] > 1 and math.prod(plane[:2]) > 1:
        builder.flattened = plane


def _softmax(builder: Builder, layer: Any, label: str) -> None:
    if layer.dim not in (1, -1):
        raise UnsupportedError(f"{label} has dim={layer.dim}; nearest supported: 1")
    builder.activate(label, "softmax")


def _clipped(builder: Builder, layer: Any, label: str) -> None:
    if layer.min_val != 0:
        raise UnsupportedError(f"{label} has min_val={layer.min_val}; nearest supported: 0")
    builder.activate(label, "clipped", float(layer.max_val))


def _activation(name: str, number: str = "") -> Callable[[Builder, Any, str], None]:
    def read(builder: Builder, layer: Any, label: str) -> None:
        builder.activate(label, name, float(getattr(layer, number)) if number else 0.0)

    return read


def _nothing(builder: Builder, layer: Any, label: str) -> None:
    """Only training has it."""


_NOTHING = (_nn.Identity, _nn.Dropout, _nn.Dropout1d, _nn.Dropout2d)

_READ: dict[type, Callable[[Builder, Any, str], None]] = {
    _nn.Linear: _linear,
    _nn.Conv1d: _convolution,
    _nn.Conv2d: _convolution,
    _nn.BatchNorm1d: _normalization,
    _nn.BatchNorm2d: _normalization,
    _nn.MaxPool1d: _pool("largest", 1),
    _nn.MaxPool2d: _pool("largest", 2),
    _nn.AvgPool1d: _pool("mean", 1),
    _nn.AvgPool2d: _pool("mean", 2),
    _nn.AdaptiveMaxPool1d: _pool_all("largest"),
    _nn.AdaptiveMaxPool2d: _pool_all("largest"),
    _nn.AdaptiveAvgPool1d: _pool_all("mean"),
    _nn.AdaptiveAvgPool2d: _pool_all("mean"),
    _nn.ConstantPad1d: _zeros,
    _nn.ConstantPad2d: _zeros,
    _nn.Flatten: _flatten,
    _nn.ReLU6: _clipped,
    _nn.Hardtanh: _clipped,
    _nn.ReLU: _activation("relu"),
    _nn.LeakyReLU: _activation("leaky", "negative_slope"),
    _nn.ELU: _activation("elu", "alpha"),
    _nn.Sigmoid: _activation("logistic"),
    _nn.Tanh: _activation("tanh"),
    _nn.Softmax: _softmax,
    **dict.fromkeys(_NOTHING, _nothing),
}

READERS = {_nn.Sequential: read_sequential}

ANSWERS = {_nn.Sequential: answer}
