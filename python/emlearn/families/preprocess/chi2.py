"""Roots and waves of logarithms of features, which stand for an additive chi-squared kernel: read, answered in numpy, bounded.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from sklearn.kernel_approximation import AdditiveChi2Sampler

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...functions import FUNCTIONS
from ...record import Task
from .record import NONE, Preprocess

_U32 = 2.0**-24

#: scikit-learn's sample_interval where it is None, by sample_steps.
_INTERVALS = {1: 0.8, 2: 0.5, 3: 0.4}


def read_chi2(estimator: AdditiveChi2Sampler, n: int) -> Preprocess:
    """Of n features: sample_steps, sample_interval: with L the interval, sqrt(x L), then of each step j < sample_steps
    sqrt(2 x L / cosh(pi j L)) times the cosine and the sine of j L log x.
    """
    steps = int(estimator.sample_steps)
    interval = _INTERVALS.get(steps) if estimator.sample_interval is None else float(estimator.sample_interval)
    if interval is None:
        raise UnsupportedError(f"AdditiveChi2Sampler(sample_steps={steps}) needs a sample_interval: it is known for 1 to 3 steps")
    if n * (2 * steps - 1) >= NONE:
        raise UnsupportedError(f"AdditiveChi2Sampler has {n * (2 * steps - 1)} columns, and {NONE - 1} fit: use fewer sample_steps")
    j = np.arange(1, steps)
    with np.errstate(over="ignore"):
        sizes = np.concatenate([[np.sqrt(interval)], np.sqrt(2 * interval / np.cosh(np.pi * j * interval))])
    turns = j * interval / (2 * np.pi)
    check_finite("AdditiveChi2Sampler", sample_interval=sizes)
    values = np.concatenate([sizes, turns]).astype(np.float32)
    return Preprocess("float32", n, Task("transformer", n * (2 * steps - 1)), "chi2", values=values)


def chi2(record: Preprocess, x: np.ndarray) -> np.ndarray:
    """The columns in x's dtype: roots, then the cosines and the sines of each step."""
    sizes, turns = _tables(record, x.dtype.type)
    wave = FUNCTIONS["cosine_of_turns"].of
    root, log = np.sqrt(x), np.where(x > 0, np.log(x), x.dtype.type(0))
    columns = [root * sizes[0]]
    for size, turn in zip(sizes[1:], turns, strict=True):
        phase, scaled = log * turn, root * size
        columns += [scaled * wave(phase), scaled * wave(phase - x.dtype.type(0.25))]
    return np.hstack(columns).astype(x.dtype)


def _tables(record: Preprocess, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    steps = (len(record.values) + 1) // 2
    return record.values[:steps].astype(dtype), record.values[steps:].astype(dtype)


def chi2_bound(record: Preprocess, x: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """A root's error times a wave of at most 1, and the wave's error times the root; a table's and two products' roundings of each."""
    sizes, turns = _tables(record, np.float64)
    root, loose = np.sqrt(np.maximum(x, 0)), FUNCTIONS["sqrt"].error(x, slack)
    log, off = np.abs(np.log(x)), FUNCTIONS["log"].error(x, slack)
    most = root + loose
    columns = [sizes[0] * (loose + 4 * _U32 * most)]
    for size, turn in zip(sizes[1:], turns, strict=True):
        # A turn's table and product are rounded, and a quarter is taken off.
        phase = log * turn
        wave = FUNCTIONS["cosine_of_turns"].error(phase, 1.01 * turn * off + 4 * _U32 * (phase + 0.25))
        columns += [size * (loose + (wave + 6 * _U32) * most)] * 2
    result: np.ndarray = np.hstack(columns) + 2.0**-120
    return result
