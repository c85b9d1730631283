"""Every target, each described once: compiler, flags, memory, emulators, what is counted, what must be installed.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import difflib
from typing import Any

from ..errors import InvalidInputError
from .target import Emulator, Memory, Target
from .tools import Tool

_SMALL = ("-Os", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")

_CC = Tool("cc", "apt-get install gcc libc6-dev")


def _host() -> Target:
    return Target(
        name="host",
        title="this machine",
        core="the compiler's own",
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
        core="AVR",
        compiler="avr-g++",
        flags=flags,
        std="gnu++11",
        port="bare.cpp",
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


def _qemu(program: str, package: str) -> Tool:
    return Tool(program, f"apt-get install {package}")


_UNICORN = (_CC, Tool("unicorn", "pip install unicorn", module=True))


def _cortex(core: str, title: str, cpu: tuple[str, ...], memory: Memory, clock_hz: int, machine: str, counted: str, **more: Any) -> Target:
    """`machine` is QEMU's; `counted` is what unicorn's runner counts, "" where QEMU itself counts, as unicorn lacks the core."""
    compiler = "arm-none-eabi-g++"
    tool = _qemu("qemu-system-arm", "qemu-system-arm")
    return Target(
        name=core,
        title=title,
        core=core.replace("cortex-m", "Cortex-M").replace("0plus", "0+").replace("4f", "4F"),
        compiler=compiler,
        flags=(*cpu, "-mthumb", *_SMALL, "--specs=nano.specs", "--specs=nosys.specs", "-nostartfiles"),
        std="gnu++11",
        port="semihosting.cpp",
        tools=(
            Tool(compiler, "apt-get install gcc-arm-none-eabi"),
            Tool("libc_nano.a", "apt-get install libnewlib-arm-none-eabi", (compiler,)),
        ),
        emulators=(Emulator("qemu", machine, "", (tool,)), Emulator("unicorn", core, counted, _UNICORN))
        if counted
        else (Emulator("qemu", machine, "instructions", (tool, _CC)),),
        memory=memory,
        clock_hz=clock_hz,
        linker="cortex-m.ld.j2",
        **more,
    )


def _rv32imc() -> Target:
    compiler = "riscv64-unknown-elf-gcc"  # g++ would look for libstdc++, which picolibc does without
    arch = ("-march=rv32imc", "-mabi=ilp32")
    return Target(
        name="rv32imc",
        title="RV32IMC with the memory of an ESP32-C3",
        core="RV32IMC",
        compiler=compiler,
        flags=(*arch, *_SMALL, "--specs=picolibc.specs", "-nostartfiles"),
        std="gnu++11",
        port="semihosting.cpp",
        tools=(
            Tool(compiler, "apt-get install gcc-riscv64-unknown-elf"),
            Tool("picolibc.specs", "apt-get install picolibc-riscv64-unknown-elf", (compiler,)),
        ),
        emulators=(
            Emulator("qemu", "virt", "", (_qemu("qemu-system-riscv32", "qemu-system-misc"),)),
            Emulator("unicorn", "rv32imc", "instructions", _UNICORN),
        ),
        memory=Memory(0x80000000, 4096 * _KB, 0x81000000, 400 * _KB),
        clock_hz=160_000_000,
        linker="riscv.ld.j2",
    )


def _esp8266() -> Target:
    """Debian's compiler comes without a C library: two headers stand in, and libm's functions stay unresolved."""
    compiler = "xtensa-lx106-elf-g++"
    own = ("-ffreestanding", "-nostdlib", "-mlongcalls", "-Ilibc", "-Wl,-e,main", "-Wl,--unresolved-symbols=ignore-all")
    return Target(
        name="esp8266",
        title="ESP8266 (sizes only)",
        core="Xtensa LX106",
        compiler=compiler,
        flags=(*_SMALL, *own),
        std="gnu++11",
        port="bare.cpp",
        tools=(Tool(compiler, "apt-get install gcc-xtensa-lx106"),),
        emulators=(),
        memory=Memory(0, 1024 * _KB, 0x3FFE8000, 80 * _KB),
        clock_hz=80_000_000,
        libraries=("-lgcc",),
        support=("libc/math.h", "libc/string.h"),
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
            picojoule=322,
            picojoule_of="STM32L4R5",
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
            picojoule=149,
            picojoule_of="STM32U575",
        ),
        _cortex(
            "cortex-m55",
            "Cortex-M55",
            ("-mcpu=cortex-m55", _HARD),
            Memory(0, 512 * _KB, 0x20000000, 512 * _KB),
            160_000_000,
            "mps3-an547",
            "",
        ),
        _rv32imc(),
        _esp8266(),
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
