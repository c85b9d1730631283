"""XGBoost's estimators and Boosters, read into records of sums through what they save.

Read from ``Booster.save_raw``, ``missing``, ``objective``, ``tree_method`` and, after early stopping, ``best_iteration``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from xgboost import Booster, DMatrix, XGBClassifier, XGBModel, XGBRanker, XGBRegressor, XGBRFClassifier, XGBRFRegressor
from xgboost.core import XGBoostError

from ...errors import UnsupportedError
from .kept import kept
from .native import xgb
from .record import Boosted, Recoded


def read_model(estimator: Any) -> Boosted | Recoded:
    """An estimator of scikit-learn's kind."""
    stored = xgb.parse(bytes(_booster(estimator).save_raw("ubj")))
    missing = estimator.missing
    if not (missing is None or np.isnan(missing)):
        raise UnsupportedError(
            f"missing={missing!r}: on a device NaN is what is missing (with integer input, the raw value of convert(missing=)); "
            "fit with missing=np.nan"
        )
    is_classifier = isinstance(estimator, XGBClassifier)
    if is_classifier and (callable(estimator.objective) or not stored.is_classifier):
        what = "a function of your own" if callable(estimator.objective) else repr(stored.objective)
        raise UnsupportedError(f"objective={what}: a classifier has binary:logistic, binary:hinge, multi:softprob or multi:softmax")
    end = estimator._get_iteration_range(None)
    return xgb.read(stored, (int(end[0]), int(end[1])), not is_classifier, estimator.tree_method == "exact")


def _booster(estimator: Any) -> Any:
    if estimator.booster == "gblinear":
        raise UnsupportedError("booster='gblinear' is a linear model, not trees: fit a scikit-learn linear model, or booster='gbtree'")
    return estimator.get_booster()


def read_booster(booster: Any) -> Boosted | Recoded:
    """A Booster: all its rounds, as its own predict takes them."""
    try:
        data = bytes(booster.save_raw("ubj"))
    except XGBoostError as error:
        raise NotFittedError("this Booster has no trees: train it first (xgboost.train), or load a model into it") from error
    return xgb.read(xgb.parse(data))


def load_booster(data: bytes) -> Any:
    """The Booster in the bytes of a file."""
    return Booster(model_file=bytearray(data))


def ask_model(estimator: Any, op: str, X: Any) -> np.ndarray:
    """The estimator's own answer; margins are what other libraries call a decision function. Arrays hold the numbers of categories."""
    if "c" in (estimator.get_booster().feature_types or ()):
        X = np.asarray(X)
    return estimator.predict(X, output_margin=True) if op == "decision_function" else getattr(estimator, op)(X)


def ask_booster(booster: Any, record: Boosted | Recoded, op: str, X: Any) -> np.ndarray:
    """A Booster's own answer, where it has one for `op`; classes of the probabilities as XGBClassifier finds them."""
    rows = DMatrix(np.asarray(X), feature_names=booster.feature_names, feature_types=booster.feature_types)
    if op == "decision_function":
        return booster.predict(rows, output_margin=True)
    values = booster.predict(rows)
    if record.task.kind != "classifier":
        return values
    if record.is_binary:
        return np.asarray(values > 0.5).astype(np.int64) if op == "predict" else np.column_stack([1 - values, values])
    if values.ndim == 1:  # multi:softmax answers the class
        return values.astype(np.int64) if op == "predict" else _softmax(booster.predict(rows, output_margin=True))
    return np.argmax(values, axis=1) if op == "predict" else values


def _softmax(margin: np.ndarray) -> np.ndarray:
    e = np.exp(margin - margin.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


READERS: dict[type, Any] = {
    **dict.fromkeys((XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor, XGBRanker, XGBModel), read_model),
    Booster: read_booster,
}

ANSWERS: dict[type, Any] = {
    XGBModel: ask_model,
    Booster: lambda booster, op, X: ask_booster(booster, kept(booster, booster.num_boosted_rounds(), read_booster), op, X),
}
