"""The answers of an integer network in numpy, equal to the device's to the bit.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import intake
from .integer import Curve, IntegerMlp, Layer

#: 2^-f for f in 2048ths, times 2^15: a cubic, Horner's scheme; at most 1.3e-4 of the power off (a test tries all f).
POWER = (32765, 22639, 7527, 1271)

#: Steps of one power of two; beyond 16 powers nothing is left of 2^15.
UNIT, DEPTH = 2048, 16


def reference(record: IntegerMlp, op: str, X: np.ndarray) -> np.ndarray:
    """The answer of `op` for raw values X, shape (n_samples, task.width(op))."""
    return answers(record, op, sums(record.layers[-1], activations(record, X)[-1]))


def answers(record: Any, op: str, v: np.ndarray) -> np.ndarray:
    """What an operation makes of the last layer's sums; of an IntegerMlp, or another record with its last layer, source and task."""
    last, output = record.layers[-1], record.source.output
    if not record.task.is_discrete:
        return _values(record, v)
    z = scores(last, v)
    if op == "predict":
        return (np.argmax(z, axis=1)[:, None] if output == "softmax" else z > 0).astype(np.int32)
    p, limit, factor = softmax_scale(record)
    if output == "softmax":
        return softmax(z, p, limit, factor)
    pairs = [softmax(np.column_stack([np.zeros(len(z), np.int64), z[:, j]]), p, limit, factor) for j in range(z.shape[1])]
    return pairs[0] if record.is_binary else np.column_stack([pair[:, 1] for pair in pairs])


def activations(record: IntegerMlp, X: np.ndarray) -> list[np.ndarray]:
    """What each layer takes, int64 of shape (n_samples, n_in)."""
    rows = [intake.apply(record.intake, X)]
    for layer in record.layers[:-1]:
        rows.append(hidden(layer, record.curve, sums(layer, rows[-1])))
    return rows


def sums(layer: Layer, q: np.ndarray) -> np.ndarray:
    """int64; float64 holds them exactly (proof: below 2^31), and its product is the fast one."""
    return (q.astype(np.float64) @ layer.weights.T.astype(np.float64)).astype(np.int64) + layer.bias


def scaled(layer: Layer, v: np.ndarray) -> np.ndarray:
    """A sum in units of the answer, rounded down, before it is clamped or bent."""
    return np.clip((v * layer.factor.astype(np.int64)) >> layer.shift, -0x7FFFFFFF, 0x7FFFFFFF)


def hidden(layer: Layer, curve: Curve | None, v: np.ndarray) -> np.ndarray:
    """The answers of a hidden layer for its sums."""
    y = scaled(layer, v)
    return np.clip(y, 0, layer.top) if curve is None else bent(curve, y)


def bent(curve: Curve, t: np.ndarray) -> np.ndarray:
    """mid + tanh: straight lines between nodes, odd, rounded half away from zero."""
    u = np.minimum(np.abs(t), curve.largest - 1)
    nodes = curve.nodes.astype(np.int64)
    at, part = u >> curve.bits, u & ((1 << curve.bits) - 1)
    value = nodes[at] + (((nodes[at + 1] - nodes[at]) * part) >> curve.bits)
    value = (value + (1 << curve.spare >> 1)) >> curve.spare
    return np.where(t < 0, curve.mid - value, curve.mid + value)


def scores(layer: Layer, v: np.ndarray) -> np.ndarray:
    """A classifier's last layer in one unit for all outputs."""
    return (v * layer.factor.astype(np.int64)) >> layer.shift


def power(t: np.ndarray) -> np.ndarray:
    """2^(-t / 2048) * 2^15 for t of 0 to 16 powers, rounded down."""
    f = t % UNIT
    e = np.full_like(t, POWER[3])
    for c in POWER[2::-1]:
        e = c - ((f * e) >> 11)
    return e >> (t // UNIT)


def softmax_scale(record: Any) -> tuple[int, int, int]:
    """(p, limit, factor): a difference d of scores is min(d >> p, limit) * factor >> 16 steps of a power of two."""
    return power_scale(float(record.layers[-1].answer_scale[0]))


def power_scale(unit: float) -> tuple[int, int, int]:
    """For scores with `unit` to the step; differences below 2^32 that matter keep at least 14 bits."""
    per_step = unit / math.log(2) * UNIT  # steps of the power for one step of d
    deepest = DEPTH * UNIT / per_step  # the d at which nothing is left
    p = min(math.ceil(math.log2(deepest / 32767)), 31) if deepest > 32767 else 0
    factor = round(per_step * 2.0**p * 65536)
    factor = min(max(factor, 1), DEPTH * UNIT << 16)
    return p, min((DEPTH * UNIT << 16) // factor, 0xFFFF), factor


def steps_of(d: np.ndarray, p: int, limit: int, factor: int) -> np.ndarray:
    """Steps of the power for differences of scores."""
    return (np.minimum(d >> p, limit) * factor) >> 16


def softmax(z: np.ndarray, p: int, limit: int, factor: int) -> np.ndarray:
    """float32, whole multiples of 2^-16."""
    e = power(steps_of(z.max(axis=1, keepdims=True) - z, p, limit, factor))
    total = e.sum(axis=1, keepdims=True)
    return ((((e << 16) + (total >> 1)) // total).astype(np.float32)) * np.float32(2.0**-16)


def _values(record: Any, v: np.ndarray) -> np.ndarray:
    """A regressor's answers: the sums, exact but for one rounding, times float units; or powers of two."""
    unit = record.layers[-1].answer_scale.astype(np.float32)
    values = v.astype(np.float32) * unit
    if record.source.output != "exp":
        return values
    # The exponent in steps of the power, within the range of float's.
    with np.errstate(over="ignore"):
        t = np.clip(values * np.float32(UNIT / math.log(2)), np.float32(-125 * UNIT), np.float32(127 * UNIT)).astype(np.int64)
    whole, part = t >> 11, t & (UNIT - 1)
    return np.ldexp(power(UNIT - part).astype(np.float32), whole - 14)
