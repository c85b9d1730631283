"""What a target is: one chip family, its compiler and its emulators.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

from .tools import Tool


@dataclasses.dataclass(frozen=True)
class Emulator:
    """What runs a firmware.

    Attributes
    ----------
    kind : {"native", "simavr", "unicorn", "qemu"}
    core : str
        Its name for the chip, core or machine.
    unit : str
        What it counts exactly, ``"cycles"`` or ``"instructions"``; "" where it counts nothing.
    tools : tuple of Tool
    """

    kind: str
    core: str
    unit: str
    tools: tuple[Tool, ...]


@dataclasses.dataclass(frozen=True)
class Memory:
    """Where flash and RAM begin, and their bytes."""

    flash_start: int
    flash_size: int
    ram_start: int
    ram_size: int


@dataclasses.dataclass(frozen=True)
class Target:
    """One chip family.

    Attributes
    ----------
    name : str
    title : str
        For people: the chip or board whose memory is taken.
    core : str
        The instruction set or processor core, for people.
    compiler : str
    flags : tuple of str
        For compiling and linking.
    std : str
    port : str
        How rows and answers travel: a file in ``firmware/``.
    tools : tuple of Tool
        What compiling needs.
    emulators : tuple of Emulator
        The first is asked for answers; the first that counts is asked for costs. None where there is no emulator: such a target
        gives sizes only.
    memory : Memory or None
        None for the host.
    clock_hz : int
        The chip's usual clock; 0 for the host.
    int_bytes : int
        The size of C++'s ``int``.
    linker : str
        A linker script in ``firmware/``; "" for the compiler's own.
    libraries : tuple of str
        Flags that stand last.
    support : tuple of str
        Further files of ``firmware/`` that compiling needs.
    picojoule : float
        The published energy of one cycle; 0 where none is known.
    picojoule_of : str
        The chip whose figure that is.
    """

    name: str
    title: str
    core: str
    compiler: str
    flags: tuple[str, ...]
    std: str
    port: str
    tools: tuple[Tool, ...]
    emulators: tuple[Emulator, ...]
    memory: Memory | None = None
    clock_hz: int = 0
    int_bytes: int = 4
    linker: str = ""
    libraries: tuple[str, ...] = ("-lm",)
    support: tuple[str, ...] = ()
    picojoule: float = 0
    picojoule_of: str = ""

    @property
    def unit(self) -> str:
        """What is counted: "cycles", "instructions", or "" where nothing is."""
        return next((emulator.unit for emulator in self.emulators if emulator.unit), "")

    @property
    def missing(self) -> tuple[Tool, ...]:
        """What is not installed, of all that the target can use."""
        wanted = dict.fromkeys([*self.tools, *(tool for emulator in self.emulators for tool in emulator.tools)])
        return tuple(tool for tool in wanted if tool.find() is None)
