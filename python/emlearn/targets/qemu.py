"""A whole firmware on a QEMU machine: its answers, and by a plugin what each call costs.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .build import build
from .elf import Elf
from .errors import DeviceError
from .folders import scratch
from .sources import Operation, text
from .target import Emulator, Target

#: Of QEMU 7.2; another QEMU says which one it takes.
PLUGIN_VERSION = 1

COUNTS = np.dtype([("instructions", "<u8"), ("cycles", "<u8"), ("stack", "<u4")])


def run(target: Target, emulator: Emulator, program: Path, rows: np.ndarray, row_answer_bytes: int, seconds: float) -> bytes:
    """The answers to all rows, one after the other.

    Raises
    ------
    DeviceError
        A crash, or no end within `seconds`; names the row that did it.
    """
    with scratch() as folder:
        return _run(target, emulator, program, rows, row_answer_bytes, seconds, folder)


def count(
    target: Target, emulator: Emulator, program: Path, rows: np.ndarray, ops: Sequence[Operation], limit: int, seconds: float
) -> np.ndarray:
    """As :func:`emlearn.targets.device.step`; the stack is the deepest byte that was written."""
    assert target.memory is not None
    firmware = Elf.read(program)
    symbols, memory = firmware.symbols(), target.memory
    begin = symbols["main"] & ~1
    numbers = {"main": begin, "main_end": begin + firmware.size_of("main"), "stack_floor": symbols["static_end"]}
    numbers |= {"stack_top": memory.ram_start + memory.ram_size, "limit": limit}
    numbers |= {f"function{i}": symbols[f"emlearn_{op.name}"] & ~1 for i, op in enumerate(ops)}
    answer = np.dtype([(op.name, op.dtype(target.int_bytes), (op.width,)) for op in ops])
    with scratch() as folder:
        arguments = ",".join(f"{name}={number}" for name, number in numbers.items())
        plugin = f"{_plugin(target, emulator)},{arguments},out=counts.bin"
        answers = _run(target, emulator, program, rows, answer.itemsize, seconds, folder, ["-plugin", plugin])
        counts = np.fromfile(folder / "counts.bin", dtype=COUNTS)
    if len(counts) != len(rows) * len(ops):
        raise DeviceError(f"{target.name} in QEMU: {len(counts)} calls were counted, not {len(rows) * len(ops)}")
    table, counts = np.frombuffer(answers, dtype=answer), counts.reshape(len(rows), len(ops))
    fields = [(op.name, [*COUNTS.descr, ("answer", op.dtype(target.int_bytes), (op.width,))]) for op in ops]
    records = np.zeros(len(rows), dtype=np.dtype(fields))
    for k, op in enumerate(ops):
        for name in COUNTS.names or ():
            records[op.name][name] = counts[name][:, k]
        records[op.name]["answer"] = table[op.name]
    return records


def _run(
    target: Target,
    emulator: Emulator,
    program: Path,
    rows: np.ndarray,
    row_answer_bytes: int,
    seconds: float,
    folder: Path,
    more: Sequence[str] = (),
) -> bytes:
    (folder / "rows.bin").write_bytes(rows.tobytes())
    answers = folder / "answers.bin"

    def done() -> int:
        return answers.stat().st_size // row_answer_bytes if answers.exists() else 0

    try:
        outcome = subprocess.run(
            [*_command(emulator), "-kernel", str(program), *more],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DeviceError(f"{target.name} in QEMU did not end row {done()} within {seconds:g} s", done()) from None
    said = (outcome.stderr + outcome.stdout).strip()
    if limited := re.search(r"^(\d+): (no end within .*)", said, re.MULTILINE):
        raise DeviceError(f"{target.name}, row {limited[1]}: {limited[2]}", int(limited[1]))
    if outcome.returncode != 0 or done() != len(rows):
        raise DeviceError(f"{target.name} in QEMU crashed at row {done()} (exit code {outcome.returncode}) {said}".strip(), done())
    return answers.read_bytes()


def _command(emulator: Emulator) -> list[str]:
    system = emulator.tools[0].name
    quiet = ["-nodefaults", "-display", "none", "-monitor", "none", "-serial", "none"]
    bios = ["-bios", "none"] if system != "qemu-system-arm" else []
    return [system, "-M", emulator.core, *quiet, *bios, "-semihosting-config", "enable=on,target=native"]


def _plugin(target: Target, emulator: Emulator) -> Path:
    """The plugin for the QEMU that is installed, compiled once."""
    version = PLUGIN_VERSION
    while True:
        command = ["cc", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", f"-DPLUGIN_VERSION={version}"]
        library = build({"qemu.c": text("qemu.c")}, [*command, "qemu.c", "-o", "qemu.so"], ["qemu.so"]) / "qemu.so"
        # Without arguments it refuses to be installed, after QEMU has looked at the version.
        said = subprocess.run([*_command(emulator), "-plugin", str(library)], capture_output=True, text=True, check=False).stderr
        if (wanted := re.search(r"supports only .*version (?:of )?(\d+)", said)) is None:
            return library
        if int(wanted[1]) == version:
            raise DeviceError(f"{target.name}: QEMU takes no plugin that counts: {said.strip()}")
        version = int(wanted[1])
