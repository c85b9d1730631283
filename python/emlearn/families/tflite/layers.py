"""The numbers of one layer of a TensorFlow Lite file: windows, multipliers, and the bytes between which answers are kept.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from ..mlp.integer import Layer as Numbers
from ..mlp.proof import Proof, prove
from ..networks.build import same_padding
from ..networks.record import Layer, Window
from .file import Operator, Tensor
from .fixed import quantized
from .record import ByteLayer

Pair = tuple[int, int]

#: Fused activations: the least and the largest answer, None for none, by their number in the schema.
_ACTIVATIONS: dict[int, tuple[float | None, float | None]] = {0: (None, None), 1: (0.0, None), 2: (-1.0, 1.0), 3: (0.0, 6.0)}

#: Sums, and what they become, must leave room for zero points in 32 bits.
_MOST = 1 << 30

#: Windows of more values than this are no microcontroller's.
_MOST_TAPS = 1 << 22


def plane_of(label: str, tensor: Tensor) -> tuple[int, int, int]:
    """Height, width and channels of a value; a plain vector is one position of many channels.

    Raises
    ------
    UnsupportedError
        It is several rows, or has more axes.
    """
    shape = tensor.shape
    if len(shape) > 1 and shape[0] != 1:
        raise UnsupportedError(f"{label} has {shape[0]} rows at a time: export the model with a batch of 1")
    shape = shape[1:] or shape
    if len(shape) > 3:
        raise UnsupportedError(f"{label}: rows of shape {shape}; at most height, width and channels have kernels")
    return (*(1,) * (3 - len(shape)), *shape)  # type: ignore[return-value]


def window_of(
    label: str, plane: tuple[int, int, int], size: Pair, padding: int, stride: Pair, dilation: Pair, around: tuple[Pair, Pair] | None
) -> Window:
    """A window with padding SAME (0) or VALID (1), besides that of a PAD `around` the plane.

    Raises
    ------
    UnsupportedError
        It is larger than its input, or so large that nothing holds it.
    """
    size = (int(size[0]), int(size[1]))
    if min(*size, *stride, *dilation) < 1 or padding not in (0, 1):
        raise InvalidInputError(f"{label} has size {size}, stride {stride}, dilation {dilation}, padding {padding}: the file is damaged")
    before, after = around or ((0, 0), (0, 0))
    if padding == 0:
        sides = [same_padding(plane[k] + before[k] + after[k], size[k], stride[k], dilation[k]) for k in (0, 1)]
        before, after = (before[0] + sides[0][0], before[1] + sides[1][0]), (after[0] + sides[0][1], after[1] + sides[1][1])
    window = Window(plane, size, stride, dilation, before, after)
    if min(window.places) < 1:
        raise UnsupportedError(f"{label}: its window of {size[0]} x {size[1]} is larger than its input of {plane[0]} x {plane[1]}")
    if window.n_places * window.n_values > _MOST_TAPS:
        raise UnsupportedError(f"{label}: {window.n_places} windows of {window.n_values} values: no microcontroller computes them")
    return window


def padding_of(operator: Operator, plane: tuple[int, int, int]) -> tuple[Pair, Pair]:
    """What PAD puts before and after, along height and width."""
    amounts = operator.constant(1)
    n = len(operator.needed(0).shape)
    if amounts.shape != (n, 2) or n not in (3, 4) or np.any(amounts < 0) or np.any(amounts > 255):
        raise UnsupportedError(
            f"{operator.label} has amounts {amounts.tolist()}; nearest supported: 0 to 255 for each side of height and width"
        )
    if np.any(amounts[[0, n - 1]]):
        raise UnsupportedError(f"{operator.label} pads rows or channels; nearest supported: height and width")
    (top, bottom), (left, right) = ((0, 0), *amounts[1:-1].tolist())[-2:]
    return (top, left), (bottom, right)


def clamped(operator: Operator, activation: int) -> Pair:
    """The bytes between which a fused activation keeps answers.

    Raises
    ------
    UnsupportedError
        It has no kernel.
    """
    if activation not in _ACTIVATIONS:
        raise UnsupportedError(f"{operator.label} has fused activation {activation}; nearest supported: RELU, RELU6, RELU_N1_TO_1 or none")
    scale, zero = operator.output.units(operator.label)
    low, high = _ACTIVATIONS[activation]
    least, top = -128, 127
    if low is not None:
        least = max(least, zero + _rounded(low, scale))
    if high is not None:
        top = min(top, zero + _rounded(high, scale))
    if least > top:
        raise InvalidInputError(f"{operator.label}: its activation leaves no value: the file is damaged, make it again")
    return least + 128, top + 128


def _rounded(value: float, scale: float) -> int:
    """To the nearest, halves away from zero, of float32 numbers."""
    t = float(np.float32(value) / np.float32(scale))
    return int(math.copysign(math.floor(abs(t) + 0.5), t)) if abs(t) < _MOST else int(math.copysign(_MOST, t))


def rescaled(operator: Operator, kind: str, window: Window, weights: np.ndarray, scale: float, zero: int, activation: int) -> ByteLayer:
    """A layer with weights (n_out, n_in) on values in units of `scale` above `zero`."""
    label, n = operator.label, len(weights)
    tensor = operator.needed(1)
    if weights.dtype != np.int8:
        raise UnsupportedError(f"{label}: its weights are of {tensor.type}; only int8 has kernels: convert with full integer quantisation")
    bias = np.zeros(n, np.int64)
    if len(operator.inputs) > 2 and operator.inputs[2] is not None:
        found = operator.constant(2)
        if found.dtype != np.int32 or found.shape != (n,):
            raise UnsupportedError(f"{label}: its biases are of {operator.inputs[2].type} {found.shape}; it needs int32 ({n},)")
        bias = found.astype(np.int64)
    out_scale, out_zero = operator.output.units(label)
    units = _weight_scales(label, tensor, n)
    multiplier, power = _multipliers(scale * units.astype(np.float64) / out_scale)
    shifted = bias - (zero + 128) * weights.astype(np.int64).sum(axis=1) if kind == "dense" else bias
    proof = prove(weights, np.clip(shifted, -_MOST, _MOST), 255)
    small = np.max(np.abs(np.concatenate([shifted, bias])), initial=0) < _MOST
    _check(label, proof.largest if small else _MOST, multiplier, power)
    least, top = clamped(operator, activation)
    source = Layer(kind, window, weights if kind == "dense" else weights.T, shifted.astype(np.int32), label=label)
    numbers = _numbers(np.ascontiguousarray(weights), shifted, multiplier, top, proof)
    rounded = "once" if operator.name == "FULLY_CONNECTED" else "twice"
    return ByteLayer(source, numbers, multiplier, power, rounded, zero + 128, out_zero + 128, least, top)


def _numbers(weights: np.ndarray, bias: np.ndarray, multiplier: np.ndarray, top: int, proof: Proof) -> Numbers:
    ones = np.ones(len(weights))
    return Numbers(weights, bias.astype(np.int32), multiplier, 0, True, top, ones, ones, 0 * ones, proof)


def _weight_scales(label: str, tensor: Tensor, n: int) -> np.ndarray:
    """float32 (n,): one for all, or one for each output along the tensor's axis of outputs."""
    axis = 3 if len(tensor.shape) == 4 and tensor.shape[0] == 1 and tensor.shape[3] == n and tensor.axis == 3 else 0
    if len(tensor.scale) not in (1, n) or (len(tensor.scale) == n > 1 and tensor.axis != axis):
        raise UnsupportedError(
            f"{label}: its weights have {len(tensor.scale)} scales along axis {tensor.axis}; it needs one, or {n} of its outputs"
        )
    if np.any(tensor.zero != 0):
        raise UnsupportedError(f"{label}: its weights have zero points; only symmetric weights of int8 have kernels")
    if not np.all(np.isfinite(tensor.scale) & (tensor.scale > 0)):
        raise InvalidInputError(f"{label}: scales of its weights are not positive numbers: the file is damaged, make it again")
    return np.broadcast_to(tensor.scale, (n,))


def _multipliers(real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pairs = [quantized(float(value)) for value in real]
    return np.array([m for m, _ in pairs], np.int32), np.clip([p for _, p in pairs], -128, 127).astype(np.int8)


def _check(label: str, largest: int, multiplier: np.ndarray, power: np.ndarray) -> None:
    """Refuse sums that leave 32 bits, on the way to the answer or there."""
    up = int(max(power.max(initial=0), 0))
    if up > 30 or largest << up >= _MOST:
        raise UnsupportedError(f"{label}: its sums can leave 32 bits; nearest supported: fewer inputs, or a larger scale of its answers")


def mean(operator: Operator, window: Window, scale: float, zero: int) -> ByteLayer:
    """MEAN over all positions, which is a sum with another multiplier."""
    label, n = operator.label, window.n_values // window.plane[2]
    out_scale, out_zero = operator.output.units(label)
    multiplier, power = quantized(scale / out_scale)
    by = min(n.bit_length() - 1, 32, 31 + power)
    multiplier, power = (multiplier << by) // n, power - by
    found = np.full(window.plane[2], multiplier, np.int32), np.full(window.plane[2], power, np.int8)
    _check(label, 256 * n, *found)
    source = Layer("total", window, np.zeros(0), np.zeros(0), label=label)
    return ByteLayer(source, None, *found, "twice", zero + 128, out_zero + 128)
