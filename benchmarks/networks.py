"""The networks that are compared beside scikit-learn's, and the pages that an autoencoder is to know again.

``KERAS_BACKEND=jax python -m benchmarks.networks`` trains the one for digits and writes its weights to digits_cnn.npz; those of the one
for movements are examples/networks/watch.npz.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "numpy")

WEIGHTS = Path(__file__).resolve().with_name("digits_cnn.npz")
EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "networks"

#: Images in a page, and pages that are learned.
IMAGES, PAGES = 10, 1000
EPOCHS = 150


def digits_shape() -> Any:
    """A keyword spotter's layers in small: a convolution, then two depthwise and pointwise ones, over 8 x 8 pixels."""
    import keras

    layer = keras.layers
    layers = [layer.Conv2D(16, 3, padding="same", use_bias=False), layer.BatchNormalization(), layer.ReLU()]
    for stride in (2, 1):
        layers += [layer.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False), layer.BatchNormalization(), layer.ReLU()]
        layers += [layer.Conv2D(32, 1, use_bias=False), layer.BatchNormalization(), layer.ReLU()]
    return keras.Sequential([keras.Input((8, 8, 1)), *layers, layer.GlobalAveragePooling2D(), layer.Dense(10, activation="softmax")])


class Trained:
    """A Keras network whose weights lie in a file, with scikit-learn's methods as far as the benchmark asks for them."""

    def __init__(self, make: Any, weights: Path) -> None:
        self.model = make()
        kept = np.load(weights)
        self.model.set_weights([kept[name].astype(np.float32) for name in kept.files])
        self.classes_ = np.arange(self.model.output_shape[-1])

    def fit(self, *_: Any) -> Trained:
        return self

    def predict(self, rows: np.ndarray) -> np.ndarray:
        shape = (len(rows), *self.model.input_shape[1:])
        return np.asarray(self.model.predict(rows.reshape(shape).astype(np.float32), verbose=0)).argmax(axis=1)


def watch() -> Trained:
    """That of examples/networks: movements from 256 samples of six axes."""
    sys.path.insert(0, str(EXAMPLE))
    import nets

    return Trained(nets.watch, EXAMPLE / "watch.npz")


def digits() -> Trained:
    return Trained(digits_shape, WEIGHTS)


def pages(images: np.ndarray, labels: np.ndarray, count: int, *, mixed: bool, seed: int) -> np.ndarray:
    """Rows of :data:`IMAGES` images each, all of one digit, or of any digits where `mixed`."""
    rng = np.random.default_rng(seed)
    wanted = rng.integers(10, size=(count, IMAGES if mixed else 1)) + np.zeros(IMAGES, dtype=int)
    places = [np.flatnonzero(labels == digit) for digit in range(10)]
    chosen = np.array([[rng.choice(places[digit]) for digit in page] for page in wanted])
    return images[chosen].reshape(count, -1)


def main() -> None:
    """Train on the benchmark's own training rows."""
    import keras

    from .cases import load

    data = load("digits")
    keras.utils.set_random_seed(0)
    network = digits_shape()
    network.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    for epoch in range(EPOCHS):
        network.optimizer.learning_rate = 5e-3 * 0.5 ** (epoch // 40)
        network.fit(data.train.reshape(-1, 8, 8, 1), data.train_y, epochs=1, batch_size=64, verbose=0)
    found = network.predict(data.test.reshape(-1, 8, 8, 1), verbose=0).argmax(axis=1)
    print(f"{len(found)} test rows, of which it answers so: {np.bincount(found, minlength=10)}")
    np.savez_compressed(WEIGHTS, *(values.astype(np.float16) for values in network.get_weights()))


if __name__ == "__main__":
    main()
