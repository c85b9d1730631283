"""Operators that are functions of single values, as 256 answers: those of TensorFlow Lite's reference kernels.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math

import numpy as np

from ...errors import UnsupportedError
from .file import Operator
from .fixed import halved, logistic, multiplied, quantized
from .layers import Pair, clamped

#: The number of a fused activation that cuts off as an operator of this name does.
CLAMPS = {"RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}

#: Steps of the answer in a step of what is taken, as a power of two: products beyond it leave 32 bits.
_MOST_POWER = 22


def values(operator: Operator, scale: float, zero: int) -> np.ndarray:
    """int64 (256,): the bytes, int8 + 128, that the operator makes of -128 to 127 in units of `scale` above `zero`.

    Raises
    ------
    UnsupportedError
        Its units or options have no kernel.
    """
    out_scale, out_zero = operator.output.units(operator.label)
    x = np.arange(-128, 128, dtype=np.int64) - zero
    if operator.name in CLAMPS:
        y = _steps(operator, x, _ratio(scale, out_scale)) + out_zero + 128
        return np.clip(y, *clamped(operator, CLAMPS[operator.name]))
    if operator.name == "LEAKY_RELU":
        alpha = operator.options.real(0) if operator.options else 0.0
        if not (math.isfinite(alpha) and alpha >= 0):
            raise UnsupportedError(f"{operator.label} has alpha={alpha:g}; nearest supported: 0 and more")
        below = float(np.float32(scale) * np.float32(alpha) / np.float32(out_scale))
        y = np.where(x >= 0, _steps(operator, x, _ratio(scale, out_scale)), _steps(operator, x, below))
    elif operator.name == "HARD_SWISH":
        y = _hard_swish(operator, x, np.float32(scale), np.float32(out_scale))
    elif operator.name == "LOGISTIC":
        return logistic(x, scale)
    else:
        tanh = np.tanh((np.float32(scale) * x.astype(np.float32)).astype(np.float64)).astype(np.float32)  # rounded correctly
        steps = tanh * (np.float32(1) / np.float32(out_scale))
        y = np.copysign(np.floor(np.abs(steps.astype(np.float64)) + 0.5), steps).clip(-1000, 1000).astype(np.int64)
    return np.clip(y + out_zero, -128, 127) + 128


#: Whatever has a table here.
NAMES = (*CLAMPS, "LEAKY_RELU", "HARD_SWISH", "LOGISTIC", "TANH")


def keeps(operator: Operator, units: tuple[float, int]) -> Pair | None:
    """Between which bytes the operator only cuts off, where it answers in the `units` that it takes."""
    if operator.name in CLAMPS and operator.output.units(operator.label) == units:
        return clamped(operator, CLAMPS[operator.name])
    return None


def _ratio(scale: float, out_scale: float) -> float:
    return float(np.float32(scale) / np.float32(out_scale))


def _steps(operator: Operator, x: np.ndarray, real: float) -> np.ndarray:
    multiplier, power = quantized(real)
    if power > _MOST_POWER:
        raise UnsupportedError(f"{operator.label} answers in units {real:g} times smaller; nearest supported: units that its answers need")
    return multiplied(x, np.int64(multiplier), np.int64(power))


def _hard_swish(operator: Operator, x: np.ndarray, scale: np.float32, out_scale: np.float32) -> np.ndarray:
    """x * relu6(x + 3) / 6 in 16 bits (reference_ops::HardSwish), before the answer's zero point."""
    fine = np.float32(1 / 128) * scale
    out_multiplier, out_power = _short(float(fine / out_scale))
    multiplier, power = _short(float(fine / (np.float32(3) / np.float32(32768))))
    if out_power > 0:
        raise UnsupportedError(
            f"{operator.label} answers in units that are 128 times smaller than those it takes; nearest supported: larger"
        )
    wide = x << 7
    straight = _short_high(wide, out_multiplier)
    gate = _short_clip(wide << (power - 1)) if power > 0 else wide
    gate = _short_high(gate, multiplier)
    gate = _short_clip(gate << 1) if power > 0 else halved(gate, -power)
    product = ((gate + (1 << 15)) >> 1) * straight
    return halved(np.sign(product) * (np.abs(product) >> 15), -out_power)


def _short(real: float) -> tuple[int, int]:
    """As quantized(), with a multiplier of 15 bits (DownScaleInt32ToInt16Multiplier)."""
    multiplier, power = quantized(real)
    return min((multiplier + (1 << 15)) >> 16, 32767), power


def _short_high(a: np.ndarray, b: int) -> np.ndarray:
    return np.minimum((a * b + (1 << 14)) >> 15, 32767)


def _short_clip(a: np.ndarray) -> np.ndarray:
    return np.clip(a, -32768, 32767)
