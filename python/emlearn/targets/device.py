"""Firmware on an emulated chip: images, runners, and QEMU.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from .build import build
from .catalog import Emulator, Target
from .elf import Elf
from .errors import DeviceError, TooLargeError
from .sources import Operation, text

#: Instructions that one call may take, unless the caller says otherwise.
LIMIT = 200_000_000

_RETURNS = {"void": 0, "int": 1, "float": 2}


def check_fits(target: Target, firmware: Elf) -> None:
    """Raise TooLargeError where the chip lacks flash or RAM (the stack not counted)."""
    assert target.memory is not None
    for kind, has, needs in (
        ("flash", target.memory.flash_size, firmware.flash_bytes),
        ("RAM", target.memory.ram_size, firmware.ram_bytes),
    ):
        if needs > has:
            raise TooLargeError(
                f"{target.name} has {has} B of {kind}, the firmware (one row and its answer included) needs {needs} B, "
                f"{needs - has} B too many: convert with optimize='size', or a smaller model, or choose a larger chip"
            )


def step(
    target: Target, emulator: Emulator, program: Path, rows: np.ndarray, ops: Sequence[Operation], limit: int, seconds: float
) -> np.ndarray:
    """One record per row, with a field per operation of (instructions, cycles, stack, answer)."""
    assert target.memory is not None
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
    with _folder() as folder:
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


def qemu(target: Target, emulator: Emulator, program: Path, rows: np.ndarray, row_answer_bytes: int, seconds: float) -> bytes:
    """The answers of the whole program on a QEMU machine."""
    with _folder() as folder:
        (folder / "rows.bin").write_bytes(rows.tobytes())
        command = ["qemu-system-arm", "-M", emulator.core, "-nodefaults", "-display", "none", "-monitor", "none", "-serial", "none"]
        command += ["-semihosting-config", "enable=on,target=native", "-kernel", str(program)]
        answers = folder / "answers.bin"

        def done() -> int:
            return answers.stat().st_size // row_answer_bytes if answers.exists() else 0

        try:
            outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise DeviceError(f"{target.name} in QEMU did not end row {done()} within {seconds:g} s", done()) from None
        if outcome.returncode != 0 or done() != len(rows):
            said = (outcome.stderr + outcome.stdout).strip()
            raise DeviceError(f"{target.name} in QEMU crashed at row {done()} (exit code {outcome.returncode}) {said}".strip(), done())
        return answers.read_bytes()


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


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="emlearn-") as name:
        yield Path(name)
