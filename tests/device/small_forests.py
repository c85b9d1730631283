"""Random small trees and forests, for which the code that reads tables is most of the flash.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

CHIPS = ("avr-atmega328p", "cortex-m0plus", "cortex-m4f", "rv32imc")

_CLASSIFIERS = (RandomForestClassifier, ExtraTreesClassifier, DecisionTreeClassifier, GradientBoostingClassifier)
_REGRESSORS = (RandomForestRegressor, ExtraTreesRegressor, DecisionTreeRegressor, GradientBoostingRegressor)


def small_forest(seed: int) -> tuple[Any, np.ndarray, str]:
    """A fitted estimator of one to five trees of up to twelve splits, raw rows, and their type."""
    rng = np.random.default_rng(seed)
    load = (load_iris, load_wine, load_digits, load_diabetes)[rng.integers(4)]
    X, y = load(return_X_y=True)
    dtype = str(rng.choice(["float32", "int16", "uint8"]))
    if dtype != "float32":
        X = np.clip(np.rint(X * 500 + 128) if load is load_diabetes else np.rint(X * 10), 0, 255)
    if load is not load_diabetes and rng.random() < 0.3:
        y = (y > np.median(y)).astype(int)
    cls = (_REGRESSORS if load is load_diabetes else _CLASSIFIERS)[rng.integers(4)]
    options: dict[str, Any] = {"max_leaf_nodes": int(rng.integers(2, 14)), "random_state": seed}
    if "n_estimators" in cls().get_params():
        options["n_estimators"] = int(rng.choice([1, 2, 3, 5]))
    return cls(**options).fit(X, y), X, dtype
