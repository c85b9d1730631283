"""What networks of usual shapes cost on a chip, with random weights: the figures of docs/models/networks.md.

    python tools/measure_networks.py [target ...]   # cortex-m4f and cortex-m0plus by default

Needs Keras, and a backend of it. Costs do not depend on what the weights are, but for the accumulators that they need.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "numpy")

import emlearn
import keras
import numpy as np

L = keras.layers


def signals() -> keras.Model:
    """A 1-D network over 128 samples of 6 axes."""
    convolutions = [L.Conv1D(n, size, strides=2, activation="relu") for n, size in ((16, 5), (24, 3), (32, 3))]
    return keras.Sequential([keras.Input((128, 6)), *convolutions, L.GlobalAveragePooling1D(), L.Dense(7, activation="softmax")])


def keywords() -> keras.Model:
    """A keyword spotter's: one convolution, four depthwise and pointwise ones, over 49 x 10."""
    layers = [L.Conv2D(64, (10, 4), strides=2, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU()]
    for _ in range(4):
        layers += [L.DepthwiseConv2D(3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU()]
        layers += [L.Conv2D(64, 1, use_bias=False), L.BatchNormalization(), L.ReLU()]
    return keras.Sequential([keras.Input((49, 10, 1)), *layers, L.GlobalAveragePooling2D(), L.Dense(12, activation="softmax")])


def autoencoder() -> keras.Model:
    """640 - 128 x 4 - 8 - 128 x 4 - 640."""
    sizes = (*(128,) * 4, 8, *(128,) * 4)
    return keras.Sequential([keras.Input((640,)), *(L.Dense(n, activation="relu") for n in sizes), L.Dense(640)])


def dense() -> keras.Model:
    """64 - 32 - 10."""
    return keras.Sequential([keras.Input((64,)), L.Dense(32, activation="relu"), L.Dense(10, activation="softmax")])


def main(chips: list[str]) -> None:
    print("| network | multiply-accumulates | chip | cost | of each | flash | stack | working memory |\n" + "|---" * 8 + "|")
    for make in (dense, signals, keywords, autoencoder):
        keras.utils.set_random_seed(0)
        network = make()
        rows = np.rint(np.random.default_rng(0).normal(0, 2000, (60, int(np.prod(network.input_shape[1:]))))).astype(np.int16)
        model = emlearn.convert(network, input="int16", input_scale=1 / 2000, numeric="int8", calibration=rows, optimize="speed")
        macs, memory = model.record.source.macs, model.describe()["working memory"]
        for row in model.bench(rows[:2], targets=chips).rows:
            cost = row.cycles or row.instructions
            unit = "cycles" if row.cycles else "instructions"
            figures = f"{cost:,.0f} {unit} | {cost / macs:.2f} | {row.flash:,} B | {row.stack:,} B" if cost else "too large | | |"
            print(f"| {make.__name__} | {macs:,} | {row.target} | {figures} | {memory} |")


if __name__ == "__main__":
    main(sys.argv[1:] or ["cortex-m4f", "cortex-m0plus"])
