"""How long each value that a layer takes is needed, and so how near its answers may lie.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .plan import Move

if TYPE_CHECKING:
    from .record import Layer


def move(layer: Layer, patch: int, width: int, beyond: int = 0, copied: bool = True) -> Move:
    """See :class:`emlearn.families.networks.plan.Move`.

    Parameters
    ----------
    layer : Layer
    patch : int
        Elements of its patch, 0 where it needs none.
    width : int
        Elements that are written at a place: its answers, and what fills up a tile.
    beyond : int
        Elements behind a window that are read with it.
    copied : bool
        Whether what lies under the window is always in the patch before answers are written, if there is a patch.
    """
    positions, channels, n = layer.window.positions, layer.window.plane[2], layer.channels
    nothing = len(positions) * channels * positions.shape[1] + layer.window.n_in
    first = np.where(positions < 0, nothing, positions).min(axis=1)
    last = np.where(positions < 0, -nothing, positions).max(axis=1)
    still = np.minimum.accumulate(first[::-1])[::-1] * channels  # from a place on, the first element that is needed
    yet = (np.maximum.accumulate(last) + 1) * channels + beyond  # up to a place, the one behind the last
    at = np.arange(len(positions)) * n
    if patch and copied:
        down = int(np.max(at[:-1] + width - still[1:], initial=-nothing))
        up = int(np.max(yet[:-1] - at[1:], initial=-nothing))
    else:
        down, up = int(np.max(at + width - still)), int(np.max(yet - at))
    return Move(down, up if width == n else None, patch)
