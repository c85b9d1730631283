"""The middle form of a network from a TensorFlow Lite file: layers on bytes, each a value of int8 + 128.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...record import same_fields
from ..networks.record import text_of
from ..networks.whole import WholeLayer, WholeNetwork


@dataclasses.dataclass(frozen=True, eq=False)
class ByteLayer(WholeLayer):
    """One layer: ``clip(zero + rescale(sum), least, top)`` where it has sums.

    Attributes
    ----------
    source : Layer
        Its window and kind: "dense" (CONV_2D, FULLY_CONNECTED), "each" (DEPTHWISE_CONV_2D), "largest" (MAX_POOL_2D), "average"
        (AVERAGE_POOL_2D), "total" (MEAN), "table" (a function of each value, such as LOGISTIC).
    numbers : Numbers or None
        Weights and biases of "dense" and "each"; the zero point of what a dense layer takes is in its biases. Factors
        are `multiplier`; `top` is the layer's.
    multiplier : ndarray of shape (n_out,), int32, or empty
    power : ndarray of shape (n_out,), int8, or empty
        A sum is rescaled by ``multiplier / 2^31 * 2^power``; also of "total".
    rounded : {"once", "twice"}
        How, see :data:`.fixed.ROUNDED`.
    padding : int
        The byte that stands for zero in what the layer takes.
    zero, least, top : int
        The byte that stands for zero in its answers, and between which they are kept.
    table : ndarray of shape (256,), uint8, or empty
    """

    multiplier: np.ndarray
    power: np.ndarray
    rounded: str = "twice"
    padding: int = 0
    zero: int = 0
    least: int = 0
    top: int = 255
    table: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint8))

    @property
    def is_uniform(self) -> bool:
        """Whether all outputs are rescaled alike."""
        return bool(np.all(self.multiplier == self.multiplier[0]) and np.all(self.power == self.power[0]))

    __eq__ = same_fields
    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True, eq=False)
class Answer:
    """What the last layer's bytes mean.

    Attributes
    ----------
    kind : {"values", "softmax", "logistic"}
        ``values``: numbers in units of `scale` above `zero`. ``softmax``: still to be done. ``logistic``: done, in 256ths.
    scale : float
    zero : int
    powers : ndarray, int32
        Of softmax, see :func:`.fixed.exponentials`; else empty.
    is_sure : bool
        Whether the largest of the last layer's bytes always becomes the largest share, ties included.
    """

    kind: str
    scale: float
    zero: int
    powers: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.int32))
    is_sure: bool = True

    __eq__ = same_fields
    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True, eq=False)
class ByteNetwork(WholeNetwork[ByteLayer]):
    """Layers on rows of bytes, channels innermost.

    Attributes
    ----------
    layers : tuple of ByteLayer
    answer : Answer
    shape : tuple of int
        A row's shape as the file has it, without the batch.
    scale : float
        Of the features: byte = round(feature / scale) + zero.
    zero : int
    stored : str
        The type of the file's input: "float32" or "int8".
    low : int or None
        Raw values less this number are the bytes; None: features become bytes as above.
    tiled : bool
        Whether weights of dense layers are emitted in tiles of 4 outputs by 4 inputs for the cores' own kernels.
    by_line : int
        How many of the first layers are computed line by line (:mod:`emlearn.families.networks.strips`).
    """

    bitwise = True
    answers_lie = True
    bits = 8

    layers: tuple[ByteLayer, ...]
    answer: Answer
    shape: tuple[int, ...]
    scale: float
    zero: int
    stored: str
    low: int | None = None
    tiled: bool = True
    by_line: int = 0

    @property
    def fed(self) -> type:
        return np.float32  # what the file's features are

    @property
    def units(self) -> tuple[float, float] | None:
        """(scale, offset) of the values of an input that the file has in int8."""
        return (self.scale, -self.scale * (self.zero - 128)) if self.stored == "int8" else None

    @property
    def is_binary(self) -> bool:
        return self.task.kind == "classifier" and self.answer.kind == "logistic"

    @property
    def n_answers(self) -> int:
        """Bytes of the last layer."""
        return self.layers[-1].source.n_out

    @property
    def macs(self) -> int:
        return sum(layer.source.macs for layer in self.layers)


#: Kinds of layers as the networks' descriptions have them.
_WORDS = {"average": "mean", "total": "mean"}


def describe(record: ByteNetwork) -> dict[str, Any]:
    """Facts for people, in order."""
    facts: dict[str, Any] = {"kind": f"TensorFlow Lite network in int8, {record.task.kind}", "row": " x ".join(map(str, record.shape))}
    unit = f"in units of {record.scale:.9g} above {record.zero - 128}"
    facts["input"] = f"raw values less {record.low}" if record.low is not None else f"features {unit}"
    for k, layer in enumerate(record.layers):
        proof = f"; {layer.numbers.text()}" if layer.numbers else ""
        kind = layer.source.kind
        named = dataclasses.replace(layer.source, kind=_WORDS.get(kind, kind))
        facts[f"layer {k}"] = (layer.source.label if kind == "table" else text_of(named)) + proof
    facts["answer"] = record.answer.kind if record.answer.kind != "values" else f"in units of {record.answer.scale:.9g}"
    facts["weights and biases"] = int(sum(n.weights.size + n.bias.size for layer in record.layers if (n := layer.numbers)))
    facts["multiply-accumulates"] = record.macs
    return facts | record.facts_of_memory()
