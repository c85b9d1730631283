"""Answers over time: ``emlearn/debounce.hpp`` in Python.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from .errors import InvalidInputError


@dataclasses.dataclass
class Debounce:
    """Answers over time, a new one taken up only after it came `needed` times in a row.

    Attributes
    ----------
    needed : int
    now : int
        The settled answer; what it is set to is where it begins.
    """

    needed: int
    now: int = 0
    _next: int = 0
    _count: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.needed, (int, np.integer)) or not 1 <= self.needed <= 255:
            raise InvalidInputError(f"needed={self.needed!r} must be a whole number from 1 to 255")

    def update(self, answer: int) -> int:
        """The settled answer after one more."""
        answer = int(answer)
        if answer == self.now:
            self._count = 0
            return self.now
        self._count = self._count + 1 if answer == self._next and self._count else 1
        self._next = answer
        if self._count >= self.needed:
            self.now, self._count = answer, 0
        return self.now
