"""CatBoost's estimators, read into records of sums through the JSON that they export.

Read from ``save_model(format="json")``, ``classes_``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import tempfile
from typing import Any

import numpy as np
from catboost import CatBoost, CatBoostClassifier, CatBoostRanker, CatBoostRegressor

from ...errors import UnsupportedError
from .kept import kept
from .native import cat
from .record import Boosted, Recoded


def stored(estimator: Any) -> cat.Stored:
    """What an estimator exports; CatBoost writes it to files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.json")
        estimator.save_model(path, format="json")
        with open(path, "rb") as stream:
            return cat.parse(stream.read())


def read_model(estimator: Any) -> Boosted | Recoded:
    """An estimator; a plain CatBoost is what its loss is."""
    if estimator.tree_count_ == 0:
        raise UnsupportedError("the model has no trees: fit it with at least one round")
    found = stored(estimator)
    if isinstance(estimator, CatBoostClassifier) and not found.is_classifier:
        raise UnsupportedError(f"loss_function={found.objective!r}: a classifier has {', '.join(cat.CLASSIFIERS)}")
    return cat.read(found, isinstance(estimator, (CatBoostRegressor, CatBoostRanker)))


def load_booster(data: bytes) -> Any:
    """The model in the bytes of a .json file; CatBoost reads it from files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.json")
        with open(path, "wb") as stream:
            stream.write(data)
        return CatBoost().load_model(path, format="json")


#: What ``predict`` is to CatBoost, by link.
_PREDICT = {"identity": "RawFormulaVal", "exp": "Exponent", "logistic": "Class", "softmax": "Class", "sigmoid": "Class"}


def as_fitted(booster: Any, X: Any) -> Any:
    """Rows as CatBoost takes them: categories as text, integers in decimals."""
    categorical = booster.get_cat_feature_indices()
    if len(categorical) == 0:
        return X
    rows = np.array(X, dtype=object)
    for column in categorical:
        with np.errstate(over="ignore"):
            values = np.asarray(rows[:, column], dtype=np.float32).tolist()
        rows[:, column] = [str(int(value)) if value.is_integer() else str(value) for value in values]
    return rows


def ask_booster(booster: Any, record: Boosted | Recoded, op: str, X: Any) -> np.ndarray:
    """CatBoost's own answer; raw values are what other libraries call a decision function."""
    kind = {"decision_function": "RawFormulaVal", "predict_proba": "Probability"}.get(op, _PREDICT[record.link])
    rows = as_fitted(booster, X)
    return np.asarray(CatBoost.predict(booster, rows, prediction_type=kind))  # CatBoostRanker's own takes no such argument


READERS: dict[type, Any] = dict.fromkeys((CatBoostClassifier, CatBoostRegressor, CatBoostRanker, CatBoost), read_model)

ANSWERS: dict[type, Any] = {
    CatBoost: lambda estimator, op, X: ask_booster(estimator, kept(estimator, estimator.tree_count_, read_model), op, X),
}
