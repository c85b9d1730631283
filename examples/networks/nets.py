"""Networks of usual shapes: one of dense layers, one for movements, a keyword spotter's, an autoencoder's.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "numpy")

import keras

L = keras.layers


def dense() -> keras.Model:
    """64 - 32 - 10."""
    return keras.Sequential([keras.Input((64,)), L.Dense(32, activation="relu"), L.Dense(10, activation="softmax")])


def watch() -> keras.Model:
    """Seven exercises from 256 samples of six axes, 5.12 s of a watch; `train.py` trains it, `watch.npz` has its weights."""
    layers = [L.Conv1D(12, 8, strides=4, use_bias=False), L.BatchNormalization(), L.ReLU()]
    layers += [L.Conv1D(24, 4, strides=2, use_bias=False), L.BatchNormalization(), L.ReLU()]
    layers += [L.Conv1D(24, 4, strides=2, activation="relu"), L.GlobalAveragePooling1D(), L.Dropout(0.3)]
    return keras.Sequential([keras.Input((256, 6)), *layers, L.Dense(7, activation="softmax")])


def signals() -> keras.Model:
    """A 1-D network over 128 samples of 6 axes."""
    convolutions = [L.Conv1D(n, size, strides=2, activation="relu") for n, size in ((16, 5), (24, 3), (32, 3))]
    return keras.Sequential([keras.Input((128, 6)), *convolutions, L.GlobalAveragePooling1D(), L.Dense(7, activation="softmax")])


def keywords() -> keras.Model:
    """A keyword spotter's: one convolution, four depthwise and pointwise ones, over 49 x 10 (DS-CNN of MLPerf Tiny)."""
    layers = [L.Conv2D(64, (10, 4), strides=2, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU()]
    for _ in range(4):
        layers += [L.DepthwiseConv2D(3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU()]
        layers += [L.Conv2D(64, 1, use_bias=False), L.BatchNormalization(), L.ReLU()]
    return keras.Sequential([keras.Input((49, 10, 1)), *layers, L.GlobalAveragePooling2D(), L.Dense(12, activation="softmax")])


def autoencoder() -> keras.Model:
    """640 - 128 x 4 - 8 - 128 x 4 - 640, that of MLPerf Tiny."""
    sizes = (*(128,) * 4, 8, *(128,) * 4)
    return keras.Sequential([keras.Input((640,)), *(L.Dense(n, activation="relu") for n in sizes), L.Dense(640)])
