"""Forests of classes for a budget of flash: few trees whose leaves vote for one class each, chosen together.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np
from sklearn.tree import BaseDecisionTree

from ..compression.search import table_bytes
from ..model import Model
from .candidates import Candidate, Search, right_class
from .compressed import FEW_ROWS, with_thresholds
from .judged import Judge
from .pruned import Pruner
from .refined import Lessons, Voters, refined

if TYPE_CHECKING:
    from .shorter import Members

#: Trees that are looked at, of those that the data prefer.
_MOST_POOL = 64

#: Shares of them that are kept.
_SHARES = (1.0, 0.8, 0.64, 0.5, 0.4, 0.32, 0.25, 0.2, 0.15)

#: Numbers of trees, best first, that become models; and how often the splits of one are counted anew until they fill the room.
_MOST_MADE, _MOST_TRIES = 3, 4

#: Bytes that the code takes more with other numbers in it.
_SLACK = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Choice:
    """So many trees of a pool, what that many err on rows that did not choose them, and how many splits of all trees the pool keeps."""

    n_trees: int
    merit: float
    splits: float


class Chooser:
    """Forests of voters for given room.

    Parameters
    ----------
    search : Search
    model : Model
        As it was given: a forest of one output.
    found : Members
        Its trees.
    coarse : int or None
        Bits of thresholds.
    """

    def __init__(self, search: Search, model: Model, found: Members, coarse: int | None) -> None:
        self.search, self.model, self.found, self.coarse = search, model, found, coarse
        self.expected = right_class(search.y, model.head.classes[0])
        self.pool = Pruner.of(found.trees[:_MOST_POOL])
        self.lessons = self._lessons(np.ones(len(self.expected), dtype=bool))
        self.judge = Judge(found, self.expected)
        self.of_others = [self._lessons(~part) for part in self.judge.parts]

    def candidates(self) -> list[Candidate]:
        """The best of all numbers of trees that fit the budget; the code around tables is taken for what it is with all trees."""
        every = refined(self.pool.trees, len(self.pool.trees), self.lessons)
        whole = self._model(every)
        size, flash = table_bytes(whole), self.search.budget.flash
        assert flash is not None
        room = flash - _SLACK - (self.search.budget.measure(whole, self.search.raw).flash - size)
        splits = room / (size / max(every.n_splits, 1))
        if splits < 1:
            return []
        choices = [self._judged(n, splits) for n in sorted({max(1, round(share * len(self.pool.trees))) for share in _SHARES})]
        made = [self._made(choice, room) for choice in sorted(choices, key=lambda choice: -choice.merit)[:_MOST_MADE]]
        return [candidate for candidate in made if candidate is not None]

    def _lessons(self, rows: np.ndarray) -> Lessons:
        return Lessons.of(self.found.trees, self.found.X[rows], self.expected[rows], len(self.pool.trees) ** 2)

    def _pool(self, n_trees: int, splits: float) -> list[BaseDecisionTree]:
        """The trees pruned so far that `n_trees` of them have about so many splits."""
        return self.pool.keep(int(splits * len(self.pool.trees) / n_trees))

    def _judged(self, n_trees: int, splits: float) -> Choice:
        """By what the folds say of each other."""
        kept = splits * splits / max(refined(self._pool(n_trees, splits), n_trees, self.lessons).n_splits, 1)
        pool, n_classes = self._pool(n_trees, kept), self.expected.shape[1]
        voters = [refined(pool, n_trees, lessons) for lessons in self.of_others]
        return Choice(n_trees, self.judge.merit([functools.partial(each.votes, n_classes=n_classes) for each in voters]), kept)

    def _made(self, choice: Choice, room: float) -> Candidate | None:
        """The model of all rows, with fewer splits until it fits."""
        splits, found = choice.splits, None
        for _ in range(_MOST_TRIES):
            voters = refined(self._pool(choice.n_trees, splits), choice.n_trees, self.lessons)
            made = self._model(voters)
            size = table_bytes(made)
            if size <= room and (found is None or size > found[0]):
                found = size, made, voters.n_splits
            if 0.985 * room < size <= room or (size <= room and splits >= self.pool.n_splits):
                break
            splits *= 0.995 * room / size
        if found is None:
            return None
        of = f"{choice.n_trees} of {len(self.found.trees)} trees with {found[2]:,} of {self.pool.n_splits:,} splits"
        narrow = "" if self.coarse is None else f", thresholds in {self.coarse} bits"
        return Candidate(found[1], f"optimize='size', {of}, one class in each leaf{narrow}", choice.merit)

    def _model(self, voters: Voters) -> Model:
        from ..convert import convert

        whole = convert(self.found.put(voters.estimators()), **{**self.model.arguments, "optimize": "size"})
        return whole if self.coarse is None else with_thresholds(whole, self.search.raw, self.coarse)


def chooser(search: Search, model: Model, found: Members, coarse: int | None) -> Chooser | None:
    """None where the trees are no forest of one output's classes, leaves were asked for, or rows are too few to choose by."""
    task = model.record.task
    of_classes = task.kind == "classifier" and task.n_outputs == 1 and task.n_classes[0] > 1
    if not of_classes or len(found.trees) == 1 or model.arguments["leaf_bits"] is not None or len(search.raw) < FEW_ROWS:
        return None
    return Chooser(search, model, found, coarse)
