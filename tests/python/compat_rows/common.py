"""What the rows share: the page, the registry of their tests, estimators.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.compat import CompatibilityWarning
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.neural_network import MLPClassifier

PAGE = Path(__file__).parents[3] / "docs" / "coming-from-0.23.md"

X, Y = load_digits(return_X_y=True)
FOREST = RandomForestClassifier(10, max_depth=6, random_state=1).fit(X, Y)
IRIS, SPECIES = load_iris(return_X_y=True)
FOREST_VALUES = RandomForestRegressor(5, random_state=0).fit(IRIS, IRIS[:, 0] * 100)

#: The test of each row, by the row's first cell.
ROWS: dict[str, Callable[..., None]] = {}


def row(first_cell: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def register(test: Callable[..., None]) -> Callable[..., None]:
        assert first_cell not in ROWS
        ROWS[first_cell] = test
        return test

    return register


def rows_of_the_page() -> list[str]:
    """The first cells of all tables, without the backticks."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [line.split("|")[1].strip() for line in lines]
    return [cell.strip("`") for cell in cells if cell != "0.23" and not cell.startswith("---")]


def same(model: emlearn.Model, estimator: Any, rows: np.ndarray) -> None:
    """All rows: equal classes, values equal up to the rounding of float32."""
    if hasattr(estimator, "classes_"):
        np.testing.assert_array_equal(model.predict(rows), estimator.predict(rows))
    else:
        np.testing.assert_allclose(model.predict(rows), estimator.predict(rows), rtol=1e-6, atol=0)


def warned(*phrases: str) -> Any:
    """The one warning, with all the phrases, in this order."""
    return pytest.warns(CompatibilityWarning, match="(?s)" + ".*".join(map(re.escape, phrases)))


def mlp(kind: type = MLPClassifier) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind(hidden_layer_sizes=(8,), max_iter=60, random_state=0).fit(IRIS, SPECIES)
