"""Random networks as TensorFlow Lite files, with rows for them; scales are such that most bytes are used and some are cut off.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from benchmarks import tflite_file
from benchmarks.tflite_file import ACTIVATIONS, File, Tensor

#: Functions of single values, which the benchmark's files do not have: their numbers in the schema.
FUNCTIONS = {"RELU": 19, "RELU_N1_TO_1": 20, "RELU6": 21, "TANH": 28, "LEAKY_RELU": 98, "HARD_SWISH": 117}
tflite_file.OPERATORS.update(FUNCTIONS)
tflite_file._VERSIONS.update({"HARD_SWISH": 1, "RELU_N1_TO_1": 1})
tflite_file._OPTIONS["LEAKY_RELU"] = 75

SHARES = {"scale": [1 / 256], "zero": [-128]}


class Maker:
    """A file that grows layer by layer with random numbers; all outputs of a layer have one scale where `alike`."""

    alike = False

    def __init__(self, seed: int, shape: tuple[int, ...], is_float: bool = False) -> None:
        self.rng = np.random.default_rng(seed)
        self.shape = shape
        units = {"scale": [float(np.float32(10 ** self.rng.uniform(-3, 0.5)))], "zero": [int(self.rng.integers(-128, 128))]}
        self.units = units
        self.file = File(Tensor((1, *shape), "float32") if is_float else Tensor((1, *shape), **units))
        if is_float:
            self.file.add("QUANTIZE", Tensor((1, *shape), **units))

    def activation(self) -> int:
        return ACTIVATIONS[str(self.rng.choice(["", "RELU", "RELU6", "RELU_N1_TO_1"], p=[0.3, 0.5, 0.15, 0.05]))]

    def dense(self, n: int, activation: int | None = None, most: int = 127) -> None:
        shape = self.file.last.shape
        self._weighted("FULLY_CONNECTED", (n, int(np.prod(shape[1:]))), (1, n), n, 0, activation, [], 0, most)

    def convolution(self, n: int, size: tuple[int, int], stride: tuple[int, int] = (1, 1), padding: int = 0, dilation: int = 1) -> None:
        shape = self.file.last.shape
        options = [(0, "Int8", padding), (1, "Int32", stride[1]), (2, "Int32", stride[0]), (4, "Int32", dilation), (5, "Int32", dilation)]
        self._weighted("CONV_2D", (n, *size, shape[3]), (1, *self._places(size, stride, padding, dilation), n), n, 3, None, options, 0)

    def depthwise(self, size: tuple[int, int], stride: tuple[int, int] = (1, 1), padding: int = 0, multiplier: int = 1) -> None:
        n = self.file.last.shape[3] * multiplier
        options = [(0, "Int8", padding), (1, "Int32", stride[1]), (2, "Int32", stride[0]), (3, "Int32", multiplier)]
        self._weighted("DEPTHWISE_CONV_2D", (1, *size, n), (1, *self._places(size, stride, padding), n), n, 4, None, options, 3)

    def pool(self, kind: str, size: tuple[int, int], stride: tuple[int, int], padding: int, activation: int = 0) -> None:
        options = [(0, "Int8", padding), (1, "Int32", stride[1]), (2, "Int32", stride[0]), (3, "Int32", size[1]), (4, "Int32", size[0])]
        last, places = self.file.last, self._places(size, stride, padding)
        output = Tensor((1, *places, last.shape[3]), scale=last.scale, zero=last.zero)
        self.file.add(f"{kind}_POOL_2D", output, [], [*options, (5, "Int8", activation)])

    def mean(self, keeps: bool) -> None:
        last = self.file.last
        units = {"scale": [last.scale[0] * float(self.rng.uniform(0.3, 1.5))], "zero": [int(self.rng.integers(-128, 128))]}
        if self.rng.random() < 0.3:
            units = {"scale": last.scale, "zero": last.zero}
        axes = self.file.constant(np.array([1, 2], np.int32))
        output = Tensor((1, 1, 1, last.shape[3]) if keeps else (1, last.shape[3]), **units)
        self.file.add("MEAN", output, [axes], [(0, "Bool", keeps)])

    def pad(self, before: tuple[int, int], after: tuple[int, int]) -> None:
        last = self.file.last
        amounts = self.file.constant(np.array([[0, 0], [before[0], after[0]], [before[1], after[1]], [0, 0]], np.int32))
        grown = (1, last.shape[1] + before[0] + after[0], last.shape[2] + before[1] + after[1], last.shape[3])
        self.file.add("PAD", Tensor(grown, scale=last.scale, zero=last.zero), [amounts])

    def reshape(self, shape: tuple[int, ...]) -> None:
        last = self.file.last
        self.file.add(
            "RESHAPE", Tensor((1, *shape), scale=last.scale, zero=last.zero), [self.file.constant(np.array([1, *shape], np.int32))]
        )

    def end(self, name: str, beta: float = 1.0) -> None:
        self.file.add(name, Tensor(self.file.last.shape, **SHARES), [], [(0, "Float32", beta)] if name == "SOFTMAX" else [])

    def function(self, name: str, scale: float | None = None, zero: int = 0, alpha: float = 0.0) -> None:
        """Of single values; without a scale in the units of what it takes."""
        units = {"scale": self.file.last.scale, "zero": self.file.last.zero} if scale is None else {"scale": [scale], "zero": [zero]}
        self.file.add(name, Tensor(self.file.last.shape, **units), [], [(0, "Float32", alpha)] if name == "LEAKY_RELU" else [])

    def dequantize(self) -> None:
        self.file.add("DEQUANTIZE", Tensor(self.file.last.shape, "float32"))

    def rows(self, n: int) -> np.ndarray:
        """Features that reach all bytes, float32, halves between two bytes among them."""
        scale, zero = np.float32(self.units["scale"][0]), self.units["zero"][0]
        whole = self.rng.integers(-140, 140, (n, *self.shape)) + self.rng.choice([0.0, 0.5, 0.3], (n, *self.shape))
        return ((whole - zero).astype(np.float32) * scale).reshape(n, -1)

    def _places(self, size: tuple[int, int], stride: tuple[int, int], padding: int, dilation: int = 1) -> tuple[int, ...]:
        plane = self.file.last.shape[1:3]
        room = [n if padding == 0 else n - (k - 1) * dilation for n, k in zip(plane, size, strict=True)]
        return tuple(-(-n // s) for n, s in zip(room, stride, strict=True))

    def _weighted(
        self,
        name: str,
        weights: tuple[int, ...],
        output: tuple[int, ...],
        n: int,
        field: int,
        activation: int | None,
        options: list,
        axis: int,
        most: int = 127,
    ) -> None:
        rng, last = self.rng, self.file.last
        channels = n if name != "FULLY_CONNECTED" else 1
        scale = 10 ** rng.uniform(-3, -1, channels).astype(np.float32)
        scale[1:] = scale[:1] if self.alike else scale[1:]
        values = rng.integers(-most, 128, weights).astype(np.int8)
        taps = values.size // n
        spread = float(last.scale[0]) * 74 * float(np.mean(scale)) * 74 * np.sqrt(taps)
        bias = rng.integers(-4000, 4000, n).astype(np.int32)
        given = [self.file.constant(values, scale.tolist(), axis if channels > 1 else 0)]
        if name != "FULLY_CONNECTED" or rng.random() < 0.8:  # convolutions must have biases
            given.append(self.file.constant(bias, (scale * np.float32(last.scale[0])).tolist()))
        activation = self.activation() if activation is None else activation
        zero = -128 if activation == 1 and rng.random() < 0.7 else int(rng.integers(-128, 128))
        made = Tensor(output, scale=[float(np.float32(spread * rng.uniform(2, 6) / 256))], zero=[zero])
        self.file.add(name, made, given, [*options, (field, "Int8", activation)])


def network(seed: int, end: str = "") -> Maker:
    """A random network over an image, a signal or a vector; `end` is SOFTMAX, LOGISTIC, or nothing."""
    rng = np.random.default_rng(seed + 1000)
    kind = rng.integers(3)
    if kind == 0:
        made = Maker(seed, (int(rng.integers(1, 40)),), bool(rng.random() < 0.4))
    else:
        height = int(rng.integers(4, 9)) if kind == 1 else 1
        made = Maker(seed, (height, int(rng.integers(4, 12)), int(rng.integers(1, 5))), bool(rng.random() < 0.4))
        for _ in range(rng.integers(1, 4)):
            _layer(made, rng)
        if rng.random() < 0.5:
            made.mean(bool(rng.random() < 0.5))
        elif rng.random() < 0.5:
            made.reshape((int(np.prod(made.file.last.shape)),))
    for _ in range(rng.integers(0, 2)):
        made.dense(int(rng.integers(1, 20)))
    made.dense(1 if end == "LOGISTIC" and rng.random() < 0.5 else int(rng.integers(2, 12)), ACTIVATIONS[""])
    if end:
        made.end(end)
    if rng.random() < 0.3:
        made.dequantize()
    return made


def _layer(made: Maker, rng: np.random.Generator) -> None:
    plane = made.file.last.shape[1:3]
    size = tuple(int(rng.integers(1, min(n, 3) + 1)) for n in plane)
    stride, padding = tuple(int(n) for n in rng.integers(1, 3, 2)), int(rng.integers(2))
    kind = rng.integers(5)
    if kind == 0:
        made.depthwise(size, stride, padding, int(rng.integers(1, 3)))
    elif kind == 1:
        made.pool(str(rng.choice(["MAX", "AVERAGE"])), size, stride, padding, made.activation())
    elif kind == 2 and plane[0] > 1:
        made.pad((1, 0), (0, 2))
        made.convolution(int(rng.integers(1, 9)), size, stride, padding)
    else:
        made.convolution(
            int(rng.integers(1, 9)), size, stride, padding, int(rng.integers(1, 3)) if stride == (1, 1) and padding == 0 else 1
        )
