"""Where what layers hand on lies in the network's working memory.

A layer needs what it takes, what it gives, and a patch: the values under its window, where these do not lie one after the other. What it
gives may lie over what it takes, as far as its window has passed that: behind the window where places go in order, before it where they go
from the last one back.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

#: Arrangements that are followed from layer to layer.
_BEAM = 64


@dataclasses.dataclass(frozen=True)
class Move:
    """How near a layer's answers may lie to what it takes, in elements.

    Attributes
    ----------
    down : int
        With places in order the answers begin at least so far before what is taken; where negative, no further than that behind it.
    up : int or None
        With places from the last one back they begin at least so far behind it; None where they must not go back.
    patch : int
    """

    down: int
    up: int | None
    patch: int = 0


@dataclasses.dataclass(frozen=True)
class Plan:
    """Offsets in elements.

    Attributes
    ----------
    size : int
        Elements in all.
    values : tuple of int
        Where what stands before each layer, and behind the last, begins.
    patch : tuple of int
        Where each layer's patch begins.
    backward : tuple of bool
        Whether a layer goes from its last place back to the first.
    """

    size: int
    values: tuple[int, ...]
    patch: tuple[int, ...]
    backward: tuple[bool, ...]


@dataclasses.dataclass(frozen=True)
class _State:
    """An arrangement up to a layer: the ends of all that was placed, and where."""

    low: int
    high: int
    values: tuple[int, ...]
    patch: tuple[int, ...] = ()
    backward: tuple[bool, ...] = ()

    @property
    def rank(self) -> tuple[int, int]:
        return self.high - self.low, sum(self.backward)


def plan(values: Sequence[int], moves: Sequence[Move], step: int = 1) -> Plan:
    """`values` of each kind, one more than layers, and each layer's move; in elements, offsets are multiples of `step`.

    Layer by layer the smallest of the arrangements so far are carried on.
    """
    values = [-(-n // step) * step for n in values]
    states = [_State(0, values[0], (0,))]
    for k, move in enumerate(moves):
        found: dict[tuple[int, int, int], _State] = {}
        for state in states:
            for after in _placed(state, move, values[k], values[k + 1], step):
                key = (after.low, after.high, after.values[-1])
                if key not in found or after.rank < found[key].rank:
                    found[key] = after
        states = sorted(found.values(), key=lambda state: state.rank)[:_BEAM]
    best = states[0]
    at, spots = (tuple(place - best.low for place in places) for places in (best.values, best.patch))
    return Plan(best.high - best.low, at, spots, best.backward)


def _placed(state: _State, move: Move, n_in: int, n_out: int, step: int) -> Iterator[_State]:
    """What may become of an arrangement with the next layer."""
    start = state.values[-1]
    below, above = start - -(-move.down // step) * step, start + n_in
    places = {(min(below, at), False) for at in (below, state.low, state.high - n_out)}
    places |= {(max(above, at), False) for at in (above, state.low, state.high - n_out)}
    if move.up is not None:
        behind = start + -(-move.up // step) * step
        places |= {(max(behind, at), True) for at in (behind, state.low, state.high - n_out)}
    patch = -(-move.patch // step) * step
    for at, backward in sorted(places):
        low, high = min(state.low, at), max(state.high, at + n_out)
        used = sorted([(start, start + n_in), (at, at + n_out)])
        first, last = used[0][0], max(used[0][1], used[1][1])
        for spot in {first - patch, last, used[0][1]} if patch else {low}:
            if spot == used[0][1] != last and spot + patch > used[1][0]:
                continue  # no gap between them
            ends = min(low, spot), max(high, spot + patch)
            yield _State(*ends, (*state.values, at), (*state.patch, spot), (*state.backward, backward))


def with_strips(strips: Sequence[int], patch: int, values: Sequence[int], moves: Sequence[Move], step: int) -> Plan:
    """Layers with strips of so many elements (:mod:`.strips`), each in the place of what stands before it, and one patch for all; they are
    in use up to the last answer of the last of them. Then layers of `moves`, for the `values` from that answer on.
    """
    starts = [0]
    for n in (*strips, patch):
        starts.append(starts[-1] + -(-n // step) * step)
    rest = plan([starts[-1], *values], [Move(values[0], None), *moves], step)
    first, n = rest.values[0], len(strips)
    at, spots = tuple(first + start for start in starts[:n]), (first + starts[n],) * n
    return Plan(rest.size, at + rest.values[1:], spots + rest.patch[1:], (False,) * n + rest.backward[1:])
