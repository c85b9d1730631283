"""What is done to a TensorFlow Lite network between reading and emitting: the intake of raw values, and the form of its weights.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...front import Front
from ...options import Options
from ..networks.strips import with_least_memory
from .record import ByteNetwork
from .reference import to_bytes


def absorb(record: ByteNetwork, front: Front) -> ByteNetwork | None:
    """The network on raw values that are its features, or one byte each and the file's but for a number; None for others.

    Raises
    ------
    InvalidInputError
        The front marks missing values.
    """
    front.refuse_missing("a network")
    if not front.is_affine:
        return None
    scale, offset = front.affine()
    dtype = np.dtype(front.input.dtype)
    if dtype.itemsize == 1 and np.all(scale == scale[0]) and np.all(offset == offset[0]):
        limits = np.iinfo(dtype)
        raw = np.arange(limits.min, limits.max + 1)
        found = to_bytes((raw * scale[0] + offset[0]).astype(np.float32), record.scale, record.zero)
        if np.array_equal(found, np.arange(256)):
            return dataclasses.replace(record, input=front.input.dtype, low=int(limits.min))
    if np.all(scale == 1) and np.all(offset == 0):
        return dataclasses.replace(record, input=front.input.dtype)
    return None


def finish(record: ByteNetwork, options: Options) -> ByteNetwork:
    """Weights in tiles unless `options` ask for the smallest, as those of -128 do not fit the kernels for tiles; and the memory's plan."""
    most = any(np.any(layer.numbers.weights == -128) for layer in record.layers if layer.numbers)
    return with_least_memory(dataclasses.replace(record, tiled=options.optimize != "size" and not most))
