"""LightGBM's stored model (its text format), read into a record of sums.

LightGBM compares ``float64(x) <= threshold`` and adds float64 leaves, which hold the learning rate and the start of the sum. A split on
categories sends those that it names to the left, by ``int(x)`` (so 0 is all between -1 and 1), and all else to the right: what is unknown,
negative, beyond an int or missing.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ....errors import InvalidInputError, UnsupportedError
from ....fitted import check_finite
from ....record import Task
from ...trees.sklearn import distinct, nodes
from ..hist import Grown
from ..questions import Questions
from ..record import Boosted, Recoded
from .fields import whole
from .grown import ask, grow, truncated

#: The formats that are known: of LightGBM 2.2 to 3 and of 4.
VERSIONS = ("v3", "v4")

_MOST_COLUMNS, _MOST_TREES, _MOST_FEATURES, _MOST_LEAVES = 1 << 12, 1 << 16, 1 << 20, 1 << 26

#: Objectives and the links of their answers.
OBJECTIVES = {
    **dict.fromkeys(
        ("regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg", "custom"), "identity"
    ),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "exp"),
    "cross_entropy": "sigmoid",
    "binary": "logistic",
    "multiclass": "softmax",
    "multiclassova": "one_vs_all",
}

_CLASSIFIERS = ("logistic", "softmax", "one_vs_all")

#: Values from -ZERO to ZERO are zeros to LightGBM: the float32 nearest to 1e-35.
ZERO = float(np.float32(1e-35))

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_NONE, _ZERO, _NAN = 0, 1, 2


@dataclasses.dataclass(frozen=True)
class Stored:
    """What the file says.

    Attributes
    ----------
    version : str
    objective : tuple of str
        Its name, then its parameters.
    n_features, n_columns : int
    averages : bool
        Whether the answer is the mean over rounds (boosting="rf").
    feature_names : tuple of str
        Empty where they are LightGBM's own.
    trees : list of dict
        The lines of each, by name.
    """

    version: str
    objective: tuple[str, ...]
    n_features: int
    n_columns: int
    averages: bool
    feature_names: tuple[str, ...]
    trees: list[dict[str, str]]

    @property
    def is_classifier(self) -> bool:
        return OBJECTIVES[self.objective[0]] in _CLASSIFIERS


def parse(data: bytes) -> Stored:
    """The model in the bytes of a text file.

    Raises
    ------
    InvalidInputError
        Damaged, cut off, or of a version that is not known.
    UnsupportedError
        An objective that cannot be converted.
    """
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"it is no text ({error}): the model is damaged") from error
    if not lines or lines[0] != "tree":
        raise InvalidInputError("it does not begin with 'tree', as LightGBM's models do")
    if "end of trees" not in lines:
        raise InvalidInputError("the line 'end of trees' is missing: the model is cut off")
    blocks = _blocks(lines[1 : lines.index("end of trees")])
    head, trees = blocks[0], blocks[1:]
    where = "LightGBM model"
    if (version := head.get("version", "")) not in VERSIONS:
        raise InvalidInputError(
            f"the model has the format {version[:20]!r}, and {' and '.join(VERSIONS)} are known: load it with LightGBM 4 and save it again"
        )
    objective = tuple(head.get("objective", "custom").split()) or ("custom",)
    if objective[0] not in OBJECTIVES or "sqrt" in objective:
        raise UnsupportedError(
            f"LightGBM objective {' '.join(objective)[:60]!r}: known are {', '.join(sorted(OBJECTIVES))}, without reg_sqrt"
        )
    n_features = whole(head.get("max_feature_idx"), "max_feature_idx", 0, _MOST_FEATURES - 1, where) + 1
    n_columns = whole(head.get("num_tree_per_iteration"), "num_tree_per_iteration", 1, _MOST_COLUMNS, where)
    sizes = head.get("tree_sizes", "").split()
    if not trees:
        raise InvalidInputError("the model has no trees: fit it with at least one round")
    if len(trees) > _MOST_TREES:
        raise UnsupportedError(f"the model has {len(trees)} trees, and it may have {_MOST_TREES}")
    if len(sizes) != len(trees) or len(trees) % n_columns:
        raise InvalidInputError(f"{where}: {len(trees)} trees, and {len(sizes)} were announced for {n_columns} columns: it is damaged")
    names = tuple(head.get("feature_names", "").split(" "))
    if len(names) != n_features or names == tuple(f"Column_{number}" for number in range(n_features)):
        names = ()
    return Stored(version, objective, n_features, n_columns, "average_output" in head, names, trees)


def _blocks(lines: list[str]) -> list[dict[str, str]]:
    """The head's lines and each tree's, as names and values."""
    blocks: list[dict[str, str]] = [{}]
    for line in lines:
        name, _, value = line.partition("=")
        if name == "Tree":
            if value != str(len(blocks) - 1):
                raise InvalidInputError(f"tree {len(blocks) - 1} of the LightGBM model is called {value[:20]!r}: it is damaged")
            blocks.append({})
        elif name:
            blocks[-1][name] = value
    return blocks


def read(stored: Stored, as_values: bool = False) -> Boosted | Recoded:
    """The record of a stored model; `as_values` where the answer is the number even if the objective is a classifier's."""
    grown, values, sees_nan, questions = [], [], False, Questions(stored.n_features)
    for number, tree in enumerate(stored.trees):
        found, leaves, nan = _tree(tree, f"tree {number}", stored.n_features, questions)
        grown.append(found)
        values.append(leaves)
        sees_nan |= nan
    check_finite("LightGBM model", leaf_value=np.concatenate(values))
    link = _link(stored, as_values)
    if stored.averages:  # of raw scores LightGBM gives the sum, not the mean
        rounds = len(grown) // stored.n_columns
        if link["task"].kind == "classifier":
            link["factor"] /= rounds
        else:
            values = [leaves / rounds for leaves in values]
    leaves, ids = distinct(np.concatenate(values)[:, None])
    boosted = Boosted(
        input="float32",
        n_features=questions.width,
        column=np.arange(len(grown)) % stored.n_columns,
        base=np.zeros(stored.n_columns),
        leaves=leaves,
        missing="nan",
        routes_missing=sees_nan,
        looks_at="float64",
        **link,
        **nodes(grown, ids, questions.width),
    )
    return questions.record(boosted, _limits, numbered=True)


def _limits(feature: int, categories: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values of categories: those above -1 are 0 to LightGBM."""
    first, last = truncated(feature, categories)
    return np.where(categories == 0, np.nextafter(-1.0, 0.0), first), last


def _link(stored: Stored, as_values: bool) -> dict[str, Any]:
    link, columns = OBJECTIVES[stored.objective[0]], stored.n_columns
    if link in _CLASSIFIERS and (columns > 1) != (link != "logistic"):
        raise InvalidInputError(f"{stored.objective[0]} with {columns} trees per round, which no fit makes: the model is damaged")
    if as_values or not stored.is_classifier:
        if link in ("softmax", "one_vs_all"):
            name = stored.objective[0]
            raise UnsupportedError(f"objective={name!r} of a regressor: its answer is a row of probabilities; fit an LGBMClassifier")
        factor = _sigmoid(stored) if link == "logistic" else 1.0
        if factor != 1:
            raise UnsupportedError("sigmoid= other than 1 in a regressor: fit an LGBMClassifier")
        return {"task": Task("regressor", columns), "link": "sigmoid" if link == "logistic" else link}
    task = Task("classifier", 1, (max(columns, 2),), (("decision_function", columns),))
    factor = 1.0 if link == "softmax" else _sigmoid(stored)
    return {"task": task, "link": "sigmoid" if link == "one_vs_all" else link, "factor": factor}


def _sigmoid(stored: Stored) -> float:
    """The slope of a binary objective, stored as 'sigmoid:1'."""
    text = next((part.partition(":")[2] for part in stored.objective if part.startswith("sigmoid:")), "1")
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise InvalidInputError(f"LightGBM model: sigmoid is {text[:20]!r}, and a positive number is expected")
    return value


def _tree(tree: dict[str, str], where: str, n_features: int, questions: Questions) -> tuple[Grown, np.ndarray, bool]:
    """The nodes, the leaves' values, and whether training saw NaN."""
    if tree.get("is_linear", "0") != "0":
        raise UnsupportedError(f"{where} has linear models in its leaves: fit without linear_tree")
    n_leaves = whole(tree.get("num_leaves"), "num_leaves", 1, _MOST_LEAVES, where)
    n = n_leaves - 1
    value = _numbers(tree, "leaf_value", where, n_leaves)
    count = _numbers(tree, "leaf_count", where, n_leaves) if "leaf_count" in tree else np.ones(n_leaves)
    if n == 0:
        one = np.zeros(1, np.int64)
        grown, _ = grow(where, one - 1, one - 1, one, one.astype(np.float64), one, np.ones(1), n_features)
        return grown, value, False
    kind = _integers(tree, "decision_type", where, n)
    left, right = (_children(tree, name, where, n, n_leaves) for name in ("left_child", "right_child"))
    given = _numbers(tree, "threshold", where, n)
    threshold, missing_left = _missing(where, kind, np.where(kind & _CATEGORICAL, 0.0, given))
    inner_count = _numbers(tree, "internal_count", where, n) if "internal_count" in tree else np.ones(n)
    leaf = np.full(n_leaves, -1, np.int64)
    nothing = np.zeros(n_leaves)
    grown, order = grow(
        where, np.concatenate([left, leaf]), np.concatenate([right, leaf]),
        np.concatenate([_integers(tree, "split_feature", where, n), np.zeros(n_leaves, np.int64)]),
        np.concatenate([threshold, nothing]), np.concatenate([missing_left, nothing]), np.concatenate([inner_count, count]), n_features,
    )  # fmt: skip
    ask(questions, grown, order, _sets(tree, where, np.flatnonzero(kind & _CATEGORICAL), given), members_right=False)
    return grown, value[order[grown.children_left < 0] - n], bool(np.any(kind >> 2 & 3 == _NAN))


def _missing(where: str, kind: np.ndarray, threshold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds and the way of missing values, by the three kinds of nodes.

    One that knows NaN sends it by its flag. One that knows nothing takes NaN for zero. One that takes zeros for missing sends NaN and
    zeros by its flag; that is a threshold still where nothing but zeros lies between them and the old one. All take what lies
    from -ZERO to ZERO for zero: LightGBM drops it from the row before it predicts.
    """
    default_left, missing = (kind & _DEFAULT_LEFT) != 0, kind >> 2 & 3
    if np.any(missing > _NAN):
        raise InvalidInputError(f"{where}: 'decision_type' has a kind of missing value that is unknown: the model is damaged")
    below = np.nextafter(-ZERO, -np.inf)
    zero = missing == _ZERO
    apart = zero & (kind & _CATEGORICAL == 0) & np.where(default_left, threshold < below, threshold > ZERO)
    if np.any(apart):
        raise UnsupportedError(
            f"{where} sends zeros, as missing values, where their neighbours do not go: fit with zero_as_missing=False and NaN"
        )
    zeros_left = np.where(zero, default_left, threshold >= 0)
    moved = np.where(zeros_left, np.maximum(threshold, ZERO), np.minimum(threshold, below))
    return np.where(zero | (np.abs(threshold) <= ZERO), moved, threshold), np.where(missing == _NONE, threshold >= 0, default_left)


def _sets(tree: dict[str, str], where: str, asks: np.ndarray, threshold: np.ndarray) -> dict[int, tuple[int, ...]]:
    """The categories that nodes send to the left: bits of words, of which each set has a range; ``threshold`` holds its number."""
    if len(asks) == 0:
        return {}
    n_sets = whole(tree.get("num_cat"), "num_cat", 1, _MOST_LEAVES, where)
    start = _integers(tree, "cat_boundaries", where, n_sets + 1)
    words = _integers(tree, "cat_threshold", where, int(start[-1]), 2**32)
    number = threshold[asks]
    if np.any((number != np.floor(number)) | (number < 0) | (number >= n_sets)) or start[0] != 0 or np.any(np.diff(start) < 0):
        raise InvalidInputError(f"{where} has a set of categories that is out of range (0 to {n_sets - 1}): the model is damaged")
    sets = {}
    for node, place in zip(asks.tolist(), number.astype(int).tolist(), strict=True):
        bits = np.unpackbits(words[start[place] : start[place + 1]].astype("<u4").view(np.uint8), bitorder="little")
        sets[node] = tuple(np.flatnonzero(bits).tolist())
    return sets


def _children(tree: dict[str, str], name: str, where: str, n: int, n_leaves: int) -> np.ndarray:
    """Children as nodes: the leaves, ``~leaf`` in the file, stand behind the inner ones."""
    child = _integers(tree, name, where, n)
    if np.any((child >= n) | (child < -n_leaves)):
        raise InvalidInputError(f"{where}: {name!r} is out of range ({-n_leaves} to {n - 1}): the model is damaged")
    return np.where(child < 0, n + ~child, child)


def _numbers(tree: dict[str, str], name: str, where: str, length: int) -> np.ndarray:
    words = tree.get(name, "").split()
    try:
        values = np.array([float(word) for word in words])
    except ValueError:
        values = np.zeros(0)
    if len(values) != length:
        raise InvalidInputError(f"{where}: {name!r} is no line of {length} numbers: the model is damaged, or of an unknown version")
    return values


def _integers(tree: dict[str, str], name: str, where: str, length: int, most: int = 2**31) -> np.ndarray:
    values = _numbers(tree, name, where, length)
    if not np.all(np.abs(values) < most) or np.any(values != np.floor(values)):
        raise InvalidInputError(f"{where}: {name!r} has values that are not integers: the model is damaged")
    return values.astype(np.int64)
