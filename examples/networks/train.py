"""Trains the network for movements on the recordings of a watch, and writes its weights to `watch.npz`.

    KERAS_BACKEND=jax python examples/networks/train.py

The people of the test part are seen by nobody here. Watches sit on wrists at all angles: in every epoch each window is turned a little,
is faster or slower by up to a quarter, and begins somewhere else. Needs Keras with a backend that trains; takes a minute.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import nets
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "watch"))

import recordings

WEIGHTS = Path(__file__).resolve().parent / "watch.npz"
EPOCHS, HALVED_EVERY, RATE = 120, 30, 3e-3
DEGREES = 25


def turned(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Windows (n, samples, 6) of other watches: Rodrigues' rotation about any axis, another speed, another beginning."""
    n = len(rows)
    axis = rng.normal(size=(n, 3))
    x, y, z = (axis / np.linalg.norm(axis, axis=1, keepdims=True)).T
    zero, angle = np.zeros(n), np.radians(rng.uniform(-DEGREES, DEGREES, n))[:, None, None]
    cross = np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]).transpose(2, 0, 1)
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    both = np.einsum("nij,ntsj->ntsi", rotation, rows.reshape(n, -1, 2, 3))
    both[:, :, 1] *= rng.uniform(0.8, 1.25, (n, 1, 1))
    return np.roll(both.reshape(rows.shape), rng.integers(rows.shape[1]), axis=1).astype(np.float32)


def main() -> None:
    windows = recordings.load()
    known = ~windows.is_test
    rows = windows.samples * np.array(list(recordings.CHANNELS.values()))
    labels = np.unique(windows.labels, return_inverse=True)[1]
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    network = nets.watch()
    network.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
    for epoch in range(EPOCHS):
        network.optimizer.learning_rate = RATE * 0.5 ** (epoch // HALVED_EVERY)
        network.fit(turned(rows[known], rng), labels[known], epochs=1, batch_size=64, verbose=0)
    found = network.predict(rows[~known].astype(np.float32), verbose=0).argmax(axis=1)
    print(f"accuracy on people it has not seen: {np.mean(found == labels[~known]):.4f}")
    np.savez_compressed(WEIGHTS, *(values.astype(np.float16) for values in network.get_weights()))


if __name__ == "__main__":
    main()
