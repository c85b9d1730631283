"""Questions about categories: each different one becomes a flag, a feature behind the others, that trees compare as they do any.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from .record import Boosted, Recoded

#: The least and the largest value that a category is, float64, of a feature and its categories' numbers.
Limits = Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]]

#: What a flag is compared with: 0 goes left, 1 right.
THRESHOLD = 0.5


@dataclasses.dataclass(frozen=True)
class Question:
    """Which categories of a feature go right.

    Attributes
    ----------
    feature : int
    members : tuple of int, ascending
        Numbers of categories: these go one way, the others that are known the other way.
    members_right : bool
    unknown_right, missing_right : bool
        The way of values that are no known category, and of missing ones.
    """

    feature: int
    members: tuple[int, ...]
    members_right: bool
    unknown_right: bool
    missing_right: bool


class Questions:
    """The different questions that the nodes of a model ask.

    Parameters
    ----------
    n_features : int
        Of the model: flags are numbered from here on.
    """

    def __init__(self, n_features: int) -> None:
        self.n_features = n_features
        self._asked: dict[Question, int] = {}

    def __len__(self) -> int:
        return len(self._asked)

    @property
    def width(self) -> int:
        """Features and flags."""
        return self.n_features + len(self._asked)

    @property
    def tell_missing(self) -> bool:
        """Whether some question sends missing values elsewhere than unknown ones."""
        return any(question.missing_right != question.unknown_right for question in self._asked)

    def ask(self, question: Question) -> int:
        """The feature that holds the answer."""
        return self.n_features + self._asked.setdefault(question, len(self._asked))

    def named(self) -> dict[int, np.ndarray]:
        """By feature, the categories that some question names, ascending."""
        found: dict[int, set[int]] = {}
        for question in self._asked:
            found.setdefault(question.feature, set()).update(question.members)
        return {feature: np.array(sorted(members), dtype=np.int64) for feature, members in sorted(found.items())}

    def record(
        self, boosted: Boosted, limits: Limits, known: dict[int, np.ndarray] | None = None, numbered: bool = False
    ) -> Boosted | Recoded:
        """Trees that ask, with what answers; those that ask nothing as they are.

        Parameters
        ----------
        boosted : Boosted
            Its features are those of the model, then the flags in the order in which they were first asked for.
        limits : callable
        known : dict of ndarray, optional
            By feature the numbers of its categories, of all that are asked about; those that the questions name, by default.
        numbered : bool
            See :class:`~.record.Recoded`.
        """
        if not self._asked:
            return boosted
        known = self.named() if known is None else known
        place = {feature: number for number, feature in enumerate(known)}
        questions = sorted(self._asked, key=lambda question: (place[question.feature], self._asked[question]))
        number = np.empty(len(questions), dtype=np.int64)
        number[[self._asked[question] for question in questions]] = np.arange(len(questions))
        right = np.zeros((len(questions), max(map(len, known.values())) + 2), dtype=bool)
        for flag, question in enumerate(questions):
            right[flag, :-2] = not question.members_right
            right[flag, np.flatnonzero(np.isin(known[question.feature], question.members))] = question.members_right
            right[flag, -2:] = question.unknown_right, question.missing_right
        flags = boosted.feature >= self.n_features
        feature = np.where(flags, self.n_features + number[np.where(flags, boosted.feature - self.n_features, 0)], boosted.feature)
        ranges = [limits(feature, numbers) for feature, numbers in known.items()]
        return Recoded(
            input=boosted.input,
            n_features=self.n_features,
            task=boosted.task,
            inner=dataclasses.replace(boosted, feature=feature.astype(np.int32)),
            columns=np.array(list(known), dtype=np.int64),
            of=np.repeat(np.arange(len(known)), [len(numbers) for numbers in known.values()]),
            first=np.concatenate([first for first, _ in ranges]).astype(np.float64),
            last=np.concatenate([last for _, last in ranges]).astype(np.float64),
            flag_of=np.array([place[question.feature] for question in questions], dtype=np.int64),
            right=right,
            numbered=numbered,
        )
