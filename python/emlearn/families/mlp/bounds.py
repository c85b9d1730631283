"""How far the device's answers may be from scikit-learn's: a running error analysis, row by row.

Both compute the network of the record's float32 tables, but for errors: scikit-learn has the weights before their rounding, and
rounds in float64; the device rounds in float32, sums in any order, fused or not, and has a libm that is off by some ulps. Each is
followed as a radius around the values that float64 gives for the tables, through every layer; the bound is the sum of both.

Sums are bounded by gamma(n) = n u / (1 - n u) times the sum of magnitudes (Higham, Accuracy and Stability of Numerical
Algorithms, 2nd ed., section 3.1), activations by their values at both ends of the interval: all are monotone.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from ...record import Record
from .record import Mlp
from .reference import ACTIVATIONS

_U32, _U64 = 2.0**-24, 2.0**-53
_LARGEST = float(np.finfo(np.float32).max)

#: Relative error of the device's tanhf, and of its expf(x) with DRIFT * |x| on top: avr-libc scales x by log2(e) in float, so that
#: its error grows. The measured ones are in docs/models/mlp.md; these are twice the largest and more.
LIBM = 16 * _U32
DRIFT = 2 * _U32

#: Products, or operands, below the smallest normal float may be flushed to zero.
_FLUSH = 2.0**-126

#: Rows at a time: keeps the intermediate arrays small.
_CHUNK = 4096


@dataclasses.dataclass
class _Layer:
    """Values that float64 gives, and the radii around them in which scikit-learn's and the device's lie; rows x units."""

    center: np.ndarray
    sklearn: np.ndarray
    device: np.ndarray
    overflow: np.ndarray  # per row: a float32 may overflow


def bound(record: Mlp, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; for ``predict`` of a classifier zero: there the margin decides.

    Infinite for rows whose sums may leave the range of float32.
    """
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), record.task.n_outputs))
    blocks = []
    with np.errstate(all="ignore"):
        for start, error_block in _blocks(X, error):
            z = _logits(record, X[start : start + _CHUNK], error_block)
            a = _softmax(z) if record.output == "softmax" else _activate(record.output, z)
            values = np.nan_to_num(a.sklearn + a.device, nan=np.inf, posinf=np.inf)
            if record.task.is_discrete:
                values = np.minimum(values, 1.0)
            values[a.overflow] = np.inf
            blocks.append(np.repeat(values + _U32, 2, axis=1) if record.is_binary else values)
    return np.concatenate(blocks) if blocks else np.zeros((0, record.task.width(op)))


def margin(record: Mlp, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`.

    Two logits that change places lie within the sum of their errors, 2 R; then their probabilities p >= q have
    q >= p exp(-2 R) and p + q <= 1, so p - q <= tanh(R). One logit that changes sign is within R: |2 p - 1| <= tanh(R / 2).
    """
    blocks = []
    with np.errstate(all="ignore"):
        for start, error_block in _blocks(X, error):
            z = _logits(record, X[start : start + _CHUNK], error_block)
            radius = np.nan_to_num(z.sklearn + z.device, nan=np.inf, posinf=np.inf)
            radius[z.overflow] = np.inf
            gap = np.tanh(radius.max(axis=1, keepdims=True)) if record.output == "softmax" else np.tanh(radius / 2)
            blocks.append(gap + 64 * _U64)
    return np.concatenate(blocks) if blocks else np.zeros((0, record.task.n_outputs))


def _blocks(X: np.ndarray, error: np.ndarray | None) -> Iterator[tuple[int, np.ndarray | None]]:
    for start in range(0, len(X), _CHUNK):
        yield start, None if error is None else error[start : start + _CHUNK]


def _logits(record: Mlp, X: np.ndarray, error: np.ndarray | None) -> _Layer:
    """The last layer before its activation."""
    a = _input(record, X, error)
    layers = record.layers
    for k, (W, b) in enumerate(layers):
        a = _dense(a, W.astype(np.float64), b.astype(np.float64), record.slack_at(a.center) if k == 0 else np.zeros(len(b)))
        if k + 1 < len(layers):
            a = _activate(record.hidden, a)
    return a


def _input(record: Record, X: np.ndarray, error: np.ndarray | None) -> _Layer:
    """Raw values: int32 and float64 are converted to float with one rounding, the other types without."""
    x = X.astype(np.float64)
    device = np.abs(x) * 2 * _U32 + _FLUSH if record.input in ("int32", "float64") else np.zeros_like(x)
    sklearn = np.zeros_like(x)
    if error is not None:
        # X is what numpy has for the stage before; scikit-learn's values are within `error` of the device's and of these.
        sklearn, device = sklearn + error, device + 2 * error
    return _Layer(x, sklearn, device, np.any(np.abs(x) > _LARGEST, axis=1))


def _dense(a: _Layer, W: np.ndarray, b: np.ndarray, slack: np.ndarray, unit: float = _U64) -> _Layer:
    """`unit` is half the distance from 1 to the next number of the estimator's own arithmetic."""
    n = W.shape[1] + 2
    size = np.abs(W).T
    total = np.abs(a.center) @ size + np.abs(b)
    # Rounding of a weight: u of it, or half the smallest subnormal; flushed to zero it loses more.
    tables = 2.0**-149 * (np.abs(a.center).sum(axis=1, keepdims=True) + 1)
    # gamma of float64 several times: of the sum here, of scikit-learn's own and of folding a front's scale in.
    slight = _gamma(4 * n + 32, _U64)
    spread = a.sklearn @ size
    sklearn = (1 + 2 * _U32) * spread + (_U32 + slight) * (1 + 2 * _U32) * (total + spread) + tables + slack
    if unit == _U32:  # sums of float32, and a few operations of a normalisation, in any order
        flushed = _FLUSH * (n + (np.abs(a.center) + a.sklearn).sum(axis=1, keepdims=True) + size.sum(axis=0))
        sklearn = sklearn + _gamma(n + 16, _U32) * (total + spread) + flushed
    spread = a.device @ size
    flushed = _FLUSH * (n + (np.abs(a.center) + a.device).sum(axis=1, keepdims=True) + size.sum(axis=0))
    device = spread + (_gamma(n, _U32) + slight) * (total + spread) + flushed
    overflow = a.overflow | ~np.all((total + spread) * (1 + _gamma(n, _U32)) < _LARGEST, axis=1)
    return _Layer(a.center @ W.T + b, sklearn, device, overflow)


def _activate(name: str, z: _Layer) -> _Layer:
    """A monotone activation, its libm's error added on the device."""
    f = ACTIVATIONS[name]
    center = f(z.center)

    def swing(radius: np.ndarray) -> np.ndarray:
        return np.maximum(f(z.center + radius) - center, center - f(z.center - radius))

    sklearn, device = swing(z.sklearn), swing(z.device)
    if name in ("identity", "relu"):
        return _Layer(center, sklearn, device, z.overflow)
    largest = np.abs(center) + device
    libm = LIBM + 4 * _U32 + DRIFT * _exponent(name, z)
    overflow = z.overflow | ~np.all(largest * (1 + libm) < _LARGEST, axis=1)
    slight = 8 * _U64 * largest
    return _Layer(center, sklearn + slight, device + slight + libm * largest + _FLUSH, overflow)


def _exponent(name: str, z: _Layer) -> np.ndarray | float:
    """How large the argument of expf is, where its error matters: exp(-z) of a large z is lost beside 1 (z exp(-z) < 1)."""
    if name == "exp":
        return np.abs(z.center) + z.device
    return 1 + np.maximum(z.device - z.center, 0) if name == "logistic" else 0.0


def _softmax(z: _Layer) -> _Layer:
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
    relative = np.minimum(1.01 * (LIBM + (DRIFT + _U32) * (depth + 1)), 1.0)
    others = np.minimum((highest * relative).sum(axis=1, keepdims=True), 1.0)
    rounding = highest * (relative + others + _gamma(n + 2, _U32)) * 1.01 + (n + 1) * _FLUSH
    slight = _gamma(8 * n + 16, _U64) * (1 + depth)
    return _Layer(p, swing(z.sklearn) + slight, device + rounding + slight, z.overflow)


def _gamma(n: int, unit: float) -> float:
    """Higham's gamma(n); beyond 10^7 inputs of float32 it says nothing."""
    return n * unit / (1 - n * unit) if n * unit < 1 else np.inf
