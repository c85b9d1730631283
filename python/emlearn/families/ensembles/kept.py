"""Records of Boosters, which are asked operation after operation and read once.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from .record import Boosted, Recoded

Read = Boosted | Recoded

#: By ``id()``, since not all of them can be hashed: the Booster, its rounds when it was read, and what was read.
_KEPT: dict[int, tuple[weakref.ref[Any], int, Read]] = {}


def kept(booster: Any, rounds: int, read: Callable[[Any], Read]) -> Read:
    """The record of a Booster; it is read again when it has been trained further."""
    key = id(booster)
    found = _KEPT.get(key)
    if found is None or found[0]() is not booster or found[1] != rounds:
        found = _KEPT[key] = (weakref.ref(booster, lambda gone: _forget(key, gone)), rounds, read(booster))
    return found[2]


def _forget(key: int, gone: weakref.ref[Any]) -> None:
    if key in _KEPT and _KEPT[key][0] is gone:
        del _KEPT[key]
