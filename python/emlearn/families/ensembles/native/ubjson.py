"""A strict reader of Universal Binary JSON (ubjson.org, draft 12), as XGBoost writes it: numbers big-endian, keys without a type.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import InvalidInputError

#: Types of numbers: int8, uint8, int16, int32, int64, float32, float64.
_NUMBERS: dict[bytes, np.dtype[Any]] = {
    b"i": np.dtype(">i1"),
    b"U": np.dtype(">u1"),
    b"I": np.dtype(">i2"),
    b"l": np.dtype(">i4"),
    b"L": np.dtype(">i8"),
    b"d": np.dtype(">f4"),
    b"D": np.dtype(">f8"),
}
_CONSTANTS = {b"T": True, b"F": False, b"Z": None}

#: Arrays and objects inside each other; a model has nine.
_MOST_LEVELS = 32


def loads(data: bytes) -> Any:
    """The value in `data`; arrays of one type of number become numpy arrays.

    Raises
    ------
    InvalidInputError
        Not UBJSON: cut off, of unknown types, nested too deeply, or followed by more.
    """
    reader = _Reader(data)
    value = reader.value(reader.take(1), 0)
    if reader.at != len(data):
        raise InvalidInputError(f"{len(data) - reader.at} bytes follow the end of the UBJSON value")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self.data) - self.at:
            raise InvalidInputError(f"UBJSON is cut off: {count} bytes wanted at byte {self.at} of {len(self.data)}")
        self.at += count
        return self.data[self.at - count : self.at]

    def value(self, mark: bytes, level: int) -> Any:
        if mark in _NUMBERS:
            dtype = _NUMBERS[mark]
            return np.frombuffer(self.take(dtype.itemsize), dtype)[0].item()
        if mark == b"S":
            return self.text()
        if mark in _CONSTANTS:
            return _CONSTANTS[mark]
        if level == _MOST_LEVELS:
            raise InvalidInputError(f"UBJSON is nested more than {_MOST_LEVELS} levels deep")
        if mark == b"[":
            return self.array(level + 1)
        if mark == b"{":
            return self.object(level + 1)
        raise InvalidInputError(f"UBJSON has the unknown type {mark!r} at byte {self.at - 1}")

    def count(self) -> int:
        mark = self.take(1)
        if mark not in _NUMBERS or _NUMBERS[mark].kind == "f":
            raise InvalidInputError(f"UBJSON has a length of the type {mark!r} at byte {self.at - 1}")
        return int(self.value(mark, 0))

    def text(self) -> str:
        start = self.at
        try:
            return self.take(self.count()).decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidInputError(f"UBJSON has text that is not UTF-8 at byte {start}") from error

    def array(self, level: int) -> Any:
        mark = self.take(1)
        if mark == b"$":
            item = self.take(1)
            if item not in _NUMBERS or self.take(1) != b"#":
                raise InvalidInputError(
                    f"UBJSON has an array of the type {item!r} at byte {self.at - 1}: one of numbers with a length is known"
                )
            dtype = _NUMBERS[item]
            return np.frombuffer(self.take(self.count() * dtype.itemsize), dtype).astype(dtype.newbyteorder("="))
        items: list[Any] = []
        if mark == b"#":
            count = self.count()
            if not 0 <= count <= len(self.data) - self.at:  # an item takes a byte at least
                raise InvalidInputError(f"UBJSON is cut off: {count} items wanted at byte {self.at} of {len(self.data)}")
            while len(items) != count:
                items.append(self.value(self.take(1), level))
            return items
        while mark != b"]":
            items.append(self.value(mark, level))
            mark = self.take(1)
        return items

    def object(self, level: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.data[self.at : self.at + 1] != b"}":
            key = self.text()
            if key in found:
                raise InvalidInputError(f"UBJSON has the key {key!r} twice in an object")
            found[key] = self.value(self.take(1), level)
        self.at += 1
        return found
