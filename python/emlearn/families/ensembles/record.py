"""Ensembles of trees as plain arrays: what is added up of the leaves, and what is made of the sums.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from ...record import Record
from ..trees.record import Trees


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Summed(Trees):
    """Trees of which each adds its leaf's value to one of K sums.

    ``sum[k](x) = base[k] + sum over the trees t of column k of leaves[leaf_t(x)]``. Until the passes have run, `leaves` are the
    estimator's own float64 values, shape (n_leaves, 1), distinct within a tree. Then they are integers from 0 on, the trees stand
    column after column, equally many in each, and ``sum[k](x) = base[k] + step * (start[k] + sum of leaves)`` up to `slack`.
    Trees that are the same for all columns may be one, with leaves of shape (n_leaves, n_columns), each added to all sums.

    Attributes
    ----------
    column : ndarray of shape (n_trees,), int64
        The sum that each tree adds to; without meaning where leaves are vectors.
    base : ndarray of shape (n_columns,), float64
    step : float
        What an integer leaf counts, a float32; 0 before.
    start : ndarray of shape (n_columns,), int64
    slack : ndarray of shape (n_columns,), float64
        The largest |estimator's exact sum - device's exact sum| over all rows.
    size : ndarray of shape (n_columns,), float64
        An upper bound of the sum of magnitudes that the estimator adds up, for the bound of its own rounding.
    folded : int
        Trees of one leaf, which have become part of `base`: the estimator adds them one by one.
    own_unit : float
        The unit roundoff of the estimator's own sums.
    """

    exact: ClassVar[bool] = True

    column: np.ndarray
    base: np.ndarray
    step: float = 0.0
    start: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.int64))
    slack: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))
    size: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))
    folded: int = 0
    own_unit: float = 2.0**-53

    @property
    def n_columns(self) -> int:
        return len(self.base)

    @property
    def has_vectors(self) -> bool:
        """Whether a leaf has a value for each column."""
        return self.leaves.shape[1] > 1

    def per_column(self, of_trees: np.ndarray) -> np.ndarray:
        """Sums over trees of what has a value per tree and column of its leaves, shape (n_trees, leaves.shape[1])."""
        if self.has_vectors:
            return of_trees.sum(axis=0)
        return np.bincount(self.column, weights=of_trees[:, 0], minlength=self.n_columns)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Boosted(Summed):
    """Boosted trees: ``decision_function(x) = sum(x)``, and a link that makes answers of it.

    Classifiers: ``predict_proba = link(factor * sum)``; the class is the argmax of the sums (the lowest of equals), or, of two classes,
    the second where the one sum is positive (or zero, where `zero_is_one`). Regressors: ``predict = link(sum)``, per column.

    Attributes
    ----------
    link : {"identity", "exp", "sigmoid", "logistic", "softmax", "step"}
        Of values one by one the first three; of two classes ``logistic``, or ``step``, which has no probabilities; of more ``softmax``,
        or ``sigmoid`` where each class has a probability of its own.
    factor : float
    zero_is_one : bool
        Which of two classes a sum of zero means.
    """

    link: str = "identity"
    factor: float = 1.0
    zero_is_one: bool = False

    @property
    def ops(self) -> tuple[str, ...]:
        if self.task.kind != "classifier":
            return ("predict",)
        return ("predict", "decision_function") if self.link == "step" else ("predict", "predict_proba", "decision_function")

    @property
    def is_binary(self) -> bool:
        return self.task.kind == "classifier" and self.n_columns == 1


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Isolation(Summed):
    """Trees that isolate: ``score_samples(x) = -2 ** (-sum(x) / length)``, the sum being that of the path lengths.

    ``decision_function = score_samples - offset``, ``predict`` is +1 where that is not negative, else -1.

    Read from ``estimators_``, ``estimators_features_``, ``offset_``, ``_max_samples``, ``_decision_path_lengths``,
    ``_average_path_length_per_tree``.

    Attributes
    ----------
    length : float
        Trees times the average path length in a tree of as many samples as each saw; 0 where they saw one: the score is then -1/2.
    offset : float
    """

    length: float
    offset: float

    def score(self, path: np.ndarray) -> np.ndarray:
        """``score_samples`` of sums of path lengths, as scikit-learn computes it in float64."""
        return -(2.0 ** -np.divide(path, self.length, out=np.ones_like(path), where=self.length != 0))

    def inlier(self, path: float) -> bool:
        """Whether ``predict`` is +1 for a sum of path lengths."""
        return bool(self.score(np.array([path]))[0] - self.offset >= 0)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Votes(Trees):
    """Trees that vote for one class each, with their own weights (AdaBoostClassifier, SAMME).

    ``votes[c](x)`` is the sum of the weights of the trees that vote for class c, all weights one in sum;
    ``decision_function = (K votes - 1) / (K - 1)`` (of two classes: ``votes[1] - votes[0]``, scaled alike), ``predict_proba`` its
    softmax after division by K - 1, ``predict`` the argmax, the lowest of equals. `leaves` are classes, shape (n_leaves, 1), int64.

    Read from ``estimators_`` and ``estimator_weights_``.

    Attributes
    ----------
    weights : ndarray of shape (n_trees,)
        float64, one in sum; after the passes int64, `whole` in sum at most.
    whole : int
        What the integer weights count to one; 0 before.
    """

    exact: ClassVar[bool] = True

    weights: np.ndarray
    whole: int = 0

    @property
    def n_classes(self) -> int:
        return self.task.n_classes[0]

    @property
    def ops(self) -> tuple[str, ...]:
        return ("predict", "predict_proba", "decision_function")


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Median(Trees):
    """Trees whose values' weighted median is the answer (AdaBoostRegressor).

    The answer is the least value v such that the trees with values up to v have half of all weight. `leaves` are float64 values,
    shape (n_leaves, 1), ascending after the passes.

    Read from ``estimators_`` and ``estimator_weights_``.

    Attributes
    ----------
    weights : ndarray of shape (n_trees,)
        float64; after the passes int64, whose sum has 31 bits.
    """

    exact: ClassVar[bool] = True

    weights: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Embedding(Trees):
    """Trees whose leaves are columns: 1 in the columns of the leaves that a row reaches, 0 elsewhere (RandomTreesEmbedding).

    `leaves` are column indices, shape (n_leaves, 1), int64.

    Read from ``estimators_`` and ``one_hot_encoder_.categories_``.
    """

    exact: ClassVar[bool] = True


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Recoded(Record):
    """Boosted trees, some of whose splits ask for categories: each different question becomes a flag, a feature behind the others.

    A category is a range of raw values. ``flag s = right[s, code of the category of x[columns[flag_of[s]]]]``, where a value that is of
    no category has the last code but one, and a missing one the last. `inner` compares flags as it does features.

    Read from HistGradientBoosting's ``_preprocessor`` (``categories_`` of its OrdinalEncoder), and its nodes' ``bitset_idx``,
    ``missing_go_to_left`` with ``raw_left_cat_bitsets``; from the sets of categories that XGBoost, LightGBM and CatBoost store.

    Attributes
    ----------
    inner : Boosted
        Its features are the raw ones, then the flags; after the passes the raw ones in `plain`, then the flags.
    columns : ndarray of shape (n_categorical,), int64
        Raw features that hold categories.
    of : ndarray of shape (n_categories,)
        Which of `columns` each category belongs to; its code is its place among those of its column.
    first, last : ndarray of shape (n_categories,), float64
        The least and the largest value of the category, in what the estimator looks at.
    flag_of : ndarray of shape (n_flags,), int64, ascending
        Which of `columns` each flag looks at.
    right : ndarray of shape (n_flags, most categories + 2), bool
        By code; the last two columns are for values of no category, and for missing ones.
    plain : ndarray of shape (n_plain,), int64
        Raw features that `inner` compares; empty before the passes.
    pieces : ndarray of shape (n_pieces, 4), int64
        After the passes: which of `columns`, least and largest key of raw values, code. What is in no piece has the last code.
    flag_values : tuple of int
        What a flag's two values are: neither stands for a missing value.
    numbered : bool
        Whether the estimator numbers the categories of a frame's column, and raw values are these numbers.
    """

    exact: ClassVar[bool] = True

    inner: Boosted
    columns: np.ndarray
    of: np.ndarray
    first: np.ndarray
    last: np.ndarray
    flag_of: np.ndarray
    right: np.ndarray
    plain: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.int64))
    pieces: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((0, 4), np.int64))
    flag_values: tuple[int, int] = (0, 1)
    numbered: bool = False

    @property
    def ops(self) -> tuple[str, ...]:
        return self.inner.ops

    @property
    def link(self) -> str:
        return self.inner.link

    @property
    def is_binary(self) -> bool:
        return self.inner.is_binary

    @property
    def routes_missing(self) -> bool:
        return self.inner.routes_missing

    @property
    def needed(self) -> np.ndarray:
        return np.unique(np.concatenate([self.plain, self.columns[self.flag_of]]))
