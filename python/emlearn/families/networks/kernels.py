"""The device's kernels, compiled for the host: layer after layer.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .emit import divisor
from .record import Layer, Network


def run(record: Network, op: str, X: np.ndarray) -> np.ndarray:
    """The answer of `op` for raw values X of the record's input type, shape (n_samples, task.width(op)).

    Raises
    ------
    ImportError
        The extension was not compiled.
    """
    from ..._kernels import networks

    rows = np.ascontiguousarray(X, dtype=record.input)
    for layer in record.layers:
        rows = networks.answer(
            kind(layer),
            window(layer),
            layer.weights,
            layer.bias,
            layer.activation,
            layer.number,
            divisor(layer) if layer.kind == "mean" else 0,
            rows,
        )
    return np.asarray(networks.last(record.output, op, rows))


def kind(layer: Layer) -> str:
    """As the extension names it."""
    return "in place" if layer.kind == "dense" and layer.window.is_contiguous else layer.kind


def window(layer: Layer) -> tuple[int, ...]:
    """The members of a window in the extension's order."""
    w = layer.window
    return (*w.plane, *w.size, *w.places, *w.stride, *w.dilation, *w.before)
