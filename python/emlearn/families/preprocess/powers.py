"""Powers of features, as they are or standardised: read, answered in numpy, and how they round.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import PowerTransformer

from ...fitted import check_finite
from ...functions import FUNCTIONS
from ...record import Task
from .record import Preprocess

_U32, _U64 = 2.0**-24, 2.0**-53


def read_power(estimator: PowerTransformer) -> Preprocess:
    """lambdas_ (F,), method, and with ``standardize`` the mean and deviation of the powers.

    Strong powers of large values lie close together and far from 0, so that the mean would take all their digits: what is read is
    their difference from the power of a float near the mean, which needs none (:class:`.record.Preprocess`).
    """
    powers = np.asarray(estimator.lambdas_, dtype=np.float64)
    check_finite("PowerTransformer", lambdas_=powers)
    n, name = len(powers), estimator.method.replace("-", "_")
    signed = np.column_stack([powers, 2 - powers]) if name == "yeo_johnson" else powers[:, np.newaxis]
    kind, values = "power", signed
    if estimator.standardize:
        kind, values = "standardized", _rows(signed, np.asarray(estimator._scaler.mean_), np.asarray(estimator._scaler.scale_))
    with np.errstate(over="ignore"):
        table = values.astype(np.float32).ravel()
    check_finite("PowerTransformer", lambdas_=table)
    return Preprocess("float32", n, Task("transformer", n), kind, name=name, values=table)


def _rows(powers: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """(middle, power, factor, offset) of each feature and sign, float64 of shape (F, 2 or 1, 4)."""
    signed = powers.shape[1] == 2
    base, rows = float(signed), np.zeros((*powers.shape, 4))
    for feature, own in enumerate(powers):
        for side, power in enumerate(own):
            sign = -1.0 if side else 1.0
            power = 0.0 if abs(power) < np.spacing(1.0) else power  # as in scikit-learn
            middle = _near(power, sign * mean[feature], base)
            ratio = base + middle
            size = ratio**power / power if power else 1.0
            at = _raised(np.float64(power), np.log(np.float64(ratio)))
            rows[feature, side] = middle, power, sign * size / deviation[feature], (sign * at - mean[feature]) / deviation[feature]
    return rows


def _near(power: float, mean: float, base: float) -> float:
    """A float whose power is close to the mean, 1 - base where there is none: any does, a close one is more precise."""
    with np.errstate(all="ignore"):
        ratio = np.exp(mean) if power == 0 else np.power(max(1 + power * mean, 0.0), 1 / power)
        middle = float(np.float32(ratio - base))
    return middle if base - 1 < middle < 1e30 and middle + base > 0 else 1 - base


def powers(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """The curves in x's dtype."""
    if record.kind == "standardized":
        middle, power, factor, offset = _of_signs(record, x)
        ratio = _log_ratio(x.dtype.type(record.is_signed), np.abs(x) if record.is_signed else x, middle)
        return (factor * np.where(power == 0, ratio, np.expm1(power * ratio)) + offset).astype(x.dtype)
    (power,) = _of_signs(record, x)
    if not record.is_signed:
        return _raised(power, np.log(x))
    size = _raised(power, np.log1p(np.abs(x)))
    return np.where(x < 0, -size, size)


def _of_signs(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """The numbers of each value's row, in x's dtype: shape (4 or 1, n_samples, n_features)."""
    table = record.values.astype(x.dtype).reshape(record.n_features, 1 + record.is_signed, -1).transpose(2, 1, 0)
    if not record.is_signed:
        return np.broadcast_to(table, (len(table), *x.shape))
    return np.where(x < 0, table[:, 1:], table[:, :1])


def _log_ratio(base: float, size: np.ndarray, middle: np.ndarray) -> np.ndarray:
    part = (size - middle) / (base + middle)
    return np.where(part > -0.5, np.log1p(part), np.log((base + size) / (base + middle)))


def _raised(power: np.ndarray, log: np.ndarray) -> np.ndarray:
    """(exp(power log) - 1) / power, the logarithm itself where the power is 0."""
    return np.where(power == 0, log, np.expm1(power * log) / np.where(power == 0, 1, power)).astype(log.dtype)


def powers_rounding(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """How far the device's curves may be at x; scikit-learn's own, which float64 rounds, where a mean cancels its digits."""
    total = _standardized_rounding(record, x) if record.kind == "standardized" else _plain_rounding(record, x)
    return np.where(np.isnan(total), np.inf, total)


def _plain_rounding(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """Of the logarithm, of its product with a power that is rounded too, of expm1 and of the quotient."""
    name, argument = ("log1p", np.abs(x)) if record.is_signed else ("log", x)
    (power,) = _of_signs(record, x)
    log, off = FUNCTIONS[name].of(argument), FUNCTIONS[name].error(argument, np.zeros_like(x))
    grown = _grown_error(power, log, off)
    total: np.ndarray = grown / np.where(power == 0, 1, np.abs(power)) + 3 * _U32 * np.abs(_raised(power, log))
    return total


def _grown_error(power: np.ndarray, log: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Of exp(power log) - 1, or of the logarithm."""
    product = power * log
    return np.where(power == 0, off, FUNCTIONS["expm1"].error(product, np.abs(power) * off + 3 * _U32 * np.abs(product)))


def _standardized_rounding(record: Preprocess, x: np.ndarray) -> np.ndarray:
    base = float(record.is_signed)
    middle, power, factor, offset = _of_signs(record, x)
    size = np.abs(x) if record.is_signed else x
    part, ratio = (size - middle) / (base + middle), (base + size) / (base + middle)
    near = FUNCTIONS["log1p"].error(part, 4 * _U32 * np.abs(part))
    off = np.where(part > -0.5, near, FUNCTIONS["log"].error(ratio, 4 * _U32 * ratio))
    log = _log_ratio(base, size, middle)
    value = factor * np.where(power == 0, log, np.expm1(power * log))
    device = np.abs(factor) * _grown_error(power, log, off) + 4 * _U32 * (np.abs(value) + np.abs(offset)) + 2.0**-126
    # In scikit-learn the power, its 1 and the mean are numbers of float64, over the deviation all of this size:
    far, here = np.log(base + middle), np.log(base + size)
    scale = np.where(power == 0, np.abs(factor), np.abs(factor) * np.exp(-power * far))
    powered = np.where(power == 0, np.abs(here), np.exp(power * here) * (1 + np.abs(power * here)) + 1)
    mean = np.where(power == 0, np.abs(far), np.exp(power * far) * (1 + np.abs(power * far)) + 1)
    total: np.ndarray = device + 16 * _U64 * (scale * (powered + mean) + np.abs(offset))
    return total
