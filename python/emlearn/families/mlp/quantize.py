"""An Mlp in integers: the intake, then layer by layer weights, biases and rescaling, with the accumulators' proof.

Weights are symmetric with a scale for each output; activations are 0..top with a scale for each neuron, from the calibration
rows, and the next layer's weights take that scale up. The scale of the weights is chosen such that rescaling by
``factor / 2^shift`` is exact: no error of the multiplier is left. Biases make the error of the weights' rounding vanish at the
calibration rows' mean.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from . import intake
from .agreement import calibration_of
from .integer import Calibration, Curve, IntegerMlp, Layer
from .integer_reference import hidden, sums
from .proof import Proof, prove
from .ranges import ends
from .record import Mlp
from .reference import ACTIVATIONS
from .rounding import fitted, least_error_scale, moments, rounded

INT31 = (1 << 31) - 1

#: The largest weight.
WEIGHT = {"int8": 127, "int16": 32767}

#: The range of activations, in units of what the calibration rows need: int8 has no bits to spare for rows beyond them.
HEADROOM = {"int8": 1.1, "int16": 1.5}

#: What short sums are planned for: 16 bits, and some room for rounding.
_SHORT = 32000

#: Sums must stay within this part of 32 bits.
ROOM = 0.9


@dataclasses.dataclass
class Rows:
    """The calibration rows on their way through both networks, and what the integers of this layer stand for."""

    real: np.ndarray  # float64 (n_samples, n): the float network's activations
    whole: np.ndarray  # int64: the integer network's
    scale: np.ndarray  # real = scale * whole + offset
    offset: np.ndarray
    top: int


def quantize(record: Mlp, numeric: str, rows: np.ndarray, tiled: bool, short: bool = False, whole: bool = True) -> IntegerMlp:
    """The integer network for calibration rows as the record takes them.

    `whole`: raw whole numbers of little range are taken as they are.
    `short`: activations of hidden layers have no more bits than leave sums within 16, but 5 at least.
    """
    weights = [W for W, _ in record.layers]
    taken = intake.choose(record.input, rows, top_for(numeric, weights[0], np.ptp(rows.astype(np.float64), axis=0)), whole)
    x = Rows(rows.astype(np.float64), intake.apply(taken, rows), taken.scale, taken.offset, taken.top)
    curve = curve_for(numeric, weights, short) if record.hidden in ("logistic", "tanh") and len(weights) > 1 else None
    layers = []
    for k, (W, b) in enumerate(record.layers[:-1]):
        layer, x = _hidden(record, numeric, x, W, b, record.layers[k + 1][0], curve, short)
        layers.append(layer)
    layers.append(last_layer(record.task.is_discrete, numeric, x, *record.layers[-1], short))
    made = IntegerMlp(
        record.input,
        record.n_features,
        record.task,
        source=record,
        numeric=numeric,
        tiled=tiled,
        intake=taken,
        layers=tuple(layers),
        curve=curve,
        calibration=Calibration(0, 0.0, 0.0, 0.0, ()),
    )
    return dataclasses.replace(made, calibration=calibration_of(made, rows))


def top_for(numeric: str, W: np.ndarray, size: np.ndarray, short: bool = False) -> int:
    """The largest activation before weights W (n_out, n_in), where the inputs' spreads are `size`.

    In int16 as many bits as 32-bit sums of full weights leave, 15 at most.
    """
    each = W * size
    largest = np.max(np.abs(each), axis=1, keepdims=True, initial=0)
    each = each / np.where(largest > 0, largest, 1)
    if numeric == "int8":
        one_sided = max(float(np.max(np.sum(np.maximum(each * sign, 0), axis=1), initial=0)) for sign in (1, -1))
        most = int(0.95 * _SHORT / (127 * max(one_sided, 1)))
        return min(most, 255) if short and most >= 31 else 255
    total = float(np.max(np.sum(np.abs(each), axis=1), initial=1))
    bits = math.floor(math.log2(max(ROOM * INT31 / (WEIGHT[numeric] * max(total, 1)), 2)))
    return (1 << min(max(bits, 8), 15)) - 1


def curve_for(numeric: str, weights: list[np.ndarray], short: bool) -> Curve:
    """int8: 64 segments, tanh of +-127 or less; int16: 256 segments, as many bits as all layers behind have room for."""
    n_segments, bits = (64, 6) if numeric == "int8" else (256, 8)
    mid = min(top_for(numeric, W, np.ones(W.shape[1]), short) for W in weights[1:]) >> 1
    spare = 15 - mid.bit_length()
    nodes = np.rint(np.tanh(np.linspace(0, 8, n_segments + 1)) * mid * 2.0**spare)
    return Curve(nodes.astype(np.uint16), bits, spare, mid)


def _hidden(
    record: Mlp, numeric: str, x: Rows, W: np.ndarray, b: np.ndarray, following: np.ndarray, curve: Curve | None, short: bool
) -> tuple[Layer, Rows]:
    real = x.real @ W.T + b
    if curve is not None:
        half = record.hidden == "logistic"
        n = len(b)
        steps = np.full(n, curve.step * (2 if half else 1))  # of z
        scale, offset, top = np.full(n, (0.5 if half else 1.0) / curve.mid), np.full(n, 0.0 if half else -1.0), 2 * curve.mid
        layer = hidden_layer(numeric, x, W, b, real, steps, np.zeros(n), short)
    else:
        least = np.zeros(len(b)) if record.hidden == "relu" else real.min(axis=0) - (HEADROOM[numeric] - 1) / 2 * np.ptp(real, axis=0)
        spread = np.maximum(real.max(axis=0), 0) if record.hidden == "relu" else np.ptp(real, axis=0)
        # A neuron that the calibration rows never move gets a small range of its own.
        spread = (1.0 if short else HEADROOM[numeric]) * np.maximum(spread, 2.0**-8 * max(float(spread.max(initial=0)), 2.0**-100))
        top = top_for(numeric, following, spread, short)
        if numeric == "int8":
            y = ACTIVATIONS[record.hidden](real)
            least, most = ends(y, least, least + spread, top, least if record.hidden == "relu" else y.mean(axis=0))
            spread = most - least
        scale, offset = spread / top, least
        layer = hidden_layer(numeric, x, W, b, real, scale, offset, short)
    layer = dataclasses.replace(layer, top=top, answer_scale=scale, answer_offset=offset)
    whole = hidden(layer, curve, sums(layer, x.whole))
    return layer, Rows(ACTIVATIONS[record.hidden](real), whole, scale, offset, top)


def last_layer(is_discrete: bool, numeric: str, x: Rows, W: np.ndarray, b: np.ndarray, short: bool) -> Layer:
    real = x.real @ W.T + b
    least = _least_scale(numeric, x, W, b, short)
    if not is_discrete:
        return _layer(numeric, x, W, b, real, least, np.zeros(0, np.uint16), 0, False)
    # All outputs in one unit: the largest factor that 32 bits (or else 64) have room for.
    for wide in (False, True):
        most = 0xFFFF if wide else max(1, min(0xFFFF, INT31 // _largest(numeric, x, W, b, real, least)))
        factor = np.clip(np.ceil(least / least.max() * most), 1, most)
        unit = least.max() / most
        layer = _layer(numeric, x, W, b, real, factor * unit, factor.astype(np.uint16), 16 if wide else 0, wide)
        if wide or (most >= 64 and layer.proof.largest * int(factor.max()) <= INT31):
            break
    return dataclasses.replace(layer, answer_scale=np.full(len(b), unit * (1 << layer.shift)))


def _largest(numeric: str, x: Rows, W: np.ndarray, b: np.ndarray, real: np.ndarray, scale: np.ndarray) -> int:
    """The largest sum, with room for scales that are a little larger or smaller."""
    return int(_layer(numeric, x, W, b, real, scale, np.zeros(0, np.uint16), 0, False).proof.largest * 1.05) + 1


def _least_scale(numeric: str, x: Rows, W: np.ndarray, b: np.ndarray, short: bool) -> np.ndarray:
    """The scale, per output, at which weights lose least and sums fit 32 bits; `short` sums are not to grow by clipped weights."""
    W, b = W * x.scale, b + W @ x.offset
    if numeric == "int8" and not short:
        scale = least_error_scale(W, moments(x.whole), WEIGHT[numeric])
    else:
        scale = np.max(np.abs(W), axis=1) / WEIGHT[numeric]
    high, low = np.maximum(W, 0).sum(axis=1) * x.top, np.minimum(W, 0).sum(axis=1) * x.top
    largest = np.max(np.abs([high, low, high + b, low + b, b]), axis=0)
    scale = np.maximum(scale, largest / (ROOM * INT31))
    if numeric == "int8" and short:  # 16 bits, where less than a bit of the weights buys them
        enough = np.maximum(high, -low) / _SHORT
        scale = np.where(enough <= 1.5 * scale, np.maximum(scale, enough), scale)
    usual = float(scale.max(initial=0)) or 1.0
    # Nothing but a bias, as pruning leaves it: fine steps would only make it a number of many bits.
    return np.where(np.any(W, axis=1), np.maximum(scale, 2.0**-20 * usual), np.maximum(np.abs(b) * 2.0**-16, 2.0**-20 * usual))


def hidden_layer(
    numeric: str,
    x: Rows,
    W: np.ndarray,
    b: np.ndarray,
    real: np.ndarray,
    answer_scale: np.ndarray,
    answer_offset: np.ndarray,
    short: bool,
) -> Layer:
    """A hidden layer: ``y = sum * factor / 2^shift``, `factor` rounded up and the weights' scale adapted to it."""
    zero = answer_scale / 2 - answer_offset  # half a step, as the answer is cut off
    b, real = b + zero, real + zero
    ratio = _least_scale(numeric, x, W, b, short) / answer_scale

    def make(scale: np.ndarray, factor: np.ndarray, shift: int) -> Layer:
        return _layer(numeric, x, W, b, real, scale, factor, shift, True)

    return rescaled(ratio, answer_scale, make)


def rescaled(ratio: np.ndarray, answer_scale: np.ndarray, make: Callable[[np.ndarray, np.ndarray, int], Layer]) -> Layer:
    """The layer that `make` gives for the weights' scale, factor and shift of most bits that leave products within 32, if any do."""
    found = None
    for shift in (32, 24, 16, 8):
        factor = np.maximum(np.ceil(ratio * 2.0**shift), 1)
        if np.max(factor) > 0xFFFF and shift > 8:
            continue
        factor = np.minimum(factor, 0xFFFF)
        scale = np.maximum(factor / 2.0**shift, ratio) * answer_scale if shift == 8 else factor / 2.0**shift * answer_scale
        layer = make(scale, factor.astype(np.uint16), shift)
        narrow = layer.proof.largest * int(factor.max()) <= INT31
        found = found or layer
        if narrow and int(factor.max()) >= 32:
            return dataclasses.replace(layer, wide=False)
    assert found is not None
    return found


def _layer(
    numeric: str, x: Rows, W: np.ndarray, b: np.ndarray, real: np.ndarray, scale: np.ndarray, factor: np.ndarray, shift: int, wide: bool
) -> Layer:
    """Weights and biases at a scale for each output; `real` are the float network's sums."""
    dtype = np.int8 if numeric == "int8" else np.int16
    most = WEIGHT[numeric]
    if numeric == "int8":
        G = moments(x.whole)
        weights = rounded(fitted(W * x.scale, G, x.whole, real), G, scale, most).astype(dtype)
    else:
        weights = np.clip(np.rint(W * x.scale / scale[:, None]), -most, most).astype(dtype)
    mean = real.mean(axis=0) / scale - weights.astype(np.float64) @ x.whole.mean(axis=0)
    bias = np.clip(np.rint(mean), -INT31, INT31).astype(np.int32)
    proof = _proof(weights, bias, x.top)
    n = len(b)
    return Layer(weights, bias, factor, shift, wide, 0, scale, scale.copy(), np.zeros(n), proof, float(np.mean(x.whole == 0)))


def _proof(weights: np.ndarray, bias: np.ndarray, top: int) -> Proof:
    proof = prove(weights, bias, top)
    assert proof.largest <= INT31
    return proof
