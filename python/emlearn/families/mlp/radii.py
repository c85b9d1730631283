"""Running error analysis of layers: values, and the radii around them in which the estimator's and the device's lie.

Sums are bounded by gamma(n) = n u / (1 - n u) times the sum of magnitudes (Higham, Accuracy and Stability of Numerical
Algorithms, 2nd ed., section 3.1), activations by their values at both ends of the interval: all are monotone.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...record import Record
from .reference import ACTIVATIONS

#: Half the distance from 1 to the next float32, and to the next float64.
U32, U64 = 2.0**-24, 2.0**-53
LARGEST = float(np.finfo(np.float32).max)

#: Relative error of the device's tanhf, and of its expf(x) with DRIFT * |x| on top: avr-libc scales x by log2(e) in float, so that
#: its error grows. The measured ones are in docs/models/mlp.md; these are twice the largest and more.
LIBM = 16 * U32
DRIFT = 2 * U32

#: Products, or operands, below the smallest normal float may be flushed to zero.
FLUSH = 2.0**-126


@dataclasses.dataclass
class Radii:
    """Values that float64 gives, and the radii around them in which scikit-learn's and the device's lie; rows x units."""

    center: np.ndarray
    sklearn: np.ndarray
    device: np.ndarray
    overflow: np.ndarray  # per row: a float32 may overflow


def raw(record: Record, X: np.ndarray, error: np.ndarray | None) -> Radii:
    """Raw values: int32 and float64 are converted to float with one rounding, the other types without."""
    x = X.astype(np.float64)
    device = np.abs(x) * 2 * U32 + FLUSH if record.input in ("int32", "float64") else np.zeros_like(x)
    sklearn = np.zeros_like(x)
    if error is not None:
        # X is what numpy has for the stage before; scikit-learn's values are within `error` of the device's and of these.
        sklearn, device = sklearn + error, device + 2 * error
    return Radii(x, sklearn, device, np.any(np.abs(x) > LARGEST, axis=1))


def dense(a: Radii, W: np.ndarray, b: np.ndarray, slack: np.ndarray, unit: float = U64) -> Radii:
    """`unit` is half the distance from 1 to the next number of the estimator's own arithmetic."""
    n = W.shape[1] + 2
    size = np.abs(W).T
    total = np.abs(a.center) @ size + np.abs(b)
    # Rounding of a weight: u of it, or half the smallest subnormal; flushed to zero it loses more.
    tables = 2.0**-149 * (np.abs(a.center).sum(axis=1, keepdims=True) + 1)
    # gamma of float64 several times: of the sum here, of scikit-learn's own and of folding a front's scale in.
    slight = gamma(4 * n + 32, U64)
    spread = a.sklearn @ size
    sklearn = (1 + 2 * U32) * spread + (U32 + slight) * (1 + 2 * U32) * (total + spread) + tables + slack
    if unit == U32:  # sums of float32, and a few operations of a normalisation, in any order
        flushed = FLUSH * (n + (np.abs(a.center) + a.sklearn).sum(axis=1, keepdims=True) + size.sum(axis=0))
        sklearn = sklearn + gamma(n + 16, U32) * (total + spread) + flushed
    spread = a.device @ size
    flushed = FLUSH * (n + (np.abs(a.center) + a.device).sum(axis=1, keepdims=True) + size.sum(axis=0))
    device = spread + (gamma(n, U32) + slight) * (total + spread) + flushed
    overflow = a.overflow | ~np.all((total + spread) * (1 + gamma(n, U32)) < LARGEST, axis=1)
    return Radii(a.center @ W.T + b, sklearn, device, overflow)


def activate(name: str, z: Radii) -> Radii:
    """A monotone activation, its libm's error added on the device."""
    f = ACTIVATIONS[name]
    center = f(z.center)

    def swing(radius: np.ndarray) -> np.ndarray:
        return np.maximum(f(z.center + radius) - center, center - f(z.center - radius))

    sklearn, device = swing(z.sklearn), swing(z.device)
    if name in ("identity", "relu"):
        return Radii(center, sklearn, device, z.overflow)
    largest = np.abs(center) + device
    libm = LIBM + 4 * U32 + DRIFT * _exponent(name, z)
    overflow = z.overflow | ~np.all(largest * (1 + libm) < LARGEST, axis=1)
    slight = 8 * U64 * largest
    return Radii(center, sklearn + slight, device + slight + libm * largest + FLUSH, overflow)


def _exponent(name: str, z: Radii) -> np.ndarray | float:
    """How large the argument of expf is, where its error matters: exp(-z) of a large z is lost beside 1 (z exp(-z) < 1)."""
    if name == "exp":
        return np.abs(z.center) + z.device
    return 1 + np.maximum(z.device - z.center, 0) if name == "logistic" else 0.0


def softmax(z: Radii) -> Radii:
    """Logits that move by at most d change p by at most p (1 - p) (exp(2 d) - 1): all others the other way is the worst.

    On the device, exp of t = largest - z has a relative error of u t from rounding t and the libm's; dividing by the sum
    adds the mean of the others', the sum's gamma and one rounding more.
    """
    e = np.exp(z.center - z.center.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    n = p.shape[1]
    spread = (p + 1e-14) * (1 - p + 1e-14)

    def swing(radius: np.ndarray) -> np.ndarray:
        return np.minimum(spread * np.expm1(2 * radius.max(axis=1, keepdims=True)), 1.0)

    device = swing(z.device)
    highest = np.minimum(p + device, 1.0)
    depth = z.center.max(axis=1, keepdims=True) - z.center + 2 * z.device.max(axis=1, keepdims=True)
    relative = np.minimum(1.01 * (LIBM + (DRIFT + U32) * (depth + 1)), 1.0)
    others = np.minimum((highest * relative).sum(axis=1, keepdims=True), 1.0)
    rounding = highest * (relative + others + gamma(n + 2, U32)) * 1.01 + (n + 1) * FLUSH
    slight = gamma(8 * n + 16, U64) * (1 + depth)
    return Radii(p, swing(z.sklearn) + slight, device + rounding + slight, z.overflow)


def gamma(n: int, unit: float) -> float:
    """Higham's gamma(n); beyond 10^7 inputs of float32 it says nothing."""
    return n * unit / (1 - n * unit) if n * unit < 1 else np.inf
