"""What all networks on whole numbers have: layers with windows and weights, and a working memory for what these take.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, TypeVar

from ..mlp.integer import Layer as Numbers
from ..mlp.integer_emit import padded
from .lifetimes import move
from .plan import Move
from .record import Layer, Window
from .strips import Lined

L = TypeVar("L", bound="WholeLayer")


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

    def on(self: L, window: Window) -> L:
        """The same behind another window."""
        return dataclasses.replace(self, source=self.source.on(window))


class WholeNetwork(Lined[L]):
    """Layers one after the other; dense ones are summed up by the kernels of dense networks.

    Attributes
    ----------
    tiled : bool
        Whether weights of dense layers are emitted in tiles of 4 outputs by 4 inputs for the cores' own kernels.
    answers_lie : bool
        Whether the last layer is one as the others, whose whole numbers lie in the working memory.
    """

    tiled: bool
    step = 4
    answers_lie: ClassVar[bool] = False

    def in_place(self, layer: L) -> str:
        """Whether a dense layer reads its input where it lies: "always", "never", or where the core reads "unaligned" words."""
        words = self.tiled and not layer.arithmetic.sparse
        return layer.source.window.where(32 // self.bits if words else 1)

    def patch(self, layer: L) -> int:
        dense = layer.source.kind == "dense"
        return padded(self, layer.source.window.n_values) if dense and self.in_place(layer) != "always" else 0

    def room(self, n: int) -> int:
        """Of n values: tiles reach beyond the last one, of an answer and of what lies under a window."""
        return n + 3 if self.tiled else n

    def rooms(self) -> list[int]:
        values = [self.layers[0].source.window.n_in, *(layer.source.n_out for layer in self.layers)]
        found = [self.room(n) for n in values]
        return found if self.answers_lie else [*found[:-1], 0]

    def move(self, k: int) -> Move:
        layer = self.layers[k]
        if k == len(self.layers) - 1 and not self.answers_lie:
            return Move(0, None, self.patch(layer))
        if layer.source.kind != "dense" or layer.arithmetic.sparse:
            return move(layer.source, self.patch(layer), layer.n_out)
        n_values = layer.source.window.n_values
        beyond = padded(self, n_values) - n_values
        return move(layer.source, self.patch(layer), padded(self, layer.n_out), beyond, self.in_place(layer) == "never")
