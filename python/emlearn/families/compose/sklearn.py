"""scikit-learn's Pipeline, ColumnTransformer, FeatureUnion and VotingClassifier, and what only wraps a model.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib
import importlib.util
import math
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.semi_supervised import SelfTrainingClassifier

from ...errors import UnsupportedError
from ...front import Step
from ...functions import COMPOSED, KNOWN, composed, name_of
from ...record import Parallel, Record, Task
from ...registry import read
from .. import scaler
from ..decide.sklearn import ask, member_of
from ..preprocess.sklearn import function_of
from . import members
from .columns import behind, one_after_the_other, side_by_side, weighted
from .fold import as_transformer

#: Functions that are made of others, for messages.
MADE = ", ".join(f"numpy.{name}" for name in COMPOSED)


def read_pipeline(estimator: Pipeline) -> Record:
    """Its fitted steps in order; "passthrough" steps fall away."""
    stages: list[Record] = []
    steps = [(name, step) for name, step in estimator.steps if step is not None and step != "passthrough"]
    if not steps:
        raise UnsupportedError("the Pipeline has no steps besides 'passthrough': there is nothing to convert")
    for position, (name, step) in enumerate(steps):
        try:
            record = read(step)
        except UnsupportedError as error:
            raise UnsupportedError(f"step {name!r} of the Pipeline: {error}") from None
        if position < len(steps) - 1:
            transformer = as_transformer(record)
            if transformer is None:
                raise UnsupportedError(
                    f"step {name!r} of the Pipeline is no transformer that emlearn knows, and stands before the last step"
                )
            record = transformer
        stages.append(record)
    return one_after_the_other(stages)


def read_columns(estimator: ColumnTransformer) -> Record:
    """Its fitted transformers, each behind its columns; "drop" falls away. What scikit-learn makes sparse is dense here."""
    weights = estimator.transformer_weights or {}
    parts = []
    for name, step, _ in estimator.transformers_:
        columns = np.asarray(estimator._transformer_to_input_indices[name], dtype=np.int64)
        if (isinstance(step, str) and step == "drop") or len(columns) == 0:
            continue
        record = _transformer(f"transformer {name!r} of the ColumnTransformer", step, len(columns))
        if name in weights:
            record = weighted(record, _weight(name, weights[name]))
        parts.append(behind(record, columns, int(estimator.n_features_in_)))
    if not parts:
        raise UnsupportedError("the ColumnTransformer drops every column: there is nothing to convert")
    return side_by_side(parts)


def read_union(estimator: FeatureUnion) -> Record:
    """Its fitted transformers on the same row, side by side, each times its weight."""
    weights = estimator.transformer_weights or {}
    steps = [(name, step) for name, step in estimator.transformer_list if not (isinstance(step, str) and step == "drop")]
    n_features = next((int(step.n_features_in_) for _, step in steps if hasattr(step, "n_features_in_")), 0)
    parts = []
    for name, step in steps:
        record = _transformer(f"transformer {name!r} of the FeatureUnion", step, n_features)
        parts.append(weighted(record, _weight(name, weights[name])) if name in weights else record)
    if not parts:
        raise UnsupportedError("the FeatureUnion drops every transformer: there is nothing to convert")
    return side_by_side(parts)


def _weight(name: str, weight: Any) -> float:
    if not np.isfinite(weight) or weight == 0:
        raise UnsupportedError(
            f"transformer_weights[{name!r}]={weight!r}: a weight must be finite and not zero; 'drop' the transformer instead"
        )
    return float(weight)


def _transformer(owner: str, step: Any, n_features: int) -> Record:
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return scaler.of_steps((), n_features)
    try:
        record = read(step)
    except UnsupportedError as error:
        raise UnsupportedError(f"{owner}: {error}") from None
    transformer = as_transformer(record)
    if transformer is None:
        raise UnsupportedError(f"{owner} is no transformer that emlearn knows")
    return transformer


def _step(op: str, number: float, n: int) -> Record:
    return scaler.of_steps((Step(op, np.full(n, number)),), n)


def read_function(estimator: FunctionTransformer) -> Record:
    """func=None, which changes nothing, or a numpy function that has a kernel."""
    if not hasattr(estimator, "n_features_in_"):  # scikit-learn takes it for fitted, since it learns nothing
        raise NotFittedError("this FunctionTransformer was not fitted: it does not know how many features there are")
    n, name, parts = int(estimator.n_features_in_), name_of(estimator.func), composed(estimator.func)
    if parts is not None and not estimator.kw_args:
        return one_after_the_other([function_of(part, n) if isinstance(part, str) else _step(*part, n) for part in parts])
    if name is None or (estimator.kw_args and estimator.func is not None):
        called = getattr(estimator.func, "__name__", repr(estimator.func))
        raise UnsupportedError(f"FunctionTransformer({called}) has no kernel; these have: {KNOWN}, {MADE}. Compute that feature before")
    return scaler.of_steps((), n) if name == "identity" else function_of(name, n)


def read_search(estimator: Any) -> Record:
    """best_estimator_, fitted on all rows."""
    if not hasattr(estimator, "best_estimator_"):
        raise UnsupportedError(f"{type(estimator).__name__} was made with refit=False and keeps no fitted model: fit with refit=True")
    return read(estimator.best_estimator_)


def read_frozen(estimator: Any) -> Record:
    """The model inside."""
    return read(estimator.estimator)


def read_self_training(estimator: Any) -> Record:
    """The model inside: the rest is a way of training."""
    return read(estimator.estimator_ if hasattr(estimator, "estimator_") else estimator.base_estimator_)


def read_voting(estimator: VotingClassifier) -> Record:
    """Soft: the weighted mean of probabilities; hard: the weighted majority of classes."""
    voters = [member_of("VotingClassifier", member) for member in estimator.estimators_]
    for member, fitted in zip(voters, estimator.estimators_, strict=True):
        if member.task.kind != "classifier" or member.task.n_outputs != 1:
            raise UnsupportedError(f"the VotingClassifier's member {fitted!r} is no classifier with one output")
    n_classes = len(estimator.classes_)
    weights = getattr(estimator, "_weights_not_none", None)
    weights = np.ones(len(voters)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not np.all(np.isfinite(weights)) or np.any(weights < 0) or not np.any(weights > 0):
        raise UnsupportedError("the VotingClassifier's weights must be finite and not negative, and one must be positive")
    soft = estimator.voting == "soft"
    for number, member in enumerate(voters if soft else ()):
        ask("VotingClassifier(voting='soft')", member, number, "predict_proba")
    return Parallel(
        input="float32",
        n_features=voters[0].n_features,
        task=Task("classifier", 1, (n_classes,)),
        members=tuple(voters),
        join="mean" if soft else "vote",
        weights=(weights / weights.sum()).astype(np.float32) if soft else _votes(weights),
    )


def _votes(weights: np.ndarray) -> np.ndarray:
    """The weights as integers in the same proportion, so that sums of them compare as the exact sums do.

    uint32 where that has room for all of them, else uint64; rounded to 2^-62 of their sum only where they lie so far apart
    that this has no room either.
    """
    ratios = [float(weight).as_integer_ratio() for weight in weights]
    shared = math.lcm(*(denominator for _, denominator in ratios))
    numbers = [numerator * (shared // denominator) for numerator, denominator in ratios]
    common = math.gcd(*numbers)
    numbers = [number // common for number in numbers]
    total = sum(numbers)
    if total >= 1 << 63:
        numbers = [(number << 62) // total for number in numbers]
    return np.array(numbers, dtype=np.uint32 if total < 1 << 32 else np.uint64)


READERS: dict[type, Any] = {
    Pipeline: read_pipeline,
    ColumnTransformer: read_columns,
    FeatureUnion: read_union,
    FunctionTransformer: read_function,
    VotingClassifier: read_voting,
    GridSearchCV: read_search,
    RandomizedSearchCV: read_search,
    SelfTrainingClassifier: read_self_training,
    **members.READERS,
}

# Experimental: scikit-learn has them in its public module only for those who ask; all_estimators() always knows them.
_halving = importlib.import_module("sklearn.model_selection._search_successive_halving")
READERS |= dict.fromkeys((_halving.HalvingGridSearchCV, _halving.HalvingRandomSearchCV), read_search)

if importlib.util.find_spec("sklearn.frozen"):  # since scikit-learn 1.6
    READERS[importlib.import_module("sklearn.frozen").FrozenEstimator] = read_frozen
