"""XGBoost's stored model (its JSON schema, also as UBJSON), read into a record of sums.

XGBoost compares ``float32(x) < float32(threshold)``, which is ``x <=`` the float below it, and adds float32 leaves in float32. A split on
categories sends those that it names to the right, by ``int(x)``, and all else to the left: unknown, negative, beyond 2^24.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np

from ....errors import InvalidInputError, UnsupportedError
from ....fitted import check_finite
from ....record import Task
from ...trees.sklearn import distinct, nodes
from ..hist import Grown
from ..questions import Questions
from ..record import Boosted, Recoded
from . import ubjson
from .fields import array, child, whole
from .grown import ask, grow, truncated

#: Versions whose schema is known: the first one and the first major one after the last.
VERSIONS = ((1, 6), (4, 0))

_MOST_COLUMNS, _MOST_TREES, _MOST_FEATURES, _MOST_LEAVES, _MOST_CATEGORIES = 1 << 12, 1 << 16, 1 << 20, 1 << 26, 1 << 24

#: Objectives: the link of the answer (a classifier's of its probabilities), and what ``base_score`` went through.
OBJECTIVES = {
    **dict.fromkeys(
        ("reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror", "reg:quantileerror"),
        ("identity", "identity"),
    ),
    **dict.fromkeys(("rank:pairwise", "rank:ndcg", "rank:map"), ("identity", "identity")),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft"), ("exp", "log")),
    "reg:logistic": ("sigmoid", "logit"),
    "binary:logitraw": ("identity", "identity"),
    "binary:logistic": ("logistic", "logit"),
    "binary:hinge": ("step", "identity"),
    "multi:softprob": ("softmax", "identity"),
    "multi:softmax": ("softmax", "identity"),
}


@dataclasses.dataclass(frozen=True)
class Stored:
    """What the file says around the trees.

    Attributes
    ----------
    learner : dict
    version : str
    objective : str
    n_features, n_columns : int
    feature_names : tuple of str
    """

    learner: dict[str, Any]
    version: str
    objective: str
    n_features: int
    n_columns: int
    feature_names: tuple[str, ...]

    @property
    def is_classifier(self) -> bool:
        return OBJECTIVES[self.objective][0] in ("logistic", "softmax", "step")


def parse(data: bytes) -> Stored:
    """The model in the bytes of a .json or .ubj file.

    Raises
    ------
    InvalidInputError
        Damaged, or of a version that is not known.
    UnsupportedError
        A booster or an objective that cannot be converted.
    """
    if data[:1] == b"{" and data[1:2] in b"iUIlL":
        found = ubjson.loads(data)
    else:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(f"it is no JSON ({error}): the model is damaged or cut off") from error
    version = _version(found)
    learner = child(found, "learner", dict, "XGBoost model")
    objective = child(child(learner, "objective", dict, "learner"), "name", str, "objective")
    if objective not in OBJECTIVES:
        raise UnsupportedError(f"XGBoost objective {objective[:60]!r}: known are {', '.join(sorted(OBJECTIVES))}")
    parameters = child(learner, "learner_model_param", dict, "learner")
    n_features = whole(parameters.get("num_feature"), "num_feature", 1, _MOST_FEATURES, "learner_model_param")
    n_classes = whole(parameters.get("num_class", "0"), "num_class", 0, _MOST_COLUMNS, "learner_model_param")
    n_targets = whole(parameters.get("num_target", "1"), "num_target", 1, _MOST_COLUMNS, "learner_model_param")
    if n_targets > 1 and n_classes > 1:
        raise InvalidInputError("learner_model_param: classes and targets, both more than one, which no fit makes")
    names = learner.get("feature_names")
    names = tuple(map(str, names)) if isinstance(names, list) and len(names) == n_features else ()
    return Stored(learner, version, objective, n_features, max(n_classes, n_targets), names)


def _version(found: Any) -> str:
    numbers = array(found, "version", "i", "XGBoost model", 3).tolist()
    version = ".".join(map(str, numbers))
    if not VERSIONS[0] <= tuple(numbers[:2]) < VERSIONS[1]:
        (a, b), (c, _) = VERSIONS
        raise InvalidInputError(
            f"the model was written by XGBoost {version}, and the formats from {a}.{b} to {c - 1}.x are known: "
            "load it with such a version of XGBoost and save it again"
        )
    return version


def read(stored: Stored, iterations: tuple[int, int] = (0, 0), as_values: bool = False, exact_method: bool = False) -> Boosted | Recoded:
    """The record of a stored model.

    Parameters
    ----------
    stored : Stored
    iterations : (int, int)
        The rounds that predict, begin and end; (0, 0) for all.
    as_values : bool
        Whether the answer is the number even where the objective is a classifier's (XGBRegressor).
    exact_method : bool
        Whether it was trained by tree_method="exact", which sends missing values anywhere where it saw none.
    """
    booster = child(stored.learner, "gradient_booster", dict, "learner")
    name = child(booster, "name", str, "gradient_booster")
    if name == "gblinear":
        raise UnsupportedError("booster='gblinear' is a linear model, not trees: fit a scikit-learn linear model, or booster='gbtree'")
    if name not in ("gbtree", "dart"):
        raise UnsupportedError(f"booster={name[:40]!r} is not known: fit with booster='gbtree' or 'dart'")
    model = child(child(booster, "gbtree", dict, "dart") if name == "dart" else booster, "model", dict, "gradient_booster")
    trees = child(model, "trees", list, "model")
    if len(trees) > _MOST_TREES:
        raise UnsupportedError(f"the model has {len(trees)} trees, and it may have {_MOST_TREES}")
    drop = array(booster, "weight_drop", "f", "gradient_booster", len(trees)) if name == "dart" else np.ones(len(trees))
    column = array(model, "tree_info", "i", "model", len(trees))
    if np.any((column < 0) | (column >= stored.n_columns)):
        raise InvalidInputError(f"model: 'tree_info' is out of range (0 to {stored.n_columns - 1}): the model is damaged")
    first, last = _range(model, iterations, len(trees))
    grown, values, columns, questions = [], [], [], Questions(stored.n_features)
    for number in range(first, last):
        tree, leaves = _tree(trees[number], f"tree {number}", stored, questions)
        for k in range(leaves.shape[1]):  # a tree with a vector in each leaf counts once per target
            grown.append(tree)
            values.append(leaves[:, k] * drop[number])
            columns.append(k if leaves.shape[1] > 1 else int(column[number]))
    record = _record(stored, grown, values, columns, questions, as_values)
    learned = not exact_method and _learned(grown, questions)
    return questions.record(dataclasses.replace(record, routes_missing=learned), truncated, numbered=True)


def _learned(grown: list[Grown], questions: Questions) -> bool:
    """Whether missing values go several ways, as they do where training saw some."""
    inner = np.concatenate([tree.children_left >= 0 for tree in grown])
    number = inner & (np.concatenate([tree.feature for tree in grown]) < questions.n_features)
    ways = np.concatenate([tree.missing_go_to_left for tree in grown])[number]
    return bool(np.any(ways) and not np.all(ways)) or questions.tell_missing


def _record(
    stored: Stored, grown: list[Grown], values: list[np.ndarray], columns: list[int], questions: Questions, as_values: bool
) -> Boosted:
    if not grown:
        raise InvalidInputError("the model has no trees: fit it with at least one round")
    base = _base(stored)
    check_finite("XGBoost model", trees=np.concatenate(values), base_score=base)
    leaves, ids = distinct(np.concatenate(values)[:, None])
    return Boosted(
        input="float32",
        n_features=questions.width,
        column=np.array(columns, dtype=np.int64),
        base=base,
        leaves=leaves,
        missing="nan",
        own_unit=2.0**-24,
        **_link(stored, as_values),
        **nodes(grown, ids, questions.width),
    )


def _link(stored: Stored, as_values: bool) -> dict[str, Any]:
    link, columns = OBJECTIVES[stored.objective][0], stored.n_columns
    if as_values or not stored.is_classifier:
        if as_values and link in ("softmax", "step"):
            raise UnsupportedError(f"objective={stored.objective!r} of a regressor: its answer is a class; fit an XGBClassifier")
        return {"task": Task("regressor", columns, answers="float32"), "link": "sigmoid" if link == "logistic" else link}
    if link != "softmax" and columns > 1:
        raise UnsupportedError("a classifier of several labels at once: fit one XGBClassifier per label")
    if link == "softmax" and columns < 2:
        raise InvalidInputError(f"{stored.objective} with num_class {columns}, which no fit makes: the model is damaged")
    task = Task("classifier", 1, (max(columns, 2),), (("decision_function", columns),))
    return {"task": task, "link": link}


def _base(stored: Stored) -> np.ndarray:
    """base_score as sums start, in float32 as XGBoost computes it; a vector since XGBoost 3.1."""
    text = stored.learner["learner_model_param"].get("base_score", "0.5")
    try:
        value = np.atleast_1d(np.array(json.loads(text), dtype=np.float64)).astype(np.float32)
    except (TypeError, ValueError, RecursionError):
        value = np.zeros(0, np.float32)
    if value.shape not in ((1,), (stored.n_columns,)):
        raise InvalidInputError(f"learner_model_param: 'base_score' is {str(text)[:40]!r}, and a number per column is expected")
    with np.errstate(all="ignore"):
        kind = OBJECTIVES[stored.objective][1]
        if kind == "logit":
            value = -np.log(np.float32(1) / value - np.float32(1))
        elif kind == "log":
            value = np.log(value)
    return np.broadcast_to(value, (stored.n_columns,)).astype(np.float64)


def _range(model: dict[str, Any], iterations: tuple[int, int], n_trees: int) -> tuple[int, int]:
    if iterations == (0, 0):
        return 0, n_trees
    start = array(model, "iteration_indptr", "i", "model").tolist()
    begin, end = iterations
    if not 0 <= begin < end < len(start) or not 0 <= start[begin] <= start[end] <= n_trees:
        raise InvalidInputError(f"rounds {begin} to {end} are not those of the model, which has {len(start) - 1}: fit again")
    return start[begin], start[end]


def _tree(tree: Any, where: str, stored: Stored, questions: Questions) -> tuple[Grown, np.ndarray]:
    """The nodes of a tree, and the values of its leaves, shape (n_leaves, 1 or n_columns)."""
    parameters = child(tree, "tree_param", dict, where)
    n = whole(parameters.get("num_nodes"), "num_nodes", 1, _MOST_LEAVES, where)
    width = max(whole(parameters.get("size_leaf_vector", "1"), "size_leaf_vector", 0, _MOST_COLUMNS, where), 1)
    left, right = array(tree, "left_children", "i", where, n), array(tree, "right_children", "i", where, n)
    condition = array(tree, "split_conditions", "f", where, n)
    feature = array(tree, "split_indices", "i", where, n)
    kind = array(tree, "split_type", "i", where, n) if "split_type" in tree else np.zeros(n, np.int64)
    inner = left != -1
    if np.any((kind[inner] != 0) & (kind[inner] != 1)):
        raise InvalidInputError(f"{where}: 'split_type' has a kind of split that is unknown: the model is damaged")
    sets = _sets(tree, where, inner & (kind == 1))
    hessian = array(tree, "sum_hessian", "f", where, n)
    threshold = np.where(kind == 1, 0.0, np.nextafter(condition.astype(np.float32), np.float32(-np.inf)).astype(np.float64))
    grown, order = grow(where, left, right, feature, threshold, array(tree, "default_left", "i", where, n), hessian, stored.n_features)
    ask(questions, grown, order, sets, members_right=True)
    leaf = order[grown.children_left < 0]
    if width == 1:
        return grown, condition[leaf][:, None]
    return grown, _vectors(tree, where, width, right[leaf], stored)


def _sets(tree: Any, where: str, asks: np.ndarray) -> dict[int, tuple[int, ...]]:
    """The categories that each node sends to the right; nodes without such a split have none."""
    if not np.any(asks):
        return {}
    categories, at = array(tree, "categories", "i", where), array(tree, "categories_nodes", "i", where)
    start, size = array(tree, "categories_segments", "i", where, len(at)), array(tree, "categories_sizes", "i", where, len(at))
    if np.any((start < 0) | (size < 0) | (start + size > len(categories))) or np.any((categories < 0) | (categories >= _MOST_CATEGORIES)):
        raise InvalidInputError(f"{where} has a category, or a set of them, that is out of range: the model is damaged")
    found = {int(node): (int(first), int(first + count)) for node, first, count in zip(at, start, size, strict=True)}
    asking = np.flatnonzero(asks).tolist()
    if not set(asking) <= set(found):
        raise InvalidInputError(f"{where} has a split on categories without its set of them: the model is damaged")
    return {node: tuple(np.unique(categories[slice(*found[node])]).tolist()) for node in asking}


def _vectors(tree: Any, where: str, width: int, index: np.ndarray, stored: Stored) -> np.ndarray:
    if width != stored.n_columns:
        raise InvalidInputError(f"{where} has {width} values in each leaf, and the model {stored.n_columns} targets: it is damaged")
    if "leaf_weights" not in tree:
        raise UnsupportedError(f"{where} has a vector in each leaf, as XGBoost before 3.1 stored it: save it again with a newer version")
    weights = array(tree, "leaf_weights", "f", where)
    if len(weights) % width or np.any((index < 0) | (index >= len(weights) // width)):
        raise InvalidInputError(f"{where} has a leaf without a value: the model is damaged")
    return weights.reshape(-1, width)[index]
