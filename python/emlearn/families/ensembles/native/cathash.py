"""The categories behind CatBoost's hashes: a model stores the hash of a category's text, and a device reads numbers.

The hash is the lower half of CityHash64 (its first release); of integers, the text is the decimal number.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools

import numpy as np

#: Integers that are looked for: others have no hash here, and are categories that no question names.
LEAST, MOST = -(1 << 16), (1 << 16) - 1

_FOLD, _FIRST, _SECOND = 0x9DDFEA08EB382D69, 0x9AE16A3B2F90404F, 0xC949D7C7509E6557
_HALF = np.uint64(47)


def hashes(texts: list[bytes]) -> np.ndarray:
    """The hashes of texts of one to eight bytes, int64 of 32 bits without sign."""
    found = np.empty(len(texts), dtype=np.int64)
    length = np.array([len(text) for text in texts])
    for size in np.unique(length):
        rows = np.frombuffer(b"".join(text for text in texts if len(text) == size), np.uint8).reshape(-1, size)
        found[length == size] = (_long(rows) if size >= 4 else _short(rows)) & np.uint64(0xFFFFFFFF)
    return found


def _short(rows: np.ndarray) -> np.ndarray:
    """Of one to three bytes: the first, the middle and the last, and the length."""
    size = rows.shape[1]
    first, middle, last = (rows[:, at].astype(np.uint64) for at in (0, size >> 1, size - 1))
    mixed = (first + (middle << np.uint64(8))) * np.uint64(_FIRST) ^ (np.uint64(size) + (last << np.uint64(2))) * np.uint64(_SECOND)
    return (mixed ^ mixed >> _HALF) * np.uint64(_FIRST)


def _long(rows: np.ndarray) -> np.ndarray:
    """Of four to eight bytes: the first and the last four, which may overlap, and the length."""
    size = rows.shape[1]
    head, tail = (np.ascontiguousarray(part).view("<u4")[:, 0].astype(np.uint64) for part in (rows[:, :4], rows[:, -4:]))
    fold = np.uint64(_FOLD)
    mixed = ((np.uint64(size) + (head << np.uint64(3))) ^ tail) * fold
    mixed = (tail ^ mixed ^ mixed >> _HALF) * fold
    return (mixed ^ mixed >> _HALF) * fold


@functools.cache
def _integers() -> dict[int, tuple[int, ...]]:
    """By hash, the integers that have it."""
    numbers = np.arange(LEAST, MOST + 1)
    found: dict[int, tuple[int, ...]] = {}
    for number, value in zip(numbers.tolist(), hashes([b"%d" % number for number in numbers.tolist()]).tolist(), strict=True):
        found[value] = (*found.get(value, ()), number)
    return found


def integers(value: int) -> tuple[int, ...]:
    """The integers whose text has a hash, stored as an int32; none where it is that of other text."""
    return _integers().get(value & 0xFFFFFFFF, ())


def is_missing(value: int) -> bool:
    """Whether it is the hash of "nan", which is how a missing category is given to CatBoost."""
    return value & 0xFFFFFFFF == int(hashes([b"nan"])[0])
