"""Trees that were made smaller, as an estimator of their own: answers in float64, which a converted model is compared with.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...head import Head
from ...version import __version__
from ..trees.keys import from_keys
from ..trees.record import Forest, Trees
from .record import Boosted
from .reference import answer


@dataclasses.dataclass(frozen=True, eq=False)
class CompressedTrees:
    """A forest or boosted trees over raw values, without the estimator that they came from.

    Attributes
    ----------
    record : Forest or Boosted
        Thresholds are raw values in float64, leaves the estimator's own numbers; see :class:`emlearn.families.trees.record.Trees`.
    description : str
        What the trees were made from, and what was done to them.
    labels : tuple of ndarray
        The labels of each output of a classifier.
    feature_names : tuple of str
        Empty where the first estimator had none.
    versions : dict of str to str
        Of the libraries behind the answers, that of this one last.
    """

    record: Forest | Boosted
    description: str
    labels: tuple[np.ndarray, ...] = ()
    feature_names: tuple[str, ...] = ()
    versions: dict[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, record: Forest | Boosted, head: Head, what: str) -> CompressedTrees:
        """From trees whose thresholds are keys of raw values, in the order in which they are emitted."""
        threshold = from_keys(record.threshold, record.input).astype(np.float64)
        missing = "never" if record.missing == "never" else "nan"
        plain = dataclasses.replace(
            record, threshold=threshold, looks_at="float64", input="float32", missing=missing, missing_value=0, short=None
        )
        if isinstance(plain, Boosted):
            plain = dataclasses.replace(plain, own_unit=2.0**-53)
        return cls(plain, f"{head.estimator} with {what}", head.classes, head.feature_names, {**head.versions, "emlearn": __version__})

    @property
    def n_features_in_(self) -> int:
        return self.record.n_features

    @property
    def classes_(self) -> Any:
        """Labels, as the first estimator had them."""
        if not self.labels:
            raise AttributeError(f"a {self.record.task.kind} has no classes_")
        return self.labels[0] if len(self.labels) == 1 else list(self.labels)

    @property
    def feature_names_in_(self) -> np.ndarray:
        if not self.feature_names:
            raise AttributeError("fitted without feature names")
        return np.array(self.feature_names, dtype=object)

    def __repr__(self) -> str:
        return self.description

    def predict(self, X: Any) -> np.ndarray:
        """Labels or values of rows of shape (n_samples, n_features)."""
        return np.asarray(self.ask("predict", X))

    def ask(self, op: str, X: Any) -> Any:
        """The answer of an operation of the record, in scikit-learn's shapes."""
        z = sums(self.record, reached(self.record, np.asarray(X, dtype=np.float64)))
        task = self.record.task
        if op == "predict" and task.kind == "classifier":
            columns = [labels[index] for labels, index in zip(self.labels, classes(self.record, z).T, strict=True)]
            return columns[0] if task.n_outputs == 1 else np.column_stack(columns)
        values = answer(self.record, op, z) if isinstance(self.record, Boosted) else z
        if op == "predict_proba" and task.n_outputs > 1:
            return np.split(values, np.cumsum(task.n_classes)[:-1], axis=1)
        return values[:, 0] if values.shape[1] == 1 else values


def reached(trees: Trees, X: np.ndarray) -> np.ndarray:
    """The leaf that each row reaches in each tree, shape (n_samples, n_trees); thresholds are raw values."""
    at = np.tile(trees.roots, (len(X), 1))
    rows = np.arange(len(X))[:, None]
    while np.any(at >= 0):
        node = np.maximum(at, 0)
        x = X[rows, trees.feature[node]]
        go_left = np.where(np.isnan(x), trees.missing_left[node], x <= trees.threshold[node])
        at = np.where(at >= 0, np.where(go_left, trees.left[node], trees.right[node]), at)
    return ~at


def sums(trees: Forest | Boosted, leaf: np.ndarray) -> np.ndarray:
    """What the leaves that rows reach add up to, float64 of shape (n_samples, n_columns): means of a forest."""
    if isinstance(trees, Boosted):
        total = np.tile(trees.base, (len(leaf), 1))
        for tree, column in enumerate(trees.column.tolist()):
            total[:, column] += trees.leaves[leaf[:, tree], 0]
        return total
    total = np.zeros((len(leaf), trees.leaves.shape[1]))
    for tree in range(trees.n_trees):
        total += trees.leaves[leaf[:, tree]]
    return total / trees.n_trees


def classes(trees: Forest | Boosted, z: np.ndarray) -> np.ndarray:
    """The index of the class of each output, shape (n_samples, n_outputs), of sums."""
    if isinstance(trees, Boosted) and trees.is_binary:
        return ((z >= 0) if trees.zero_is_one else (z > 0)).astype(np.int64)
    blocks = np.split(z, np.cumsum(trees.task.n_classes)[:-1], axis=1)
    return np.column_stack([np.argmax(block, axis=1) for block in blocks])
