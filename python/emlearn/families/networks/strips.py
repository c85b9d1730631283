"""Layers that are computed line by line from the raw row on, each from a strip: the lines of what it takes that its window sees.

A line is a row of the plane, or a position where the plane has one row only. A strip moves on with its window; no value is computed twice.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from ...record import Record
from .plan import Move, Plan, plan, with_strips

if TYPE_CHECKING:
    from .record import Layer, Window

#: Bytes that one more layer must save: what its loop costs in flash, of which chips have several times as much.
PRICE = 32


class OnWindow(Protocol):
    """A layer of any arithmetic."""

    @property
    def source(self) -> Layer:
        """Its window and kind."""

    def on(self: L, window: Window) -> L:
        """The same behind another window."""


L = TypeVar("L", bound=OnWindow)
R = TypeVar("R", bound="Lined[Any]")


@dataclasses.dataclass(frozen=True)
class Strip:
    """What a layer computes a line from.

    Attributes
    ----------
    window : Window
        That of one line, on the strip.
    lines : int
        Of the plane that the layer takes.
    above : int
        Lines of padding before the first.
    is_padded : bool
        Whether there are any, before the first or behind the last.
    n : int
        Lines of answers.
    """

    window: Window
    lines: int
    above: int
    is_padded: bool
    n: int


class Lined(Record, Generic[L]):
    """A network whose first layers can be computed line by line.

    Attributes
    ----------
    layers : tuple of layers
    by_line : int
        How many of the first ones are.
    step : int
        Elements of which all offsets in the working memory are multiples.
    bits : int
        Of an element.
    """

    layers: tuple[L, ...]
    by_line: int
    step: ClassVar[int] = 1

    @property
    def bits(self) -> int:
        raise NotImplementedError

    def room(self, n: int) -> int:
        """Elements for n values."""
        return n

    def rooms(self) -> list[int]:
        """Elements for what each layer takes, and for what the last one gives; 0 for what does not lie in the working memory."""
        raise NotImplementedError

    def move(self, k: int) -> Move:
        """Of layer k, on whole planes."""
        raise NotImplementedError

    def patch(self, layer: L) -> int:
        """Elements of the layer's patch."""
        raise NotImplementedError

    def strips(self) -> tuple[Strip, ...]:
        """Of the layers that can be computed line by line."""
        return strips([layer.source for layer in self.layers])

    def on_strips(self) -> tuple[L, ...]:
        """Those that are, as they are for one line."""
        pairs = zip(self.layers[: self.by_line], self.strips(), strict=False)
        return tuple(layer.on(strip.window) for layer, strip in pairs)

    def plan(self) -> Plan:
        """Where what the layers take lies, or strips of it, in elements."""
        n, rooms = self.by_line, self.rooms()
        moves = [self.move(k) for k in range(n, len(self.layers))]
        if not n:
            return plan(rooms, moves, self.step)
        layers = self.on_strips()
        strips = [self.room(layer.source.window.n_in) for layer in layers]
        return with_strips(strips, max(map(self.patch, layers)), rooms[n:], moves, self.step)

    def facts_of_memory(self) -> dict[str, str]:
        """Of its size, for people."""
        facts = {"working memory": f"{self.plan().size * self.bits // 8} B"}
        if self.by_line:
            facts["computed line by line"] = f"the first {self.by_line} of {len(self.layers)} layers"
        return facts


def with_least_memory(record: R) -> R:
    """The network with so many layers line by line as pay."""
    changes: list[dict[str, Any]] = [{"by_line": n} for n in range(len(record.strips()) + 1)]
    choices = [dataclasses.replace(record, **each) for each in changes]
    return min(choices, key=lambda one: one.plan().size * one.bits // 8 + PRICE * one.by_line)


def strips(layers: Sequence[Layer]) -> tuple[Strip, ...]:
    """Of as many of the first layers as can go line by line; the last one never does."""
    found: list[Strip] = []
    flat = all(layer.window.plane[0] == layer.window.size[0] == layer.window.places[0] == 1 for layer in layers)
    for k, layer in enumerate(layers[:-1]):
        strip = _strip(_turned(layer.window) if flat else layer.window)
        uncounted = strip.is_padded and (layer.kind == "average" or (layer.kind == "mean" and not layer.counts_padding))
        reshaped = k > 0 and layers[k - 1].plane != layer.window.plane
        if strip.n < 2 or strip.window.stride[0] > strip.window.plane[0] or uncounted or reshaped:
            break
        found.append(strip)
    return tuple(found)


def _turned(window: Window) -> Window:
    """With rows for columns: in memory a plane of one row is the same."""
    height, width, channels = window.plane
    names = ("size", "stride", "dilation", "before", "after")
    return dataclasses.replace(window, plane=(width, height, channels), **{name: getattr(window, name)[::-1] for name in names})


def _strip(window: Window) -> Strip:
    height, width, channels = window.plane
    reach = (window.size[0] - 1) * window.dilation[0] + 1
    before, after = ((0, pair[1]) for pair in (window.before, window.after))
    one = dataclasses.replace(window, plane=(reach, width, channels), before=before, after=after)
    return Strip(one, height, window.before[0], bool(window.before[0] or window.after[0]), window.places[0])
