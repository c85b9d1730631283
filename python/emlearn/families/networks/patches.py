"""What stands under a window, in numpy: the same for values, errors and integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .record import Window


def taps(window: Window, rows: np.ndarray, padding: float | np.ndarray = 0) -> np.ndarray:
    """Values under the window, (n_samples, n_places, n_taps, channels), of rows (n_samples, n_in).

    `padding` is a number, or one per channel.
    """
    channels = window.plane[2]
    values = rows.reshape(len(rows), -1, channels)
    last = np.broadcast_to(np.asarray(padding, dtype=rows.dtype), (len(rows), 1, channels))
    return np.concatenate([values, last], axis=1)[:, window.positions]


def patches(window: Window, rows: np.ndarray, padding: float | np.ndarray = 0) -> np.ndarray:
    """The same for dense layers, a row for each place: (n_samples * n_places, n_values)."""
    return taps(window, rows, padding).reshape(-1, window.n_values)


def repeated(multiplier: int, values: np.ndarray) -> np.ndarray:
    """The last axis, channels, as the outputs of a depthwise layer see it: each `multiplier` times."""
    return values if multiplier == 1 else np.repeat(values, multiplier, axis=-1)


def of_channels(n: int, values: np.ndarray) -> np.ndarray:
    """What is known of each channel, for n channels that the same plane is read as (Reshape).

    Where n is no multiple of their number, all must be alike: each channel is then found in several.
    """
    return np.resize(values, n)
