"""Forests of classes judged by rows that did not choose them: what rows prefer is found anew without each part of them, and tried on it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..families.trees.shorten import shares
from .candidates import lead
from .pruned import Pruner
from .shorter import Members, ordered

#: Parts of the rows.
_FOLDS = 3

#: From trees' rows to shares of classes.
Answer = Callable[[np.ndarray], np.ndarray]


class Judge:
    """Rows in parts.

    Parameters
    ----------
    found : Members
        The trees that are chosen from.
    expected : ndarray of shape (n_rows, n_classes)
        1 for the right class of each row of ``found.X``.
    """

    def __init__(self, found: Members, expected: np.ndarray) -> None:
        self.X, self.expected = found.X, expected
        self.parts = [np.arange(len(expected)) % _FOLDS == number for number in range(_FOLDS)]
        self._pruners = [self._pruner(found.trees, ~part) for part in self.parts]

    def merit(self, answers: list[Answer]) -> float:
        """What those have that were chosen without each part, in the order of parts; as :func:`.candidates.merit`."""
        found = np.zeros(self.expected.shape)
        for part, answer in zip(self.parts, answers, strict=True):
            found[part] = answer(self.X[part])
        return float(np.mean(lead(found, self.expected)))

    def of_pruned(self, n_trees: int, n_splits: int, leaf_bits: Any) -> float:
        """The merit of the first trees with so many splits, and shares of so many bits in their leaves."""
        whole = None if leaf_bits is None or leaf_bits > 16 else (1 << leaf_bits) - 1
        return self.merit([_mean_of(pruner.first(n_trees).keep(n_splits), whole) for pruner in self._pruners])

    def _pruner(self, trees: list[Any], rows: np.ndarray) -> Pruner:
        return Pruner.of([trees[number] for number in ordered(trees, self.X[rows], self.expected[rows])])


def _mean_of(trees: list[Any], whole: int | None) -> Answer:
    def answer(X: np.ndarray) -> np.ndarray:
        said = [tree.predict_proba(X) for tree in trees]
        found: np.ndarray = np.mean(said if whole is None else [shares(each, whole) for each in said], axis=0)
        return found

    return answer
