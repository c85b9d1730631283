"""A TensorFlow Lite file as its operators on the way from the input to the output, checked, not yet understood.

Numbers of fields are those of TensorFlow Lite's schema, version 3.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from .flatbuffer import Table

#: Names of operators that are read, or often met, by their number in the schema.
NAMES = {
    0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D", 6: "DEQUANTIZE", 7: "EMBEDDING_LOOKUP",
    9: "FULLY_CONNECTED", 11: "L2_NORMALIZATION", 14: "LOGISTIC", 16: "LSTM", 17: "MAX_POOL_2D", 18: "MUL", 19: "RELU",
    20: "RELU_N1_TO_1", 21: "RELU6", 22: "RESHAPE", 23: "RESIZE_BILINEAR", 24: "RNN", 25: "SOFTMAX", 26: "SPACE_TO_DEPTH", 27: "SVDF",
    28: "TANH", 32: "CUSTOM", 34: "PAD", 36: "GATHER", 37: "BATCH_TO_SPACE_ND", 38: "SPACE_TO_BATCH_ND", 39: "TRANSPOSE", 40: "MEAN",
    41: "SUB", 42: "DIV", 43: "SQUEEZE", 44: "UNIDIRECTIONAL_SEQUENCE_LSTM", 45: "STRIDED_SLICE", 49: "SPLIT", 50: "LOG_SOFTMAX",
    53: "CAST", 54: "PRELU", 55: "MAXIMUM", 56: "ARG_MAX", 57: "MINIMUM", 60: "PADV2", 65: "SLICE", 67: "TRANSPOSE_CONV", 70: "EXPAND_DIMS",
    74: "SUM", 77: "SHAPE", 83: "PACK", 97: "RESIZE_NEAREST_NEIGHBOR", 98: "LEAKY_RELU", 100: "MIRROR_PAD", 102: "SPLIT_V", 111: "ELU",
    114: "QUANTIZE", 117: "HARD_SWISH", 126: "BATCH_MATMUL", 150: "GELU",
}  # fmt: skip

#: Names of types of values, by their number in the schema.
TYPES = {0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 5: "string", 6: "bool", 7: "int16", 8: "complex64", 9: "int8"}

_STORED = {"float32": "<f4", "int32": "<i4", "int64": "<i8", "int8": "<i1", "uint8": "<u1", "int16": "<i2"}

#: Operators that only work out a shape, which the file has besides.
_SHAPES = ("SHAPE", "STRIDED_SLICE", "PACK")

#: No value that a microcontroller holds has more elements.
_MOST_ELEMENTS = 1 << 22


@dataclasses.dataclass(frozen=True, eq=False)
class Tensor:
    """A value: real = scale * (stored - zero).

    Attributes
    ----------
    name, type : str
    shape : tuple of int
    scale : ndarray, float32
        One, one for each place along `axis`, or none.
    zero : ndarray, int64
    axis : int
    data : ndarray or None
        What the file has of it, in its shape.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    scale: np.ndarray
    zero: np.ndarray
    axis: int
    data: np.ndarray | None

    def units(self, label: str) -> tuple[float, int]:
        """(scale, zero) of a value of int8.

        Raises
        ------
        UnsupportedError
            It is of another type, or has several scales.
        InvalidInputError
            Its numbers make no sense.
        """
        if self.type != "int8":
            raise UnsupportedError(
                f"{label}: {self.name!r} is of {self.type}; only int8 has kernels. Convert the model with full integer quantisation "
                "(a representative dataset, and TFLITE_BUILTINS_INT8 as the supported operators)"
            )
        if len(self.scale) != 1 or len(self.zero) != 1:
            raise UnsupportedError(f"{label}: {self.name!r} has {len(self.scale)} scales and {len(self.zero)} zero points; it needs one")
        scale, zero = float(self.scale[0]), int(self.zero[0])
        if not (math.isfinite(scale) and scale > 0 and -128 <= zero <= 127):
            raise InvalidInputError(f"{label}: {self.name!r} has scale {scale:g} and zero point {zero}: the file is damaged, make it again")
        return scale, zero


@dataclasses.dataclass(frozen=True, eq=False)
class Operator:
    """One step: `inputs` has None where one is left out, `options` None where all have their defaults."""

    index: int
    name: str
    inputs: tuple[Tensor | None, ...]
    output: Tensor
    options: Table | None

    @property
    def label(self) -> str:
        return f"operator {self.index} ({self.name})"

    def number(self, field: int, form: str, default: int = 0) -> int:
        """An option, see :meth:`.flatbuffer.Table.number`."""
        return self.options.number(field, form, default) if self.options else default

    def needed(self, k: int) -> Tensor:
        """An input that must be there.

        Raises
        ------
        InvalidInputError
            It is not.
        """
        found = self.inputs[k] if k < len(self.inputs) else None
        if found is None:
            raise InvalidInputError(f"{self.label} has no input {k}: the file is damaged, make it again")
        return found

    def constant(self, k: int) -> np.ndarray:
        """The numbers of an input that the file has.

        Raises
        ------
        UnsupportedError
            They are worked out on the way.
        """
        found = self.needed(k)
        if found.data is None:
            raise UnsupportedError(f"{self.label}: its input {found.name!r} is no constant of the file; only constants have kernels")
        return found.data


@dataclasses.dataclass(frozen=True, eq=False)
class Path:
    """The operators in order, and what the first takes."""

    source: Tensor
    operators: tuple[Operator, ...]


def read(data: bytes) -> Path:
    """The one path through a file.

    Raises
    ------
    InvalidInputError
        It is damaged.
    UnsupportedError
        It has branches, several inputs, outputs or graphs, or shapes that are not fixed.
    """
    if data[4:8] != b"TFL3":
        raise InvalidInputError("it is no TFLite file of schema 3: its bytes 4 to 7 are not TFL3")
    model = Table.root(data)
    graphs, buffers, codes = model.tables(2), model.tables(4), model.tables(1)
    if len(graphs) != 1:
        raise UnsupportedError(f"the TFLite file has {len(graphs)} graphs: it must have one; control flow has no kernel")
    graph = graphs[0]
    tensors = [_tensor(table, buffers) for table in graph.tables(0)]
    ends = []
    for field, what in ((1, "inputs"), (2, "outputs")):
        found = graph.array(field, "<i4")
        if len(found) != 1:
            raise UnsupportedError(f"the TFLite file has {len(found)} {what}: it must have one; join or split them outside the model")
        ends.append(int(found[0]))
    steps = [_operator(k, table, codes, tensors) for k, table in enumerate(graph.tables(3))]
    return Path(_at(tensors, ends[0]), _follow(ends[0], ends[1], steps))


def _tensor(table: Table, buffers: list[Table]) -> Tensor:
    kind, name = TYPES.get(table.number(1, "b"), "an unknown type"), table.text(3)
    shape = tuple(int(n) for n in table.array(0, "<i4"))
    signature = table.array(7, "<i4")
    if any(n < 1 for n in shape) or np.any(signature[1:] < 0):
        raise UnsupportedError(f"{name!r} has shape {tuple(signature) or shape}, which is not fixed: export the model with numbers only")
    if math.prod(shape) > _MOST_ELEMENTS:
        raise UnsupportedError(f"{name!r} has {math.prod(shape)} elements: no microcontroller holds them")
    scale, zero, axis = np.zeros(0, np.float32), np.zeros(0, np.int64), 0
    if (units := table.table(4)) is not None:
        scale, zero, axis = units.array(2, "<f4"), units.array(3, "<i8"), units.number(6, "i")
    number = table.number(2, "I")
    if number >= len(buffers):
        raise InvalidInputError(f"{name!r} lies in buffer {number} of {len(buffers)}: the file is damaged, make it again")
    raw, values = buffers[number].array(0, "<u1"), None
    if len(raw) and kind in _STORED:
        if len(raw) != math.prod(shape) * np.dtype(_STORED[kind]).itemsize:
            raise InvalidInputError(f"{name!r} of shape {shape} has {len(raw)} bytes: the file is damaged, make it again")
        values = raw.view(_STORED[kind]).reshape(shape)
    return Tensor(name, kind, shape, scale, zero, axis, values)


def _operator(index: int, table: Table, codes: list[Table], tensors: list[Tensor]) -> tuple[Operator, list[int], list[int]]:
    """With the numbers of its inputs and outputs."""
    which = table.number(0, "I")
    if which >= len(codes):
        raise InvalidInputError(f"operator {index} is number {which} of {len(codes)} kinds: the file is damaged, make it again")
    number = max(codes[which].number(0, "b"), codes[which].number(3, "i"))
    name = NAMES.get(number, f"builtin {number}") if number != 32 else f"custom {codes[which].text(1)!r}"
    inputs, outputs = ([int(n) for n in table.array(field, "<i4")] for field in (1, 2))
    if not outputs:
        raise InvalidInputError(f"operator {index} ({name}) has no output: the file is damaged, make it again")
    taken = tuple(None if n == -1 else _at(tensors, n) for n in inputs)
    return Operator(index, name, taken, _at(tensors, outputs[0]), table.table(4)), inputs, outputs


def _at(tensors: list[Tensor], number: int) -> Tensor:
    if not 0 <= number < len(tensors):
        raise InvalidInputError(f"the TFLite file speaks of value {number} of {len(tensors)}: it is damaged, make it again")
    return tensors[number]


def _follow(start: int, end: int, steps: list[tuple[Operator, list[int], list[int]]]) -> tuple[Operator, ...]:
    """From the output back to the input, by what each operator takes first."""
    makers = {number: step for step in steps for number in step[2]}
    found: list[Operator] = []
    at = end
    while at != start:
        operator, inputs, _ = makers.get(at, (None, [], []))
        if operator is None or not inputs or len(found) >= len(steps):
            raise InvalidInputError("the output of the TFLite file does not come from its input: it is damaged, make it again")
        found.append(operator)
        at = inputs[0]
    on_path = {operator.index for operator in found}
    for operator, _, _ in steps:
        if operator.index not in on_path and operator.name not in _SHAPES:
            raise UnsupportedError(
                f"{operator.label} is not on the one path from the input to the output: branches have no kernel; nearest supported: "
                "a model whose layers follow one another"
            )
    return tuple(reversed(found))
