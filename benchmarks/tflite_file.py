"""Writes TensorFlow Lite files: what its own converter makes of a network, without TensorFlow.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np

#: Numbers of the schema: of types of values, of operators, of the types of their options.
TYPES = {"float32": 0, "int32": 2, "uint8": 3, "int8": 9}
OPERATORS = {
    "ADD": 0, "AVERAGE_POOL_2D": 1, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 4, "DEQUANTIZE": 6, "FULLY_CONNECTED": 9, "LOGISTIC": 14,
    "MAX_POOL_2D": 17, "RESHAPE": 22, "SOFTMAX": 25, "PAD": 34, "MEAN": 40, "QUANTIZE": 114,
}  # fmt: skip
#: The version of each operator that takes int8, where it is not 2.
_VERSIONS = {"ADD": 1, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 4, "RESHAPE": 1, "QUANTIZE": 1}
_OPTIONS = {
    "CONV_2D": 1, "DEPTHWISE_CONV_2D": 2, "AVERAGE_POOL_2D": 5, "MAX_POOL_2D": 5, "FULLY_CONNECTED": 8, "SOFTMAX": 9, "MEAN": 27,
}  # fmt: skip
ACTIVATIONS = {"": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}


@dataclasses.dataclass
class Tensor:
    """A value of the file; real = scale * (stored - zero)."""

    shape: tuple[int, ...]
    type: str = "int8"
    scale: Sequence[float] = ()
    zero: Sequence[int] = ()
    axis: int = 0
    data: np.ndarray | None = None


class File:
    """A file that grows operator by operator; `at` is the number of the value that the next one takes."""

    def __init__(self, source: Tensor) -> None:
        self.tensors = [source]
        self._operators: list[tuple[str, list[int], int, list[tuple[int, str, Any]]]] = []
        self.inputs, self.at = [0], 0

    @property
    def last(self) -> Tensor:
        return self.tensors[self.at]

    def constant(self, data: np.ndarray, scale: Sequence[float] = (), axis: int = 0) -> int:
        """The number of a value that the file has."""
        return self._value(Tensor(data.shape, data.dtype.name, scale, [0] * len(scale), axis, data))

    def add(self, name: str, output: Tensor, constants: Sequence[int] = (), options: Sequence[tuple[int, str, Any]] = ()) -> None:
        """An operator; `options` are (field, type, value)."""
        taken = [self.at, *constants]
        self.at = self._value(output)
        self._operators.append((name, taken, self.at, list(options)))

    def _value(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def write(self) -> bytes:
        """The file; its output is what the last operator gives."""
        b = flatbuffers.Builder(1 << 16)
        names = list(dict.fromkeys(name for name, *_ in self._operators))
        codes = _vector(
            b,
            [
                _table(b, (0, "Int8", OPERATORS[name]), (2, "Int32", _VERSIONS.get(name, 2)), (3, "Int32", OPERATORS[name]))
                for name in names
            ],
        )
        held = [tensor for tensor in self.tensors if tensor.data is not None]
        buffers = _vector(b, [_table(b), *(_table(b, (0, "UOffsetT", _bytes(b, tensor.data))) for tensor in held)])
        place = {id(tensor): k + 1 for k, tensor in enumerate(held)}
        tensors = _vector(b, [self._tensor(b, k, tensor, place.get(id(tensor), 0)) for k, tensor in enumerate(self.tensors)])
        operators = _vector(b, [_operator(b, names, *each) for each in self._operators])
        ends = [b.CreateNumpyVector(np.array(numbers, np.int32)) for numbers in (self.inputs, [self.at])]
        graph = [(0, tensors), (1, ends[0]), (2, ends[1]), (3, operators)]
        graphs = _vector(b, [_table(b, *((field, "UOffsetT", value) for field, value in graph))])
        model = _table(b, (0, "Uint32", 3), (1, "UOffsetT", codes), (2, "UOffsetT", graphs), (4, "UOffsetT", buffers))
        b.Finish(model, b"TFL3")
        return bytes(b.Output())

    @staticmethod
    def _tensor(b: Any, k: int, tensor: Tensor, place: int) -> int:
        shape, name = b.CreateNumpyVector(np.array(tensor.shape, np.int32)), b.CreateString(f"value {k}")
        fields: list[tuple[int, str, Any]] = [(0, "UOffsetT", shape), (1, "Int8", TYPES[tensor.type]), (2, "Uint32", place)]
        fields.append((3, "UOffsetT", name))
        if len(tensor.scale):
            scale = b.CreateNumpyVector(np.array(tensor.scale, np.float32))
            zero = b.CreateNumpyVector(np.array(tensor.zero, np.int64))
            units = _table(b, (2, "UOffsetT", scale), (3, "UOffsetT", zero), (6, "Int32", tensor.axis))
            fields.append((4, "UOffsetT", units))
        return _table(b, *fields)


def _operator(b: Any, names: list[str], name: str, inputs: list[int], output: int, options: list[tuple[int, str, Any]]) -> int:
    taken, given = (b.CreateNumpyVector(np.array(numbers, np.int32)) for numbers in (inputs, [output]))
    fields: list[tuple[int, str, Any]] = [(0, "Uint32", names.index(name)), (1, "UOffsetT", taken), (2, "UOffsetT", given)]
    if name in _OPTIONS:
        fields += [(3, "Uint8", _OPTIONS[name]), (4, "UOffsetT", _table(b, *options))]
    return _table(b, *fields)


def _table(b: Any, *fields: tuple[int, str, Any]) -> int:
    b.StartObject(max((field for field, *_ in fields), default=-1) + 1)
    for field, kind, value in fields:
        default = 0.0 if kind == "Float32" else None if kind != "UOffsetT" else 0
        if kind == "UOffsetT":
            b.PrependUOffsetTRelativeSlot(field, value, 0)
        else:
            getattr(b, f"Prepend{kind}Slot")(field, value, default)
    return int(b.EndObject())


def _vector(b: Any, offsets: list[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return int(b.EndVector())


def _bytes(b: Any, data: np.ndarray | None) -> int:
    """What TensorFlow Lite reads in place, aligned for it."""
    assert data is not None
    raw = np.ascontiguousarray(data).tobytes()
    b.StartVector(1, len(raw), 16)
    b.head = b.head - len(raw)
    b.Bytes[b.head : b.head + len(raw)] = raw
    return int(b.EndVector())
