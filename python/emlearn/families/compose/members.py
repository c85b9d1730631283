"""scikit-learn's estimators whose models answer side by side, or each with the answers of those before it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingRegressor
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain

from ...errors import UnsupportedError
from ...record import Answers, Chain, Parallel, Record, Task, mean_dtype
from .. import scaler
from ..decide.sklearn import Ask, ask, decide, member_of
from .columns import behind, one_after_the_other
from .fold import predictor


def read_voting_regressor(estimator: VotingRegressor) -> Record:
    """The weighted mean of predictions."""
    members = tuple(member_of("VotingRegressor", model) for model in estimator.estimators_)
    weights = getattr(estimator, "_weights_not_none", None)
    answers = mean_dtype(*members) if weights is None else "float64"
    weights = np.ones(len(members)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not np.all(np.isfinite(weights)) or np.sum(weights) == 0:
        raise UnsupportedError("the VotingRegressor's weights must be finite, and not sum to zero")
    task = Task("regressor", members[0].task.n_outputs, answers=answers)
    return Parallel("float32", members[0].n_features, task, members, "mean", (weights / weights.sum()).astype(np.float32))


def read_bagged(estimator: Any) -> Record:
    """The mean of models that each see some of the features."""
    owner, models = type(estimator).__name__, estimator.estimators_
    classifier = hasattr(estimator, "classes_")
    if classifier and not hasattr(models[0], "predict_proba"):
        raise UnsupportedError(f"{owner} over {type(models[0]).__name__} counts votes: use models that have predict_proba")
    if classifier and any(len(model.classes_) != len(estimator.classes_) for model in models):
        raise UnsupportedError(f"a model of the {owner} lacks a class: fit with more rows of it, or with larger max_samples")
    n = int(estimator.n_features_in_)
    members = tuple(
        behind(member_of(owner, model), np.asarray(columns), n)
        for model, columns in zip(models, estimator.estimators_features_, strict=True)
    )
    for number, member in enumerate(members if classifier else ()):
        ask(owner, member, number, "predict_proba")
    weights = np.full(len(members), 1 / len(members), dtype=np.float32)
    if classifier:
        task = Task("classifier", 1, (len(estimator.classes_),))
    else:
        task = Task("regressor", members[0].task.n_outputs, answers=mean_dtype(*members))
    return Parallel("float32", n, task, members, "mean", weights)


def read_stacking(estimator: Any) -> Record:
    """What the members say, and with passthrough the row, into the final estimator."""
    owner = type(estimator).__name__
    if isinstance(getattr(estimator, "_label_encoder", None), list):
        raise UnsupportedError("StackingClassifier of several labels: fit one for each")
    members = [member_of(owner, model) for model in estimator.estimators_]
    asks = [
        _stacked(owner, estimator, model, method, member, k)
        for k, (model, method, member) in enumerate(zip(estimator.estimators_, estimator.stack_method_, members, strict=True))
    ]
    if estimator.passthrough:
        n = int(estimator.n_features_in_)
        asks.append((len(members), "transform", tuple(range(n))))
        members.append(scaler.of_steps((), n))
    final = predictor(member_of(owner, estimator.final_estimator_))
    return one_after_the_other([Answers.of(tuple(members), dict.fromkeys(final.ops, asks)), final])


def _stacked(owner: str, estimator: Any, model: Any, method: str, member: Record, number: int) -> Ask:
    """scikit-learn's ``_concatenate_predictions``: of two classes' probabilities the second alone."""
    if method == "predict" and hasattr(model, "classes_") and not np.array_equal(model.classes_, np.arange(len(model.classes_))):
        raise UnsupportedError(f"a model of the {owner} lacks a class: fit with more rows of it, or with fewer folds")
    binary = method == "predict_proba" and len(estimator.classes_) == 2
    return ask(owner, member, number, method, (1,) if binary else None)


def read_outputs(estimator: Any) -> Record:
    """One model per output."""
    owner = type(estimator).__name__
    members = tuple(member_of(owner, model) for model in estimator.estimators_)
    if any(member.task.n_outputs != 1 for member in members):
        raise UnsupportedError(f"a model of the {owner} has several outputs: it must have one")
    regressor = isinstance(estimator, MultiOutputRegressor)
    if regressor:
        task = Task("regressor", len(members), answers=str(np.result_type(*(member.task.predicts for member in members))))
    else:
        task = Task("classifier", len(members), tuple(member.task.n_classes[0] for member in members))
    task = dataclasses.replace(task, is_column=len(members) == 1)
    return Parallel("float32", members[0].n_features, task, members, "outputs", np.ones(len(members), np.float32))


def read_chain(estimator: Any) -> Record:
    """Each model sees the row and the answers of the models before it; a stage of the chain for each."""
    owner, n, order = type(estimator).__name__, int(estimator.n_features_in_), np.asarray(estimator.order_).tolist()
    if getattr(estimator, "chain_method_", "predict") != "predict":
        raise UnsupportedError(f"{owner}(chain_method={estimator.chain_method!r}): only 'predict' is handed on here")
    classifier = isinstance(estimator, ClassifierChain)
    if classifier and any(not np.array_equal(labels, [0, 1]) for labels in estimator.classes_):
        raise UnsupportedError("ClassifierChain hands its labels on as numbers: fit it on labels 0 and 1, both present in each output")
    stages: list[Record] = []
    for k, model in enumerate(estimator.estimators_):
        kept = list(range(n + k)) if k + 1 < len(order) else []
        asks: list[Ask] = [(0, "transform", tuple(kept))] if kept else []
        if not kept:  # the last: every model's answer, in the order of the outputs
            asks = [(0, "transform", (n + at,)) if at < k else (1, "predict", (0,)) for at in (order.index(j) for j in range(len(order)))]
        else:
            asks.append((1, "predict", (0,)))
        members = (scaler.of_steps((), n + k), member_of(owner, model))
        stages.append(Answers.of(members, {"predict": asks}))
    m = len(order)
    if classifier:
        last = decide("labels", Task("multilabel", m, answers="float64"), ("predict",), m, [0.5])
    else:
        last = decide("target", Task("regressor", m, is_column=m == 1), ("predict",), m, [1.0, 0.0])
    return Chain.of(*stages, last)


READERS: dict[type, Any] = {
    VotingRegressor: read_voting_regressor,
    StackingClassifier: read_stacking,
    StackingRegressor: read_stacking,
    MultiOutputClassifier: read_outputs,
    MultiOutputRegressor: read_outputs,
    ClassifierChain: read_chain,
    RegressorChain: read_chain,
}
