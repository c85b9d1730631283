"""What one operation of a model costs on a target.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from .flash import Flash


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What one operation of a model costs on a target, in a firmware that has this operation only.

    Attributes
    ----------
    target, op : str
    answers : ndarray of shape (n_samples, width) or None
        As :func:`run` gives them; None where the target has no emulator.
    split : Flash
        Bytes of code, tables and what is dragged in from libgcc and libm, over the same firmware with an empty operation.
    ram : int or None
        Bytes of static variables over the same firmware; None where the target has no emulator.
    stack : int or None
        Bytes below the caller's stack pointer at their deepest, over all rows. None where nothing on the machine counts.
    instructions, cycles : ndarray of shape (n_samples,), or None
        From the operation's first instruction to its return, for each row; None where they are not known.
    clock_hz : int
        The chip's usual clock.
    flash_free, ram_free : int
        What the chip has left beside this firmware; for RAM also beside a row, its answer and the stack.
    not_counted : tuple of str
        Functions that the target's compiler comes without, so that their bytes are missing.
    """

    target: str
    op: str
    answers: np.ndarray | None
    split: Flash
    ram: int | None
    stack: int | None
    instructions: np.ndarray | None
    cycles: np.ndarray | None
    clock_hz: int
    flash_free: int
    ram_free: int | None
    not_counted: tuple[str, ...] = ()

    @property
    def flash(self) -> int:
        """All bytes of :attr:`split`."""
        return self.split.total

    @property
    def cost(self) -> np.ndarray | None:
        """Cycles where they are known, else instructions."""
        return self.instructions if self.cycles is None else self.cycles

    @property
    def unit(self) -> str:
        """Of :attr:`cost`."""
        return "" if self.cost is None else "instructions" if self.cycles is None else "cycles"

    @property
    def microseconds(self) -> float | None:
        """The mean time at the chip's usual clock; None where no cycles are known."""
        return None if self.cycles is None else float(np.mean(self.cycles)) / self.clock_hz * 1e6
