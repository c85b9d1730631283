"""Keras networks, and a PyTorch one where it is installed: over signals and images, Sequential and functional, with every kind of output.

Each case: seed -> (model, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib.util

import keras
import numpy as np
from keras_networks import disturb, network, rows_for

Case = tuple[keras.Model, np.ndarray]

L = keras.layers


def _random(output: str, two: bool, start: int):
    def case(seed: int) -> Case:
        model = network(start + 100 * seed, two, output)
        return model, rows_for(model, 60, seed)

    return case


def _functional(seed: int) -> Case:
    """A convolutional network of a keyword spotter's shape, with a nested model."""
    inputs = keras.Input((16, 8, 1))
    x = L.Conv2D(8, (4, 3), strides=2, padding="same", use_bias=False)(inputs)
    x = L.ReLU(max_value=6.0)(L.BatchNormalization()(x))
    x = keras.Sequential([keras.Input((8, 4, 8)), L.DepthwiseConv2D(3, padding="same"), L.ReLU(), L.Conv2D(8, 1, activation="relu")])(x)
    x = L.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, L.Softmax()(L.Dense(4)(L.Dropout(0.2)(x))))
    disturb(model, np.random.default_rng(seed))
    return model, rows_for(model, 60, seed)


CASES = {
    "a signal's classes": _random("softmax", False, 3),
    "an image's classes": _random("softmax", True, 8),
    "two classes": _random("sigmoid", False, 1),
    "labels": _random("labels", True, 12),
    "values": _random("linear", False, 5),
    "values between -1 and 1": _random("tanh", True, 2),
    "functional": _functional,
}


def _torch(seed: int):
    from torch_networks import network as module_of
    from torch_networks import rows_for as rows_of

    module = module_of(seed, "softmax")
    return module, rows_of(module, 60, seed)


if importlib.util.find_spec("torch"):
    CASES["PyTorch"] = _torch
