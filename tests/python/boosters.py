"""Random models of boosting libraries, and rows that probe their thresholds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from emlearn import InvalidInputError, UnsupportedError
from emlearn.families.trees import keys
from emlearn.modelfiles import load_estimator


def data(rng: np.random.Generator, kind: str, rows: int = 200, features: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Rows as float32, coarse or fine, and targets: "2", "3" or "7" classes, "value", "positive", "share" or "targets"."""
    X = rng.normal(size=(rows, features)) * 10.0 ** rng.integers(-2, 3, features)
    if rng.random() < 0.5:
        X = np.rint(X * 4) / 4
    if rng.random() < 0.4:
        X[rng.random(X.shape) < 0.15] = np.nan
    z = np.nan_to_num(X[:, 0] / (np.nanstd(X[:, 0]) or 1)) + rng.normal(size=rows) * 0.5
    if kind.isdigit():
        n = int(kind)
        y = np.clip(np.floor((z + 2) / 4 * n), 0, n - 1).astype(int)
        y[:n] = np.arange(n)  # each class has a row
    else:
        y = {"value": z * 30, "positive": np.exp(z), "share": 1 / (1 + np.exp(-3 * z)), "targets": np.column_stack([z, -z * z, z + 7])}[
            kind
        ]
    return X.astype(np.float32), y


def probes(model: Any, X: np.ndarray, rng: np.random.Generator, most: int = 400) -> np.ndarray:
    """X, and rows at the last value that goes left of thresholds, and at the next one; some with missing values and zeros."""
    record = model.record
    dtype = record.input
    chosen = rng.permutation(record.n_nodes)[: most // 2]
    rows = X[rng.integers(0, len(X), 2 * len(chosen))].astype(dtype)
    below = keys.from_keys(record.threshold[chosen], dtype)
    last = np.finfo(dtype).max
    with np.errstate(over="ignore"):
        above = np.nextafter(below, np.array(np.inf, dtype))
    for side, value in enumerate((below, above)):
        at = np.arange(len(chosen)) + side * len(chosen)
        rows[at, record.feature[chosen]] = np.clip(value, -last, last)
    extra = X[:40].astype(dtype)
    special = np.array([np.nan, 0.0, -0.0, 1e-45, -1e-45, last, -last], dtype)
    where = rng.random(extra.shape) < 0.4
    extra[where] = rng.choice(special, np.count_nonzero(where))
    return np.concatenate([X.astype(dtype), rows, extra])


def refused_or_read(path: Path) -> bool:
    """Whether a file is read; any other error than the two of ours is a fault."""
    try:
        emlearn.convert(load_estimator(path).estimator)
    except (InvalidInputError, UnsupportedError):
        return False
    return True


def mutations(data: bytes, rng: np.random.Generator, count: int) -> Iterator[bytes]:
    """Copies of `data` with bytes changed, removed or repeated."""
    for _ in range(count):
        copy = bytearray(data)
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(len(copy)))
            if (kind := rng.integers(4)) == 0:
                copy[at] ^= 1 << int(rng.integers(8))
            elif kind == 1:
                copy[at] = int(rng.choice(list(b"0-9.eE[]{},:\x00\xffLdi#$")))
            elif kind == 2:
                del copy[at : at + int(rng.integers(1, 20))]
            else:
                copy[at:at] = copy[at : at + int(rng.integers(1, 20))]
        yield bytes(copy)
