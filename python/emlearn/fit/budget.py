"""What a model may cost on a target, and what one does cost there.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError
from ..targets import Target, TooLargeError, catalog, lab

if TYPE_CHECKING:
    from ..model import Model

#: Rows that are run for cycles and stack.
MOST_ROWS = 100


@dataclasses.dataclass(frozen=True)
class Cost:
    """What one operation costs on a target.

    Attributes
    ----------
    flash : float
        Bytes over the same firmware without a model; infinite where it does not fit the chip and nobody knows by how much.
    ram : float or None
        Static bytes and stack at its deepest; None where it was not run.
    cycles : float or None
        Of the slowest row (instructions where the emulator counts no cycles); None where it was not run.
    """

    flash: float
    ram: float | None = None
    cycles: float | None = None

    def __str__(self) -> str:
        parts = [(self.flash, "B flash"), (self.ram, "B RAM"), (self.cycles, "cycles")]
        return ", ".join(
            "does not fit the chip" if math.isinf(value) else f"{value:,.0f} {unit}" for value, unit in parts if value is not None
        )


@dataclasses.dataclass(frozen=True)
class Budget:
    """Upper limits, of which at least one is given.

    Attributes
    ----------
    target : Target
    flash, ram, cycles : int or None
        As in :class:`Cost`.
    """

    target: Target
    flash: int | None = None
    ram: int | None = None
    cycles: int | None = None

    @classmethod
    def make(cls, target: Any, **limits: Any) -> Budget:
        """Check the arguments.

        Raises
        ------
        InvalidInputError
            An unknown target, one that is no chip, no limit at all, or one that is no positive number.
        """
        if not isinstance(target, str):
            raise InvalidInputError(f"target={target!r}: name a chip, such as 'cortex-m0plus' (emlearn targets lists them)")
        found = catalog.find(target)
        if found.memory is None:
            raise InvalidInputError(f"target={target!r} is no chip: its flash and RAM have no limits")
        given = {name: value for name, value in limits.items() if value is not None}
        if not given:
            raise InvalidInputError(f"no budget: give at least one of {', '.join(f'{name}=' for name in limits)}")
        for name, value in given.items():
            number = isinstance(value, (int, float, np.number)) and not isinstance(value, (bool, np.bool_)) and math.isfinite(value)
            if not number or value <= 0:
                raise InvalidInputError(
                    f"{name}={value!r} is no budget: give a positive number of {'cycles' if name == 'cycles' else 'bytes'}"
                )
        if (given.keys() & {"ram", "cycles"}) and not found.emulators:
            raise InvalidInputError(f"target={target!r} has no emulator, so that only flash= can be measured there")
        return cls(found, **{name: int(value) for name, value in given.items()})

    def measure(self, model: Model, raw: np.ndarray) -> Cost:
        """What the model's first operation costs; it is run only where RAM or cycles have a limit."""
        ops = model.record.ops[:1]
        try:
            if self.ram is None and self.cycles is None:
                return Cost(lab.sizes(self.target, model, *lab.operations(model, ops)).flash)
            found = lab.measure(self.target.name, model, raw[:MOST_ROWS], ops)[ops[0]]
        except TooLargeError as error:
            assert self.target.memory is not None
            return Cost(math.inf if error.excess is None else self.target.memory.flash_size + error.excess, math.inf, math.inf)
        ram = None if found.ram is None else float(found.ram + (found.stack or 0))
        return Cost(found.flash, ram, None if found.cost is None else float(np.max(found.cost)))

    def excess(self, cost: Cost) -> float:
        """The largest cost relative to its limit: at most 1 where the budget is met."""
        pairs = ((self.flash, cost.flash), (self.ram, cost.ram), (self.cycles, cost.cycles))
        return max((math.inf if value is None else value / limit) for limit, value in pairs if limit is not None)

    def __str__(self) -> str:
        limits = Cost(self.flash if self.flash is not None else math.nan, self.ram, self.cycles)
        text = str(limits) if self.flash is not None else ", ".join(str(limits).split(", ")[1:])
        return f"{text} on {self.target.name}"
