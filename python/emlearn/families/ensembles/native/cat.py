"""CatBoost's exported model (its JSON), read into a record of sums.

CatBoost compares ``float32(x) > border`` and adds float64 leaves: ``sum = scale * (sum of leaves) + bias``. An oblivious tree asks the same
question in all nodes of a level; leaf i is where question k was answered by bit k of i. A one-hot split sends one category to the right.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import numpy as np

from ....errors import InvalidInputError, UnsupportedError
from ....fitted import check_finite
from ....record import Task
from ...trees.sklearn import distinct, nodes
from ..hist import Grown
from ..questions import THRESHOLD, Questions
from ..record import Boosted, Recoded
from .catfeatures import Features, numbers, one_hot, read_features
from .fields import array, child, whole
from .grown import grow

_MOST_COLUMNS, _MOST_TREES, _MOST_DEPTH, _MOST_NODES = 1 << 12, 1 << 16, 16, 1 << 22

#: Loss functions and the links of their answers.
OBJECTIVES = {
    **dict.fromkeys(
        """RMSE MAE RMSPE Quantile MultiQuantile LogLinQuantile MAPE Lq Huber Expectile LogCosh MultiRMSE
        MultiRMSEWithMissingValues SurvivalAft Cox PairLogit PairLogitPairwise YetiRank YetiRankPairwise QueryRMSE QuerySoftMax
        QueryCrossEntropy GroupQuantile LambdaMart StochasticFilter StochasticRank""".split(),
        "identity",
    ),
    **dict.fromkeys(("Poisson", "Tweedie"), "exp"),
    **dict.fromkeys(("Logloss", "CrossEntropy", "Focal"), "logistic"),
    "MultiClass": "softmax",
    "MultiClassOneVsAll": "one_vs_all",
}

#: Losses of classifiers.
CLASSIFIERS = tuple(loss for loss, link in OBJECTIVES.items() if link in ("logistic", "softmax", "one_vs_all"))

#: Losses that have no such link, and what to fit instead.
_NEAREST = {
    "MultiLogloss": "one CatBoostClassifier per label",
    "MultiCrossEntropy": "one CatBoostClassifier per label",
    "RMSEWithUncertainty": "loss_function='RMSE'",
}


@dataclasses.dataclass(frozen=True)
class Stored:
    """What the file says around the trees.

    Attributes
    ----------
    model : dict
    version : str
    objective : str
        The loss function.
    features : Features
    classes : ndarray
        Labels of a classifier; empty for others.
    scale : float
    bias : ndarray of shape (n_columns,)
    """

    model: dict[str, Any]
    version: str
    objective: str
    features: Features
    classes: np.ndarray
    scale: float
    bias: np.ndarray

    @property
    def is_classifier(self) -> bool:
        return self.objective in CLASSIFIERS


def parse(data: bytes) -> Stored:
    """The model in the bytes of a .json file.

    Raises
    ------
    InvalidInputError
        Damaged, or cut off.
    UnsupportedError
        Features or a loss that cannot be converted.
    """
    try:
        model = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"it is no JSON ({error}): the model is damaged or cut off") from error
    features, info = child(model, "features_info", dict, "CatBoost model"), child(model, "model_info", dict, "CatBoost model")
    scale, bias = _scale_and_bias(model)
    return Stored(model, _version(info), _objective(info), read_features(features), _classes(info), scale, bias)


def _version(info: dict[str, Any]) -> str:
    found = re.search(r"release ([0-9][0-9.]{0,20})|tags/v([0-9][0-9.]{0,20})", str(info.get("catboost_version_info", "")))
    return (found[1] or found[2]).rstrip(".") if found else "of an unknown version"


def _objective(info: dict[str, Any]) -> str:
    loss = child(child(child(info, "params", dict, "model_info"), "loss_function", dict, "params"), "type", str, "loss_function")
    if loss not in OBJECTIVES:
        nearest = f"fit with {_NEAREST[loss]}" if loss in _NEAREST else f"known are {', '.join(sorted(OBJECTIVES))}"
        raise UnsupportedError(f"CatBoost's loss {loss[:60]!r}: {nearest}")
    threshold = info.get("binclass_probability_threshold", "0.5")
    if threshold != "0.5":
        raise UnsupportedError(
            f"a probability threshold of {str(threshold)[:20]}: set_probability_threshold(0.5), and compare the device's predict_proba "
            "with your own, or wrap the estimator in scikit-learn's FixedThresholdClassifier"
        )
    return loss


def _classes(info: dict[str, Any]) -> np.ndarray:
    parameters = info.get("class_params")
    if not isinstance(parameters, dict):
        return np.zeros(0, np.int64)
    names = child(parameters, "class_names", list, "class_params") or child(parameters, "class_to_label", list, "class_params")
    if not all(isinstance(name, (bool, int, float, str)) for name in names):
        raise InvalidInputError("class_params: 'class_names' has labels that are neither numbers nor text: the model is damaged")
    return np.array(names)


def _scale_and_bias(model: dict[str, Any]) -> tuple[float, np.ndarray]:
    found = child(model, "scale_and_bias", list, "CatBoost model")
    try:
        scale, bias = float(found[0]), np.array(found[1], dtype=np.float64).reshape(-1)
    except (IndexError, TypeError, ValueError, OverflowError):
        scale, bias = 0.0, np.zeros(0)
    if len(found) != 2 or not 1 <= len(bias) <= _MOST_COLUMNS:
        raise InvalidInputError("'scale_and_bias' is no number and a list of numbers: the model is damaged")
    return scale, bias


def read(stored: Stored, as_values: bool = False) -> Boosted | Recoded:
    """The record of a stored model; `as_values` where the answer is the number even if the loss is a classifier's."""
    kind = "oblivious_trees" if "oblivious_trees" in stored.model else "trees"
    trees = child(stored.model, kind, list, "CatBoost model")
    if not trees:
        raise InvalidInputError("the model has no trees: fit it with at least one round")
    if len(trees) > _MOST_TREES:
        raise UnsupportedError(f"the model has {len(trees)} trees, and it may have {_MOST_TREES}")
    make = _oblivious if kind == "oblivious_trees" else _free
    grown, values, columns, questions = [], [], [], Questions(stored.features.n_features)
    for number, tree in enumerate(trees):
        found, leaves = make(tree, f"tree {number}", stored, questions)
        for k in range(leaves.shape[1]):  # a tree with a vector in each leaf counts once per column
            grown.append(found)
            values.append(stored.scale * leaves[:, k])
            columns.append(k)
    check_finite("CatBoost model", leaf_values=np.concatenate(values), scale_and_bias=stored.bias)
    leaves, ids = distinct(np.concatenate(values)[:, None])
    boosted = Boosted(
        input="float32",
        n_features=questions.width,
        column=np.array(columns, dtype=np.int64),
        base=stored.bias,
        leaves=leaves,
        missing="nan",
        routes_missing=stored.features.routes_missing or questions.tell_missing,
        **_link(stored, as_values),
        **nodes(grown, ids, questions.width),
    )
    return questions.record(boosted, numbers)


def _link(stored: Stored, as_values: bool) -> dict[str, Any]:
    link, columns = OBJECTIVES[stored.objective], len(stored.bias)
    if not stored.is_classifier:
        return {"task": Task("regressor", columns), "link": link}
    if (columns > 1) != (link != "logistic"):
        raise InvalidInputError(f"{stored.objective} with {columns} columns, which no fit makes: the model is damaged")
    if as_values:
        raise UnsupportedError(f"loss_function={stored.objective!r} of a regressor: its answer is a class; fit a CatBoostClassifier")
    if len(stored.classes) != max(columns, 2):
        raise InvalidInputError(f"class_params: {len(stored.classes)} classes for {columns} columns: the model is damaged")
    task = Task("classifier", 1, (max(columns, 2),), (("decision_function", columns),), is_column=columns > 1)
    return {"task": task, "link": "sigmoid" if link == "one_vs_all" else link}


def _oblivious(tree: Any, where: str, stored: Stored, questions: Questions) -> tuple[Grown, np.ndarray]:
    """The nodes of a tree, and the values of its leaves, shape (n_leaves, n_columns): the last question is the root's."""
    splits = child(tree, "splits", list, where)
    depth, n_columns = len(splits), len(stored.bias)
    if depth > _MOST_DEPTH:
        raise InvalidInputError(f"{where} has {depth} levels, and CatBoost's have {_MOST_DEPTH} at most: the model is damaged")
    leaf = _values(tree, "leaf_values", where, n_columns << depth).reshape(1 << depth, n_columns)
    weights = array(tree, "leaf_weights", "f", where) if tree.get("leaf_weights") else np.zeros(0)
    weights = weights if len(weights) == 1 << depth else np.ones(1 << depth)
    feature, threshold = np.zeros(depth, np.int64), np.zeros(depth)
    for k, split in enumerate(splits):
        feature[depth - 1 - k], threshold[depth - 1 - k] = _split(split, where, stored, questions)
    # Nodes as in a heap: level by level, the leaves of the tree as the last level.
    inner = (1 << depth) - 1
    number = np.arange(2 * inner + 1)
    level = np.frexp(number + 1.0)[1] - 1
    place = np.where(level < depth, level, 0)
    asked, border = (feature[place], threshold[place]) if depth else (np.zeros(1, np.int64), np.zeros(1))
    weight = np.concatenate([np.zeros(inner), weights])
    for node in range(inner - 1, -1, -1):
        weight[node] = weight[2 * node + 1] + weight[2 * node + 2]
    children = np.where(number < inner, 2 * number + 1, -1)
    missing_left = stored.features.goes_left(asked)
    grown, order = grow(where, children, children + 1, asked, border, missing_left, weight, questions.width)
    return grown, leaf[order[grown.children_left < 0] - inner]


def _split(split: Any, where: str, stored: Stored, questions: Questions) -> tuple[int, float]:
    """The feature, or flag, and the float32 border of a question."""
    split = split if isinstance(split, dict) else {}
    kind = str(split.get("split_type", "FloatFeature"))
    if kind == "OneHotFeature":
        return one_hot(split, where, stored.features, questions), THRESHOLD
    if kind == "OnlineCtr":
        raise UnsupportedError(
            f"{where} splits on statistics of categories (CTR): fit with one_hot_max_size= as large as the most categories of a feature "
            "(255 at most) and max_ctr_complexity=0, or encode them as numbers before the fit (TargetEncoder)"
        )
    if kind != "FloatFeature":
        raise UnsupportedError(f"{where} splits on a {kind[:40]}: encode such features as numbers before the fit")
    place = whole(split.get("float_feature_index"), "float_feature_index", 0, len(stored.features.numbers) - 1, where)
    border = split.get("border")
    if not isinstance(border, (int, float)) or not abs(border) <= np.finfo(np.float32).max:
        raise InvalidInputError(f"{where}: 'border' is {str(border)[:40]!r}, and a number is expected: the model is damaged")
    return int(stored.features.numbers[place]), float(np.float32(border))


def _values(tree: Any, name: str, where: str, length: int) -> np.ndarray:
    """Numbers of a tree in float64."""
    found = tree.get(name) if isinstance(tree, dict) else None
    try:
        values = np.array(found, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError, OverflowError):
        values = np.zeros(0)
    if len(values) != length:
        raise InvalidInputError(f"{where}: {name!r} is no array of {length} numbers: the model is damaged, or of an unknown version")
    return values


def _free(tree: Any, where: str, stored: Stored, questions: Questions) -> tuple[Grown, np.ndarray]:
    """The same of a tree that is not oblivious (grow_policy="Depthwise", "Lossguide"): nodes within nodes."""
    found: list[tuple[int, int, float, float]] = []  # the left child or -1, the feature, the border, the weight
    right: list[int] = []
    leaves: list[np.ndarray] = []
    stack: list[tuple[Any, int]] = [(tree, -1)]  # and the node whose right child it is
    while stack:
        node, parent = stack.pop()
        number = len(found)
        if number >= _MOST_NODES:
            raise UnsupportedError(f"{where} has more than {_MOST_NODES} nodes")
        if parent >= 0:
            right[parent] = number
        right.append(-1)
        if isinstance(node, dict) and "split" in node:
            found.append((number + 1, *_split(node["split"], where, stored, questions), 0.0))
            leaves.append(np.zeros(len(stored.bias)))
            stack += ((node.get("right"), number), (node.get("left"), -1))
        else:
            weight = node.get("weight") if isinstance(node, dict) else None
            found.append((-1, 0, 0.0, float(weight) if isinstance(weight, (int, float)) else 1.0))
            leaves.append(_values(node, "value", where, len(stored.bias)))
    left, feature, threshold, weight = (np.array(column) for column in zip(*found, strict=True))
    for parent in range(len(left) - 1, -1, -1):
        if left[parent] >= 0:
            weight[parent] = weight[left[parent]] + weight[right[parent]]
    missing_left = stored.features.goes_left(feature)
    grown, order = grow(where, left, np.array(right), feature, threshold, missing_left, weight, questions.width)
    return grown, np.array(leaves)[order[grown.children_left < 0]]
