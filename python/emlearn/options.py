"""The choices of :func:`emlearn.convert` that families look at.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

from .errors import InvalidInputError, UnsupportedError

OPTIMIZE = ("size", "balanced", "speed")
NUMERIC = ("exact", "int8", "int16", "int32", "auto")


@dataclasses.dataclass(frozen=True)
class Options:
    """Checked choices.

    Attributes
    ----------
    optimize : {"size", "balanced", "speed"}
    numeric : {"exact"}
    """

    optimize: str = "balanced"
    numeric: str = "exact"

    @classmethod
    def make(cls, optimize: Any, numeric: Any, calibration: Any) -> Options:
        """Check the arguments of :func:`emlearn.convert`."""
        if optimize not in OPTIMIZE:
            raise InvalidInputError(f"optimize={optimize!r} is unknown: choose one of {', '.join(OPTIMIZE)}")
        if numeric not in NUMERIC:
            raise InvalidInputError(f"numeric={numeric!r} is unknown: choose one of {', '.join(NUMERIC)}")
        if numeric != "exact":
            raise UnsupportedError(f"numeric={numeric!r}: no family can be quantised yet; use numeric='exact'")
        if calibration is not None:
            raise InvalidInputError("calibration= goes with a quantised numeric=; numeric='exact' needs none")
        return cls(optimize, numeric)
