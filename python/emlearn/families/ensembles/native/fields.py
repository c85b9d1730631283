"""Fields of stored models, each checked for its type and length: a file may hold anything.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import InvalidInputError


def child(parent: Any, name: str, kind: type, where: str) -> Any:
    """``parent[name]``, which must be a `kind`."""
    found = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(found, kind):
        what = "is missing" if found is None else f"is a {type(found).__name__}"
        raise InvalidInputError(
            f"{where}: {name!r} {what}, and a {kind.__name__} is expected: the model is damaged, or of an unknown version"
        )
    return found


def array(parent: Any, name: str, kind: str, where: str, length: int | None = None) -> np.ndarray:
    """``parent[name]`` as int64 ("i"), or as float64 whose values are those of float32 ("f")."""
    found = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(found, (list, np.ndarray)):
        raise InvalidInputError(f"{where}: {name!r} is no array: the model is damaged, or of an unknown version")
    try:
        values = np.array(found, dtype=np.float64) if len(found) else np.zeros(0)
    except (TypeError, ValueError, OverflowError):
        values = np.zeros((0, 0))
    if values.ndim != 1 or (length is not None and len(values) != length):
        expected = "numbers" if length is None else f"{length} numbers"
        raise InvalidInputError(f"{where}: {name!r} is no array of {expected}: the model is damaged, or of an unknown version")
    if kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            return values.astype(np.float32).astype(np.float64)
    if not np.all(np.abs(values) < 2**53) or np.any(values != np.floor(values)):
        raise InvalidInputError(f"{where}: {name!r} has values that are not integers: the model is damaged")
    return values.astype(np.int64)


def whole(text: Any, name: str, least: int, most: int, where: str) -> int:
    """An integer, which XGBoost and LightGBM store as text."""
    try:
        value = int(text)
    except (TypeError, ValueError, OverflowError):
        value = least - 1
    if not least <= value <= most:
        raise InvalidInputError(f"{where}: {name!r} is {str(text)[:40]!r}, and an integer from {least} to {most} is expected")
    return value
