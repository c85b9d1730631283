"""Models that ``fit_to`` tries: what each costs and scores, and which is the best so far.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from .budget import Budget, Cost

if TYPE_CHECKING:
    from ..model import Model


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


class Search:
    """Models tried so far, with their steps."""

    def __init__(self, budget: Budget, raw: np.ndarray, y: np.ndarray) -> None:
        self.budget, self.raw, self.y = budget, raw, y
        self.tried: list[tuple[Model, Step]] = []
        self.excess: list[float] = []

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
        return float(np.mean(np.all((found == y).reshape(len(y), -1), axis=1)))
    from sklearn.metrics import r2_score

    return float(r2_score(y, found))
