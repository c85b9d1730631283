"""Random Keras networks: layers, sizes and weights from a seed; Keras computes them with numpy.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import keras
import numpy as np

L = keras.layers

ACTIVATIONS = ("linear", "relu", "relu6", "leaky_relu", "sigmoid", "tanh")
OUTPUTS = ("softmax", "sigmoid", "labels", "linear", "tanh")


def network(
    seed: int, two: bool | None = None, output: str | None = None, activations: tuple[str, ...] = ACTIVATIONS, most: int = 9
) -> keras.Sequential:
    """A Sequential of up to four blocks over a signal or an image, and a dense end; `most` positions and channels."""
    rng = np.random.default_rng(seed)
    keras.utils.set_random_seed(int(seed) % 2**31)
    two = bool(rng.integers(2)) if two is None else two
    shape = (*rng.integers(5, most + 5, 2 if two else 1).tolist(), int(rng.integers(1, 7)))
    layers: list[keras.Layer] = [keras.Input(shape)]
    for _ in range(int(rng.integers(1, 5))):
        layers += block(rng, two, activations)
    if rng.integers(3) == 0:
        layers.append((L.GlobalMaxPooling2D if two else L.GlobalMaxPooling1D)() if rng.integers(2) else _mean_of_all(two))
    else:
        layers.append(L.Flatten())
    if rng.integers(2):
        layers += [L.Dense(int(rng.integers(1, 17)), activation=str(rng.choice(activations))), L.Dropout(0.3)]
    output = str(rng.choice(OUTPUTS)) if output is None else output
    n = 1 if output == "sigmoid" else int(rng.integers(2, 6))
    layers.append(L.Dense(n, activation="sigmoid" if output == "labels" else output))
    model = keras.Sequential(layers)
    disturb(model, rng)
    return model


def _mean_of_all(two: bool) -> keras.Layer:
    return (L.GlobalAveragePooling2D if two else L.GlobalAveragePooling1D)()


def block(rng: np.random.Generator, two: bool, activations: tuple[str, ...]) -> list[keras.Layer]:
    """A convolution of some kind with what comes with it, or a pool."""
    kind = int(rng.integers(6))
    size = int(rng.integers(1, 4))
    stride, dilation = (int(rng.integers(1, 3)), 1) if rng.integers(2) else (1, int(rng.integers(1, 3)))
    padding = str(rng.choice(["valid", "same"])) if size <= 2 and dilation == 1 and stride == 1 else "same"
    activation = str(rng.choice(activations))
    name = "2D" if two else "1D"
    own = bool(rng.integers(2))  # the activation is the layer's own
    options = {"strides": stride, "padding": padding, "activation": activation if own else None, "use_bias": bool(rng.integers(4))}
    n = int(rng.integers(1, 10))
    if kind <= 1:
        made = [getattr(L, f"Conv{name}")(n, size, dilation_rate=dilation, **options)]
    elif kind == 2:
        made = [getattr(L, f"DepthwiseConv{name}")(size, depth_multiplier=int(rng.integers(1, 3)), dilation_rate=dilation, **options)]
    elif kind == 3:
        made = [getattr(L, f"SeparableConv{name}")(n, size, **options)]
    elif kind == 4:
        return [getattr(L, str(rng.choice(["MaxPooling", "AveragePooling"])) + name)(2, strides=stride, padding="same")]
    else:
        made = [getattr(L, f"ZeroPadding{name}")(1), getattr(L, f"Conv{name}")(n, 3, **{**options, "padding": "valid", "strides": 1})]
    if rng.integers(2):
        made.append(L.BatchNormalization())
    if not own:
        made.append(L.LeakyReLU(negative_slope=0.1) if activation == "leaky_relu" else L.Activation(activation))
    return made


def disturb(owner: keras.Model | keras.Layer, rng: np.random.Generator) -> None:
    """Weights and statistics as training might leave them: none is 0 or 1."""
    values = []
    for weight in owner.weights:
        if weight.name in ("moving_variance", "gamma"):
            values.append(rng.uniform(0.3, 2.0, weight.shape))
        elif len(weight.shape) == 1:
            values.append(rng.normal(0, 0.3, weight.shape))
        else:
            values.append(rng.normal(0, 1.3 / np.sqrt(np.prod(weight.shape[:-1])), weight.shape))
    owner.set_weights(values)


def rows_for(model: keras.Model, n_rows: int, seed: int) -> np.ndarray:
    """Smooth signals of many sizes, flat."""
    rng = np.random.default_rng(seed)
    n = int(np.prod(model.input_shape[1:]))
    return (rng.normal(size=(n_rows, n)) * rng.uniform(0.3, 1.5, (n_rows, 1)) + rng.normal(0, 0.5, (n_rows, 1))).astype(np.float32)
