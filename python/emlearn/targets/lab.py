"""Builds a model's firmware, runs it, and brings its answers and costs back.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidInputError
from ..paths import get_include
from . import catalog, device, host, qemu
from .build import build
from .elf import Elf
from .errors import CompileError, TooLargeError, ToolMissingError
from .flash import MAP, split
from .measurement import Measurement
from .sources import Operation, program, render, text
from .target import Emulator, Target
from .tools import Tool, require

if TYPE_CHECKING:
    from ..model import Model


def run(
    name: str,
    model: Model,
    raw: np.ndarray,
    ops: Sequence[str] | None = None,
    *,
    compiler: str | None = None,
    std: str | None = None,
    flags: Sequence[str] = (),
    extra: Mapping[str, str] | None = None,
    emulator: str | None = None,
    seconds: float = 300,
    limit: int = device.LIMIT,
) -> dict[str, np.ndarray]:
    """The answers of the emitted header, compiled for a target and run on it.

    Parameters
    ----------
    name : str
        A key of :data:`TARGETS`.
    model : Model
    raw : array-like of shape (n_samples, n_features)
        Raw values of the model's input type.
    ops : sequence of str, optional
        Operations; all that the model offers by default.
    compiler, std : str, optional
        Another compiler of the same kind, another language standard.
    flags : sequence of str
        Further flags for it, after the target's own.
    extra : mapping of str to str, optional
        Further texts for the build folder by file name; each ``.cpp`` becomes a part of the program.
    emulator : {"native", "simavr", "qemu", "unicorn"}, optional
        By default the first of the target's that is installed.
    seconds : float
        The longest that all rows may take.
    limit : int
        The most instructions that one call may take, where they are counted.

    Returns
    -------
    dict of str to ndarray of shape (n_samples, width)
        int32 for a ``predict`` that answers indices, else float32 with the chip's own bits.

    Raises
    ------
    ToolMissingError, CompileError, TooLargeError, DeviceError
    """
    target, rows, chosen = catalog.find(name), model.input.check(raw), operations(model, ops)
    runs_on = _emulator(target, emulator)
    built = compiled(target, program(model, chosen, target.port) | dict(extra or {}), compiler, std, flags)
    if target.memory is not None:
        device.check_fits(target, Elf.read(built))
    if len(rows) == 0:
        return {op.name: np.zeros((0, op.width), _answer_type(op)) for op in chosen}
    if runs_on.kind in ("simavr", "unicorn"):
        records = device.step(target, runs_on, built, rows, chosen, limit, seconds)
        return {op.name: records[op.name]["answer"].astype(_answer_type(op)) for op in chosen}
    row_type = np.dtype([(op.name, op.dtype(target.int_bytes), (op.width,)) for op in chosen])
    if runs_on.kind == "qemu":
        answers = qemu.run(target, runs_on, built, rows, row_type.itemsize, seconds)
    else:
        answers = host.run(built, rows.tobytes(), len(rows), row_type.itemsize, seconds)
    table = np.frombuffer(answers, dtype=row_type)
    return {op.name: table[op.name].astype(_answer_type(op)) for op in chosen}


def measure(
    name: str,
    model: Model,
    raw: np.ndarray,
    ops: Sequence[str] | None = None,
    *,
    seconds: float = 300,
    limit: int = device.LIMIT,
) -> dict[str, Measurement]:
    """The answers, and what they cost, of each operation in a firmware of its own.

    Costs are None where the target's counting emulator is not installed but another one is; the arguments and errors are those of
    :func:`run`.
    """
    target, rows, chosen = catalog.find(name), model.input.check(raw), operations(model, ops)
    if target.memory is None:
        raise InvalidInputError(f"target={name!r}: sizes and costs are for chips; choose one of {', '.join(_chips())}")
    if len(rows) == 0:
        raise InvalidInputError("raw has no rows: nothing would be measured")
    return {op.name: _measure(target, model, rows, op, seconds, limit) for op in chosen}


def _measure(target: Target, model: Model, rows: np.ndarray, op: Operation, seconds: float, limit: int) -> Measurement:
    assert target.memory is not None
    if not target.emulators:
        return sizes(target, model, op)
    counter = _counter(target)
    path, bare_path = (compiled(target, program(model, [op], target.port, empty=empty)) for empty in (False, True))
    full, bare = Elf.read(path), Elf.read(bare_path)
    device.check_fits(target, full)
    stack = instructions = cycles = None
    if counter is None:
        answers = run(target.name, model, rows, [op.name], seconds=seconds)[op.name]
    else:
        record = device.step(target, counter, path, rows, [op], limit, seconds)[op.name]
        answers, stack = record["answer"].astype(_answer_type(op)), int(record["stack"].max())
        instructions, cycles = record["instructions"].copy(), record["cycles"].copy() if counter.unit == "cycles" else None
    return Measurement(
        target=target.name,
        op=op.name,
        answers=answers,
        split=split(path, bare_path),
        ram=full.ram_bytes - bare.ram_bytes,
        stack=stack,
        instructions=instructions,
        cycles=cycles,
        clock_hz=target.clock_hz,
        flash_free=target.memory.flash_size - full.flash_bytes,
        ram_free=target.memory.ram_size - full.ram_bytes - (stack or 0),
    )


def sizes(target: Target, model: Model, op: Operation) -> Measurement:
    """What is known without running."""
    assert target.memory is not None
    path, bare_path = (compiled(target, program(model, [op], target.port, empty=empty)) for empty in (False, True))
    full = Elf.read(path)
    device.check_fits(target, full)
    return Measurement(
        target=target.name,
        op=op.name,
        answers=None,
        split=split(path, bare_path),
        ram=None,
        stack=None,
        instructions=None,
        cycles=None,
        clock_hz=target.clock_hz,
        flash_free=target.memory.flash_size - full.flash_bytes,
        ram_free=None,
        not_counted=full.unresolved(),
    )


def _chips() -> list[str]:
    return [target.name for target in catalog.TARGETS.values() if target.memory is not None]


def operations(model: Model, ops: Sequence[str] | None) -> tuple[Operation, ...]:
    names = tuple(model.record.ops if ops is None else ops)
    if isinstance(ops, str) or not names or any(name not in model.record.ops for name in names):
        raise InvalidInputError(f"ops={ops!r}: give one or more of what the model offers: {', '.join(model.record.ops)}")
    return tuple(Operation.of(model, name) for name in names)


def _emulator(target: Target, kind: str | None) -> Emulator:
    """The one that was asked for, else the first that is installed."""
    if not target.emulators:
        runs = ", ".join(other.name for other in catalog.TARGETS.values() if other.emulators)
        raise InvalidInputError(f"target={target.name!r} is compiled only, as there is no emulator to answer: choose one of {runs}")
    offered = [emulator for emulator in target.emulators if kind in (None, emulator.kind)]
    if not offered:
        kinds = ", ".join(emulator.kind for emulator in target.emulators)
        raise InvalidInputError(f"emulator={kind!r}: {target.name} runs on {kinds}")
    for emulator in offered:
        if all(tool.find() for tool in emulator.tools):
            return emulator
    require(f"running on {target.name}", [*target.tools, *offered[0].tools])
    raise AssertionError("a tool appeared in between")


def _counter(target: Target) -> Emulator | None:
    """The emulator that counts; None where only one that does not count is installed."""
    counting = [emulator for emulator in target.emulators if emulator.unit]
    if all(tool.find() for tool in counting[0].tools):
        return counting[0]
    if len(counting) < len(target.emulators):
        return None
    require(f"counting on {target.name}", [*target.tools, *counting[0].tools])
    raise ToolMissingError(f"counting on {target.name}")


def _answer_type(op: Operation) -> type:
    return np.float32 if op.value == "float" else np.int32


def compiled(target: Target, files: dict[str, str], compiler: str | None = None, std: str | None = None, flags: Sequence[str] = ()) -> Path:
    """The compiled program of :func:`emlearn.targets.sources.program`, which may have further files."""
    require(f"compiling for {target.name}", [Tool(compiler, f"apt-get install {compiler}")] if compiler else target.tools)
    command = [compiler or target.compiler, *target.flags, f"-std={std or target.std}", *flags, f"-I{get_include()}"]
    sources = [name for name in files if name.endswith(".cpp")]
    files = files | {name: text(name) for name in target.support}
    outputs = ["program"]
    if target.memory is not None:
        outputs.append(MAP)
        command.append(f"-Wl,-Map={MAP}")
    if target.linker:
        files = {**files, "chip.ld": render(target.linker, {"memory": target.memory})}
        command.append("-Tchip.ld")
    try:
        return build(files, [*command, *sources, "-o", "program", *target.libraries], outputs) / "program"
    except CompileError as error:
        # The header's own static_asserts say in words that its tables are too large for the chip.
        if (said := re.search(r"static assertion failed[^\n]*?: \"?([^\n]*convert a smaller model[^\n\"]*)", error.output)) is None:
            raise
        shutil.rmtree(error.folder, ignore_errors=True)
        raise TooLargeError(f"{target.name}: {said[1]}") from None
