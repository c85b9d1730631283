"""``fit_to``: the smallest loss that meets a budget, encodings first, then fewer trees; each step says what it saved and cost.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError
from ..options import OPTIMIZE
from .budget import Budget, Cost
from .shorter import Shorter, shorter

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


@dataclasses.dataclass(frozen=True)
class Fit:
    """What :meth:`emlearn.Model.fit_to` returns.

    Attributes
    ----------
    model : Model
        The one that meets the budget with the best score found; where none does, the one that exceeds it least.
    step : Step
        The same in `steps`.
    steps : tuple of Step
        All that were tried, in order; the first is the model as it was given.
    budget : str
    """

    model: Model
    step: Step
    steps: tuple[Step, ...]
    budget: str

    @property
    def ok(self) -> bool:
        """Whether the budget is met."""
        return self.step.meets

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {"ok": self.ok, "budget": self.budget, "chosen": self.step.what, "steps": [dataclasses.asdict(step) for step in self.steps]}

    def __str__(self) -> str:
        given, found = self.steps[0], self.step
        verdict = "the budget is met" if self.ok else "the budget cannot be met: this is the least"
        change = f"score {found.score - given.score:+.4f} against the model as it was given ({given.cost}, score {given.score:.4f})"
        return "\n".join([f"budget: {self.budget}", *map(str, self.steps), f"{verdict}: {found.what}; {found.cost}; {change}"])

    __repr__ = __str__


def fit_to(model: Model, *, data: Any, target: Any, flash: Any = None, ram: Any = None, cycles: Any = None) -> Fit:
    """See :meth:`emlearn.Model.fit_to`."""
    budget = Budget.make(target, flash=flash, ram=ram, cycles=cycles)
    raw, y = _data(model, data)
    search = _Search(budget, raw, y)
    search.try_("as it is", model)
    if not search.met:
        for mode in OPTIMIZE:
            if mode != model.arguments["optimize"] and not search.met:
                search.try_(f"optimize={mode!r}", model.again(optimize=mode))
    if not search.met:
        _fewer(search, search.best()[0])
    found, step = search.best()
    return Fit(found, step, tuple(step for _, step in search.tried), str(budget))


def _data(model: Model, data: Any) -> tuple[np.ndarray, np.ndarray]:
    if model.estimator is None or not model.arguments:
        raise InvalidInputError("the model has no estimator to convert again: convert it from one")
    if model.record.ops[0] != "predict" or model.record.task.kind not in ("classifier", "regressor"):
        raise InvalidInputError(f"fit_to is for classifiers and regressors, whose score can be told; this is a {model.record.task.kind}")
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise InvalidInputError("data= takes two arrays, (X, y): rows that the model was not trained on, and their labels or values")
    raw, y = model.input.check(data[0]), np.asarray(data[1])
    if len(raw) == 0 or len(y) != len(raw):
        raise InvalidInputError(f"data=: X has {len(raw)} rows and y {len(y)}: give one y per row, and one row at least")
    return raw, y


class _Search:
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
        self.tried.append((model, Step(what, cost, _score(model, self.raw, self.y), excess <= 1)))
        self.excess.append(excess)
        return excess <= 1

    def best(self) -> tuple[Model, Step]:
        """The best score among those that meet the budget (the least excess of equals), else the least excess."""
        order = sorted(range(len(self.tried)), key=lambda k: (self.excess[k] > 1, self._loss(k), self.excess[k]))
        return self.tried[order[0]]

    def _loss(self, k: int) -> float:
        return -self.tried[k][1].score if self.excess[k] <= 1 else self.excess[k]


def _score(model: Model, raw: np.ndarray, y: np.ndarray) -> float:
    found = model.predict(raw)
    if model.record.task.kind == "classifier":
        return float(np.mean(np.all((found == y).reshape(len(y), -1), axis=1)))
    from sklearn.metrics import r2_score

    return float(r2_score(y, found))


def _fewer(search: _Search, model: Model) -> None:
    """The most trees that meet the budget, by bisection: fewer trees never cost more."""
    way = shorter(model.estimator, model.input.features(search.raw, model.record.fed), search.y)
    if way is None:
        return
    low, high = 0, way.count  # low meets the budget (or is nothing), high does not
    guess = _first_guess(search, way)
    while high - low > 1:
        n = min(max(guess, low + 1), high - 1)
        if search.try_(f"optimize={model.arguments['optimize']!r}, {n} of {way.count} {way.unit}", _again(model, way.take(n))):
            low = n
        else:
            high = n
        guess = (low + high) // 2


def _first_guess(search: _Search, way: Shorter) -> int:
    """As if the cost were in proportion to the trees."""
    excess = min(search.excess)
    return int(way.count / excess) if math.isfinite(excess) else way.count // 2


def _again(model: Model, estimator: Any) -> Model:
    from ..convert import convert

    return convert(estimator, **model.arguments)
