"""The same sources on this machine: instructions counted by callgrind, sizes by ``size``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from emlearn.targets import DeviceError, ToolMissingError
from emlearn.targets.catalog import TARGETS
from emlearn.targets.tools import Tool, require

from .device import Cost, compiled, empty, surroundings

_TOOLS = (Tool("valgrind", "apt-get install valgrind"), Tool("size", "apt-get install binutils"))


def measure(
    files: Mapping[str, str],
    rows: np.ndarray,
    task: str,
    include: Sequence[str] = (),
    seconds: float = 300,
    *,
    flags: Sequence[str] = (),
    prepares: bool = False,
) -> Cost:
    """As :func:`device.measure`; what libm does counts, its bytes (a shared library's) do not."""
    require("measuring on the host", _TOOLS)
    target = TARGETS["host"]
    op, around = surroundings(target, rows, task)
    path = compiled(target, {**around, **files}, include, flags)
    bare = compiled(target, {**around, **empty(op, rows)}, ())
    answers, counted = _run(path, rows, op.dtype(target.int_bytes), seconds)
    first = _run(path, rows[:1], answers.dtype, seconds)[1] if prepares else 0
    cost = (counted - first) / (len(rows) - int(prepares))
    return Cost(answers, _size(path)[0] - _size(bare)[0], _size(path)[1] - _size(bare)[1], None, cost, "instructions")


def _run(path: Path, rows: np.ndarray, answer: Any, seconds: float) -> tuple[np.ndarray, int]:
    """The answers for all rows, and the instructions of all."""
    with tempfile.TemporaryDirectory(prefix="emlearn-") as name:
        counts = Path(name) / "counts"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", "--toggle-collect=emlearn_predict", str(path)]
        done = subprocess.run(
            command,
            input=rows.tobytes(),
            capture_output=True,
            timeout=seconds,
            check=False,
            env={"LD_BIND_NOW": "1", "PATH": "/usr/bin:/bin"},
        )
        answers = np.frombuffer(done.stdout, dtype=answer)
        if done.returncode or len(answers) != len(rows):
            raise DeviceError(f"host: the program answered {len(answers)} of {len(rows)} rows (exit code {done.returncode})")
        found = re.search(r"^(?:summary|totals): (\d+)", counts.read_text(), re.MULTILINE)
    if found is None:
        raise ToolMissingError("host: callgrind counted nothing")
    return answers, int(found[1])


def _size(path: Path) -> tuple[int, int]:
    """(code, constants and first values; variables)"""
    line = subprocess.run(["size", str(path)], capture_output=True, text=True, check=True).stdout.splitlines()[1]
    text, data, bss = (int(number) for number in line.split()[:3])
    return text + data, data + bss
