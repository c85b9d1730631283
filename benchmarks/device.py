"""Any source that defines ``emlearn_predict``, compiled for a chip and measured as :mod:`emlearn.targets` measures headers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from emlearn.inputs import C_TYPES
from emlearn.targets import catalog, device, lab, sources
from emlearn.targets.elf import Elf
from emlearn.targets.sources import Operation
from emlearn.targets.target import Target


@dataclasses.dataclass(frozen=True)
class Cost:
    """What one ``predict`` costs.

    Attributes
    ----------
    answers : ndarray of shape (n_rows,)
    flash, ram : int
        Bytes over the same firmware with an empty predict.
    stack : int or None
    cost : float
        Per prediction, mean over the rows.
    unit : {"cycles", "instructions"}
    """

    answers: np.ndarray
    flash: int
    ram: int
    stack: int | None
    cost: float
    unit: str


#: Another tool's C++ may be no cleaner than Arduino's flags demand; a source that compiles for minutes is given up.
COMPILE_SECONDS = 60
_FLAGS = ("-fpermissive", "-w", "-wrapper", f"prlimit,--cpu={COMPILE_SECONDS}")
#: Instructions that one prediction may take.
_LIMIT = 20_000_000


def measure(
    name: str,
    files: Mapping[str, str],
    rows: np.ndarray,
    task: str,
    include: Sequence[str] = (),
    seconds: float = 300,
    *,
    flags: Sequence[str] = (),
    prepares: bool = False,
) -> Cost:
    """Compile, run on every row, and subtract the firmware with an empty predict.

    Parameters
    ----------
    name : str
        A chip of :data:`emlearn.targets.TARGETS`.
    files : mapping of str to str
        Texts; each ``.c`` is compiled as C, each ``.cpp`` as C++.
    rows : ndarray of shape (n_rows, n_features)
        Of the type that ``emlearn_predict`` takes; float64 rows are float32 where the chip's ``double`` is.
    task : {"classifier", "regressor"}
    include : sequence of str
        Folders of headers.
    flags : sequence of str
        Further ones for the compiler.
    prepares : bool
        Whether the first prediction prepares the others: its cost does not count.

    Raises
    ------
    CompileError, TooLargeError, DeviceError
    """
    target = catalog.find(name)
    assert target.memory is not None
    counter = next(emulator for emulator in target.emulators if emulator.unit)
    op, around = surroundings(target, rows, task)
    full = Elf.read(path := compiled(target, {**around, **files}, include, flags))
    bare = Elf.read(compiled(target, {**around, **empty(op, rows)}, ()))
    if target.int_bytes == 2 and rows.dtype == np.float64:
        rows = rows.astype(np.float32)  # what double is there
    device.check_fits(target, full)
    record = device.step(target, counter, path, np.ascontiguousarray(rows), [op], _LIMIT, seconds)[op.name]
    counts = record["cycles" if counter.unit == "cycles" else "instructions"]
    return Cost(
        answers=record["answer"].ravel(),
        flash=full.flash_bytes - bare.flash_bytes,
        ram=full.ram_bytes - bare.ram_bytes,
        stack=int(record["stack"].max()),
        cost=float(counts[int(prepares) :].mean()),
        unit=counter.unit,
    )


def surroundings(target: Target, rows: np.ndarray, task: str) -> tuple[Operation, dict[str, str]]:
    """How ``emlearn_predict`` looks, and the program around it."""
    op = Operation("predict", 1, "int" if task == "classifier" else "float", "")
    known = {"name": sources.NAME, "ops": [op], "type": C_TYPES[rows.dtype.name], "n_features": rows.shape[1]}
    return op, {
        "probe.hpp": sources.render("probe.hpp.j2", known),
        "main.cpp": sources.render("main.cpp.j2", known),
        "port.cpp": sources.text(target.port),
    }


def empty(op: Operation, rows: np.ndarray) -> dict[str, str]:
    """A source whose predict does nothing."""
    return {"foreign.cpp": f'#include "probe.hpp"\n{op.returns} emlearn_predict(const {C_TYPES[rows.dtype.name]}*) {{ return 0; }}\n'}


def compiled(target: Target, files: Mapping[str, str], include: Sequence[str], further: Sequence[str] = ()) -> Path:
    """The program, by the C driver, which takes each file for what its suffix says."""
    flags = [*_FLAGS, *(f"-I{folder}" for folder in include), *further, *(name for name in files if name.endswith(".c"))]
    return lab.compiled(target, dict(files), target.compiler.replace("g++", "gcc"), None, flags)
