"""The middle form of a network in integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...record import Record, same_fields
from ..mlp.integer import Calibration, Curve, Intake
from ..mlp.integer import Layer as Numbers
from ..mlp.integer_emit import padded
from ..mlp.proof import Proof
from .lifetimes import move
from .plan import Move, Plan, plan, with_strips
from .record import Layer, Network, text_of
from .strips import Strip, strips

#: The slope of a leaky activation is a multiple of 2^-SLOPE.
SLOPE = 15

#: Steps below zero beyond which a leaky activation falls no further.
BELOW = 0xFFFF


@dataclasses.dataclass(frozen=True, eq=False)
class WholeLayer:
    """What all layers on whole numbers have.

    Attributes
    ----------
    source : Layer
        Its window and kind.
    numbers : Numbers or None
        Its arithmetic, where it has weights.
    """

    source: Layer
    numbers: Numbers | None

    @property
    def n_out(self) -> int:
        """Outputs at each place."""
        return self.source.channels

    @property
    def arithmetic(self) -> Numbers:
        """The numbers of a layer that has some."""
        assert self.numbers is not None
        return self.numbers


@dataclasses.dataclass(frozen=True, eq=False)
class IntegerLayer(WholeLayer):
    """One layer on whole numbers 0..top.

    Attributes
    ----------
    source : Layer
        Its window, kind and activation, and the float network's weights, which are no tables.
    numbers : Numbers or None
        The arithmetic of a layer with weights, as dense layers have it; weights of "each" are (n_out, n_taps), and of a "mean" in steps of
        its own all one. None for other pools, which keep the steps of what they take.
    padding : int
        The whole number that stands for zero in what the layer takes.
    zero : int
        The one that stands for zero in what it answers.
    slope : int
        Of "leaky", in 2^-15.
    """

    padding: int
    zero: int
    slope: int

    @property
    def answer_scale(self) -> np.ndarray:
        return self.arithmetic.answer_scale

    @property
    def factor(self) -> np.ndarray:
        return self.arithmetic.factor

    @property
    def shift(self) -> int:
        return self.arithmetic.shift

    @property
    def each_bias(self) -> np.ndarray:
        """Biases of "each" with what padding at all taps adds: the kernel takes it off where there is none."""
        return self.arithmetic.bias + np.int32(self.padding) * self.arithmetic.weights.sum(axis=1, dtype=np.int32)

    __eq__ = same_fields
    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True, eq=False)
class IntegerNetwork(Record):
    """A Network whose every step on the device is one of integers, up to the last conversion of an answer to float.

    Attributes
    ----------
    source : Network
        The network that it stands for, float64; not a table.
    numeric : {"int8", "int16"}
    tiled : bool
        Whether weights of dense layers are emitted in tiles of 4 outputs by 4 inputs for the cores' own kernels.
    intake : Intake
        The same for all positions of a channel.
    layers : tuple of IntegerLayer
        The last one is dense.
    curve : Curve or None
        For layers with tanh or the logistic function.
    calibration : Calibration
    by_line : int
        How many of the first layers are computed line by line (:mod:`.strips`).
    """

    bitwise = True

    source: Network
    numeric: str
    tiled: bool
    intake: Intake
    layers: tuple[IntegerLayer, ...]
    curve: Curve | None
    calibration: Calibration
    by_line: int = 0

    @property
    def fed(self) -> type:
        return self.source.fed

    @property
    def bits(self) -> int:
        return 8 if self.numeric == "int8" else 16

    @property
    def is_binary(self) -> bool:
        return self.source.is_binary

    @property
    def products(self) -> list[tuple[int, Proof]]:
        """Of each layer how many products a row takes, and how large their sums are; depthwise sums are no tiles'."""
        return [(layer.source.macs, layer.numbers.proof) for layer in self.layers if layer.numbers and layer.source.kind == "dense"]

    def in_place(self, layer: IntegerLayer) -> str:
        """Whether a dense layer reads its input where it lies: "always", "never", or where the core reads "unaligned" words."""
        words = self.tiled and not layer.arithmetic.sparse
        return layer.source.window.where(32 // self.bits if words else 1)

    def plan(self) -> Plan:
        """Where the layers' values lie, in elements."""
        by_line = self.by_line
        layers, on_strips = self.layers, self.on_strips()
        values = [layers[0].source.window.n_in, *(layer.source.n_out for layer in layers[:-1])]
        room = [self._room(n) for n in values]
        moves = [self._move(layer) for layer in layers[by_line:-1]] + [Move(0, None, self.patch(layers[-1]))]
        if not by_line:
            return plan([*room, 0], moves, 4)
        sizes = [self._room(layer.source.window.n_in) for layer in on_strips]
        return with_strips(sizes, max(map(self.patch, on_strips)), [*room[by_line:], 0], moves, 4)

    def _room(self, n: int) -> int:
        """Of n values: tiles reach beyond the last one, of an answer and of what lies under a window."""
        return n + 3 if self.tiled else n

    def strips(self) -> tuple[Strip, ...]:
        """Of the layers that can be computed line by line."""
        return strips([layer.source for layer in self.layers])

    def on_strips(self) -> tuple[IntegerLayer, ...]:
        """Those that are, as they are for one line."""
        pairs = zip(self.layers[: self.by_line], self.strips(), strict=False)
        return tuple(dataclasses.replace(layer, source=dataclasses.replace(layer.source, window=strip.window)) for layer, strip in pairs)

    def _move(self, layer: IntegerLayer) -> Move:
        if layer.source.kind != "dense" or layer.arithmetic.sparse:
            return move(layer.source, self.patch(layer), layer.n_out)
        n_values = layer.source.window.n_values
        beyond = padded(self, n_values) - n_values
        return move(layer.source, self.patch(layer), padded(self, layer.n_out), beyond, self.in_place(layer) == "never")

    def patch(self, layer: IntegerLayer) -> int:
        """Elements of the layer's patch."""
        dense = layer.source.kind == "dense"
        return padded(self, layer.source.window.n_values) if dense and self.in_place(layer) != "always" else 0


def describe(record: IntegerNetwork) -> dict[str, Any]:
    """Facts for people, in order."""
    source = record.source
    facts: dict[str, Any] = {
        "kind": f"network in {record.numeric}, {record.task.kind}",
        "row": " x ".join(map(str, source.shape)),
        "input": f"{record.intake.kind}, 0..{record.intake.top}",
    }
    for k, layer in enumerate(record.layers):
        proof = "" if layer.numbers is None else f"; {layer.numbers.text()}"
        facts[f"layer {k}"] = (
            text_of(layer.source) + proof + (f", answers 0..{layer.numbers.top}" if layer.numbers and layer.numbers.top else "")
        )
    facts["output activation"] = source.output
    weighted = [layer.arithmetic for layer in record.layers if len(layer.source.bias)]
    facts["weights and biases"] = int(sum(n.weights.size + n.bias.size for n in weighted))
    facts["multiply-accumulates"] = source.macs
    facts["working memory"] = f"{record.plan().size * record.bits // 8} B"
    if record.by_line:
        facts["computed line by line"] = f"the first {record.by_line} of {len(record.layers)} layers"
    return facts | record.calibration.facts(record.task.is_discrete)
