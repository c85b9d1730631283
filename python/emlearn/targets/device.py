"""Firmware on an emulated chip, stepped by a runner: images, calls, limits.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from . import qemu
from .build import build
from .elf import Elf
from .errors import DeviceError, TooLargeError
from .folders import scratch
from .sources import Operation, text
from .target import Emulator, Target

#: Instructions that one call may take, unless the caller says otherwise.
LIMIT = 200_000_000

_RETURNS = {"void": 0, "int": 1, "float": 2}


def check_fits(target: Target, firmware: Elf) -> None:
    """Raise TooLargeError where the chip lacks flash or RAM (the stack not counted)."""
    assert target.memory is not None
    for kind, has, needs in (
        ("flash", target.memory.flash_size, firmware.flash_bytes),
        ("RAM", target.memory.ram_size, firmware.ram_bytes if target.emulators else 0),
    ):
        if needs > has:
            raise TooLargeError(
                f"{target.name} has {has} B of {kind}, the firmware (one row and its answer included) needs {needs} B, "
                f"{needs - has} B too many: convert with optimize='size', or a smaller model, or choose a larger chip",
                needs - has,
            )


def step(
    target: Target, emulator: Emulator, program: Path, rows: np.ndarray, ops: Sequence[Operation], limit: int, seconds: float
) -> np.ndarray:
    """One record per row, with a field per operation of (instructions, cycles, stack, answer)."""
    assert target.memory is not None
    if emulator.kind == "qemu":
        return qemu.count(target, emulator, program, rows, ops, limit, seconds)
    firmware, memory = Elf.read(program), target.memory
    symbols = firmware.symbols()
    avr = emulator.kind == "simavr"
    plain = 0xFFFF if avr else 0xFFFFFFFF  # avr-gcc puts data addresses at 0x800000
    dtype = np.dtype(
        [
            (op.name, [("instructions", "<u8"), ("cycles", "<u8"), ("stack", "<u4"), ("answer", op.dtype(target.int_bytes), (op.width,))])
            for op in ops
        ]
    )
    with scratch() as folder:
        _write_image(folder / "image", firmware.segments(where_it_runs=not avr))
        (folder / "rows.bin").write_bytes(rows.tobytes())
        numbers: list[object] = [memory.flash_start, memory.flash_size, memory.ram_start, memory.ram_size, folder / "image"]
        numbers += [symbols["main"], symbols["_end" if avr else "static_end"] & plain, limit, folder / "rows.bin"]
        numbers += [symbols["emlearn_row"] & plain, rows.itemsize * rows.shape[1], folder / "results"]
        for op in ops:
            size = op.width * op.dtype(target.int_bytes).itemsize
            numbers += [symbols[f"emlearn_{op.name}"], symbols[f"emlearn_answer_{op.name}"] & plain, _RETURNS[op.returns], size]
        _call(target, [str(_runner(emulator)), emulator.core, *map(str, numbers)], folder, seconds)
        results = np.fromfile(folder / "results", dtype=dtype)
    if len(results) != len(rows):
        raise DeviceError(f"{target.name} answered {len(results)} of {len(rows)} rows")
    return results


def _write_image(path: Path, segments: Iterator[tuple[int, bytes]]) -> None:
    with path.open("wb") as stream:
        for address, content in segments:
            stream.write(np.array([address, len(content)], dtype="<u4").tobytes() + content)


def _runner(emulator: Emulator) -> Path:
    """The program that drives an emulator's library, compiled once."""
    files = {name: text(name) for name in ("runner.h", "runner.c", f"{emulator.kind}.c")}
    command = ["cc", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "runner.c", f"{emulator.kind}.c", "-o", "program"]
    if emulator.kind == "simavr":
        return build(files, [*command, "-Wno-error", "-lsimavr"]) / "program"
    spec = importlib.util.find_spec("unicorn")
    assert spec is not None and spec.origin is not None
    root = Path(spec.origin).parent
    library = root / "lib" / "libunicorn.so.2"
    return build(files, [*command, f"-I{root / 'include'}", str(library), f"-Wl,-rpath,{root / 'lib'}"]) / "program"


def _call(target: Target, command: Sequence[str], folder: Path, seconds: float) -> None:
    try:
        outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise DeviceError(f"{target.name} did not end within {seconds:g} s") from None
    if outcome.returncode == 0:
        return
    last = outcome.stderr.strip().splitlines()[-1:] or [f"-1: the emulator ended with code {outcome.returncode}"]
    number, _, what = last[0].partition(": ")
    row = int(number) if number.lstrip("-").isdigit() else -1
    raise DeviceError(f"{target.name}, row {row}: {what}" if row >= 0 else f"{target.name}: {what or last[0]}", row if row >= 0 else None)
