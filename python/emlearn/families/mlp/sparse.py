"""Layers of pruned networks: where weights of zero are left out of the tables, and the tables without them.

In integers a layer's weights become runs (``include/emlearn/mlp/sparse.hpp``): for each output, and each block of inputs that an entry's
place can tell apart, the number of pairs, one entry, and the pairs' entries. In float they go by inputs
(``include/emlearn/mlp/sparse_float.hpp``): how many outputs take each, their numbers, and the weights.

A layer takes the form that pays: for ``size`` the one of fewer bytes; for ``speed`` the sparse one where it takes less time on all of the
three cores whose inner loops are counted here; for ``balanced`` the one with the smaller product of bytes and the geometric mean of these
times.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from .integer import Layer

#: What an inner loop takes for a weight: cycles on ATmega328P and Cortex-M0+, instructions on Cortex-M4F, by the bits of a weight and of
#: the accumulator.
_DENSE = {
    (8, 16): (7.5, 2.5, 1.06),
    (8, 24): (9.5, 3.63, 1.06),
    (8, 32): (28.0, 3.63, 8.0),
    (16, 32): (28.0, 4.13, 0.81),
}

#: Of these what ATmega328P takes where the input is zero, which it looks for.
_SKIPPED = {8: 2.3, 16: 4.0}

#: What a weight that is not zero takes among runs, and for an output more than in a tile, by the bits of a weight
#: (``tools/measure_sparsity.py``).
_SPARSE = {8: (18.7, 8.9, 6.0), 16: (85.0, 17.0, 7.1)}
_OUTPUT = (10.0, 0.0, 5.0)

#: The same of float weights, of all and of those that are not zero; an operation is a call where there is no FPU.
_FLOAT, _FLOAT_SPARSE = (150.0, 130.0, 1.44), (165.0, 140.0, 4.9)


def runs(weights: np.ndarray) -> np.ndarray:
    """The table of runs of weights (n_out, n_in), int8 or int16: uint16 or uint32."""
    bits = 8 * weights.itemsize
    dtype, unsigned = (np.uint16, np.uint8) if bits == 8 else (np.uint32, np.uint16)
    table: list[int] = []
    for row in weights:
        for start in range(0, len(row), 1 << bits):
            block = row[start : start + (1 << bits)]
            places = np.flatnonzero(block)
            entries = places | block[places].astype(unsigned).astype(np.int64) << bits
            filled = [*entries.tolist(), *[0] * (1 - len(entries) % 2)]
            table += [len(filled) // 2, *filled]
    return np.array(table, dtype=dtype)


def by_input(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The tables of float weights (n_out, n_in): weights, numbers of outputs, and how many each input has."""
    inputs, outputs = np.nonzero(weights.T)
    index = np.uint8 if len(weights) <= 255 else np.uint16
    counts = np.bincount(inputs, minlength=weights.shape[1])
    return weights.T[inputs, outputs], outputs.astype(index), counts.astype(index)


def pays(optimize: str, n_bytes: tuple[int, int], times: tuple[list[float], list[float]]) -> bool:
    """Whether the sparse form is taken; of all weights and of those that are not zero the bytes of tables, and the times on three cores."""
    (n_dense, n_sparse), (dense, sparse) = n_bytes, times
    if optimize == "size":
        return n_sparse < n_dense
    if optimize == "speed":
        return all(a < b for a, b in zip(sparse, dense, strict=True))
    return n_sparse**3 * math.prod(sparse) < n_dense**3 * math.prod(dense)


def sizes(weights: np.ndarray, tiled: bool) -> tuple[int, int]:
    """Bytes of the tables of both forms."""
    if weights.dtype.kind == "f":
        return weights.nbytes, sum(table.nbytes for table in by_input(weights))
    step = 4 if tiled else 1
    n_out, n_in = (-(-n // step) * step for n in weights.shape)
    return n_out * n_in * weights.itemsize, runs(weights).nbytes


def costs(layer: Layer) -> tuple[list[float], list[float]]:
    """What tiles and runs take on the three cores."""
    bits = 8 * layer.weights.itemsize
    each = list(_DENSE[bits, layer.proof.bits if bits == 8 else 32])
    each[0] -= layer.zeros * (each[0] - _SKIPPED[bits])
    n, kept = layer.weights.size, int(np.count_nonzero(layer.weights))
    runs_take = [kept * a + layer.n_out * b for a, b in zip(_SPARSE[bits], _OUTPUT, strict=True)]
    return [n * a for a in each], runs_take


def float_costs(weights: np.ndarray) -> tuple[list[float], list[float]]:
    """The same in float."""
    kept = int(np.count_nonzero(weights))
    return [weights.size * a for a in _FLOAT], [kept * a for a in _FLOAT_SPARSE]


def float_layers(layers: list[tuple[np.ndarray, np.ndarray]], optimize: str) -> tuple[int, ...]:
    """The numbers of float layers (W, b) that take the sparse form; one without any weight is not worth tables of nothing."""
    return tuple(k for k, (W, _) in enumerate(layers) if np.any(W) and pays(optimize, sizes(W, False), float_costs(W)))


def thinned(layer: Layer, optimize: str, tiled: bool) -> Layer:
    """The layer with `sparse` set where it pays."""
    return dataclasses.replace(layer, sparse=bool(pays(optimize, sizes(layer.weights, tiled), costs(layer))))


def thin(made: Any, optimize: str) -> Any:
    """An integer network, of whichever family, with each dense layer in the form that pays."""
    layers = []
    for layer in made.layers:
        if isinstance(layer, Layer):
            layers.append(thinned(layer, optimize, made.tiled))
        elif layer.numbers is not None and layer.source.kind == "dense":
            layers.append(dataclasses.replace(layer, numbers=thinned(layer.numbers, optimize, made.tiled)))
        else:
            layers.append(layer)
    return dataclasses.replace(made, layers=tuple(layers))
