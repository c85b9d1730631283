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


_SMALL = ("-Os", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")

_CC = Tool("cc", "apt-get install gcc libc6-dev")


def _host() -> Target:
    return Target(
        name="host",
        title="this machine",
        compiler="g++",
        flags=("-O2",),
        std="c++17",
        port="host.cpp",
        tools=(Tool("g++", "apt-get install g++"),),
        emulators=(Emulator("native", "", "", ()),),
    )


def _avr(chip: str, board: str, flash: int, ram: int) -> Target:
    # Room beyond the chip's for the linker, so that the lab can tell by how many bytes a model is too large.
    room = "-Wl,--defsym=__DATA_REGION_LENGTH__=0xf000,--defsym=__TEXT_REGION_LENGTH__=0x700000"
    flags = (f"-mmcu={chip}", *_SMALL, room)
    return Target(
        name=f"avr-{chip}",
        title=board,
        compiler="avr-g++",
        flags=flags,
        std="gnu++11",
        port="avr.cpp",
        tools=(
            Tool("avr-g++", "apt-get install gcc-avr"),
            Tool("libc.a", "apt-get install avr-libc", ("avr-g++", f"-mmcu={chip}")),
        ),
        emulators=(
            Emulator(
                "simavr",
                chip,
                "cycles",
                (_CC, Tool("libsimavr.so", "apt-get install libsimavr-dev", ("cc",))),
            ),
        ),
        memory=Memory(0, flash, 0x100 if ram < 8192 else 0x200, ram),
        clock_hz=16_000_000,
        int_bytes=2,
    )


def _cortex(core: str, title: str, cpu: tuple[str, ...], memory: Memory, clock_hz: int, machine: str, counted: str) -> Target:
    """`counted` is what unicorn's runner counts; `machine` is QEMU's."""
    compiler = "arm-none-eabi-g++"
    flags = (*cpu, "-mthumb", *_SMALL, "--specs=nano.specs", "--specs=nosys.specs", "-nostartfiles")
    return Target(
        name=core,
        title=title,
        compiler=compiler,
        flags=flags,
        std="gnu++11",
        port="semihosting.cpp",
        tools=(
            Tool(compiler, "apt-get install gcc-arm-none-eabi"),
            Tool("libc_nano.a", "apt-get install libnewlib-arm-none-eabi", (compiler,)),
        ),
        emulators=(
            Emulator("qemu", machine, "", (Tool("qemu-system-arm", "apt-get install qemu-system-arm"),)),
            Emulator("unicorn", core, counted, (_CC, Tool("unicorn", "pip install unicorn", module=True))),
        ),
        memory=memory,
        clock_hz=clock_hz,
        linker="cortex-m.ld.j2",
    )


_KB = 1024
_MPS2 = Memory(0, 4096 * _KB, 0x20000000, 4096 * _KB)
_HARD = "-mfloat-abi=hard"

#: All targets by name; adding one is one entry.
TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        _host(),
        _avr("atmega328p", "ATmega328P (Arduino Uno)", 32 * _KB, 2 * _KB),
        _avr("atmega2560", "ATmega2560 (Arduino Mega)", 256 * _KB, 8 * _KB),
        _cortex(
            "cortex-m0plus",
            "Cortex-M0+ with the memory of a BBC micro:bit",
            ("-mcpu=cortex-m0plus",),
            Memory(0, 256 * _KB, 0x20000000, 16 * _KB),
            16_000_000,
            "microbit",
            "cycles",
        ),
        _cortex("cortex-m3", "Cortex-M3", ("-mcpu=cortex-m3",), _MPS2, 72_000_000, "mps2-an385", "instructions"),
        _cortex(
            "cortex-m4f",
            "Cortex-M4F",
            ("-mcpu=cortex-m4", _HARD, "-mfpu=fpv4-sp-d16"),
            _MPS2,
            64_000_000,
            "mps2-an386",
            "instructions",
        ),
        _cortex(
            "cortex-m7",
            "Cortex-M7",
            ("-mcpu=cortex-m7", _HARD, "-mfpu=fpv5-sp-d16"),
            _MPS2,
            216_000_000,
            "mps2-an500",
            "instructions",
        ),
        _cortex(
            "cortex-m33",
            "Cortex-M33",
            ("-mcpu=cortex-m33", _HARD, "-mfpu=fpv5-sp-d16"),
            Memory(0x10000000, 4096 * _KB, 0x38000000, 4096 * _KB),
            128_000_000,
            "mps2-an505",
            "instructions",
        ),
    )
}


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
