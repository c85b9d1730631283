"""Estimators with fewer of their trees: forests in the order that the data prefer, boosted trees up to an earlier round.

What comes out is an estimator of the same class, so that a model made from it is compared with that.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import Pipeline
from sklearn.tree import BaseDecisionTree

from ..families.ensembles.compressed import CompressedTrees
from ..families.ensembles.record import Boosted
from .candidates import right_class

_FORESTS = (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor)

Orders = dict[int, list[int]]

#: Values that ordering a forest may look at: trees x trees x rows x columns; more rows than that are thinned out.
_MOST_WORK = 3e8


@dataclasses.dataclass(frozen=True)
class Shorter:
    """How an estimator gets smaller.

    Attributes
    ----------
    count : int
        Its trees, or rounds of them.
    unit : {"trees", "rounds"}
    take : callable
        From a number of them, 1 to `count`, to the estimator that has only these.
    """

    count: int
    unit: str
    take: Callable[[int], Any]


def shorter(estimator: Any, X: np.ndarray, y: np.ndarray, orders: Orders | None = None) -> Shorter | None:
    """How `estimator` gets smaller; None where it has no trees to leave out.

    Parameters
    ----------
    estimator : object
        Fitted; it is not changed.
    X : ndarray of shape (n_samples, n_features)
        Features as the estimator takes them.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
    orders : dict, optional
        The orders that were found for these rows, by the forest's id: looked up, and added to.
    """
    if isinstance(estimator, Pipeline):
        inner = shorter(estimator[-1], estimator[:-1].transform(X) if len(estimator.steps) > 1 else X, y, orders)
        return None if inner is None else Shorter(inner.count, inner.unit, lambda n: _with_last(estimator, inner.take(n)))
    if isinstance(estimator, _FORESTS):
        order = _preferred(estimator, X, y, orders)
        return Shorter(len(order), "trees", lambda n: _changed(estimator, estimators_=[estimator.estimators_[k] for k in order[:n]]))
    if isinstance(estimator, (GradientBoostingClassifier, GradientBoostingRegressor)):
        return Shorter(
            len(estimator.estimators_), "rounds", lambda n: _changed(estimator, estimators_=estimator.estimators_[:n], n_estimators_=n)
        )
    if isinstance(estimator, (HistGradientBoostingClassifier, HistGradientBoostingRegressor)):
        return Shorter(len(estimator._predictors), "rounds", lambda n: _changed(estimator, _predictors=estimator._predictors[:n]))
    if isinstance(estimator, CompressedTrees):
        return _compressed(estimator)
    if hasattr(estimator, "get_booster"):
        return _xgboost(estimator)
    if hasattr(estimator, "booster_"):
        return _lightgbm(estimator)
    return None


@dataclasses.dataclass(frozen=True)
class Members:
    """The decision trees of an estimator.

    Attributes
    ----------
    trees : list
        A forest's in the order that the data prefer.
    X : ndarray of shape (n_samples, n_features)
        The rows as the trees see them.
    put : callable
        From a list of trees to the estimator that has these instead.
    """

    trees: list[Any]
    X: np.ndarray
    put: Callable[[list[Any]], Any]


def members(estimator: Any, X: np.ndarray, y: np.ndarray, orders: Orders | None = None) -> Members | None:
    """The trees of a forest, or of a decision tree itself, also at the end of a Pipeline; None for all others."""
    if isinstance(estimator, Pipeline):
        inner = members(estimator[-1], estimator[:-1].transform(X) if len(estimator.steps) > 1 else X, y, orders)
        return None if inner is None else Members(inner.trees, inner.X, lambda trees: _with_last(estimator, inner.put(trees)))
    if isinstance(estimator, _FORESTS):
        ordered = [estimator.estimators_[k] for k in _preferred(estimator, X, y, orders)]
        return Members(ordered, X, lambda trees: _changed(estimator, estimators_=trees, n_estimators=len(trees)))
    return Members([estimator], X, lambda trees: trees[0]) if isinstance(estimator, BaseDecisionTree) else None


def _changed(estimator: Any, **attributes: Any) -> Any:
    """A shallow copy with other attributes."""
    found = copy.copy(estimator)
    for name, value in attributes.items():
        setattr(found, name, value)
    return found


def _with_last(pipeline: Any, last: Any) -> Any:
    return _changed(pipeline, steps=[*pipeline.steps[:-1], (pipeline.steps[-1][0], last)])


def _xgboost(estimator: Any) -> Shorter | None:
    booster, (_, end) = estimator.get_booster(), estimator._get_iteration_range(None)
    count = int(end) or int(booster.num_boosted_rounds())

    def take(n: int) -> Any:
        kept = booster[:n]
        kept.set_attr(best_iteration=None, best_score=None)  # of the rounds that all of them had
        return _changed(estimator, _Booster=kept)

    return Shorter(count, "rounds", take) if estimator.booster != "gblinear" else None


def _lightgbm(estimator: Any) -> Shorter:
    booster = estimator.booster_
    count = int(estimator.best_iteration_ or booster.current_iteration())

    def take(n: int) -> Any:
        return _changed(estimator, _Booster=type(booster)(model_str=booster.model_to_string(num_iteration=n)), _best_iteration=0)

    return Shorter(count, "rounds", take)


def _compressed(estimator: CompressedTrees) -> Shorter:
    """The first trees of each column; a forest's come in the order that it had."""
    record = estimator.record
    column = record.column if isinstance(record, Boosted) else np.zeros(record.n_trees, dtype=np.int64)
    number = np.array([np.count_nonzero(column[:tree] == column[tree]) for tree in range(len(column))])

    def take(n: int) -> Any:
        kept = number < n
        fewer = dataclasses.replace(record, roots=record.roots[kept])
        if isinstance(fewer, Boosted):
            fewer = dataclasses.replace(fewer, column=column[kept])
        return dataclasses.replace(estimator, record=fewer)

    return Shorter(int(number.max()) + 1, "rounds", take)


def _preferred(forest: Any, X: np.ndarray, y: np.ndarray, orders: Orders | None) -> list[int]:
    """The trees in the order that keeps the squared error of their mean least, one after the other; the first of equals."""
    if orders is None:
        return _ordered(forest, X, y)
    if id(forest) not in orders:
        orders[id(forest)] = _ordered(forest, X, y)
    return orders[id(forest)]


def _ordered(forest: Any, X: np.ndarray, y: np.ndarray) -> list[int]:
    expected = truth(forest, y)
    return list(range(len(forest.estimators_))) if expected is None else ordered(forest.estimators_, X, expected)


def ordered(members: list[Any], X: np.ndarray, expected: np.ndarray) -> list[int]:
    """The same of trees, and of what their mean should be: shares of classes or values, shape (n_samples, n_columns)."""
    step = max(1, int(np.ceil(len(members) ** 2 * expected.size / _MOST_WORK)))
    X, expected = np.asarray(X)[::step], expected[::step]
    answers = np.stack(
        [np.asarray(m.predict_proba(X) if hasattr(m, "predict_proba") else m.predict(X)).reshape(expected.shape) for m in members]
    )
    order: list[int] = []
    left, total = list(range(len(members))), np.zeros_like(expected)
    while left:
        error = [float(np.sum(((total + answers[k]) / (len(order) + 1) - expected) ** 2)) for k in left]
        best = left.pop(int(np.argmin(error)))
        order.append(best)
        total = total + answers[best]
    return order


def truth(forest: Any, y: np.ndarray) -> np.ndarray | None:
    """What the mean of the trees should be; None for several outputs of a classifier."""
    y = np.asarray(y)
    if not hasattr(forest, "classes_"):
        return y.reshape(len(y), -1).astype(np.float64)
    if y.ndim > 1 and y.shape[1] > 1:
        return None
    return right_class(y, forest.classes_)
