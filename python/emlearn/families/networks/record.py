"""The middle form of a network: layers one after the other, on rows of positions with channels.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np

from ...record import same_fields
from .lifetimes import move
from .plan import Move
from .strips import Lined

#: Activations of a layer; those with a number (a slope, a limit) have it in :attr:`Layer.number`.
ACTIVATIONS = ("identity", "relu", "clipped", "leaky", "elu", "logistic", "tanh")


@dataclasses.dataclass(frozen=True)
class Window:
    """How a window moves over a plane of height x width positions; one-dimensional signals have height 1.

    Attributes
    ----------
    plane : tuple of int
        Height, width and channels of what goes in.
    size, stride, dilation : tuple of int
        Along height and width, in positions.
    before, after : tuple of int
        Positions of padding before the first and behind the last one, along height and width.
    """

    plane: tuple[int, int, int]
    size: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    before: tuple[int, int] = (0, 0)
    after: tuple[int, int] = (0, 0)

    @property
    def places(self) -> tuple[int, int]:
        """How many places the window has along height and width."""
        reach = [(k - 1) * d + 1 for k, d in zip(self.size, self.dilation, strict=True)]
        room = [n + b + a for n, b, a in zip(self.plane, self.before, self.after, strict=False)]
        return (room[0] - reach[0]) // self.stride[0] + 1, (room[1] - reach[1]) // self.stride[1] + 1

    @property
    def n_places(self) -> int:
        return self.places[0] * self.places[1]

    @property
    def n_taps(self) -> int:
        return self.size[0] * self.size[1]

    @property
    def n_values(self) -> int:
        """Values under the window."""
        return self.n_taps * self.plane[2]

    @property
    def n_in(self) -> int:
        return self.plane[0] * self.plane[1] * self.plane[2]

    @property
    def is_padded(self) -> bool:
        return any(self.before) or any(self.after)

    @property
    def is_contiguous(self) -> bool:
        """Whether the values under the window lie one after the other at every place, none of them padding."""
        alone = self.size[0] == 1 and (self.dilation[1] == 1 or self.size[1] == 1)
        return not self.is_padded and (alone or (self.plane[1] == self.size[1] and self.dilation == (1, 1)))

    def where(self, step: int) -> str:
        """Whether what lies under the window is read where it is, in words of `step` values: "always", "never", or if cores can do so
        "unaligned".
        """
        if not self.is_contiguous:
            return "never"
        steps = [self.stride[1] * self.plane[2], self.stride[0] * self.plane[1] * self.plane[2]]
        apart = [n for n, places in zip(steps, self.places[::-1], strict=True) if places > 1]
        return "always" if all(n % step == 0 for n in apart) else "unaligned"

    @functools.cached_property
    def positions(self) -> np.ndarray:
        """The position under each tap at each place, -1 for padding; int64 (n_places, size[0] * size[1])."""
        along = []
        for axis in (0, 1):
            first = np.arange(self.places[axis]) * self.stride[axis] - self.before[axis]
            taps = first[:, None] + np.arange(self.size[axis]) * self.dilation[axis]
            along.append(np.where((taps >= 0) & (taps < self.plane[axis]), taps, -1))
        rows, columns = along[0][:, None, :, None], along[1][None, :, None, :]
        found = np.where((rows < 0) | (columns < 0), -1, rows * self.plane[1] + columns)
        return found.reshape(self.n_places, -1)


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """One layer: what it does at each place of its window, and the activation of each answer.

    Attributes
    ----------
    kind : {"dense", "each", "largest", "mean"}
        ``dense``: every output from all values under the window (convolutions; a dense layer has one place). ``each``: every output from
        the values of one channel (depthwise convolutions). ``largest`` and ``mean`` of each channel (pooling).
    window : Window
    weights : ndarray
        dense: (n_out, n_values), channels innermost. each: (n_taps, channels * multiplier), output c * multiplier + m. Else empty.
    bias : ndarray of shape (n_out,), or empty
    activation : str
        One of :data:`ACTIVATIONS`.
    number : float
        The slope of "leaky" or "elu" below zero, the limit of "clipped".
    counts_padding : bool
        Whether "mean" divides by the window's size where some of it is padding.
    slack : ndarray of shape (n_out,), float64
        How far what was folded into the bias may differ from the framework's answer besides the rounding of the sum; no table.
    label : str
        The framework's names of the layers that it is made of, for people.
    """

    kind: str
    window: Window
    weights: np.ndarray
    bias: np.ndarray
    activation: str = "identity"
    number: float = 0.0
    counts_padding: bool = False
    slack: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))
    label: str = ""

    @property
    def source(self) -> Layer:
        """Itself, of which layers of other arithmetics are made."""
        return self

    def on(self, window: Window) -> Layer:
        """The same behind another window."""
        return dataclasses.replace(self, window=window)

    @property
    def channels(self) -> int:
        """Outputs at each place."""
        return len(self.bias) if len(self.bias) else self.window.plane[2]

    @property
    def multiplier(self) -> int:
        """Outputs for each channel of "each"."""
        return self.channels // self.window.plane[2]

    @property
    def shares(self) -> np.ndarray:
        """What each tap counts for in an output, (n_taps, n_out): the weights of "each"; of "mean" all the same."""
        n_taps = self.window.n_taps
        return self.weights if self.kind == "each" else np.full((n_taps, self.channels), 1 / n_taps)

    @property
    def n_out(self) -> int:
        return self.window.n_places * self.channels

    @property
    def plane(self) -> tuple[int, int, int]:
        """Height, width and channels of what comes out."""
        return (*self.window.places, self.channels)

    @property
    def macs(self) -> int:
        """Multiplications, padding's among them."""
        return self.window.n_places * int(self.weights.size)

    __eq__ = same_fields
    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True, eq=False)
class Network(Lined[Layer]):
    """Layers on rows of shape (height, width, channels), channels innermost.

    Attributes
    ----------
    layers : tuple of Layer
        Weights are float64 until the last pass, then float32.
    output : {"identity", "softmax", "logistic"}
        What becomes of the last layer's answers; "logistic" of one is a classifier of two classes.
    shape : tuple of int
        A row's shape as the framework has it, without the batch.
    channels_first : bool
        Whether the framework's rows have channels first; the record's have them last.
    sparse : tuple of int
        The layers whose tables leave out weights of zero (:mod:`emlearn.families.mlp.sparse`), all of kind "dense".
    by_line : int
        How many of the first layers are computed line by line (:mod:`.strips`).
    """

    bits = 32

    layers: tuple[Layer, ...]
    output: str
    shape: tuple[int, ...]
    channels_first: bool = False
    sparse: tuple[int, ...] = ()
    by_line: int = 0

    @property
    def fed(self) -> type:
        return np.float32  # frameworks compute in it

    @property
    def is_binary(self) -> bool:
        return self.task.kind == "classifier" and self.output == "logistic"

    @property
    def n_answers(self) -> int:
        """Answers of the last layer."""
        return self.layers[-1].n_out

    def rooms(self) -> list[int]:
        return [0, *(layer.n_out for layer in self.layers[:-1]), 0]  # the first ones lie with the caller, the last ones go there

    def move(self, k: int) -> Move:
        layer = self.layers[k]
        inside = 0 < k < len(self.layers) - 1
        return move(layer, self.patch(layer), layer.channels) if inside else Move(0, None, self.patch(layer))

    def patch(self, layer: Layer) -> int:
        return layer.window.n_values if layer.kind == "dense" and not layer.window.is_contiguous else 0

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)


def text_of(layer: Layer) -> str:
    """A layer in a few words."""
    plane, window = layer.plane, layer.window
    names = {"dense": "convolution", "each": "depthwise convolution", "largest": "largest", "mean": "mean"}
    where = "x".join(map(str, plane if plane[0] > 1 else plane[1:]))
    if layer.kind == "dense" and window.n_places == 1:
        text = f"dense to {layer.channels}"
    else:
        text = f"{names[layer.kind]} {'x'.join(map(str, window.size if window.plane[0] > 1 else window.size[1:]))} to {where}"
    number = f"({layer.number:g})" if layer.activation in ("clipped", "leaky", "elu") else ""
    return text if layer.activation == "identity" else f"{text}, {layer.activation}{number}"


def describe(record: Network) -> dict[str, Any]:
    """Facts for people, in order."""
    facts: dict[str, Any] = {"kind": f"network, {record.task.kind}", "row": " x ".join(map(str, record.shape))}
    for k, layer in enumerate(record.layers):
        left = f", {np.count_nonzero(layer.weights)} of {layer.weights.size} weights, without those of zero" if k in record.sparse else ""
        facts[f"layer {k}"] = text_of(layer) + left
    facts["output activation"] = record.output
    facts["weights and biases"] = int(sum(layer.weights.size + layer.bias.size for layer in record.layers))
    facts["multiply-accumulates"] = record.macs
    return facts | record.facts_of_memory()
