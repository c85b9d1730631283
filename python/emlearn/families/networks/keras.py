"""Keras 3 models, Sequential or functional with one path, read into a Network.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from ...errors import UnsupportedError
from .build import Builder, Pair, Plane
from .framework import answers
from .record import Network

_layers = keras.layers


def read_model(model: Any) -> Network:
    """A built model: ``layers``, their weights and configuration, ``input_shape``."""
    shape = _input_shape(model)
    builder = Builder(_plane(shape))
    for k, layer in enumerate(_path(model)):
        _read(builder, layer, f"layer {k} ({type(layer).__name__} {layer.name!r})")
    return builder.finish(shape)


def answer(model: Any, op: str, X: Any) -> np.ndarray:
    """The model's own answer, in the shape of scikit-learn's; X is flat, or as the model takes it."""
    rows = np.asarray(X, dtype=np.float32).reshape(-1, *_input_shape(model))
    values = [_numbers(model(rows[k : k + 256], training=False)) for k in range(0, len(rows), 256)]
    record = read_model(model)
    return answers(record, op, np.concatenate(values).reshape(len(rows), -1))


def _numbers(values: Any) -> np.ndarray:
    """A variable or tensor of any backend."""
    return np.asarray(keras.ops.convert_to_numpy(values))


def _input_shape(model: Any) -> tuple[int, ...]:
    """A row's shape.

    Raises
    ------
    UnsupportedError
        The model is not built, has several inputs, or a dimension that is not known.
    """
    if not model.built:
        raise UnsupportedError("the Keras model is not built: give it a keras.Input(shape), or call it once")
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) != 1:
        raise UnsupportedError(f"the Keras model has {len(inputs)} inputs: it must have one; join them before the model")
    shape = tuple(inputs[0].shape[1:])
    if not shape or any(n is None for n in shape):
        raise UnsupportedError(f"the Keras model's input shape {shape} is not fixed: build the model with a keras.Input of numbers only")
    return tuple(int(n) for n in shape)


def _plane(shape: tuple[int, ...]) -> Plane:
    if len(shape) > 3:
        raise UnsupportedError(f"rows of shape {shape}: at most height, width and channels have kernels")
    return (*(1,) * (3 - len(shape)), *shape)  # type: ignore[return-value]


def _path(model: Any) -> list[Any]:
    """The layers in the order of computation, nested models opened."""
    if len(getattr(model, "outputs", [0])) != 1:
        raise UnsupportedError(f"the Keras model has {len(model.outputs)} outputs: it must have one")
    found: list[Any] = []
    previous = None
    for layer in model.layers:
        nodes = layer._inbound_nodes
        if not isinstance(model, keras.Sequential) and not isinstance(layer, _layers.InputLayer):
            own = [node for node in nodes if any(node in list(depth) for depth in model._nodes_by_depth.values())]
            sources = [tensor._keras_history.operation for node in own for tensor in node.input_tensors]
            if len(sources) != 1 or sources[0] is not previous:
                raise UnsupportedError(
                    f"layer {len(found)} ({type(layer).__name__} {layer.name!r}) does not take the answer of the layer "
                    "before alone: branches have no kernel; nearest supported: a model whose layers follow one another"
                )
        previous = layer
        if isinstance(layer, _layers.InputLayer):
            continue
        found += _path(layer) if isinstance(layer, keras.Model) else [layer]
    return found


def _read(builder: Builder, layer: Any, label: str) -> None:
    for cls in type(layer).__mro__:
        if cls in _READ:
            _READ[cls](builder, layer, label)
            return
    known = ", ".join(cls.__name__ for cls in _READ)
    raise UnsupportedError(f"{label} has no kernel; supported layers: {known}")


def _weights(layer: Any, name: str, n_bias: int) -> tuple[np.ndarray, np.ndarray]:
    bias = _numbers(layer.bias) if layer.use_bias else np.zeros(n_bias, np.float32)
    return _numbers(getattr(layer, name)), bias


def _two(values: Any) -> Pair:
    """A number per axis of a layer of one or two dimensions; one dimension has height 1."""
    values = (values,) if isinstance(values, int) else tuple(values)
    return (1, int(values[0])) if len(values) == 1 else (int(values[0]), int(values[1]))


def _around(padding: Any) -> tuple[Pair, Pair]:
    """Keras' padding per axis, as what stands before and after."""
    axes = [(0, 0), padding] if isinstance(padding[0], int) else padding
    (top, bottom), (left, right) = axes
    return (top, left), (bottom, right)


def _moves(layer: Any, label: str) -> dict[str, Any]:
    """Stride, dilation and padding of a convolution."""
    _channels_last(layer, label)
    dilation = _two(layer.dilation_rate)
    padding: Any = layer.padding
    if padding == "causal":
        padding = ((0, (_two(layer.kernel_size)[1] - 1) * dilation[1]), (0, 0))
    return {"stride": _two(layer.strides), "dilation": dilation, "padding": padding}


def _channels_last(layer: Any, label: str) -> None:
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise UnsupportedError(f"{label} has data_format={layer.data_format!r}; nearest supported: 'channels_last'")


def _function(builder: Builder, function: Any, label: str) -> None:
    """An activation given as a function."""
    name = getattr(function, "__name__", str(function))
    names = {"linear": "identity", "sigmoid": "logistic"}
    if name == "relu6":
        builder.activate(label, "clipped", 6.0)
    elif name in ("leaky_relu", "elu"):
        builder.activate(label, name.removesuffix("_relu"), 0.2 if name == "leaky_relu" else 1.0)
    elif name in ("linear", "relu", "sigmoid", "tanh", "softmax"):
        builder.activate(label, names.get(name, name))
    else:
        known = "linear, relu, relu6, leaky_relu, elu, sigmoid, tanh, softmax"
        raise UnsupportedError(f"{label} has activation {name!r}, which has no kernel; supported: {known}")


def _conv(builder: Builder, layer: Any, label: str) -> None:
    if layer.groups != 1:
        raise UnsupportedError(f"{label} has groups={layer.groups}; nearest supported: groups=1 or a depthwise convolution")
    kernel, bias = _weights(layer, "kernel", layer.filters)
    kernel = kernel[None] if kernel.ndim == 3 else kernel
    builder.convolution(label, kernel.transpose(3, 0, 1, 2), bias, **_moves(layer, label))
    _function(builder, layer.activation, label)


def _depthwise(builder: Builder, layer: Any, label: str) -> None:
    kernel = _numbers(layer.kernel)
    kernel = kernel[None] if kernel.ndim == 3 else kernel
    _, bias = _weights(layer, "kernel", kernel.shape[2] * kernel.shape[3])
    builder.depthwise(label, kernel, bias, **_moves(layer, label))
    _function(builder, layer.activation, label)


def _separable(builder: Builder, layer: Any, label: str) -> None:
    kernel = _numbers(layer.depthwise_kernel)
    kernel = kernel[None] if kernel.ndim == 3 else kernel
    builder.depthwise(label, kernel, np.zeros(kernel.shape[2] * kernel.shape[3]), **_moves(layer, label))
    pointwise, bias = _weights(layer, "pointwise_kernel", layer.filters)
    builder.dense(label, pointwise.reshape(-1, layer.filters).T, bias)
    _function(builder, layer.activation, label)


def _dense(builder: Builder, layer: Any, label: str) -> None:
    kernel, bias = _weights(layer, "kernel", layer.units)
    builder.dense(label, kernel.T, bias)
    _function(builder, layer.activation, label)


def _normalization(builder: Builder, layer: Any, label: str) -> None:
    axis = layer.axis if isinstance(layer.axis, int) else layer.axis[0]
    if axis not in (-1, len(layer.input.shape) - 1):
        raise UnsupportedError(f"{label} has axis={layer.axis}; nearest supported: the last one, -1")
    gamma, beta = _numbers(layer.gamma) if layer.scale else None, _numbers(layer.beta) if layer.center else None
    builder.batch_normalize(label, _numbers(layer.moving_mean), _numbers(layer.moving_variance), layer.epsilon, gamma, beta)


def _pool(kind: str) -> Callable[[Builder, Any, str], None]:
    def read(builder: Builder, layer: Any, label: str) -> None:
        _channels_last(layer, label)
        builder.pool(label, kind, _two(layer.pool_size), _two(layer.strides), layer.padding)

    return read


def _pool_all(kind: str) -> Callable[[Builder, Any, str], None]:
    def read(builder: Builder, layer: Any, label: str) -> None:
        _channels_last(layer, label)
        builder.pool_all(label, kind)
        if not layer.keepdims:
            builder.flatten()

    return read


def _padding(builder: Builder, layer: Any, label: str) -> None:
    _channels_last(layer, label)
    builder.pad(label, *_around(layer.padding))


def _flatten(builder: Builder, layer: Any, label: str) -> None:
    _channels_last(layer, label)
    builder.flatten()


def _reshape(builder: Builder, layer: Any, label: str) -> None:
    builder.reshape(_plane(tuple(int(n) for n in layer.output.shape[1:])))


def _relu(builder: Builder, layer: Any, label: str) -> None:
    if layer.threshold or (layer.negative_slope and layer.max_value is not None):
        raise UnsupportedError(f"{label} has a threshold, or a slope and a limit; nearest supported: max_value or negative_slope alone")
    if layer.negative_slope:
        builder.activate(label, "leaky", float(layer.negative_slope))
    elif layer.max_value is not None:
        builder.activate(label, "clipped", float(layer.max_value))
    else:
        builder.activate(label, "relu")


def _softmax(builder: Builder, layer: Any, label: str) -> None:
    if layer.axis not in (-1, len(layer.input.shape) - 1):
        raise UnsupportedError(f"{label} has axis={layer.axis}; nearest supported: the last one, -1")
    builder.activate(label, "softmax")


def _nothing(builder: Builder, layer: Any, label: str) -> None:
    """Only training has it."""


_READ: dict[type, Callable[[Builder, Any, str], None]] = {
    _layers.Dense: _dense,
    _layers.DepthwiseConv1D: _depthwise,
    _layers.DepthwiseConv2D: _depthwise,
    _layers.SeparableConv1D: _separable,
    _layers.SeparableConv2D: _separable,
    _layers.Conv1D: _conv,
    _layers.Conv2D: _conv,
    _layers.BatchNormalization: _normalization,
    _layers.MaxPooling1D: _pool("largest"),
    _layers.MaxPooling2D: _pool("largest"),
    _layers.AveragePooling1D: _pool("mean"),
    _layers.AveragePooling2D: _pool("mean"),
    _layers.GlobalMaxPooling1D: _pool_all("largest"),
    _layers.GlobalMaxPooling2D: _pool_all("largest"),
    _layers.GlobalAveragePooling1D: _pool_all("mean"),
    _layers.GlobalAveragePooling2D: _pool_all("mean"),
    _layers.ZeroPadding1D: _padding,
    _layers.ZeroPadding2D: _padding,
    _layers.Flatten: _flatten,
    _layers.Reshape: _reshape,
    _layers.ReLU: _relu,
    _layers.LeakyReLU: lambda builder, layer, label: builder.activate(label, "leaky", float(layer.negative_slope)),
    _layers.ELU: lambda builder, layer, label: builder.activate(label, "elu", float(layer.alpha)),
    _layers.Softmax: _softmax,
    _layers.Activation: lambda builder, layer, label: _function(builder, layer.activation, label),
    _layers.Dropout: _nothing,
    _layers.SpatialDropout1D: _nothing,
    _layers.SpatialDropout2D: _nothing,
    _layers.GaussianNoise: _nothing,
    _layers.GaussianDropout: _nothing,
}

READERS = {keras.Sequential: read_model, keras.src.models.functional.Functional: read_model}

ANSWERS = {keras.Model: answer}
