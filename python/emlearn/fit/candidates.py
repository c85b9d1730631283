"""Models that ``fit_to`` tries: what each costs and scores, and which is the best so far.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..compression.search import table_bytes
from .budget import Budget, Cost

if TYPE_CHECKING:
    from ..model import Model


#: Candidates that are built, best score first, until one meets the budget.
MOST_BUILDS = 6

#: How steeply a lead becomes a hit, in units of the mean lead.
_STEEP = 4.0


@dataclasses.dataclass(frozen=True)
class Step:
    """One model that was tried.

    Attributes
    ----------
    what : str
        What was done to the model as it was given.
    cost : Cost
    score : float
        Accuracy (R^2 of values) on the rows that were given.
    meets : bool
        Whether it meets the budget.
    """

    what: str
    cost: Cost
    score: float
    meets: bool

    def __str__(self) -> str:
        return f"{'meets' if self.meets else 'exceeds'}  {self.what}: {self.cost}, score {self.score:.4f}"


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A smaller model, what was done for it, and how good it is."""

    model: Model
    what: str
    merit: float


class Search:
    """Models tried so far, with their steps; `orders` are those of the trees that :mod:`.shorter` has found, by the forest's id."""

    def __init__(self, budget: Budget, raw: np.ndarray, y: np.ndarray) -> None:
        self.budget, self.raw, self.y = budget, raw, y
        self.tried: list[tuple[Model, Step]] = []
        self.excess: list[float] = []
        self.orders: dict[int, list[int]] = {}

    @property
    def met(self) -> bool:
        return any(step.meets for _, step in self.tried)

    def try_(self, what: str, model: Model) -> bool:
        """Measure a model; whether it meets the budget."""
        cost = self.budget.measure(model, self.raw)
        excess = self.budget.excess(cost)
        self.tried.append((model, Step(what, cost, score(model, self.raw, self.y), excess <= 1)))
        self.excess.append(excess)
        return excess <= 1

    def best(self) -> tuple[Model, Step]:
        """The best score among those that meet the budget (the least excess of equals), else the least excess."""
        order = sorted(range(len(self.tried)), key=lambda k: (self.excess[k] > 1, self._loss(k), self.excess[k]))
        return self.tried[order[0]]

    def _loss(self, k: int) -> float:
        return -self.tried[k][1].score if self.excess[k] <= 1 else self.excess[k]


def score(model: Model, raw: np.ndarray, y: np.ndarray) -> float:
    found = model.predict(raw)
    if model.record.task.kind == "classifier":
        return float(np.mean(np.all(found.reshape(len(y), -1) == y.reshape(len(y), -1), axis=1)))
    from sklearn.metrics import r2_score

    return float(r2_score(y, found))


def largest(make: Callable[[int], Model], count: int, room: float) -> tuple[int, Model] | None:
    """The largest number, up to `count`, whose model has tables of no more than `room`, by bisection: fewer hardly ever take more."""
    low, high, best = 0, count + 1, None
    step = max(1, count // 200)
    while high - low > step:
        n = count if best is None and high > count else (low + high) // 2
        made = make(n)
        if table_bytes(made) <= room:
            low, best = n, made
        else:
            high = n
        if low == count:
            break
    return None if best is None or low == 0 else (low, best)


def merit(model: Model, given: Model, raw: np.ndarray, y: np.ndarray) -> float:
    """What few rows tell better than a score does: by how much the right class is ahead, near misses and near hits counted in part.

    Of values minus the mean squared error; of several outputs, and of classes without probabilities, the score. `given` is the model as it
    was given, whose estimator knows the labels.
    """
    task = model.record.task
    if task.n_outputs > 1 or (task.kind == "classifier" and "predict_proba" not in model.record.ops):
        return score(model, raw, y)
    if task.kind != "classifier":
        return -float(np.mean((model.predict(raw) - y.reshape(-1)) ** 2))
    return float(np.mean(lead(model.predict_proba(raw), right_class(y, given.head.classes[0]))))


def right_class(y: np.ndarray, classes: Any) -> np.ndarray:
    """1 for the right class of each row, float64 of shape (n_rows, n_classes)."""
    found: np.ndarray = (y.reshape(-1, 1) == np.asarray(classes).reshape(1, -1)).astype(np.float64)
    return found


def lead(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """By how much the right class is ahead, -1 to 1 in each row: shares of classes, and the right one's, shape (n_rows, n_classes)."""
    ahead = np.sum(found * expected, axis=1) - np.max(np.where(expected > 0, -1.0, found), axis=1)
    counted: np.ndarray = np.tanh(_STEEP * ahead / max(float(np.mean(np.abs(ahead))), 1e-9))
    return counted
