"""The middle form of a multilayer perceptron in integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...record import Record, same_fields
from .proof import Proof
from .record import Mlp


@dataclasses.dataclass(frozen=True, eq=False)
class Intake:
    """How a raw row becomes whole numbers 0..top, feature by feature, clamped at both ends.

    Attributes
    ----------
    kind : {"whole", "scaled", "real"}
        ``whole``: ``raw - low``, one `low` for all. ``scaled``: ``((raw - low) * factor + 2^(shift-1)) >> shift``.
        ``real``: the whole part of ``(float(raw) - low) * factor``.
    top : int
        The largest answer.
    low : ndarray of shape (1,) int32, or (n_features,) of the raw type or float32
    factor : ndarray of shape (n_features,), uint16 or float32; empty for ``whole``
    shift : int
    scale, offset : ndarray of shape (n_features,), float64
        What an answer stands for: ``raw = scale * q + offset``; not tables.
    """

    kind: str
    top: int
    low: np.ndarray
    factor: np.ndarray
    shift: int
    scale: np.ndarray
    offset: np.ndarray

    __eq__ = same_fields
    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """``sum[j] = bias[j] + weights[j] . q`` in integers, and what becomes of the sums.

    Attributes
    ----------
    weights : ndarray of shape (n_out, n_in), int8 or int16
    bias : ndarray of shape (n_out,), int32
        What the zero points of `q` and of the answer add is in it, and half a step of the answer, so that it is rounded.
    factor : ndarray of shape (n_out,), uint16
        A hidden layer's answer before it is clamped or bent, or a classifier's score, is ``(sum * factor) >> shift``. Empty in a
        regressor's last layer.
    shift : int
    wide : bool
        Whether the product needs 64 bits.
    top : int
        A hidden layer's answers are clamped to 0..top; 0 for the last layer.
    scale : ndarray of shape (n_out,), float64
        The weight that one step of `sum` has: ``real = scale * sum`` (plus `offset` for hidden layers without a curve).
    answer_scale, answer_offset : ndarray of shape (n_out,), float64
        What an answer stands for: ``real = answer_scale * q + answer_offset``; for a classifier's last layer ``answer_scale * z``.
    proof : Proof
        How large the sums can become.
    zeros : float
        The share of what the layer takes that is 0 on the calibration rows; not a table.
    sparse : bool
        Whether the tables leave out weights of zero (:mod:`.sparse`).
    """

    weights: np.ndarray
    bias: np.ndarray
    factor: np.ndarray
    shift: int
    wide: bool
    top: int
    scale: np.ndarray
    answer_scale: np.ndarray
    answer_offset: np.ndarray
    proof: Proof
    zeros: float = 0.0
    sparse: bool = False

    @property
    def n_in(self) -> int:
        return int(self.weights.shape[1])

    @property
    def n_out(self) -> int:
        return int(self.weights.shape[0])

    def text(self) -> str:
        """The arithmetic in words."""
        left = f", {np.count_nonzero(self.weights)} of {self.weights.size} weights, without those of zero" if self.sparse else ""
        return self.proof.text() + left

    __eq__ = same_fields
    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True, eq=False)
class Curve:
    """tanh as a table with straight lines between its nodes; the logistic function is half of it, shifted.

    Attributes
    ----------
    nodes : ndarray of shape (n_segments + 1,), uint16
        ``tanh(k / per_unit) * mid * 2^spare`` for whole k: 0 to 8.
    bits : int
        A segment has 2^bits steps of the argument.
    spare : int
        Bits below the answer's unit.
    mid : int
        tanh is -1 at 0, 0 at `mid` and 1 at ``2 mid``.
    """

    nodes: np.ndarray
    bits: int
    spare: int
    mid: int

    __eq__ = same_fields
    __hash__ = None  # type: ignore[assignment]

    @property
    def largest(self) -> int:
        """Arguments are clamped to +-largest steps."""
        return (len(self.nodes) - 1) << self.bits

    @property
    def step(self) -> float:
        """The argument of tanh that one step stands for."""
        return 8.0 / self.largest


@dataclasses.dataclass(frozen=True)
class Seen:
    """What one step of an integer network did on given rows; for people.

    Attributes
    ----------
    name : str
        ``intake``, or ``layer 0``.
    low, high : float
        The range of the float network's values behind it.
    values, saturated : int
        How many there were, and how many of them the integers cut off at the upper end.
    zeros : float
        The share of the integers that are 0.
    """

    name: str
    low: float
    high: float
    values: int
    saturated: int
    zeros: float

    @classmethod
    def of(cls, name: str, real: np.ndarray, saturated: int, whole: np.ndarray) -> Seen:
        """From the float network's values and the integer one's."""
        low, high = float(np.min(real, initial=np.inf)), float(np.max(real, initial=-np.inf))
        return cls(name, low, high, whole.size, saturated, float(np.mean(whole == 0)) if whole.size else 0.0)

    def text(self) -> str:
        return f"{self.low:.3g} to {self.high:.3g}, {self.saturated:,} of {self.values:,} cut off, {self.zeros:.0%} zero"


@dataclasses.dataclass(frozen=True)
class Calibration:
    """What the rows given for calibration told; for people.

    Attributes
    ----------
    rows : int
    agreement : float
        Share of the rows with the class of the float network; for regressors 1 - RMS difference / standard deviation.
    worst_gap : float
        The largest gap between the float network's two best probabilities in a row whose class changed (0 where none did).
    difference : float
        The largest difference of a probability, or of a regressor's answer.
    seen : tuple of Seen
        The intake and the layers, the last one too.
    """

    rows: int
    agreement: float
    worst_gap: float
    difference: float
    seen: tuple[Seen, ...]

    def facts(self, is_discrete: bool) -> dict[str, str]:
        """In words."""
        how = "of the float network's classes" if is_discrete else "of the float network's spread"
        found = {"calibration": f"{self.rows} rows, {self.agreement:.4f} {how} kept, largest difference {self.difference:.3g}"}
        if is_discrete:
            found["worst margin lost"] = f"{self.worst_gap:.3g}"
        return found | {f"{step.name} on them": step.text() for step in self.seen}


@dataclasses.dataclass(frozen=True, eq=False)
class IntegerMlp(Record):
    """An Mlp whose every step on the device is one of integers, up to the last conversion of an answer to float.

    Attributes
    ----------
    source : Mlp
        The network that it stands for, float64; not a table.
    numeric : {"int8", "int16"}
    tiled : bool
        Whether weights are emitted in tiles of 4 outputs by 4 inputs for the cores' own kernels.
    intake : Intake
    layers : tuple of Layer
    curve : Curve or None
        For hidden layers with tanh or the logistic function.
    calibration : Calibration
    """

    bitwise = True

    source: Mlp
    numeric: str
    tiled: bool
    intake: Intake
    layers: tuple[Layer, ...]
    curve: Curve | None
    calibration: Calibration

    @property
    def bits(self) -> int:
        return 8 if self.numeric == "int8" else 16

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.n_features, *(layer.n_out for layer in self.layers))

    @property
    def is_binary(self) -> bool:
        return self.source.is_binary

    @property
    def products(self) -> list[tuple[int, Proof]]:
        """Of each layer how many products a row takes, and how large their sums are."""
        return [(layer.weights.size, layer.proof) for layer in self.layers]

    def buffers(self) -> tuple[int, int]:
        """Elements of the two buffers that layers take turns in: rows of the 0th, 2nd, ... layer, and those between."""
        step = 4 if self.tiled else 1
        padded = [-(-n // step) * step for n in self.sizes[:-1]]
        return max(padded[::2]), max(padded[1::2], default=0)


def describe(record: IntegerMlp) -> dict[str, Any]:
    """Facts for people, in order."""
    element = record.bits // 8
    kind = f"multilayer perceptron in {record.numeric}, {record.task.kind}"
    facts: dict[str, Any] = {
        "kind": kind,
        "layers": " - ".join(map(str, record.sizes)),
        "hidden activation": record.source.hidden if len(record.layers) > 1 else "none",
        "output activation": record.source.output,
        "weights and biases": int(sum(layer.weights.size + layer.bias.size for layer in record.layers)),
        "input": f"{record.intake.kind}, 0..{record.intake.top}",
    }
    for k, layer in enumerate(record.layers):
        facts[f"layer {k}"] = layer.text() + (f", answers 0..{layer.top}" if layer.top else "")
    facts["working memory"] = f"{sum(record.buffers()) * element} B"
    return facts | record.calibration.facts(record.task.is_discrete)
