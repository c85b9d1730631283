"""A Network in integers: the intake, then layer by layer what dense networks do (:mod:`emlearn.families.mlp.quantize`).

Each channel has a scale of its own, which the next layer's weights take up; zero is a whole number, the same for all channels, so that
padding is. Pools keep the scales of what they take.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from ...errors import UnsupportedError
from ...options import Options
from ..mlp import intake
from ..mlp.choose import AUTO_AGREEMENT, check_rows, held_out, shortest
from ..mlp.integer import Calibration, Curve, Intake
from ..mlp.integer import Layer as Numbers
from ..mlp.proof import prove
from ..mlp.quantize import HEADROOM, INT31, ROOM, WEIGHT, Rows, curve_for, hidden_layer, last_layer, rescaled, top_for
from ..mlp.ranges import ends
from ..mlp.rounding import least_error_scale, moments, rounded
from ..mlp.sparse import thin
from .agreement import calibration_of
from .emit import divisor
from .integer import SLOPE, IntegerLayer, IntegerNetwork
from .integer_reference import answer, take
from .patches import of_channels, patches, repeated, taps
from .real import answer as real_answer
from .real import sums
from .record import Layer, Network, Window

#: A last layer that is not dense gets a dense one of ones behind it, up to this many answers.
_MOST_ANSWERS = 64

#: Values under a layer's windows, over all calibration rows: more rows than that leaves are thinned out.
_VALUES = 1 << 23

#: The places that weights are rounded for: more tell nothing new.
_PLACES = 1 << 13


def quantized(record: Network, exact: Network, options: Options) -> Network | IntegerNetwork:
    """The network in the integers of `options`; `exact`, its float32 form, where "auto" finds none that keeps 99 % of the answers.

    Raises
    ------
    InvalidInputError
        There are no calibration rows, or all of them are the same.
    UnsupportedError
        A layer has no kernel in integers.
    """
    rows = check_rows(options)
    source = _prepared(record)
    for numeric in ("int8", "int16") if options.numeric == "auto" else (options.numeric,):
        make = functools.partial(_best, source, numeric, optimize=options.optimize)
        if options.numeric != "auto" or held_out(make, calibration_of, rows) >= AUTO_AGREEMENT:
            return thin(make(rows), options.optimize)
    return exact


def _best(source: Network, numeric: str, rows: np.ndarray, optimize: str) -> IntegerNetwork:
    """As for dense networks: for `speed` the :func:`emlearn.families.mlp.choose.shortest` sums."""
    made = quantize(source, numeric, rows, optimize != "size")
    if optimize != "speed" or numeric != "int8" or not source.task.is_discrete:
        return made
    return shortest(made, functools.partial(quantize, source, numeric, tiled=True, short=True), calibration_of, rows)


def _prepared(record: Network) -> Network:
    """With a last layer that is dense and has no activation."""
    for layer in record.layers:
        if layer.activation == "elu":
            raise UnsupportedError(f"{layer.label}: elu has no kernel in integers; nearest supported: leaky_relu, tanh, or numeric='exact'")
    last = record.layers[-1]
    if last.kind == "dense" and last.activation == "identity":
        return record
    n = last.n_out
    if n > _MOST_ANSWERS:
        raise UnsupportedError(
            f"{last.label}: {n} answers that are no plain sums have no kernel in integers; nearest supported: a last Dense layer without "
            "activation, or numeric='exact'"
        )
    ones = Layer("dense", Window((1, 1, n), (1, 1)), np.eye(n), np.zeros(n), slack=np.zeros(n), label="output")
    return dataclasses.replace(record, layers=(*record.layers, ones))


def quantize(record: Network, numeric: str, rows: np.ndarray, tiled: bool, short: bool = False) -> IntegerNetwork:
    """The integer network for calibration rows as the record takes them.

    `short`: what layers take has no more bits than leave sums within 16, but 5 at least.
    """
    largest = max(layer.window.n_places * max(layer.window.n_values, layer.channels) for layer in record.layers)
    some = rows[np.linspace(0, len(rows) - 1, max(1, min(len(rows), _VALUES // largest))).astype(int)]
    taken = _intake(record, numeric, some, short)
    channels = len(taken.scale)
    x = Rows(some.astype(np.float64), take(taken, some), taken.scale, taken.offset, taken.top)
    padding = int(take(taken, np.zeros((1, channels), some.dtype))[0, 0]) if _pads(record.layers) else 0
    curve = _curve(record, numeric, short)
    layers: list[IntegerLayer] = []
    for k, layer in enumerate(record.layers[:-1]):
        made, x = _passed(layer, numeric, x, padding, record.layers[k + 1 :], curve, short)
        layers.append(made)
        padding = made.zero
    last = record.layers[-1]
    under = _under(last, x, padding)
    numbers = last_layer(record.task.is_discrete, numeric, under, last.weights, last.bias, short)
    layers.append(IntegerLayer(last, numbers, padding, 0, 0))
    none = Calibration(0, 0.0, 0.0, 0.0, ())
    network = IntegerNetwork(record.input, record.n_features, record.task, record, numeric, tiled, taken, tuple(layers), curve, none)
    return dataclasses.replace(network, calibration=calibration_of(network, rows))


def _pads(layers: tuple[Layer, ...]) -> bool:
    """Whether zeros join the first layer's values, or those of pools that lead."""
    for layer in layers:
        if layer.window.is_padded and (layer.kind in ("dense", "each") or layer.counts_padding):
            return True
        if len(layer.bias):
            return False
    return False


def _intake(record: Network, numeric: str, rows: np.ndarray, short: bool) -> Intake:
    """One for all positions of a channel."""
    channels = record.layers[0].window.plane[2]
    lost = _lost(channels, record.layers)
    if lost is not None:
        raise UnsupportedError(
            f"{lost.label}: {channels} channels of the input, each with a scale of its own, are read as {lost.window.plane[2]} behind "
            "pools alone; nearest supported: a Reshape before the pools or behind a layer with weights, or numeric='exact'"
        )
    flat = rows.reshape(-1, channels)
    spread = np.ptp(flat.astype(np.float64), axis=0)
    return intake.choose(record.input, flat, _top(numeric, record.layers, spread, short), padded=_pads(record.layers))


def _top(numeric: str, following: tuple[Layer, ...], spread: np.ndarray, short: bool) -> int:
    """The largest whole number for values of these spreads, a number for each channel, before the next layer with weights."""
    layer = next((layer for layer in following if len(layer.bias)), None)
    if layer is None:
        return top_for(numeric, np.ones((1, 1)), np.ones(1))
    spread = of_channels(layer.window.plane[2], spread)
    if layer.kind == "each":
        return top_for(numeric, layer.weights.T, repeated(layer.multiplier, spread)[:, None], False)
    return top_for(numeric, layer.weights, np.tile(spread, layer.window.n_values // len(spread)), short)


def _curve(record: Network, numeric: str, short: bool) -> Curve | None:
    """One for all layers that bend: as many bits as the layers behind them have room for."""
    behind = [np.ones((1, 1))]
    for k, layer in enumerate(record.layers[:-1]):
        if layer.activation in ("logistic", "tanh"):
            following = next(after for after in record.layers[k + 1 :] if len(after.bias))
            behind.append(following.weights.T if following.kind == "each" else following.weights)
    return curve_for(numeric, behind, short) if len(behind) > 1 else None


def _under(layer: Layer, x: Rows, padding: int) -> Rows:
    """What lies under a dense layer's window, a row for each place, and its scales."""
    window = layer.window
    n_taps = window.size[0] * window.size[1]
    scale, offset = (np.tile(of_channels(window.plane[2], values), n_taps) for values in (x.scale, x.offset))
    real = patches(window, x.real)
    some = _some(len(real))
    return Rows(real[some], patches(window, x.whole, padding)[some], scale, offset, x.top)


def _some(n: int) -> np.ndarray:
    """Places of all rows from which weights are rounded."""
    return np.linspace(0, n - 1, min(n, _PLACES)).astype(int)


def _passed(
    layer: Layer, numeric: str, x: Rows, padding: int, following: tuple[Layer, ...], curve: Curve | None, short: bool
) -> tuple[IntegerLayer, Rows]:
    """The layer in integers, and the rows behind it."""
    real = real_answer(layer, x.real)
    if layer.kind == "mean" and numeric == "int8" and divisor(layer):
        numbers, zero = _mean(layer, x, padding, real.reshape(-1, layer.channels), following, short)
        made = IntegerLayer(layer, numbers, padding, zero, 0)
        return made, Rows(real, answer(made, None, x.whole), numbers.answer_scale, numbers.answer_offset, numbers.top)
    if not len(layer.bias):
        made = IntegerLayer(layer, None, padding, padding, 0)
        return made, Rows(real, answer(made, None, x.whole), x.scale, x.offset, x.top)
    z = sums(layer, x.real)
    scale, offset, top, zero = _answers(layer, numeric, real.reshape(len(z), -1), following, curve, short)
    bends = layer.activation in ("logistic", "tanh")
    steps = np.full(layer.channels, curve.step * (2 if layer.activation == "logistic" else 1)) if bends and curve else scale
    zeros = np.zeros(layer.channels) if bends else offset
    if layer.kind == "dense":
        numbers = hidden_layer(numeric, _under(layer, x, padding), layer.weights, layer.bias, z[_some(len(z))], steps, zeros, short)
    else:
        numbers = _each(layer, numeric, x, padding, z, steps, zeros)
    numbers = dataclasses.replace(numbers, top=top, answer_scale=scale, answer_offset=offset)
    slope = round(layer.number * (1 << SLOPE)) if layer.activation == "leaky" else 0
    made = IntegerLayer(layer, numbers, padding, zero, slope)
    return made, Rows(real, answer(made, curve, x.whole), scale, offset, top)


def _answers(
    layer: Layer, numeric: str, real: np.ndarray, following: tuple[Layer, ...], curve: Curve | None, short: bool
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """(scale, offset, top, zero) of a layer's answers; `real` are those of the float network, (n, channels)."""
    n = layer.channels
    if layer.activation in ("logistic", "tanh"):
        assert curve is not None
        half = layer.activation == "logistic"
        zero = 0 if half else curve.mid
        return np.full(n, (0.5 if half else 1.0) / curve.mid), np.full(n, 0.0 if half else -1.0), 2 * curve.mid, zero
    if _lost(n, following) is not None:
        real = real.reshape(-1, 1)
    high, low = np.maximum(real.max(axis=0), 0), np.maximum(-real.min(axis=0), 0)
    if layer.activation in ("relu", "clipped"):
        low = np.zeros_like(low)
    # A channel that the calibration rows never move gets a small range of its own.
    least = 2.0**-8 * max(float((high + low).max(initial=0)), 2.0**-100)
    high, low = (
        (1.0 if short else HEADROOM[numeric]) * np.maximum(side, least if side is high or np.any(low) else 0) for side in (high, low)
    )
    if layer.activation == "clipped":
        high = np.minimum(high, layer.number)
    top = _top(numeric, following, high + low, short)
    if numeric == "int8":
        low, high = ends(real, -low, high, top, np.zeros_like(low))
        low = -low
    zero = min(max(round(top * float(np.sum(low) / np.sum(high + low))), 1), top - 1) if np.any(low) else 0
    scale = of_channels(n, np.maximum(high / (top - zero), low / zero if zero else 0.0))
    return scale, -zero * scale, top, zero


def _lost(channels: int, following: tuple[Layer, ...]) -> Layer | None:
    """The layer behind in whose channels so many lose themselves (Reshape), which then need one scale; up to the next with weights."""
    for layer in following:
        if layer.window.plane[2] % channels:
            return layer
        if len(layer.bias):
            return None
        channels = layer.channels
    return None


def _each(layer: Layer, numeric: str, x: Rows, padding: int, z: np.ndarray, answer_scale: np.ndarray, zeros: np.ndarray) -> Numbers:
    """A depthwise layer, as :func:`emlearn.families.mlp.quantize.hidden_layer` makes dense ones."""
    channels = layer.window.plane[2]
    own, shift_of = (repeated(layer.multiplier, of_channels(channels, values)) for values in (x.scale, x.offset))
    W = layer.weights.T * own[:, None]
    b = layer.bias + layer.weights.sum(axis=0) * shift_of + answer_scale / 2 - zeros
    most = WEIGHT[numeric]
    under = repeated(layer.multiplier, taps(layer.window, x.whole, padding)).reshape(-1, *layer.weights.shape)
    if numeric == "int8":
        spread = [moments(under[..., j]) for j in range(len(W))]
        scale = np.concatenate([least_error_scale(W[j : j + 1], G, most) for j, G in enumerate(spread)])
    else:
        scale = np.max(np.abs(W), axis=1) / most
    high, low = np.maximum(W, 0).sum(axis=1) * x.top, np.minimum(W, 0).sum(axis=1) * x.top
    scale = np.maximum(scale, np.max(np.abs([high, low, high + b, low + b, b, high - low]), axis=0) / (ROOM * INT31))
    scale = np.maximum(scale, 2.0**-20 * (float(scale.max(initial=0)) or 1.0))
    mean = under.mean(axis=0)
    real = z.mean(axis=0) + answer_scale / 2 - zeros

    def make(scale: np.ndarray, factor: np.ndarray, shift: int) -> Numbers:
        if numeric == "int8":
            whole = [rounded(W[j : j + 1], G, scale[j : j + 1], most) for j, G in enumerate(spread)]
            weights = np.concatenate(whole).astype(np.int8)
        else:
            weights = np.clip(np.rint(W / scale[:, None]), -most, most).astype(np.int16)
        bias = real / scale - (weights.astype(np.float64) * mean.T).sum(axis=1)
        bias = np.clip(np.rint(bias), -INT31, INT31).astype(np.int32)
        n = len(bias)
        return Numbers(weights, bias, factor, shift, True, 0, scale, scale.copy(), np.zeros(n), prove(weights, bias, x.top))

    return rescaled(scale / answer_scale, answer_scale, make)


def _mean(layer: Layer, x: Rows, padding: int, real: np.ndarray, following: tuple[Layer, ...], short: bool) -> tuple[Numbers, int]:
    """A mean in steps of its own, finer than those of what it is made of, whose largest values it does not have; and its zero.

    The sums' step is given, so that the answers' is what a factor makes of it.
    """
    channels = layer.channels
    step = of_channels(channels, x.scale) / layer.window.n_taps
    scale, _, top, zero = _answers(layer, "int8", real, following, None, short)
    weights = np.ones((channels, layer.window.n_taps), np.int8)
    sums = taps(layer.window, x.whole, padding).sum(axis=2).mean(axis=(0, 1))

    def make(_: np.ndarray, factor: np.ndarray, shift: int) -> Numbers:
        steps = step * 2.0**shift / factor
        bias = np.clip(np.rint((real.mean(axis=0) + steps * (zero + 0.5)) / step - sums), -INT31, INT31).astype(np.int32)
        proof = prove(weights, bias, x.top)
        return Numbers(weights, bias, factor, shift, True, top, step, steps, -zero * steps, proof)

    return rescaled(step / scale, scale, make), zero
