"""scikit-learn's ensembles of trees, read into records of sums, votes, medians and columns.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ...errors import InvalidInputError, UnsupportedError
from ...fitted import check_finite
from ...record import Task
from ..trees.sklearn import accepts_nan, distinct, learned_missing, nodes
from .hist import read_hist
from .record import Boosted, Embedding, Isolation, Median, Votes

#: Columns that an embedding may have: a float each in RAM.
MOST_COLUMNS = 4096


def read_boosting(estimator: Any) -> Boosted:
    """GradientBoosting: leaves times the learning rate, in float64 as scikit-learn multiplies them."""
    n_columns = estimator.estimators_.shape[1]
    base, trees, values = _terms(estimator)
    check_finite(type(estimator).__name__, estimators_=np.concatenate(values), init_=base)
    leaves, ids = distinct(np.concatenate(values)[:, None])
    return Boosted(
        input="float32",
        n_features=int(estimator.n_features_in_),
        column=np.arange(len(trees)) % n_columns,
        base=base,
        leaves=leaves,
        zero_is_one=True,
        **_link(estimator, n_columns),
        **nodes(trees, ids, int(estimator.n_features_in_)),
    )


def _terms(estimator: Any) -> tuple[np.ndarray, list[Any], list[np.ndarray]]:
    """What the sums are of: constants, then trees, stage after stage, and the values of their leaves."""
    base, trees, values = _initial(estimator)
    own = [member.tree_ for member in estimator.estimators_.ravel()]
    return base, trees + own, values + [leaf_values(tree) * estimator.learning_rate for tree in own]


def _link(estimator: Any, n_columns: int) -> dict[str, Any]:
    if not hasattr(estimator, "classes_"):
        return {"task": Task("regressor", 1), "link": "identity"}
    n_classes = int(estimator.n_classes_)
    task = Task("classifier", 1, (n_classes,), (("decision_function", n_columns),))
    if n_columns > 1:
        return {"task": task, "link": "softmax"}
    return {"task": task, "link": "logistic", "factor": 2.0 if estimator.loss == "exponential" else 1.0}


def _initial(estimator: Any) -> tuple[np.ndarray, list[Any], list[np.ndarray]]:
    """The sums before any tree: a constant, or trees of a regressor, whose values are added up as they are."""
    init, n_columns = estimator.init_, estimator.estimators_.shape[1]
    if isinstance(init, str):  # "zero"
        return np.zeros(n_columns), [], []
    if isinstance(init, (DummyClassifier, DummyRegressor)) and getattr(init, "strategy", "") not in ("stratified", "uniform"):
        row = np.zeros((1, estimator.n_features_in_), dtype=np.float32)
        return np.asarray(estimator._raw_predict_init(row), dtype=np.float64)[0], [], []
    if isinstance(init, GradientBoostingRegressor):
        return _terms(init)
    if isinstance(init, (DecisionTreeRegressor, RandomForestRegressor, ExtraTreesRegressor)):
        trees = [member.tree_ for member in getattr(init, "estimators_", [init])]
        return np.zeros(1), trees, [leaf_values(tree) / len(trees) for tree in trees]
    what = f"DummyClassifier(strategy={init.strategy!r})" if isinstance(init, DummyClassifier) else type(init).__name__
    raise UnsupportedError(
        f"init={what}: the sums must start with a constant, or with trees of a regressor; "
        "fit with init=None, init='zero', a constant Dummy estimator, or (to predict values) a tree, a forest or boosted trees"
    )


def read_isolation(estimator: Any) -> Isolation:
    """IsolationForest: the path length of a leaf is its depth and, where it holds several samples, what isolating them would take."""
    trees = [member.tree_ for member in estimator.estimators_]
    paths = zip(trees, estimator._decision_path_lengths, estimator._average_path_length_per_tree, strict=True)
    values = [(depth + average - 1.0)[tree.children_left < 0] for tree, depth, average in paths]
    check_finite(type(estimator).__name__, _decision_path_lengths=np.concatenate(values), offset_=np.array(estimator.offset_))
    leaves, ids = distinct(np.concatenate(values)[:, None])
    n_features = int(estimator.n_features_in_)
    columns = None if estimator._max_features == n_features else estimator.estimators_features_
    grown = nodes(trees, ids, n_features, columns)
    takes_nan = bool(estimator.__sklearn_tags__().input_tags.allow_nan)
    return Isolation(
        input="float32",
        n_features=n_features,
        task=Task("detector", 1, widths=(("decision_function", 1), ("score_samples", 1))),
        column=np.zeros(len(trees), dtype=np.int64),
        base=np.zeros(1),
        leaves=leaves,
        missing="nan" if takes_nan else "never",
        routes_missing=takes_nan and any(learned_missing(tree) for tree in trees),
        length=len(trees) * _average_path(int(estimator._max_samples)),
        offset=float(estimator.offset_),
        **grown,
    )


def _average_path(n: int) -> float:
    """The average path length of an unsuccessful search among n samples, as scikit-learn computes it."""
    if n <= 2:
        return float(max(n - 1, 0))
    return float(2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n)


def read_votes(estimator: Any) -> Votes:
    """AdaBoostClassifier over trees."""
    members, weights = _weighted(estimator, DecisionTreeClassifier)
    trees = [member.tree_ for member in members]
    classes = [_classes(member, estimator.classes_) for member in members]
    leaves, ids = distinct(np.concatenate(classes)[:, None])
    n_classes = len(estimator.classes_)
    return Votes(
        input="float32",
        n_features=int(estimator.n_features_in_),
        task=Task("classifier", 1, (n_classes,), (("decision_function", n_classes if n_classes > 2 else 1),)),
        leaves=leaves.astype(np.int64),
        weights=weights / weights.sum(),
        **nodes(trees, ids, int(estimator.n_features_in_)),
    )


def _classes(member: Any, classes: np.ndarray) -> np.ndarray:
    """The class of each leaf of a tree, as an index of the ensemble's."""
    tree = member.tree_
    own = np.argmax(tree.value[tree.children_left < 0][:, 0, :], axis=1)
    return np.searchsorted(classes, member.classes_.take(own))


def read_median(estimator: Any) -> Median:
    """AdaBoostRegressor over trees."""
    members, weights = _weighted(estimator, DecisionTreeRegressor)
    trees = [member.tree_ for member in members]
    values = np.concatenate([leaf_values(tree) for tree in trees])
    check_finite(type(estimator).__name__, estimators_=values)
    leaves, ids = distinct(values[:, None])
    return Median(
        input="float32",
        n_features=int(estimator.n_features_in_),
        task=Task("regressor", 1),
        leaves=leaves,
        weights=weights,
        **nodes(trees, ids, int(estimator.n_features_in_)),
    )


def _weighted(estimator: Any, kind: type) -> tuple[Sequence[Any], np.ndarray]:
    """The members of an AdaBoost ensemble, which must be trees, and their weights."""
    members = estimator.estimators_
    for member in members:
        if not isinstance(member, kind):
            raise UnsupportedError(
                f"{type(estimator).__name__} over {type(member).__name__}: only decision trees are boosted on a device; "
                f"fit with estimator={kind.__name__}(...)"
            )
    weights = np.asarray(estimator.estimator_weights_, dtype=np.float64)[: len(members)]
    check_finite(type(estimator).__name__, estimator_weights_=weights)
    if np.any(weights < 0):
        raise InvalidInputError("estimator_weights_ has negative weights, which no fit makes: load an intact file")
    return members, weights if weights.sum() > 0 else np.ones(len(members))  # the only tree may weigh nothing


def read_embedding(estimator: Any) -> Embedding:
    """RandomTreesEmbedding: a column for each leaf that training reached, tree after tree."""
    trees = [member.tree_ for member in estimator.estimators_]
    categories = estimator.one_hot_encoder_.categories_
    width = sum(len(found) for found in categories)
    if width > MOST_COLUMNS:
        raise UnsupportedError(
            f"RandomTreesEmbedding makes {width} columns, one per leaf, and a device writes at most {MOST_COLUMNS}: "
            "fit with fewer trees, or a smaller max_depth"
        )
    first, columns = 0, []
    for tree, found in zip(trees, categories, strict=True):
        leaf = np.flatnonzero(tree.children_left < 0)
        if not np.array_equal(found, leaf):
            raise InvalidInputError("one_hot_encoder_ does not know all leaves of estimators_: fit again")
        columns.append(first + np.arange(len(leaf)))
        first += len(leaf)
    grown = nodes(trees, np.concatenate(columns), int(estimator.n_features_in_))
    takes_nan = accepts_nan(estimator.estimators_[0])
    return Embedding(
        input="float32",
        n_features=int(estimator.n_features_in_),
        task=Task("transformer", width),
        leaves=np.arange(width)[:, None],
        missing="nan" if takes_nan else "never",
        routes_missing=takes_nan and any(learned_missing(tree) for tree in trees),
        **grown,
    )


def leaf_values(tree: Any) -> np.ndarray:
    """The value of each leaf of a regression tree with one output, in the order of its nodes."""
    return tree.value[tree.children_left < 0][:, 0, 0]


READERS = {
    GradientBoostingClassifier: read_boosting,
    GradientBoostingRegressor: read_boosting,
    HistGradientBoostingClassifier: read_hist,
    HistGradientBoostingRegressor: read_hist,
    IsolationForest: read_isolation,
    AdaBoostClassifier: read_votes,
    AdaBoostRegressor: read_median,
    RandomTreesEmbedding: read_embedding,
}
