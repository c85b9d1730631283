"""How far an integer network's answers may be from scikit-learn's: errors followed through the layers, row by row.

Around the float network's values for the row, each layer adds: the weights' rounding at these values (known to the digit), the
inputs' errors times the weights' sizes, half a step of the answer, what is clamped, and a curve's error. Nothing here looks at
the integer network's own answers. scikit-learn's part is that of :mod:`.bounds`.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from . import intake, radii
from .bounds import in_blocks
from .integer import Curve, Intake, IntegerMlp, Layer
from .integer_reference import UNIT, bent, softmax_scale
from .reference import ACTIVATIONS

#: The cubic's relative error, and rounding down to 2^-15 (:func:`.integer_reference.power`).
_POWER, _FLOOR = 1.3e-4, 2.0**-15


def bound(record: IntegerMlp, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """See :class:`emlearn.registry.Family`; for ``predict`` of a classifier zero: there the margin decides."""
    if op == "predict" and record.task.is_discrete:
        return np.zeros((len(X), record.task.n_outputs))
    found = []
    with np.errstate(all="ignore"):
        for rows, errors in in_blocks(X, error):
            z = logits(record, rows, errors)
            values = np.nan_to_num(answer_errors(record, z), nan=np.inf, posinf=np.inf)
            if record.task.is_discrete:
                values = np.minimum(values, 1.0)
            found.append(np.repeat(values, 2, axis=1) if record.is_binary else values)
    return np.concatenate(found) if found else np.zeros((0, record.task.width(op)))


def margin(record: IntegerMlp, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """As :func:`emlearn.families.mlp.bounds.margin`, from the logits' errors."""
    found = []
    with np.errstate(all="ignore"):
        for rows, errors in in_blocks(X, error):
            z = logits(record, rows, errors)
            radius = np.nan_to_num(z.sklearn + z.device, nan=np.inf, posinf=np.inf)
            softmax = record.source.output == "softmax"
            gap = np.tanh(radius.max(axis=1, keepdims=True)) if softmax else np.tanh(radius / 2)
            found.append(gap + 64 * radii.U64)
    return np.concatenate(found) if found else np.zeros((0, record.task.n_outputs))


def logits(record: IntegerMlp, X: np.ndarray, error: np.ndarray | None) -> radii.Radii:
    """The last layer before its activation: float64 values, and the radii of scikit-learn and of the device around them."""
    source = record.source
    a = radii.raw(source, X, error)
    a.device = intake_errors(record.intake, X, error)
    scale, offset = record.intake.scale, record.intake.offset
    for k, (layer, (W, b)) in enumerate(zip(record.layers, source.layers, strict=True)):
        slack = source.slack_at(a.center) if k == 0 else np.zeros(len(b))
        z = radii.dense(a, W, b, slack)
        # What the bias has besides b: half a step of the answer, and its least value.
        zero = np.zeros(len(b))
        if layer.top:
            zero = zero - layer.scale * 2.0**layer.shift / layer.factor / 2 + (layer.answer_offset if record.curve is None else 0.0)
        z.device = sum_errors(layer, a, W, b, scale, offset, zero)
        if k + 1 == len(record.layers):
            # The common unit of a classifier's scores is cut off downwards; a regressor's sums are rounded to float.
            z.device = z.device + (layer.answer_scale if layer.shift else 0.0)
            return z
        found = radii.activate(source.hidden, z)
        found.device = _hidden(record, layer, z) + 8 * radii.U64 * np.abs(found.center)
        a, scale, offset = found, layer.answer_scale, layer.answer_offset
    raise AssertionError("a network has a last layer")


def intake_errors(taken: Intake, X: np.ndarray, error: np.ndarray | None) -> np.ndarray:
    """The intake's error: known for raw values; half a step and what is clamped where the stage before may err as well."""
    x = X.astype(np.float64)
    n = X.shape[1] // len(taken.scale)  # an intake may be that of one position of many
    scale, offset = np.tile(taken.scale, n), np.tile(taken.offset, n)
    if error is None:
        return np.abs(scale * intake.apply(taken, X.reshape(-1, len(taken.scale))).reshape(X.shape) + offset - x)
    beyond = np.maximum(np.maximum(offset - x, x - offset - scale * taken.top), 0)
    # Cutting off in float: a few units of the values that are subtracted.
    rounding = 4 * radii.U32 * (np.abs(x) + np.abs(offset) + scale * taken.top)
    return np.asarray(4 * error + scale / 2 + beyond + rounding)


def sum_errors(
    layer: Layer, a: radii.Radii, W: np.ndarray, b: np.ndarray, scale: np.ndarray, offset: np.ndarray, zero: np.ndarray
) -> np.ndarray:
    """|device - center| of the sums in units of z; `zero` is to be added to the bias for that."""
    own = layer.weights.astype(np.float64) * layer.scale[:, None] / scale
    own_bias = layer.scale * layer.bias - own @ offset + zero
    rounding = 64 * len(scale) * radii.U64 * ((np.abs(a.center) + a.device + np.abs(offset)) @ (np.abs(own) + np.abs(W)).T + np.abs(b))
    known = np.abs(a.center @ (own - W).T + (own_bias - b))
    return known + a.device @ np.abs(own).T + rounding


def _hidden(record: IntegerMlp, layer: Layer, z: radii.Radii) -> np.ndarray:
    """|device - center| behind the activation."""
    f = ACTIVATIONS[record.source.hidden]
    center = f(z.center)
    if record.curve is None:
        least, most = layer.answer_offset, layer.answer_offset + layer.answer_scale * layer.top
        if record.source.hidden == "relu":
            least = np.zeros_like(least)
        beyond = np.maximum(np.maximum(least - center, center - most), 0)
        return z.device + layer.answer_scale / 2 + beyond
    step = layer.scale * 2.0**layer.shift / layer.factor  # of z
    radius = z.device + step / 2
    swing = np.maximum(f(z.center + radius) - center, center - f(z.center - radius))
    return swing + curve_error(record.curve) * (0.5 if record.source.hidden == "logistic" else 1.0)


def curve_error(curve: Curve) -> float:
    """The largest |device's tanh - tanh| over all arguments, by trying all; beyond them tanh moves by less than 3e-7."""
    return _curve_error(curve.nodes.tobytes(), curve.bits, curve.spare, curve.mid)


@functools.lru_cache(maxsize=64)
def _curve_error(nodes: bytes, bits: int, spare: int, mid: int) -> float:
    curve = Curve(np.frombuffer(nodes, np.uint16), bits, spare, mid)
    t = np.arange(curve.largest + 1)
    return float(np.max(np.abs((bent(curve, t) - mid) / mid - np.tanh(t * curve.step)))) + 3e-7


def answer_errors(record: Any, z: radii.Radii) -> np.ndarray:
    """The error of every value behind the last layer."""
    output = record.source.output
    if output == "softmax":
        return _probabilities(record, z)
    if output == "logistic":
        return np.hstack([_probabilities(record, _pair(z, j))[:, 1:] for j in range(z.center.shape[1])])
    last = record.layers[-1]
    largest = np.abs(z.center) + z.device
    device = z.device + 3 * radii.U32 * largest + 2.0**-126 * (1 + last.answer_scale)
    if output == "identity":
        return z.sklearn + device + radii.U32 * largest
    value = np.exp(z.center)
    swing = value * np.expm1(z.sklearn) + value * np.expm1(device + math.log(2) / UNIT + 4 * radii.U32 * largest)
    total = swing + np.exp(z.center + device) * (2 * _POWER + 4 * _FLOOR) + 2.0**-124
    return np.where(z.center + device < 127 * math.log(2), total, np.inf)  # beyond the powers that the device has


def _pair(z: radii.Radii, j: int) -> radii.Radii:
    """One score as two, that of not being zero."""
    zero = np.zeros((len(z.center), 1))
    center, sklearn, device = (np.hstack([zero, values[:, j : j + 1]]) for values in (z.center, z.sklearn, z.device))
    return radii.Radii(center, sklearn, device, z.overflow)


def _probabilities(record: Any, z: radii.Radii) -> np.ndarray:
    """Scores' errors, those of their scaling to steps of a power, and the power's own."""
    pre, _, factor = softmax_scale(record)
    unit = float(record.layers[-1].answer_scale[0])
    depth = z.center.max(axis=1, keepdims=True) - z.center + 2 * z.device.max(axis=1, keepdims=True)
    per_step = unit * 2.0**pre * UNIT / math.log(2) * 65536
    off = abs(factor / per_step - 1) * np.minimum(depth, 11.1) + unit * 2.0**pre + math.log(2) / UNIT
    moved = radii.Radii(z.center, z.sklearn, z.device + off / 2, np.zeros(len(z.center), bool))
    found = radii.softmax(moved)
    n = z.center.shape[1]
    own = (2 * _POWER + n * _FLOOR) * (found.center + found.device) + _FLOOR * (1 + _POWER) * 1.01 + 2.0**-16
    return found.sklearn + found.device + own
