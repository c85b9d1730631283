"""A number in a stream of bits: few bits where it is small.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

#: Bits of code that reading `more` bits takes.
_CODE_OF_MORE = 8 * 26


@dataclasses.dataclass(frozen=True)
class Number:
    """Bits of a number: `first`, and `more` of them from `direct` on; `more` is 0 where `first` hold all."""

    first: int
    more: int
    direct: int

    def cost(self, values: np.ndarray) -> np.ndarray:
        """Bits of each value."""
        return np.where(values < self.direct, self.first, self.first + self.more)

    @property
    def room(self) -> int:
        """Values must be below this."""
        return self.direct + (((1 << self.first) - self.direct) << self.more) if self.more else self.direct

    @classmethod
    def best(cls, values: np.ndarray, room: int) -> Number:
        """The widths that take the fewest bits for `values`, with room for all below `room`."""
        found, whole = [], max(1, (room - 1).bit_length())
        found.append(cls(whole, 0, 1 << whole))
        for first in range(1, whole):
            for more in range(1, whole + 1):
                prefixes = -(-(room - (1 << first)) // ((1 << more) - 1))  # each escape gives up one value for 2^more
                if 0 < prefixes < 1 << first:
                    found.append(cls(first, more, (1 << first) - prefixes))
        return min(found, key=lambda number: int(number.cost(values).sum()) + (_CODE_OF_MORE if number.more else 0))

    def fields(self, value: int) -> list[tuple[int, int]]:
        """Values and widths that say one value, the highest first."""
        if value < self.direct:
            return [(value, self.first)]
        rest = value - self.direct
        return [(self.direct + (rest >> self.more), self.first), (rest & ((1 << self.more) - 1), self.more)]
