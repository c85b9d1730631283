"""scikit-learn's HistGradientBoosting, read into a record of sums: its own nodes, missing values, and features as float64.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import InvalidInputError, UnsupportedError
from ...fitted import check_finite, of_one_class
from ...record import Task
from ..trees.sklearn import distinct, learned_missing, nodes
from .questions import THRESHOLD, Question, Questions
from .record import Boosted, Recoded


@dataclasses.dataclass(frozen=True)
class Grown:
    """The nodes of a predictor by the names of ``tree_``."""

    feature: np.ndarray
    threshold: np.ndarray
    children_left: np.ndarray
    children_right: np.ndarray
    missing_go_to_left: np.ndarray
    n_node_samples: np.ndarray
    value: np.ndarray

    @property
    def node_count(self) -> int:
        return len(self.feature)

    @property
    def weighted_n_node_samples(self) -> np.ndarray:
        return self.n_node_samples.astype(np.float64)

    @classmethod
    def of(cls, predictor: Any, order: np.ndarray | None = None) -> Grown:
        """The nodes; `order` numbers the features anew."""
        found = predictor.nodes
        leaf = found["is_leaf"].astype(bool)
        return cls(
            feature=found["feature_idx"].astype(np.int64) if order is None else _renumbered(found["feature_idx"], order),
            threshold=found["num_threshold"].copy(),
            children_left=np.where(leaf, -1, found["left"].astype(np.int64)),
            children_right=np.where(leaf, -1, found["right"].astype(np.int64)),
            missing_go_to_left=found["missing_go_to_left"].astype(bool),
            n_node_samples=found["count"].astype(np.int64),
            value=found["value"],
        )


def read_hist(estimator: Any) -> Boosted | Recoded:
    """HistGradientBoosting: leaves hold the learning rate already."""
    predictors = [predictor for iteration in estimator._predictors for predictor in iteration]
    n_columns, n_features = int(estimator.n_trees_per_iteration_), int(estimator.n_features_in_)
    order = _order(estimator)
    trees = [Grown.of(predictor, order) for predictor in predictors]
    questions = Questions(n_features)
    for tree, predictor in zip(trees, predictors, strict=True):
        _ask(questions, tree, predictor)
    values = [tree.value[tree.children_left < 0] for tree in trees]
    base = np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(-1)
    check_finite(type(estimator).__name__, _predictors=np.concatenate(values), _baseline_prediction=base)
    leaves, ids = distinct(np.concatenate(values)[:, None])
    grown = nodes(trees, ids, questions.width)
    boosted = Boosted(
        input="float32",
        n_features=questions.width,
        column=np.arange(len(trees)) % n_columns,
        base=base,
        leaves=leaves,
        missing="nan",
        routes_missing=any(learned_missing(tree) for tree in trees),
        looks_at="float64",
        **_link(estimator, n_columns),
        **grown,
    )
    return boosted if estimator.is_categorical_ is None else _recoded(estimator, questions, boosted)


def _renumbered(feature: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Features of the model; -1 for what is none, which the check of nodes refuses."""
    known = (feature >= 0) & (feature < len(order))
    return np.where(known, order[np.where(known, feature, 0)], -1)


def _order(estimator: Any) -> np.ndarray:
    """The feature of the model that each feature of the predictors is: categorical ones stand first."""
    categorical = estimator.is_categorical_
    if categorical is None:
        return np.arange(estimator.n_features_in_)
    if getattr(estimator, "_preprocessor", None) is None:
        raise UnsupportedError(f"{type(estimator).__name__} with categories, fitted by scikit-learn before 1.4: fit it again")
    return np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~np.asarray(categorical))])


def _ask(questions: Questions, tree: Grown, predictor: Any) -> None:
    """Categorical nodes of a tree become splits on flags; categories never seen in training go where missing values go."""
    for node in np.flatnonzero(predictor.nodes["is_categorical"] & ~predictor.nodes["is_leaf"].astype(bool)):
        if predictor.nodes["bitset_idx"][node] >= len(predictor.raw_left_cat_bitsets):
            raise InvalidInputError("_predictors has a categorical node without its set of categories: load an intact file")
        bitset = predictor.raw_left_cat_bitsets[predictor.nodes["bitset_idx"][node]]
        left = np.flatnonzero(np.unpackbits(np.asarray(bitset, dtype="<u4").view(np.uint8), bitorder="little"))
        other = not tree.missing_go_to_left[node]
        tree.feature[node] = questions.ask(Question(int(tree.feature[node]), tuple(left.tolist()), False, other, other))
        tree.threshold[node] = THRESHOLD


def _recoded(estimator: Any, questions: Questions, boosted: Boosted) -> Boosted | Recoded:
    """The record with the values of the categories."""
    columns = np.flatnonzero(estimator.is_categorical_)
    found = estimator._preprocessor.named_transformers_["encoder"].categories_
    values = {int(column): _numbers(estimator, int(column), each) for column, each in zip(columns, found, strict=True)}
    known = {column: np.arange(len(values[column])) for column in questions.named()}
    return questions.record(boosted, lambda column, codes: (values[column][codes], values[column][codes]), known)


def _numbers(estimator: Any, column: int, categories: np.ndarray) -> np.ndarray:
    """The categories of a feature as float64, by code."""
    if np.asarray(categories).dtype.kind not in "fiub":
        name = getattr(estimator, "feature_names_in_", np.arange(estimator.n_features_in_))[column]
        some = ", ".join(repr(each) for each in list(categories)[:3])
        raise UnsupportedError(
            f"the categories of feature {name} are no numbers ({some}...), and a device reads numbers: "
            "encode them first (OrdinalEncoder), and name them with categorical_features="
        )
    numbers = np.asarray(categories, dtype=np.float64)
    return numbers[~np.isnan(numbers)]


def _link(estimator: Any, n_columns: int) -> dict[str, Any]:
    if hasattr(estimator, "classes_"):
        if len(estimator.classes_) < 2:  # then scikit-learn's probabilities are of two
            raise of_one_class(type(estimator).__name__, estimator.classes_[0])
        task = Task("classifier", 1, (len(estimator.classes_),), (("decision_function", n_columns),))
        return {"task": task, "link": "softmax" if n_columns > 1 else "logistic"}
    name = type(estimator._loss.link).__name__
    links = {"IdentityLink": "identity", "LogLink": "exp"}
    if name not in links:
        raise UnsupportedError(f"the loss of {type(estimator).__name__} has the link {name}: identity and logarithm are supported")
    return {"task": Task("regressor", 1), "link": links[name]}
