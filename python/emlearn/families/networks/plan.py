"""Where what layers hand on lies in the network's working memory.

A layer needs what it takes, what it gives, and a patch: the values under its window, where these do not lie one after the other.
What is taken lies at one end, what is given at the other, in turns; so the memory is no larger than the layer that needs most.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence


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
    """

    size: int
    values: tuple[int, ...]
    patch: tuple[int, ...]


def plan(values: Sequence[int], patches: Sequence[int], step: int = 1) -> Plan:
    """`values` of each kind, one more than layers, and each layer's patch; in elements, offsets are multiples of `step`."""
    values, patches = ([-(-n // step) * step for n in sizes] for sizes in (values, patches))
    size = max(a + p + b for a, p, b in zip(values[:-1], patches, values[1:], strict=True))
    at = tuple(0 if k % 2 == 0 else size - n for k, n in enumerate(values))
    # Behind whichever of both lies at the beginning.
    patch = tuple(values[k] if k % 2 == 0 else values[k + 1] for k in range(len(patches)))
    return Plan(size, at, patch)
