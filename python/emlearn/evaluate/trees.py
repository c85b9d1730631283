"""Size and cost of tree-based models.

Every function is a scorer as ``cross_validate`` and ``GridSearchCV`` want it, ``scorer(estimator, X, y)``: pass
``scoring={"accuracy": "accuracy", "size": model_size_bytes}``. The first argument is a fitted tree, a forest, a Pipeline that
ends in one, or a :class:`emlearn.Model` of one. For all of them less is better.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from ..convert import convert
from ..errors import InvalidInputError
from ..families.trees.record import Forest
from ..model import Model
from ..registry import read


def get_tree_estimators(estimator: Any) -> list[Any]:
    """The single trees of a tree or an ensemble, as scikit-learn's estimators."""
    last = _last(estimator)
    check_is_fitted(last)
    trees = list(np.ravel(last.estimators_)) if hasattr(last, "estimators_") else [last]
    for tree in trees:
        if not hasattr(tree, "tree_"):
            raise InvalidInputError(
                f"{type(last).__name__} is not made of fitted trees ({type(tree).__name__} has no tree_): "
                "give a fitted decision tree, random forest or extra-trees model"
            )
    return trees


def model_size_nodes(model: Any, X: Any = None, y: Any = None) -> int:
    """The number of decision nodes in all trees."""
    return _forest(model).n_nodes


def model_size_leaves(model: Any, X: Any = None, y: Any = None) -> int:
    """The number of leaves that are stored: equal ones, of all trees, count once."""
    return len(_forest(model).leaves)


def model_size_bytes(model: Any, X: Any = None, y: Any = None, node_size: float | None = None, leaf_size: float | None = None) -> int:
    """The bytes of the model's tables on the device: decision nodes and leaves.

    Parameters
    ----------
    model : estimator or Model
        An estimator is converted with the defaults of :func:`emlearn.convert`.
    X, y : ignored
    node_size, leaf_size : float, optional
        Bytes of one decision node, of one leaf, for an estimate of another representation; by default as they are emitted.
    """
    converted = model if isinstance(model, Model) else convert(_last(model))
    record = _forest(converted)
    tables = {table.name: table.n_bytes for table in converted.part().all_tables}
    nodes = tables.pop("nodes") if node_size is None else record.n_nodes * node_size
    leaves = sum(tables.values()) if leaf_size is None else len(record.leaves) * leaf_size
    return int(np.ceil(nodes + leaves))


def tree_depth_average(model: Any, X: Any = None, y: Any = None) -> float:
    """The mean of the trees' depths."""
    return float(np.mean(_depths(model)))


def tree_depth_difference(model: Any, X: Any = None, y: Any = None) -> int:
    """The depth of the deepest tree less that of the shallowest."""
    return int(np.ptp(_depths(model)))


def count_trees(model: Any, X: Any = None, y: Any = None) -> int:
    """The number of trees."""
    return len(get_tree_estimators(model))


def compute_cost_estimate(model: Any, X: Any, y: Any = None) -> float:
    """The nodes that one prediction visits, its leaves included, summed over the trees and averaged over the rows of X.

    The time of a prediction is about this number times the time of one node on the target, for data like X.

    Parameters
    ----------
    model : estimator or Model
    X : array-like of shape (n_samples, n_features)
        Representative rows; raw values for a :class:`emlearn.Model`.
    y : ignored
    """
    trees = get_tree_estimators(model)
    if isinstance(model, Model):
        X = model.input.features(model.input.check(X))
        model = model.estimator
    if hasattr(model, "steps"):
        X = model[:-1].transform(X) if len(model.steps) > 1 else X
    rows = check_array(X, dtype=np.float32, **_ALLOW_NAN)
    return float(sum(tree.tree_.decision_path(rows).sum() for tree in trees) / len(rows))


def _allow_nan() -> dict[str, Any]:
    """The argument of check_array that lets NaN pass; renamed in scikit-learn 1.6."""
    import inspect

    name = "ensure_all_finite" if "ensure_all_finite" in inspect.signature(check_array).parameters else "force_all_finite"
    return {name: "allow-nan"}


_ALLOW_NAN = _allow_nan()


def _last(model: Any) -> Any:
    """The estimator itself: of a Model, the one it was made from; of a Pipeline, the last step."""
    if isinstance(model, Model):
        if model.estimator is None:
            raise InvalidInputError("this model no longer has the estimator it was made from: give the scikit-learn estimator")
        return _last(model.estimator)
    return _last(model.steps[-1][1]) if hasattr(model, "steps") else model


def _depths(model: Any) -> list[int]:
    return [int(tree.tree_.max_depth) for tree in get_tree_estimators(model)]


def _forest(model: Any) -> Forest:
    if isinstance(model, Model):
        record = model.record
    else:
        check_is_fitted(_last(model))
        record = read(_last(model))
    if not isinstance(record, Forest):
        raise InvalidInputError(f"{type(_last(model)).__name__} is no decision tree or forest: these measures count nodes and leaves")
    return record
