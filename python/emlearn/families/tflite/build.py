"""Operators of a TensorFlow Lite file, one after the other, made into the layers of a ByteNetwork.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from ...record import Task
from ..networks.record import Layer, Window
from .file import Operator, Path, Tensor
from .fixed import exponentials
from .functions import NAMES, keeps, values
from .layers import Pair, clamped, mean, padding_of, plane_of, rescaled, window_of
from .record import Answer, ByteLayer, ByteNetwork

_NONE = np.zeros(0)
_QUARTER = 1 / 256


class Builder:
    """Takes operators in the order of the path.

    Attributes
    ----------
    plane : tuple of int
        Height, width and channels of what the next operator takes; a plain vector is one position of many channels.
    scale, zero : float, int
        Of these values, in int8.
    stored : str
        The type of the file's input.
    """

    def __init__(self, source: Tensor) -> None:
        if source.type not in ("float32", "int8"):
            raise UnsupportedError(
                f"the input {source.name!r} is of {source.type}; nearest supported: int8, or float32 in front of a QUANTIZE"
            )
        self.stored, self.shape = source.type, source.shape[1:] or source.shape
        self.layers: list[ByteLayer] = []
        self.output = "values"
        self.beta = 0.0
        self._padding: tuple[Pair, Pair] | None = None
        self._is_number = source.type == "float32"
        self.plane = plane_of("the input", source)
        if not self._is_number:
            self._begin("the input", source)

    def _begin(self, label: str, tensor: Tensor) -> None:
        self.scale, self.zero = tensor.units(label)
        self.first = self.scale, self.zero + 128

    def add(self, operator: Operator) -> None:
        """The next operator.

        Raises
        ------
        UnsupportedError
            It, or an option of it, has no kernel.
        """
        read = _READ.get(operator.name)
        if read is None:
            raise UnsupportedError(f"{operator.label} has no kernel; nearest supported: {_nearest(operator.name)}. All: {', '.join(_READ)}")
        if self._is_number and (self.layers or operator.name not in ("QUANTIZE", *_RESHAPES)):
            raise UnsupportedError(
                f"{operator.label} computes in float32; only int8 has kernels: convert the model with full integer quantisation"
            )
        if operator.name not in ("DEQUANTIZE", *_RESHAPES):
            if self.output == "softmax":
                raise UnsupportedError(f"{operator.label} stands behind SOFTMAX, which has a kernel at the end only")
            self.output = "values"
        if self._padding is not None and operator.name not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            raise UnsupportedError(f"{operator.label} stands behind PAD, which has a kernel only in front of a convolution")
        read(self, operator)

    def finish(self) -> ByteNetwork:
        if self._padding is not None or not self.layers:
            raise UnsupportedError("the TFLite file ends before any layer that computes something in int8")
        n, source = math.prod(self.plane), self.layers[0].source
        scale, zero = self.first
        if self.output == "softmax":
            powers = exponentials(self.scale, self.beta)
            second = int(powers[1]) / 2**31 if len(powers) > 1 else 0.0
            # The largest and the next byte differ by a share of at least one in n, less what is left of it one step below.
            answer = Answer("softmax", _QUARTER, 0, powers, 256 / n * (1 - second) > 1.01)
            task = Task("classifier", 1, (n,))
        elif self.output == "logistic":
            answer, task = Answer("logistic", _QUARTER, 0), Task("classifier", 1, (2,)) if n == 1 else Task("multilabel", n)
        else:
            answer, task = Answer("values", self.scale, self.zero + 128), Task("regressor", n, is_column=n == 1, answers="float32")
        return ByteNetwork("float32", source.window.n_in, task, tuple(self.layers), answer, self.shape, scale, zero, self.stored)

    def _window(self, operator: Operator, size: Pair, padding: int, stride: Pair, dilation: Pair = (1, 1)) -> Window:
        around, self._padding = self._padding, None
        return window_of(operator.label, self.plane, size, padding, stride, dilation, around)

    def _add(self, layer: ByteLayer) -> None:
        self.layers.append(layer)
        self.plane = layer.source.plane

    def _units(self, operator: Operator) -> tuple[float, int]:
        """Of what the operator gives."""
        return operator.output.units(operator.label)

    def _keeps(self, operator: Operator) -> None:
        """Refuse an operator that should only move values, and changes their units."""
        if not self._is_number and self._units(operator) != (self.scale, self.zero):
            raise UnsupportedError(f"{operator.label} changes scale or zero point; nearest supported: the same on both sides")

    def _reshape(self, label: str, tensor: Tensor) -> None:
        plane = plane_of(label, tensor)
        if math.prod(plane) != math.prod(self.plane):
            raise InvalidInputError(f"{label} makes {math.prod(plane)} values of {math.prod(self.plane)}: the file is damaged")
        self.plane = plane


def _convolution(builder: Builder, operator: Operator) -> None:
    weights = operator.constant(1)
    if weights.ndim != 4 or weights.shape[3] != builder.plane[2]:
        raise UnsupportedError(
            f"{operator.label} has weights {weights.shape} for {builder.plane[2]} channels; nearest supported: no groups"
        )
    stride, dilation = (operator.number(2, "i"), operator.number(1, "i")), (operator.number(5, "i", 1), operator.number(4, "i", 1))
    window = builder._window(operator, weights.shape[1:3], operator.number(0, "b"), stride, dilation)
    builder._add(
        rescaled(operator, "dense", window, weights.reshape(len(weights), -1), builder.scale, builder.zero, operator.number(3, "b"))
    )
    builder.scale, builder.zero = builder._units(operator)


def _depthwise(builder: Builder, operator: Operator) -> None:
    weights = operator.constant(1)
    if weights.ndim != 4 or weights.shape[0] != 1 or weights.shape[3] % builder.plane[2]:
        raise UnsupportedError(
            f"{operator.label} has weights {weights.shape} for {builder.plane[2]} channels; it needs 1 x height x width x a multiple"
        )
    stride, dilation = (operator.number(2, "i"), operator.number(1, "i")), (operator.number(6, "i", 1), operator.number(5, "i", 1))
    window = builder._window(operator, weights.shape[1:3], operator.number(0, "b"), stride, dilation)
    flat = weights.reshape(-1, weights.shape[3]).T
    builder._add(rescaled(operator, "each", window, flat, builder.scale, builder.zero, operator.number(4, "b")))
    builder.scale, builder.zero = builder._units(operator)


def _dense(builder: Builder, operator: Operator) -> None:
    weights, n = operator.constant(1), math.prod(builder.plane)
    if weights.ndim != 2 or n % weights.shape[1] or operator.number(1, "b"):
        raise UnsupportedError(f"{operator.label} has weights {weights.shape} for {n} values; it needs outputs x inputs, not shuffled")
    window = Window((1, n // weights.shape[1], weights.shape[1]), (1, 1))
    builder._add(rescaled(operator, "dense", window, weights, builder.scale, builder.zero, operator.number(0, "b")))
    builder.scale, builder.zero = builder._units(operator)


def _pool(kind: str) -> Callable[[Builder, Operator], None]:
    def read(builder: Builder, operator: Operator) -> None:
        builder._keeps(operator)
        size, stride = (operator.number(4, "i"), operator.number(3, "i")), (operator.number(2, "i"), operator.number(1, "i"))
        window = builder._window(operator, size, operator.number(0, "b"), stride)
        if np.any(np.all(window.positions < 0, axis=1)):
            raise UnsupportedError(f"{operator.label}: some of its windows see padding only; nearest supported: padding SAME or VALID")
        none = _NONE.astype(np.int32)
        builder._add(ByteLayer(Layer(kind, window, _NONE, _NONE, label=operator.label), None, none, none.astype(np.int8)))
        least, top = clamped(operator, operator.number(5, "b"))
        if (least, top) != (0, 255):
            _apply(builder, operator, np.clip(np.arange(256), least, top))

    return read


def _mean(builder: Builder, operator: Operator) -> None:
    axes = {int(axis) % 4 for axis in operator.constant(1).ravel()} if len(operator.needed(0).shape) == 4 else set()
    shape = operator.needed(0).shape
    if len(shape) == 3:  # a signal: the axis of its positions
        axes = {int(axis) % 3 + 1 for axis in operator.constant(1).ravel()}
    over = {1, 2} if len(shape) == 4 else {2}
    if axes != over:
        raise UnsupportedError(f"{operator.label} is over axes {sorted(axes)}; nearest supported: all positions of each channel")
    window = Window(builder.plane, builder.plane[:2])
    builder._add(mean(operator, window, builder.scale, builder.zero))
    builder.scale, builder.zero = builder._units(operator)


def _pad(builder: Builder, operator: Operator) -> None:
    builder._keeps(operator)
    builder._padding = padding_of(operator, builder.plane)


def _softmax(builder: Builder, operator: Operator) -> None:
    if math.prod(builder.plane[:2]) > 1 or builder.plane[2] < 2:
        raise UnsupportedError(f"{operator.label} is over {builder.plane} values; it has a kernel for one vector of at least two")
    _of_shares(builder, operator)
    builder.output, builder.beta = "softmax", operator.options.real(0) if operator.options else 0.0
    if not (math.isfinite(builder.beta) and 2.0**-20 < builder.beta * builder.scale < 2.0**20):
        raise UnsupportedError(f"{operator.label} has beta={builder.beta:g}; nearest supported: 1")


def _logistic(builder: Builder, operator: Operator) -> None:
    _of_shares(builder, operator)
    _function(builder, operator)
    builder.output = "logistic"


def _function(builder: Builder, operator: Operator) -> None:
    """Of single bytes; what only cuts off is done by the layer before, where that has sums."""
    between = keeps(operator, (builder.scale, builder.zero))
    if between and builder.layers and (n := builder.layers[-1].numbers):
        last = builder.layers[-1]
        least, top = max(last.least, between[0]), min(last.top, between[1])
        builder.layers[-1] = dataclasses.replace(last, least=least, top=top, numbers=dataclasses.replace(n, top=top))
        return
    _apply(builder, operator, values(operator, builder.scale, builder.zero))
    builder.scale, builder.zero = builder._units(operator)


def _of_shares(builder: Builder, operator: Operator) -> None:
    if not builder.layers:
        raise UnsupportedError(f"{operator.label} is the first layer; it needs a dense layer or a convolution before it")
    if builder._units(operator) != (_QUARTER, -128):
        raise UnsupportedError(f"{operator.label} answers in units of {builder._units(operator)}; TensorFlow Lite has 1/256 and -128")


def _apply(builder: Builder, operator: Operator, values: np.ndarray) -> None:
    """A function of single bytes."""
    source = Layer("table", Window(builder.plane, (1, 1)), _NONE, _NONE, label=operator.label)
    none = np.zeros(0, np.int32)
    builder._add(ByteLayer(source, None, none, none.astype(np.int8), table=values.astype(np.uint8)))


def _same_values(builder: Builder, operator: Operator) -> None:
    builder._keeps(operator)
    builder._reshape(operator.label, operator.output)


def _quantize(builder: Builder, operator: Operator) -> None:
    if not builder._is_number:
        raise UnsupportedError(f"{operator.label} changes scale or zero point; nearest supported: QUANTIZE of a float32 input")
    builder._is_number = False
    builder._begin(operator.label, operator.output)


def _dequantize(builder: Builder, operator: Operator) -> None:
    builder._is_number = True


_RESHAPES = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")

_READ: dict[str, Callable[[Builder, Operator], None]] = {
    "FULLY_CONNECTED": _dense,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "MAX_POOL_2D": _pool("largest"),
    "AVERAGE_POOL_2D": _pool("average"),
    "MEAN": _mean,
    "PAD": _pad,
    "SOFTMAX": _softmax,
    **dict.fromkeys(NAMES, _function),
    "LOGISTIC": _logistic,
    **dict.fromkeys(_RESHAPES, _same_values),
    "QUANTIZE": _quantize,
    "DEQUANTIZE": _dequantize,
}

_NEAREST = {
    "GELU": "HARD_SWISH",
    "PRELU": "LEAKY_RELU",
    "ELU": "LEAKY_RELU",
    "ADD": "a model whose layers follow one another",
    "CONCATENATION": "a model whose layers follow one another",
    "PADV2": "PAD",
    "SUM": "MEAN",
    "LOG_SOFTMAX": "SOFTMAX",
    "TRANSPOSE_CONV": "CONV_2D",
}


def _nearest(name: str) -> str:
    return _NEAREST.get(name, "the layers listed")


def build(path: Path) -> ByteNetwork:
    """The network of a file.

    Raises
    ------
    UnsupportedError
        An operator has no kernel.
    InvalidInputError
        The file is damaged.
    """
    builder = Builder(path.source)
    for operator in path.operators:
        builder.add(operator)
    return builder.finish()
