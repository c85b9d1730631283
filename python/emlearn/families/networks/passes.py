"""What is done to a network between reading and emitting: the front folded in, then float32 or integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError
from ...front import Front
from ...options import Options
from ..mlp.sparse import float_layers
from .integer import IntegerNetwork
from .quantize import quantized
from .record import Layer, Network
from .strips import with_least_memory


def absorb(record: Network, front: Front) -> Network | None:
    """An affine front that is the same at all positions of a channel, folded into a first layer without padding.

    None where the front clips or differs between positions, or the padding's zeros are features, not raw values.

    Raises
    ------
    InvalidInputError
        The front marks missing values.
    """
    front.refuse_missing("a network")
    if not front.is_affine:
        return None
    scale, offset = front.affine()
    if np.all(scale == 1) and np.all(offset == 0):
        return dataclasses.replace(record, input=front.input.dtype)
    first = record.layers[0]
    channels = first.window.plane[2]
    scale, offset = scale.reshape(-1, channels), offset.reshape(-1, channels)
    uniform = np.all(scale == scale[0]) and np.all(offset == offset[0])
    if first.kind not in ("dense", "each") or not uniform or (first.window.is_padded and np.any(offset)):
        return None
    folded = _folded(first, scale[0], offset[0], front.offset_magnitude.reshape(-1, channels).max(axis=0), len(front.steps))
    return dataclasses.replace(record, input=front.input.dtype, layers=(folded, *record.layers[1:]))


def _folded(first: Layer, scale: np.ndarray, offset: np.ndarray, size: np.ndarray, n_steps: int) -> Layer:
    """W' = W scale, b' = b + W offset; `size` of the offsets, which the framework's float32 features are rounded by."""
    W, b = first.weights, first.bias
    if first.kind == "dense":
        n_taps = W.shape[1] // len(scale)
        scale, offset, size = (np.tile(values, n_taps) for values in (scale, offset, size))
        weights, added, sizes = W * scale, W @ offset, np.abs(W) @ size
    else:
        scale, offset, size = (np.repeat(values, first.multiplier) for values in (scale, offset, size))
        weights, added, sizes = W * scale, W.sum(axis=0) * offset, np.abs(W).sum(axis=0) * size
    # The features are rounded to float32 before the framework sees them, and summed up as they are.
    slack = first.slack + (len(W) + W.shape[1] + 2 * n_steps + 16) * 2.0**-24 * (sizes + np.abs(b))
    return dataclasses.replace(first, weights=weights, bias=b + added, slack=slack)


def finish(record: Network, options: Options) -> Network | IntegerNetwork:
    """Weights and biases as float32, or in the integers that `options` ask for.

    Raises
    ------
    InvalidInputError
        A weight, after folding, is beyond float32; or calibration rows are missing or tell nothing.
    """
    layers = tuple(_narrow(layer) for layer in record.layers)
    dense = [k for k, layer in enumerate(layers) if layer.kind == "dense"]
    sparse = float_layers([(layers[k].weights, layers[k].bias) for k in dense], options.optimize)
    finished = dataclasses.replace(record, layers=layers, sparse=tuple(dense[k] for k in sparse))
    made = finished if options.numeric == "exact" else quantized(record, finished, options)
    # In float strips cost up to a ninth of the instructions where there is an FPU, in integers next to nothing.
    return made if isinstance(made, Network) and options.optimize == "speed" else with_least_memory(made)


def _narrow(layer: Layer) -> Layer:
    with np.errstate(over="ignore", invalid="ignore"):
        weights, bias = (np.ascontiguousarray(values, dtype=np.float32) for values in (layer.weights, layer.bias))
    for name, values in (("weights", weights), ("bias", bias)):
        if bad := int(np.count_nonzero(~np.isfinite(values))):
            raise InvalidInputError(
                f"{layer.label}: {bad} {name}, what stands next to it folded in, are beyond the range of float32 (3.4e38): scale the data"
            )
    return dataclasses.replace(layer, weights=weights, bias=bias)
