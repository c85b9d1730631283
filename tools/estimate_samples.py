"""What builds of a firmware told, for calibration.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

from emlearn.report.terms import Unit


@dataclasses.dataclass(frozen=True)
class Sample:
    """One firmware that was built.

    Attributes
    ----------
    group : tuple of (str, int)
        Family and number of the model; validation keeps its builds together.
    code, flash, ram : int
    stack : int or None
    members : dict of str to int
        Bytes of what was dragged in.
    linked : tuple of str
        Tables that the linker kept.
    units : tuple of Unit
    """

    group: tuple[str, int]
    code: int
    flash: int
    ram: int
    stack: int | None
    members: dict[str, int]
    linked: tuple[str, ...]
    units: tuple[Unit, ...]

    @property
    def family(self) -> str:
        return self.units[-1].family
