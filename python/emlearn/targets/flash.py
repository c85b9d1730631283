"""Where a firmware's bytes of flash come from, by its linker map.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from pathlib import Path

from .elf import Elf

MAP = "program.map"

# " .text.name  0xaddress  0xsize file", the last three on the next line where the name is long.
_PART = re.compile(r"^ (\S+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$", re.MULTILINE)
_LONG = re.compile(r"^( \S+)\n +(?=0x)", re.MULTILINE)
_OUTPUT = re.compile(r"^(\.\S+)", re.MULTILINE)
_MEMBER = re.compile(r"([^/\\]+)\.a\(([^)]+?)(?:\.o|\.c\.o|\.obj)?\)$")
_CONSTANTS = (".rodata", ".srodata", ".progmem", ".data", ".sdata", ".lit", ".tdata")


@dataclasses.dataclass(frozen=True)
class Flash:
    """Bytes over the same firmware with an empty operation; the three add up to all of them.

    Attributes
    ----------
    code : int
        The model's functions, with what the linker fills in between.
    tables : int
        Constants and the first values of variables, those that the compiler makes of its own (jump tables) included.
    library : int
        What is dragged in from libgcc, libc and libm.
    parts : dict of str to int
        The last by the libraries' members, the largest first.
    """

    code: int
    tables: int
    library: int
    parts: dict[str, int]

    @property
    def total(self) -> int:
        return self.code + self.tables + self.library


def split(program: Path, bare: Path) -> Flash:
    """The difference of two programs, each with its map beside it."""
    full, empty = _count(program), _count(bare)
    # The start-up code of the chip is a library's too: the parts of the empty firmware come off.
    parts = {name: size - empty[2][name] for name, size in full[2].items() if size != empty[2][name]}
    parts |= {name: -size for name, size in empty[2].items() if name not in full[2]}
    tables, library = full[1] - empty[1], sum(parts.values())
    return Flash(full[0] - empty[0] - tables - library, tables, library, dict(sorted(parts.items(), key=lambda item: -item[1])))


def _count(program: Path) -> tuple[int, int, Counter[str]]:
    """All bytes, those of tables, those of each library member."""
    firmware, text = Elf.read(program), (program.parent / MAP).read_text(errors="replace")
    kept = firmware.flash_sections()
    tables, members = 0, Counter[str]()
    text = text[text.index("Linker script and memory map") :]
    for output, following in _outputs(text):
        if output not in kept:
            continue
        for name, size, file in _PART.findall(following):
            if member := _MEMBER.search(file):
                members[f"{member[1].removeprefix('lib')}: {member[2]}"] += int(size, 16)
            elif name.startswith(_CONSTANTS):
                tables += int(size, 16)
    return firmware.flash_bytes, tables, +members


def _outputs(text: str) -> list[tuple[str, str]]:
    """(name, lines) of each output section."""
    starts = [(match[1], match.start()) for match in _OUTPUT.finditer(text)]
    ends = [start for _, start in starts[1:]] + [len(text)]
    return [(name, _LONG.sub(r"\1 ", text[start:end])) for (name, start), end in zip(starts, ends)]
