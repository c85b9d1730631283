"""Random models of boosting libraries, and rows that probe their thresholds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn import InvalidInputError, UnsupportedError
from emlearn.families.ensembles.record import Recoded
from emlearn.families.trees import keys
from emlearn.modelfiles import load_estimator

#: Columns that hold categories, where a model is to have some.
CATEGORICAL = (1, 3)


def data(
    rng: np.random.Generator, kind: str, rows: int = 200, features: int = 5, categories: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Rows as float32, coarse or fine, and targets: "2", "3" or "7" classes, "value", "positive", "share" or "targets"."""
    X = rng.normal(size=(rows, features)) * 10.0 ** rng.integers(-2, 3, features)
    if rng.random() < 0.5:
        X = np.rint(X * 4) / 4
    effect = 0.0
    for column in CATEGORICAL if categories else ():
        X[:, column] = rng.integers(0, rng.choice([2, 5, 12, 40, 70]), rows)
        effect = effect + np.sin(X[:, column] * 7)
    if rng.random() < 0.4:
        X[rng.random(X.shape) < 0.15] = np.nan
    z = np.nan_to_num(X[:, 0] / (np.nanstd(X[:, 0]) or 1)) + rng.normal(size=rows) * 0.5 + effect
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
    """X, and rows at the last value that goes left of thresholds, and at the next one; some with missing values and zeros.

    Categories are tried at their ends, between them, unknown, negative and huge.
    """
    record, dtype = model.record, model.record.input
    trees, plain = (record.inner, record.plain) if isinstance(record, Recoded) else (record, np.arange(record.n_features))
    numbers = np.flatnonzero(trees.feature < len(plain))
    chosen = rng.permutation(numbers)[: most // 2]
    rows = X[rng.integers(0, len(X), 2 * len(chosen))].astype(dtype)
    below = keys.from_keys(trees.threshold[chosen], dtype)
    last = min(np.finfo(dtype).max, np.finfo(trees.looks_at).max)
    with np.errstate(over="ignore"):
        above = np.nextafter(below, np.array(np.inf, dtype))
    for side, value in enumerate((below, above)):
        at = np.arange(len(chosen)) + side * len(chosen)
        rows[at, plain[trees.feature[chosen]]] = np.clip(value, -last, last)
    extra = X[:40].astype(dtype)
    special = np.array([np.nan, 0.0, -0.0, 1e-45, -1e-45, last, -last], dtype)
    where = rng.random(extra.shape) < 0.4
    extra[where] = rng.choice(special, np.count_nonzero(where))
    return np.concatenate([X.astype(dtype), rows, extra, *_near_categories(record, X, rng)])


def _near_categories(record: Any, X: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """For each feature that is asked for categories, rows at them and around."""
    found = []
    for column in np.unique(record.columns) if isinstance(record, Recoded) else ():
        known = np.arange(np.nanmax(X[:, column]) + 3, dtype=record.input)
        odd = np.array([-1, -0.5, -1e-30, -0.0, 255, 256, 1e6, 2**24, 3e9, 1e30, -1e30, np.nan], record.input)
        values = np.concatenate(
            [known, known + np.dtype(record.input).type(0.5), np.nextafter(known, np.dtype(record.input).type(-1)), odd]
        )
        rows = X[rng.integers(0, len(X), len(values))].astype(record.input)
        rows[:, column] = values
        found.append(rows)
    return found


@dataclasses.dataclass
class Tally:
    """What comparisons with a library gave: models, rows, ties, and the largest error as a share of its bound."""

    models: int = 0
    rows: int = 0
    ties: int = 0
    worst: float = 0.0

    def add(self, report: Any) -> None:
        self.models += 1
        self.rows += report.rows
        self.ties += report.ties
        self.worst = max(self.worst, report.max_error / report.bound if 0 < report.bound < np.inf else 0.0)

    def __str__(self) -> str:
        return f"{self.models} models, {self.rows} rows, all agree, {self.ties} ties, largest error {self.worst:.3f} of its bound"


def check(estimator: Any, X: np.ndarray, rng: np.random.Generator, what: str, **arguments: Any) -> Any:
    """The report on a model at its thresholds, which must agree with the library."""
    model = emlearn.convert(estimator, **arguments)
    report = model.verify(probes(model, X, rng))
    assert report.ok, f"{what}, {estimator}:\n{report}"
    return report


def written(folder: Path, content: Any, name: str = "model.json") -> Path:
    """A file of bytes, or of values as JSON."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


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


def check_refused(folder: Path, stored: Any, damage: tuple[Callable[[Any], Any], str]) -> None:
    """A model's stored form, once it is damaged, is refused for the reason that is given, and the message names the file."""
    change, message = damage
    change(stored)
    path = written(folder, stored)
    with pytest.raises((InvalidInputError, UnsupportedError), match=message) as caught:
        load_estimator(path)
    assert str(path) in str(caught.value)
