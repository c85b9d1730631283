"""Reads what is needed of a 32-bit little-endian ELF file: sections, loadable bytes, symbols.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator
from pathlib import Path

_ALLOC, _WRITE, _TLS, _NOBITS, _LOAD, _SYMTAB = 2, 1, 0x400, 8, 1, 2


@dataclasses.dataclass(frozen=True)
class Elf:
    """The bytes of one program; see the ELF specification, "Tool Interface Standard", version 1.2."""

    data: bytes

    @classmethod
    def read(cls, path: Path) -> Elf:
        data = path.read_bytes()
        if data[:6] != b"\x7fELF\x01\x01":
            raise ValueError(f"{path} is no 32-bit little-endian ELF file")
        return cls(data)

    def _sections(self) -> Iterator[tuple[int, ...]]:
        (start,), (entry, count) = struct.unpack_from("<I", self.data, 32), struct.unpack_from("<HH", self.data, 46)
        for i in range(count):
            yield struct.unpack_from("<10I", self.data, start + i * entry)

    @property
    def flash_bytes(self) -> int:
        """Code, constants and the first values of variables."""
        return sum(self.flash_sections().values())

    def flash_sections(self) -> dict[str, int]:
        """Bytes by name of the sections that flash holds."""
        sections = list(self._sections())
        names = sections[struct.unpack_from("<H", self.data, 50)[0]][4]
        return {self._text(names + s[0]): s[5] for s in sections if s[2] & _ALLOC and s[1] != _NOBITS and s[5]}

    @property
    def ram_bytes(self) -> int:
        """Static variables, with and without first values."""
        bare = (s for s in self._sections() if s[2] & _ALLOC and s[2] & _WRITE)
        return sum(s[5] for s in bare if not (s[2] & _TLS and s[1] == _NOBITS))  # it takes no addresses: see riscv.ld.j2

    def segments(self, *, where_it_runs: bool) -> Iterator[tuple[int, bytes]]:
        """(address, bytes) of all that is loaded, at the addresses where it runs or where it is stored."""
        (start,), (entry, count) = struct.unpack_from("<I", self.data, 28), struct.unpack_from("<HH", self.data, 42)
        for i in range(count):
            kind, offset, virtual, physical, size = struct.unpack_from("<5I", self.data, start + i * entry)
            if kind == _LOAD and size:
                yield (virtual if where_it_runs else physical), self.data[offset : offset + size]

    def symbols(self) -> dict[str, int]:
        """Addresses by name."""
        return {name: value for name, value, _, _ in self._symbols()}

    def size_of(self, symbol: str) -> int:
        """The bytes of a function or variable."""
        return next(size for name, _, size, _ in self._symbols() if name == symbol)

    def unresolved(self) -> tuple[str, ...]:
        """The names that nothing defines, in order."""
        return tuple(sorted({name for name, _, _, section in self._symbols() if name and section == 0}))

    def _symbols(self) -> Iterator[tuple[str, int, int, int]]:
        """(name, address, size, section) of each."""
        sections = list(self._sections())
        for section in sections:
            if section[1] != _SYMTAB:
                continue
            names = sections[section[6]][4]
            for at in range(section[4], section[4] + section[5], 16):
                name, value, size, _, where = struct.unpack_from("<IIIHH", self.data, at)
                yield self._text(names + name), value, size, where

    def _text(self, at: int) -> str:
        return self.data[at : self.data.index(b"\0", at)].decode(errors="replace")
