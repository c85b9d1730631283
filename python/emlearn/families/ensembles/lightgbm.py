"""LightGBM's estimators and Boosters, read into records of sums through the text that they save.

Read from ``Booster.model_to_string``, up to ``best_iteration`` after early stopping.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from lightgbm import Booster, LGBMClassifier, LGBMModel, LGBMRanker, LGBMRegressor

from ...errors import UnsupportedError
from .kept import kept
from .native import lgb
from .record import Boosted, Recoded


def read_model(estimator: Any) -> Boosted | Recoded:
    """An estimator of scikit-learn's kind."""
    stored = lgb.parse(estimator.booster_.model_to_string().encode())
    is_classifier = isinstance(estimator, LGBMClassifier)
    if is_classifier and not stored.is_classifier:
        raise UnsupportedError(f"objective={stored.objective[0]!r}: a classifier has the objective binary or multiclass")
    return lgb.read(stored, not is_classifier)


def read_booster(booster: Any) -> Boosted | Recoded:
    """A Booster."""
    return lgb.read(lgb.parse(booster.model_to_string().encode()))


def load_booster(data: bytes) -> Any:
    """The Booster in the bytes of a file."""
    return Booster(model_str=data.decode("utf-8"))


def ask_model(estimator: Any, op: str, X: Any) -> np.ndarray:
    """The estimator's own answer; raw scores are what other libraries call a decision function.

    Categories of a frame are numbered: as numbers they are given in an array, which has no names.
    """
    if estimator.booster_.pandas_categorical:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="X does not have valid feature names")
            return _ask(estimator, op, np.asarray(X))
    return _ask(estimator, op, X)


def _ask(estimator: Any, op: str, X: Any) -> np.ndarray:
    return estimator.predict(X, raw_score=True) if op == "decision_function" else getattr(estimator, op)(X)


def ask_booster(booster: Any, record: Boosted | Recoded, op: str, X: Any) -> np.ndarray:
    """A Booster's own answer, where it has one for `op`; classes of the probabilities as LGBMClassifier finds them."""
    values = booster.predict(X, raw_score=op == "decision_function")
    if record.task.kind != "classifier" or op == "decision_function":
        return values
    proba = np.column_stack([1.0 - values, values]) if record.is_binary else values
    return np.argmax(proba, axis=1) if op == "predict" else proba


READERS: dict[type, Any] = {
    **dict.fromkeys((LGBMClassifier, LGBMRegressor, LGBMRanker, LGBMModel), read_model),
    Booster: read_booster,
}

ANSWERS: dict[type, Any] = {
    LGBMModel: ask_model,
    Booster: lambda booster, op, X: ask_booster(booster, kept(booster, booster.num_trees(), read_booster), op, X),
}
