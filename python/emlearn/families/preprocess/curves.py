"""Powers and quantiles of features: read, answered in numpy, and how far the device may be.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import PowerTransformer, QuantileTransformer

from ...convert import check_finite
from ...errors import UnsupportedError
from ...functions import FUNCTIONS
from ...record import Record, Task
from .record import Preprocess

_U32 = 2.0**-24


def read_power(estimator: PowerTransformer) -> Record:
    """lambdas_ (F,), method, and the StandardScaler behind them where ``standardize``."""
    from ..compose.columns import one_after_the_other  # which itself puts stages of this family side by side
    from ..scaler.sklearn import read_standard

    powers = np.asarray(estimator.lambdas_, dtype=np.float64)
    check_finite("PowerTransformer", lambdas_=powers)
    n, name = len(powers), estimator.method.replace("-", "_")
    values = powers if name == "box_cox" else np.column_stack([powers, 2 - powers]).ravel()
    stage = Preprocess("float32", n, Task("transformer", n), "power", name=name, values=values.astype(np.float32))
    return one_after_the_other([stage, read_standard(estimator._scaler)]) if estimator.standardize else stage


def read_quantiles(estimator: QuantileTransformer) -> Preprocess:
    """quantiles_ (Q, F): knots, and for each the first and last of those that are the same float."""
    if estimator.output_distribution != "uniform":
        raise UnsupportedError(
            f"QuantileTransformer(output_distribution={estimator.output_distribution!r}) has no kernel: fit with 'uniform', "
            "which trees and most models like as well"
        )
    table = np.asarray(estimator.quantiles_, dtype=np.float64)
    check_finite("QuantileTransformer", quantiles_=table)
    knots, ranks, starts = [], [], [0]
    for column in table.astype(np.float32).T:
        values, first, count = np.unique(column, return_index=True, return_counts=True)
        own = np.column_stack([first, first + count - 1])
        knots.append(values)
        ranks.append(own)
        starts.append(starts[-1] + len(values))
    if starts[-1] >= 1 << 15:
        raise UnsupportedError(f"QuantileTransformer has {starts[-1]} different quantiles, and 32,767 fit: fit with fewer n_quantiles")
    n = table.shape[1]
    return Preprocess(
        "float32", n, Task("transformer", n), "quantiles", values=np.concatenate(knots), starts=np.array(starts, np.uint16),
        columns=np.concatenate(ranks).astype(np.uint16).ravel(), terms=np.array([[len(table) - 1]], np.uint16),
    )  # fmt: skip


def curve(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """The curves in x's dtype."""
    return _quantiles(record, x) if record.kind == "quantiles" else _powers(record, x)


def _powers(record: Preprocess, x: np.ndarray) -> np.ndarray:
    if record.name == "box_cox":
        return _raised(np.broadcast_to(record.values.astype(x.dtype), x.shape), np.log(x))
    power = np.where(x < 0, record.values[1::2], record.values[::2]).astype(x.dtype)
    size = _raised(power, np.log1p(np.abs(x)))
    return np.where(x < 0, -size, size)


def _raised(power: np.ndarray, log: np.ndarray) -> np.ndarray:
    """(exp(power log) - 1) / power, the logarithm itself where the power is 0."""
    return np.where(power == 0, log, np.expm1(power * log) / np.where(power == 0, 1, power)).astype(log.dtype)


def _quantiles(record: Preprocess, x: np.ndarray) -> np.ndarray:
    y, unit = np.zeros_like(x), x.dtype.type(1 / np.float32(record.terms[0, 0]))
    ranks = record.columns.reshape(-1, 2).astype(x.dtype)
    for i in range(x.shape[1]):
        own = slice(record.starts[i], record.starts[i + 1])
        knots, (before, behind) = record.values[own].astype(x.dtype), ranks[own].T
        at = np.searchsorted(knots, x[:, i], side="left")
        k = np.clip(at, 1, max(len(knots) - 1, 1))
        near = np.minimum(k, len(knots) - 1)
        share = (x[:, i] - knots[k - 1]) / (knots[near] - knots[k - 1])
        between = behind[k - 1] + (before[near] - behind[k - 1]) * share
        on = x[:, i] == knots[near]
        inner = np.where(on, (before[near] + behind[near]) / 2, between) * unit
        inner = np.where(on & (k == len(knots) - 1), 1, inner)
        y[:, i] = np.where(at == 0, 0, np.where(at == len(knots), 1, inner))
    return y


def curve_bound(record: Preprocess, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """All curves rise: what a feature's error and the rounding of knots move is told by both ends; arithmetic comes on top."""
    moved = slack.copy()
    if record.kind == "quantiles":
        for i in range(x.shape[1]):
            moved[:, i] += 4 * _U32 * (np.abs(x[:, i]) + np.abs(_beside(record, i, x[:, i])))
    low, high = x - moved, x + moved
    y, ends = curve(record, x), (curve(record, low), curve(record, high))
    spread = np.maximum(ends[1] - y, y - ends[0])
    if record.kind == "quantiles":
        return spread + 16 * _U32
    rounding = np.maximum(_rounding(record, low), _rounding(record, high))
    return np.where(np.isfinite(spread), spread, np.inf) + np.maximum(rounding, _rounding(record, x))


def _beside(record: Preprocess, i: int, x: np.ndarray) -> np.ndarray:
    """The larger magnitude of the knots around each value."""
    knots = np.abs(record.values[record.starts[i] : record.starts[i + 1]].astype(np.float64))
    at = np.searchsorted(record.values[record.starts[i] : record.starts[i + 1]], x)
    return np.maximum(knots[np.clip(at - 1, 0, len(knots) - 1)], knots[np.clip(at, 0, len(knots) - 1)])


def _rounding(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """Of the logarithm, of its product with a power that is rounded too, of expm1 and of the quotient."""
    box = record.name == "box_cox"
    name, argument = ("log", x) if box else ("log1p", np.abs(x))
    power = np.broadcast_to(record.values.astype(np.float64), x.shape) if box else np.where(x < 0, record.values[1::2], record.values[::2])
    log, off = FUNCTIONS[name].of(argument), FUNCTIONS[name].error(argument, np.zeros_like(x))
    product = power * log
    raised = FUNCTIONS["expm1"].error(product, np.abs(power) * off + 3 * _U32 * np.abs(product))
    size = np.abs(_raised(power, log))
    total = np.where(power == 0, off, raised / np.where(power == 0, 1, np.abs(power))) + 3 * _U32 * size
    return np.where(np.isnan(total), np.inf, total)
