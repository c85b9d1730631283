"""Random networks of convolutions, pooling and dense layers, without a framework: what the reference, the kernels and the chips are asked.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np
from emlearn import Model
from emlearn.families.networks.build import Builder
from emlearn.families.networks.record import Layer, Network
from emlearn.front import Front
from emlearn.head import Head
from emlearn.inputs import Input
from emlearn.options import Options
from emlearn.registry import family_of

ACTIVATIONS = ("identity", "relu", "clipped", "leaky", "logistic", "tanh")
INPUTS = ("float32", "int16", "uint8", "float64", "int32", "int8", "uint16")
OUTPUTS = ("softmax", "logistic", "labels", "identity", "tanh", "plane")


def network(seed: int, activations: tuple[str, ...] = ACTIVATIONS, most: int = 9) -> Network:
    """Any layers, strides, dilations, paddings and activations; up to `most` + 3 positions along an axis and `most` channels."""
    rng = np.random.default_rng(seed)
    height = 1 if rng.integers(2) else int(rng.integers(3, most + 4))
    plane = (height, int(rng.integers(3, most + 4)), int(rng.integers(1, most + 1)))
    builder = Builder(plane)
    for k in range(int(rng.integers(1, 5))):
        _layer(builder, rng, f"layer {k}", activations, most)
    output = str(rng.choice(OUTPUTS))
    if output != "plane":
        if rng.integers(2):
            builder.pool_all("pool", str(rng.choice(["largest", "mean"])))
        builder.flatten()
        _dense(builder, rng, "dense", int(rng.integers(1, 14)))
        _activate(builder, rng, activations)
    _dense(builder, rng, "last", 1 if output == "logistic" else int(rng.integers(2, 6)))
    if output in ("softmax", "logistic", "labels", "tanh"):
        builder.activate("output", "logistic" if output == "labels" else output)
    shape = plane if height > 1 else plane[1:]
    return builder.finish(shape)


def _dense(builder: Builder, rng: np.random.Generator, label: str, n: int) -> None:
    n_in = builder.plane[2]
    builder.dense(label, rng.normal(0, 1.2 / np.sqrt(n_in), (n, n_in)), rng.normal(0, 0.3, n))


def _activate(builder: Builder, rng: np.random.Generator, activations: tuple[str, ...]) -> None:
    name = str(rng.choice(activations))
    builder.activate("activation", name, {"clipped": 1.5, "leaky": 0.1, "elu": 0.8}.get(name, 0.0))


def _layer(builder: Builder, rng: np.random.Generator, label: str, activations: tuple[str, ...], most: int) -> None:
    plane = builder.plane
    size = tuple(int(rng.integers(1, min(n, 3) + 1)) for n in plane[:2])
    stride = tuple(int(rng.integers(1, 3)) for _ in size)
    dilation = tuple(int(rng.integers(1, 3)) if (k - 1) * 2 < n else 1 for k, n in zip(size, plane[:2], strict=True))
    padding = ["valid", "same", ((0, 1), (0, 0))][int(rng.integers(3))]
    kind = int(rng.integers(6))
    if kind <= 2:
        n = int(rng.integers(1, most + 1))
        weights = rng.normal(0, 1.2 / np.sqrt(size[0] * size[1] * plane[2]), (n, *size, plane[2]))
        builder.convolution(label, weights, rng.normal(0, 0.3, n), stride, dilation, padding)
    elif kind == 3:
        m = int(rng.integers(1, 3))
        weights = rng.normal(0, 1.2 / np.sqrt(size[0] * size[1]), (*size, plane[2], m))
        builder.depthwise(label, weights, rng.normal(0, 0.3, plane[2] * m), stride, dilation, padding)
    else:
        counts = bool(rng.integers(2))
        padding = padding if isinstance(padding, str) else "same"  # others may leave windows without values
        builder.pool(label, "largest" if kind == 4 else "mean", size, stride, padding, counts)
        return
    if rng.integers(2):
        n = builder.plane[2]
        scale, shift = rng.uniform(0.5, 1.5, n), rng.normal(0, 0.3, n)
        builder.normalize("normalization", scale, shift, np.abs(shift))
    _activate(builder, rng, activations)


def model_of(record: Network, dtype: str, numeric: str = "exact", optimize: str = "balanced", rows: np.ndarray | None = None) -> Model:
    """The network behind raw values of a type, of which 16-bit integers stand for 2^-8; without an estimator."""
    source = Input.make(dtype, 1.0 if dtype.startswith("float") else scale_of(dtype), n_features=record.n_features)
    family = family_of(record)
    folded = family.absorb(record, Front(source))
    assert folded is not None
    finished = family.finish(folded, Options.make(optimize, numeric, rows, source))
    classes = tuple(np.arange(n) for n in record.task.n_classes)
    return Model(finished, Head(classes, (), "a network", {}), source)


def scale_of(dtype: str) -> float:
    return 2.0**-8 if dtype.endswith("16") else 2.0**-5


def raw_rows(record: Network, dtype: str, n_rows: int, seed: int) -> np.ndarray:
    """Values of usual size; integers over a good part of their range."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, record.n_features)) * rng.uniform(0.3, 1.5, (n_rows, 1)) + rng.normal(0, 0.5, (n_rows, 1))
    if dtype.startswith("float"):
        return rows.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.rint(rows / scale_of(dtype)), limits.min, limits.max).astype(dtype)


def integers(seed: int, n_rows: int = 30) -> tuple[Model, np.ndarray]:
    """An integer model of the seed, and raw rows; leading pools take no scale."""
    record = network(seed)
    pruned = seed % 4 == 2
    if pruned:  # the largest 30 % of each dense layer's weights, and tables of these alone
        record = dataclasses.replace(record, layers=tuple(_pruned(layer) for layer in record.layers))
    dtype = INPUTS[seed % len(INPUTS)] if len(record.layers[0].bias) else "float32"
    rows = raw_rows(record, dtype, n_rows, seed)
    numeric, optimize = ("int8", "int16")[seed // 2 % 2], ("balanced", "size", "speed")[seed // 3 % 3]
    model = model_of(record, dtype, numeric, optimize, rows[: n_rows // 2])
    if pruned:
        layers = tuple(
            dataclasses.replace(layer, numbers=dataclasses.replace(layer.numbers, sparse=True)) if layer.source.kind == "dense" else layer
            for layer in model.record.layers
        )
        model.record = dataclasses.replace(model.record, layers=layers)
    return model, rows


def _pruned(layer: Layer) -> Layer:
    if layer.kind != "dense":
        return layer
    least = np.quantile(np.abs(layer.weights), 0.7)
    return dataclasses.replace(layer, weights=np.where(np.abs(layer.weights) >= least, layer.weights, 0))
