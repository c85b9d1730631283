"""TensorFlow Lite's arithmetic of fixed-point numbers, in numpy: how its reference kernels round.

Numbers are int64 arrays that hold 32-bit integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math

import numpy as np

#: The largest 32-bit integer, which stands for 1.
ONE = (1 << 31) - 1

#: exp(-2^k) for k = -2 ... 4, in 2^-31.
_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def high(a: np.ndarray | int, b: np.ndarray | int) -> np.ndarray:
    """``a * b / 2^31`` to the nearest, halves up (SaturatingRoundingDoublingHighMul)."""
    return (np.asarray(a, np.int64) * np.asarray(b, np.int64) + (1 << 30)) >> 31


def halved(x: np.ndarray, n: np.ndarray | int) -> np.ndarray:
    """``x / 2^n`` to the nearest, halves away from zero (RoundingDivideByPOT)."""
    mask = (np.int64(1) << np.asarray(n, np.int64)) - 1
    return (x >> n) + ((x & mask) > (mask >> 1) + (x < 0))


def doubled(x: np.ndarray, n: int) -> np.ndarray:
    """``x * 2^n``, as large as 32 bits hold (SaturatingRoundingMultiplyByPOT)."""
    return np.clip(x << n, -ONE - 1, ONE)


def multiplied(x: np.ndarray, multiplier: np.ndarray, power: np.ndarray) -> np.ndarray:
    """``x * multiplier / 2^31 * 2^power``, rounded to 2^power and again (MultiplyByQuantizedMultiplier)."""
    return halved(high(x << np.maximum(power, 0), multiplier), np.maximum(-power, 0))


def multiplied_once(x: np.ndarray, multiplier: np.ndarray, power: np.ndarray) -> np.ndarray:
    """The same, rounded at the end only, halves up, as the interpreter's FULLY_CONNECTED does."""
    n = 31 - power
    return (x * multiplier + (np.int64(1) << (n - 1))) >> n


#: How layers rescale their sums.
ROUNDED = {"twice": multiplied, "once": multiplied_once}


def quantized(real: float) -> tuple[int, int]:
    """(multiplier, power) of a positive number (QuantizeMultiplier)."""
    fraction, power = math.frexp(real)
    multiplier = math.floor(fraction * 2.0**31 + 0.5)
    if multiplier == 1 << 31:
        multiplier, power = 1 << 30, power + 1
    return (multiplier, power) if power >= -31 else (0, 0)


def radius(integer_bits: int, power: int) -> int:
    """The largest input that a function of `integer_bits` takes behind a shift by `power` (CalculateInputRadius)."""
    return math.floor(((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits - power))


def exponential(a: np.ndarray, integer_bits: int) -> np.ndarray:
    """exp(a) in 2^-31 of numbers <= 0 in 2^(integer_bits - 31) (exp_on_negative_values)."""
    quarter = 1 << (29 - integer_bits)
    part = (a & (quarter - 1)) - quarter
    x = doubled(part, integer_bits) + (1 << 28)
    x2 = high(x, x)
    x3, x4 = high(x2, x), high(x2, x2)
    series = halved(high(halved(x4, 2) + x3, 715827883) + x2, 1)
    found = 1895147668 + high(1895147668, x + series)
    left = part - a
    for k, factor in enumerate(_POWERS):
        if integer_bits > k - 2:
            found = np.where(left & (quarter << k), high(found, factor), found)
    return np.where(a == 0, ONE, found)


def reciprocal(a: np.ndarray) -> np.ndarray:
    """``1 / (1 + a)`` of numbers in 2^-31 from 0 on (one_over_one_plus_x_for_x_in_0_1)."""
    half = (a + ONE + 1) >> 1
    x = 1515870810 + high(half, -1010580540)
    for _ in range(3):
        x = x + doubled(high(x, (1 << 29) - high(half, x)), 2)
    return doubled(x, 1)


def logistic(x: np.ndarray, scale: float) -> np.ndarray:
    """LOGISTIC of whole numbers in units of `scale`, in 256ths, 0 to 255: float32 steps, exp rounded correctly."""
    one = np.float32(1)
    with np.errstate(over="ignore"):
        e = np.exp(-(np.float32(scale) * x.astype(np.float32)).astype(np.float64)).astype(np.float32)
        return np.minimum(np.floor(np.float32(256) * (one / (one + e)) + 0.5), 255).astype(np.int64)


def exponentials(scale: float, beta: float) -> np.ndarray:
    """SOFTMAX's exp of 0, -1, ... in units of `scale` times `beta`, in 2^-31, int32, as far as any of them counts."""
    multiplier, power = quantized(min(beta * scale * 2.0**26, 2.0**31 - 1))
    below = np.arange(0, min(256, radius(5, power) + 1), dtype=np.int64)
    found = exponential(high(-(below << power), multiplier), 5)
    counts = np.flatnonzero(found >= 1 << 11)  # less is no 2^-19, and no 256th of any share
    return found[: counts[-1] + 1].astype(np.int32)


def softmax(x: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """SOFTMAX of rows of whole numbers, in 256ths, 0 to 255; `powers` of :func:`exponentials`."""
    table = np.concatenate([powers.astype(np.int64), [0]])
    e = table[np.minimum(x.max(axis=1, keepdims=True) - x, len(powers))]
    total = halved(e, 12).sum(axis=1, keepdims=True)
    headroom = 32 - np.frexp(total.astype(np.float64))[1].astype(np.int64)
    share = reciprocal((total << headroom) - (1 << 31))
    return np.minimum(halved(high(share, e), 35 - headroom), 255)
