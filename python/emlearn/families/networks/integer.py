"""The middle form of a network in integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...record import same_fields
from ..mlp.integer import Calibration, Curve, Intake
from ..mlp.proof import Proof
from .record import Network, text_of
from .whole import WholeLayer, WholeNetwork

#: The slope of a leaky activation is a multiple of 2^-SLOPE.
SLOPE = 15

#: Steps below zero beyond which a leaky activation falls no further.
BELOW = 0xFFFF


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
class IntegerNetwork(WholeNetwork[IntegerLayer]):
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
    return facts | record.facts_of_memory() | record.calibration.facts(record.task.is_discrete)
