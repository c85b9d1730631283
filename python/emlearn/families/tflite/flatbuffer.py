"""Tables of a flatbuffer, read with every offset checked: a damaged file ends in an error, never in a wrong number.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import struct

import numpy as np

from ...errors import InvalidInputError


class Table:
    """A table in `data` at `position`; fields are asked for by their number in the schema.

    Raises
    ------
    InvalidInputError
        An offset leads out of the file.
    """

    def __init__(self, data: bytes, position: int) -> None:
        self._data, self._position = data, position
        self._fields = position - _read(data, "<i", position)
        self._size = _read(data, "<H", self._fields)

    @classmethod
    def root(cls, data: bytes) -> Table:
        return cls(data, _read(data, "<I", 0))

    def number(self, field: int, form: str, default: float = 0) -> int:
        """A scalar: "b", "B" of a byte, "i", "I" of four, "f" a float."""
        at = self._at(field)
        return int(_read(self._data, f"<{form}", at)) if at else int(default)

    def real(self, field: int, default: float = 0.0) -> float:
        at = self._at(field)
        return float(struct.unpack("<f", self._bytes(at, 4))[0]) if at else default

    def table(self, field: int) -> Table | None:
        at = self._at(field)
        return Table(self._data, at + _read(self._data, "<I", at)) if at else None

    def tables(self, field: int) -> list[Table]:
        start, n = self._vector(field, 4)
        at = range(start, start + 4 * n, 4)
        return [Table(self._data, where + _read(self._data, "<I", where)) for where in at]

    def array(self, field: int, dtype: str) -> np.ndarray:
        """A vector of numbers, of this little-endian dtype; empty where it is left out."""
        size = np.dtype(dtype).itemsize
        start, n = self._vector(field, size)
        return np.frombuffer(self._bytes(start, n * size), dtype=dtype)

    def text(self, field: int) -> str:
        return self.array(field, "<u1").tobytes().decode("utf-8", "replace")

    def _at(self, field: int) -> int:
        """Where a field's value is, 0 where it has its default."""
        slot = 4 + 2 * field
        offset = _read(self._data, "<H", self._fields + slot) if slot + 2 <= self._size else 0
        return self._position + offset if offset else 0

    def _vector(self, field: int, size: int) -> tuple[int, int]:
        """(start, length) of a vector whose elements have `size` bytes."""
        at = self._at(field)
        if not at:
            return 0, 0
        start = at + _read(self._data, "<I", at)
        n = _read(self._data, "<I", start)
        self._bytes(start + 4, n * size)
        return start + 4, n

    def _bytes(self, start: int, n: int) -> bytes:
        if start < 0 or start + n > len(self._data):
            raise _damaged(start)
        return self._data[start : start + n]


def _read(data: bytes, form: str, at: int) -> int:
    if at < 0 or at + struct.calcsize(form) > len(data):
        raise _damaged(at)
    return int(struct.unpack_from(form, data, at)[0])


def _damaged(at: int) -> InvalidInputError:
    return InvalidInputError(f"the TFLite file is damaged or cut off: something in it lies at byte {at}, beyond its end; make it again")
