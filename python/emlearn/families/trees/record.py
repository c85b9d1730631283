"""Trees as plain arrays: inner nodes, keys, and the distinct leaves; a forest averages them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from ...record import Record


@dataclasses.dataclass(frozen=True)
class Short:
    """Leaves that have fewer bits than they need, on request.

    Attributes
    ----------
    bits : int
    loss : float
        The largest |with these leaves - with the estimator's| of what the trees give, over all rows: a mean, or a sum.
    shift : int, optional
        Of a regression forest: leaves are multiples of ``n_trees * 2^-shift``.
    """

    bits: int
    loss: float
    shift: int | None = None


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Trees(Record):
    """The nodes of decision trees; what is made of the leaves that a row reaches is said by a subclass.

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
        Distinct leaves: what they hold is the subclass's affair.
    weight : ndarray of shape (n_nodes, 2), float64, or None
        How much of the training data went left and right: generated code tests the likelier way first. Changes no answer.
    missing : {"never", "nan", "value"}
        What counts as missing; before the input is known, "nan" says that the estimator accepts NaN.
    missing_value : int
        The raw value of "value".
    routes_missing : bool
        Whether training saw missing values: their way is then learned, not just the larger side.
    looks_at : {"float32", "float64"}
        What the estimator casts a feature to before it compares.
    optimize : {"size", "balanced", "speed"}
        Which form the nodes take in flash.
    short : Short, optional
        What ``leaf_bits=`` made of the leaves.
    """

    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    leaves: np.ndarray
    weight: np.ndarray | None = None
    missing: str = "never"
    missing_value: int = 0
    routes_missing: bool = False
    looks_at: str = "float32"
    optimize: str = "balanced"
    short: Short | None = None

    @property
    def n_trees(self) -> int:
        return len(self.roots)

    @property
    def n_nodes(self) -> int:
        """Inner nodes of all trees."""
        return len(self.feature)

    @property
    def needed(self) -> np.ndarray:
        return np.unique(self.feature)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Forest(Trees):
    """Decision trees whose leaves are averaged.

    ``predict_proba(x) = 1/T sum_t leaves[leaf_t(x)]`` for classifiers (its argmax per output is the class, the lowest of
    equals), ``predict(x)`` the same mean for regressors. `leaves` are float64: probabilities of all classes of all outputs,
    or values of all outputs.

    Read from scikit-learn's ``tree_`` (``feature``, ``threshold``, ``children_left``, ``children_right``, ``value``,
    ``missing_go_to_left``, ``weighted_n_node_samples``) of each of ``estimators_``.
    """

    exact: ClassVar[bool] = True

    @property
    def is_classifier(self) -> bool:
        return self.task.kind == "classifier"
