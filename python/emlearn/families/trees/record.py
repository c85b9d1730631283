"""Trees as plain arrays: inner nodes, keys, and the distinct leaves; a forest averages them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from ...record import Record


@dataclasses.dataclass(frozen=True, eq=False)
class Trees(Record):
    """Decision trees, whatever is made of their leaves: each family's record of trees derives from this one.

    A row goes left where ``key(x[feature]) <= threshold``.

    Attributes
    ----------
    roots : ndarray of shape (n_trees,), int64
        Where each tree starts: a node, or ``~leaf``.
    feature : ndarray of shape (n_nodes,), int32
    threshold : ndarray of shape (n_nodes,)
        float64, as scikit-learn has them, until the input is known; then int64 keys (see :mod:`.keys`).
    left, right : ndarray of shape (n_nodes,), int64
        The children: a node if >= 0, else ``~leaf``.
    missing_left : ndarray of shape (n_nodes,), bool
        Whether a missing value goes left.
    leaves : ndarray of shape (n_leaves, width)
        Distinct leaves.
    missing : {"never", "nan", "value"}
        What counts as missing; before the input is known, "nan" says that the estimator accepts NaN.
    missing_value : int
        The raw value of "value".
    routes_missing : bool
        Whether training saw missing values: their way is then learned, not just the larger side.
    looks_at : {"float32", "float64"}
        What the estimator casts a feature to before it compares.
    """

    exact: ClassVar[bool] = True

    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    leaves: np.ndarray
    missing: str = "never"
    missing_value: int = 0
    routes_missing: bool = False
    looks_at: str = "float32"

    @property
    def n_trees(self) -> int:
        return len(self.roots)

    @property
    def n_nodes(self) -> int:
        """Inner nodes of all trees."""
        return len(self.feature)


@dataclasses.dataclass(frozen=True, eq=False)
class Forest(Trees):
    """Decision trees whose leaves are averaged.

    ``predict_proba(x) = 1/T sum_t leaves[leaf_t(x)]`` for classifiers (its argmax per output is the class, the lowest of
    equals), ``predict(x)`` the same mean for regressors. `leaves` are float64: probabilities of all classes of all outputs,
    or values of all outputs.

    Read from scikit-learn's ``tree_`` (``feature``, ``threshold``, ``children_left``, ``children_right``, ``value``,
    ``missing_go_to_left``) of each of ``estimators_``.
    """

    @property
    def is_classifier(self) -> bool:
        return self.task.kind == "classifier"
