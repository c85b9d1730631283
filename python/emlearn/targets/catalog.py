"""Every target, each described once: compiler, flags, memory, emulators, what is counted, what must be installed.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import difflib

from ..errors import InvalidInputError
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
    compiler : str
    flags : tuple of str
        For compiling and linking.
    std : str
    port : str
        How rows and answers travel: a file in ``firmware/``.
    tools : tuple of Tool
        What compiling needs.
    emulators : tuple of Emulator
        The first is asked for answers; the first that counts is asked for costs.
    memory : Memory or None
        None for the host.
    clock_hz : int
        The chip's usual clock; 0 for the host.
    int_bytes : int
        The size of C++'s ``int``.
    linker : str
        A linker script in ``firmware/``; "" for the compiler's own.
    """

    name: str
    title: str
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

    @property
    def missing(self) -> tuple[Tool, ...]:
        """What is not installed, of all that the target can use."""
        wanted = dict.fromkeys([*self.tools, *(tool for emulator in self.emulators for tool in emulator.tools)])
        return tuple(tool for tool in wanted if tool.find() is None)


_SMALL = ("-Os", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
_EMBEDDED_CPP = ("-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")

_HOST_TOOL = Tool("g++", "apt-get install g++")
_RUNNER_TOOL = Tool("cc", "apt-get install gcc")


def _host() -> Target:
    native = Emulator("native", "", "", ())
    return Target("host", "this machine", "g++", ("-O2",), "c++17", "host.cpp", (_HOST_TOOL,), (native,))


#: All targets by name.
TARGETS: dict[str, Target] = {target.name: target for target in (_host(),)}


def find(name: str) -> Target:
    """The target of that name.

    Raises
    ------
    InvalidInputError
        Lists the known ones.
    """
    if name in TARGETS:
        return TARGETS[name]
    close = difflib.get_close_matches(str(name), TARGETS, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise InvalidInputError(f"target={name!r} is not known{hint}: choose one of {', '.join(TARGETS)}")
