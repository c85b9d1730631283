"""The scikit-learn estimators that are not supported, each with the reason and the nearest class that is.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import NamedTuple


class Unsupported(NamedTuple):
    """Why a class is not supported, and what to use instead."""

    reason: str
    nearest: str


UNSUPPORTED: dict[str, Unsupported] = {}


def explain(cls: type) -> str | None:
    """The message for a scikit-learn class that is known not to be supported; None for all others."""
    entry = UNSUPPORTED.get(cls.__name__) if cls.__module__.split(".")[0] == "sklearn" else None
    if entry is None:
        return None
    return (
        f"{cls.__name__} cannot be converted: {entry.reason}. Nearest supported: {entry.nearest}. "
        "To ask for it, open an issue at https://github.com/emlearn/emlearn/issues"
    )
