"""scikit-learn's trees and forests, read into a Forest.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from ...errors import InvalidInputError
from ...fitted import check_finite
from ...record import Record, Task
from .record import Forest


def read_tree(estimator: Any) -> Forest:
    """A single tree."""
    return _alike(estimator, [estimator])


def read_forest(estimator: Any) -> Forest:
    """An averaged forest."""
    return _alike(estimator, estimator.estimators_)


def read_bagging(estimator: Any) -> Record:
    """Bagged trees, which may each see some of the features, in an order of their own, and some of the classes; or bagged others."""
    members, kind = estimator.estimators_, DecisionTreeClassifier if hasattr(estimator, "classes_") else DecisionTreeRegressor
    if not all(isinstance(member, kind) for member in members):
        from ..compose.members import read_bagged

        return read_bagged(estimator)
    if kind is DecisionTreeRegressor:
        task = Task("regressor", int(members[0].n_outputs_))
        values = [_leaf_values(member.tree_, task) for member in members]
    else:
        task = Task("classifier", 1, (int(estimator.n_classes_),))
        values = []
        for member in members:  # fitted on classes 0..n-1, of which its rows may lack some
            own = _leaf_values(member.tree_, Task("classifier", 1, (len(member.classes_),)))
            values.append(np.zeros((len(own), estimator.n_classes_)))
            values[-1][:, np.asarray(member.classes_, dtype=np.int64)] = own
    return _forest(estimator, members, task, values, estimator.estimators_features_)


READERS = {
    DecisionTreeClassifier: read_tree,
    DecisionTreeRegressor: read_tree,
    ExtraTreeClassifier: read_tree,
    ExtraTreeRegressor: read_tree,
    RandomForestClassifier: read_forest,
    RandomForestRegressor: read_forest,
    ExtraTreesClassifier: read_forest,
    ExtraTreesRegressor: read_forest,
    BaggingClassifier: read_bagging,
    BaggingRegressor: read_bagging,
}


def _alike(estimator: Any, members: Sequence[Any]) -> Forest:
    """Trees that all see the same features and classes."""
    task = _task(estimator)
    return _forest(estimator, members, task, [_leaf_values(member.tree_, task) for member in members])


def _forest(
    estimator: Any, members: Sequence[Any], task: Task, values: Sequence[np.ndarray], columns: Sequence[np.ndarray] | None = None
) -> Forest:
    trees = [member.tree_ for member in members]
    check_finite(type(estimator).__name__, **{"tree_.value": np.concatenate(values)})
    leaves, ids = distinct(np.concatenate(values))
    grown = nodes(trees, ids, int(estimator.n_features_in_), columns)
    takes_nan = accepts_nan(members[0])
    return Forest(
        input="float32",
        n_features=int(estimator.n_features_in_),
        task=task,
        leaves=leaves,
        missing="nan" if takes_nan else "never",
        routes_missing=takes_nan and any(learned_missing(tree) for tree in trees),
        **grown,
    )


def nodes(trees: Sequence[Any], ids: np.ndarray, n_features: int, columns: Sequence[np.ndarray] | None = None) -> dict[str, Any]:
    """The inner nodes of all trees, as fields of a record.

    Parameters
    ----------
    trees : sequence of ``tree_``, or of objects with the same arrays
    ids : ndarray of shape (n_leaves of all trees,), int64
        The leaf that each leaf node is, tree after tree, in the order of its nodes.
    n_features : int
        Features of the whole model.
    columns : sequence of ndarray, optional
        Per tree, the features of the model that its own features are.
    """
    roots, parts, node_base, leaf_base = [], [], 0, 0
    for number, tree in enumerate(trees):
        _check(tree, n_features if columns is None else len(columns[number]))
        inner = tree.children_left >= 0
        place = np.where(inner, np.cumsum(inner) - 1 + node_base, 0)
        place[~inner] = ~ids[leaf_base : leaf_base + np.count_nonzero(~inner)]
        roots.append(place[0])
        feature = tree.feature[inner] if columns is None else np.asarray(columns[number])[tree.feature[inner]]
        parts.append((feature, tree.threshold[inner], place[tree.children_left[inner]],
                      place[tree.children_right[inner]], _missing_left(tree)[inner], _weight(tree, inner)))  # fmt: skip
        node_base += int(np.count_nonzero(inner))
        leaf_base += int(np.count_nonzero(~inner))
    feature, threshold, left, right, missing_left, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {
        "roots": np.array(roots, dtype=np.int64),
        "feature": feature.astype(np.int32),
        "threshold": threshold.astype(np.float64),
        "left": left.astype(np.int64),
        "right": right.astype(np.int64),
        "missing_left": missing_left,
        "weight": weight,
    }


def _task(estimator: Any) -> Task:
    if not hasattr(estimator, "classes_"):
        return Task("regressor", int(estimator.n_outputs_))
    counts = np.atleast_1d(estimator.n_classes_)
    return Task("classifier", int(estimator.n_outputs_), tuple(int(count) for count in counts))


def _check(tree: Any, n_features: int) -> None:
    """Refuse what no fit makes but a damaged or hostile file may hold: scikit-learn itself would read beyond its arrays."""
    inner = np.flatnonzero(tree.children_left >= 0)
    children = np.stack([tree.children_left[inner], tree.children_right[inner]])
    feature, threshold = tree.feature[inner], tree.threshold[inner]
    sound = np.all((children > inner) & (children < tree.node_count)) and np.all((feature >= 0) & (feature < n_features))
    if not sound or np.any(np.isnan(threshold)):
        raise InvalidInputError("tree_ has nodes that no fit makes (a child, feature or threshold is out of range): load an intact file")


def _leaf_values(tree: Any, task: Task) -> np.ndarray:
    """Values of the leaves in node order, shape (n_leaves, width)."""
    value = tree.value[tree.children_left < 0]  # (n_leaves, n_outputs, max_n_classes)
    if task.kind == "regressor":
        return value[:, :, 0]
    totals = value.sum(axis=2, keepdims=True)  # counts before scikit-learn 1.3, fractions since
    if np.any(totals > 1.5):
        value = value / np.where(totals == 0, 1, totals)
    return np.concatenate([value[:, k, :count] for k, count in enumerate(task.n_classes)], axis=1)


def distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct rows, and for each row which one it is; compared by their bytes, which is fast."""
    rows = np.ascontiguousarray(rows) + 0.0  # -0.0 becomes 0.0
    packed = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(packed, return_index=True, return_inverse=True)
    return rows[first], inverse.reshape(-1)


def _weight(tree: Any, inner: np.ndarray) -> np.ndarray:
    """The weight of the training rows that went left and right; equal ones where the tree does not say."""
    weight = np.asarray(getattr(tree, "weighted_n_node_samples", np.ones(len(inner))))
    return np.column_stack([weight[tree.children_left[inner]], weight[tree.children_right[inner]]])


def _missing_left(tree: Any) -> np.ndarray:
    """Where missing values go; scikit-learn < 1.3 routes none."""
    found = getattr(tree, "missing_go_to_left", None)
    return np.zeros(tree.node_count, dtype=bool) if found is None else np.asarray(found).astype(bool)


def learned_missing(tree: Any) -> bool:
    """Whether some node sends missing values elsewhere than to its larger child, as it does where training saw none."""
    inner = tree.children_left >= 0
    left, right = tree.children_left[inner], tree.children_right[inner]
    default = tree.n_node_samples[left] > tree.n_node_samples[right]
    return bool(np.any(_missing_left(tree)[inner] != default) or np.any(~np.isfinite(tree.threshold[inner])))


def accepts_nan(tree: Any) -> bool:
    """Whether scikit-learn lets NaN reach the tree in predict: by its own check, which differs between versions."""
    supports = getattr(tree, "_support_missing_values", None)
    return supports is not None and bool(supports(np.zeros((1, 1), dtype=np.float32)))
