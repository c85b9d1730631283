"""scikit-learn's HistGradientBoosting, read into a record of sums: its own nodes, missing values, and features as float64.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...convert import check_finite
from ...errors import UnsupportedError
from ...record import Task
from ..trees.sklearn import distinct, learned_missing, nodes
from .record import Boosted


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
    def of(cls, predictor: Any) -> Grown:
        found = predictor.nodes
        leaf = found["is_leaf"].astype(bool)
        return cls(
            feature=found["feature_idx"].astype(np.int64),
            threshold=found["num_threshold"],
            children_left=np.where(leaf, -1, found["left"].astype(np.int64)),
            children_right=np.where(leaf, -1, found["right"].astype(np.int64)),
            missing_go_to_left=found["missing_go_to_left"].astype(bool),
            n_node_samples=found["count"].astype(np.int64),
            value=found["value"],
        )


def read_hist(estimator: Any) -> Boosted:
    """HistGradientBoosting: leaves hold the learning rate already."""
    n_columns = int(estimator.n_trees_per_iteration_)
    predictors = [predictor for iteration in estimator._predictors for predictor in iteration]
    if any(np.any(predictor.nodes["is_categorical"]) for predictor in predictors):
        raise UnsupportedError("categorical splits")
    trees = [Grown.of(predictor) for predictor in predictors]
    values = [tree.value[tree.children_left < 0] for tree in trees]
    base = np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(-1)
    check_finite(type(estimator).__name__, _predictors=np.concatenate(values), _baseline_prediction=base)
    leaves, ids = distinct(np.concatenate(values)[:, None])
    return Boosted(
        input="float32",
        n_features=int(estimator.n_features_in_),
        column=np.arange(len(trees)) % n_columns,
        base=base,
        leaves=leaves,
        missing="nan",
        routes_missing=any(learned_missing(tree) for tree in trees),
        looks_at="float64",
        **_link(estimator, n_columns),
        **nodes(trees, ids, int(estimator.n_features_in_)),
    )


def _link(estimator: Any, n_columns: int) -> dict[str, Any]:
    if hasattr(estimator, "classes_"):
        task = Task("classifier", 1, (len(estimator.classes_),), (("decision_function", n_columns),))
        return {"task": task, "link": "softmax" if n_columns > 1 else "logistic"}
    name = type(estimator._loss.link).__name__
    links = {"IdentityLink": "identity", "LogLink": "exp"}
    if name not in links:
        raise UnsupportedError(f"the loss of {type(estimator).__name__} has the link {name}: identity and logarithm are supported")
    return {"task": Task("regressor", 1), "link": links[name]}
