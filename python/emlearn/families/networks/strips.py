"""Layers that are computed line by line from the raw row on, each from a strip: the lines of what it takes that its window sees.

A line is a row of the plane, or a position where the plane has one row only. A strip moves on with its window; no value is computed twice.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .record import Layer, Window

if TYPE_CHECKING:
    from .integer import IntegerNetwork

#: Bytes that one more layer must save: what its loop costs in flash, of which chips have several times as much.
PRICE = 32


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


def with_least_memory(record: IntegerNetwork) -> IntegerNetwork:
    """The network with so many layers line by line as pay."""
    choices = [dataclasses.replace(record, by_line=n) for n in range(len(record.strips()) + 1)]
    return min(choices, key=lambda one: one.plan().size * one.bits // 8 + PRICE * one.by_line)


def strips(layers: Sequence[Layer]) -> tuple[Strip, ...]:
    """Of as many of the first layers as can go line by line; the last one never does."""
    found = []
    flat = all(layer.window.plane[0] == layer.window.size[0] == layer.window.places[0] == 1 for layer in layers)
    for layer in layers[:-1]:
        strip = _strip(_turned(layer.window) if flat else layer.window)
        uncounted = layer.kind == "mean" and strip.is_padded and not layer.counts_padding
        if strip.n < 2 or strip.window.stride[0] > strip.window.plane[0] or uncounted:
            break
        found.append(strip)
    return tuple(found)


def _turned(window: Window) -> Window:
    """With rows for columns: in memory a plane of one row is the same."""

    def back(pair: tuple[int, int]) -> tuple[int, int]:
        return pair[::-1]

    plane = (window.plane[1], window.plane[0], window.plane[2])
    return Window(plane, *(back(pair) for pair in (window.size, window.stride, window.dilation, window.before, window.after)))


def _strip(window: Window) -> Strip:
    height, width, channels = window.plane
    reach = (window.size[0] - 1) * window.dilation[0] + 1
    before, after = ((0, pair[1]) for pair in (window.before, window.after))
    one = dataclasses.replace(window, plane=(reach, width, channels), before=before, after=after)
    return Strip(one, height, window.before[0], bool(window.before[0] or window.after[0]), window.places[0])
