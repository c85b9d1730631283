"""One source on one target: a row of the table, kept by content so that an unchanged one is not measured again.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
from emlearn import targets
from emlearn.targets.tools import Tool

from . import device, host
from .tools.attempt import Attempt

#: In the tables' order; those that this version of the lab does not know are left out by name.
TARGETS = ("avr-atmega328p", "cortex-m0plus", "cortex-m4f", "rv32imc", "host")
#: Characters beyond which a source is not compiled: gcc takes long for it, and what is that large does not fit the
#: AVR, and elsewhere never near the best.
LARGEST_SOURCE = {"avr-atmega328p": 800_000}
LARGEST_SOURCE_ELSEWHERE = 2_600_000
#: What a row says that a run with a limit on its minutes did not come to.
LEFT_OUT = "not measured: the run was given too little time"
#: A regression agrees where it is off by no more than this share of the range of answers.
REGRESSION_TOLERANCE = 1e-3

_HERE = Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """What to measure, and where."""

    case: str
    folder: Path
    tool: str
    attempt: Attempt
    target: str

    @property
    def size(self) -> int:
        """Characters to compile."""
        return sum(map(len, self.attempt.files.values()))


def missing(name: str) -> str:
    """Why a target cannot be measured here, or ""."""
    if name not in targets.TARGETS:
        return "the lab does not know it"
    tools = [
        *targets.TARGETS[name].tools,
        *(tool for emulator in targets.TARGETS[name].emulators if emulator.unit for tool in emulator.tools),
    ]
    if name == "host":
        tools.append(Tool("valgrind", "apt-get install valgrind"))
    gone = [tool for tool in tools if tool.find() is None]
    return (
        "" if not gone else f"{', '.join(tool.name for tool in gone)} is missing: {'; '.join(dict.fromkeys(tool.install for tool in gone))}"
    )


class Cached:
    """Measures jobs; answers the same job from a file."""

    def __init__(self, build: Path) -> None:
        self._folder = build / "measured"
        self._folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, job: Job, until: float | None = None) -> dict[str, Any]:
        """The row; what would be measured after `until` (of :func:`time.monotonic`) is left out."""
        about = {
            "case": job.case, "target": job.target, "tool": job.tool, "variant": job.attempt.name, "rows": job.attempt.dtype,
            "note": job.attempt.note, "edited": job.attempt.edited,
        }  # fmt: skip
        empty = {"flash": None, "ram": None, "stack": None, "cost": None, "unit": "", "agreement": None, "failure": job.attempt.failure}
        limit = LARGEST_SOURCE.get(job.target, LARGEST_SOURCE_ELSEWHERE)
        if job.size > limit:
            empty["failure"] = f"its source of {job.size / 1e6:.1f} MB is not compiled (the limit is {limit / 1e6:.1f} MB)"
        if empty["failure"]:
            return about | empty
        rows = np.load(job.folder / "rows.npz")
        kind = "float32" if job.attempt.dtype.startswith("float") else "int16"
        some = slice(None, None, job.attempt.every)
        given, expected = np.ascontiguousarray(rows[kind][some].astype(job.attempt.dtype)), rows[f"{kind}_expected"][some]
        task = json.loads((job.folder / "case.json").read_text())["task"]
        file = self._folder / f"{_key(job, given, expected)}.json"
        if not file.exists() and until is not None and time.monotonic() > until:
            return about | empty | {"failure": LEFT_OUT}
        if not file.exists():
            new = file.with_suffix(f".{os.getpid()}-{id(job)}")
            new.write_text(json.dumps(empty | _measure(job, given, expected, task)))
            os.replace(new, file)
        return about | json.loads(file.read_text())


def _key(job: Job, given: np.ndarray, expected: np.ndarray) -> str:
    parts = [
        job.target,
        json.dumps(job.attempt.files, sort_keys=True),
        *job.attempt.include,
        *job.attempt.flags,
        str(given.dtype),
        _surroundings(),
    ]
    target = targets.TARGETS[job.target]
    built_by = (target.compiler, target.flags, target.std, target.port, target.linker, target.libraries, target.memory)
    parts.append(repr((built_by, [(emulator.kind, emulator.core, emulator.unit) for emulator in target.emulators])))
    digest = hashlib.sha256("\0".join(parts).encode())
    digest.update(given.tobytes() + expected.tobytes())
    return digest.hexdigest()[:40]


@functools.cache
def _surroundings() -> str:
    """The lab's programs and this benchmark's own; what the library's headers have is in the sources of ours, which are bundled."""
    assert targets.__file__ is not None
    files = [*sorted(Path(targets.__file__).with_name("firmware").iterdir()), _HERE / "device.py", _HERE / "host.py"]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files if file.is_file())).hexdigest()


def _measure(job: Job, given: np.ndarray, expected: np.ndarray, task: str) -> dict[str, Any]:
    how = {"flags": job.attempt.flags, "prepares": job.attempt.prepares}
    try:
        if job.target == "host":
            cost = host.measure(job.attempt.files, given, task, job.attempt.include, **how)
        else:
            cost = device.measure(job.target, job.attempt.files, given, task, job.attempt.include, **how)
    except targets.CompileError as error:
        return {"failure": f"does not compile: {_first_error(error.output)}"}
    except targets.TooLargeError as error:
        return {"failure": f"does not fit: {_by_how_much(str(error))}"}
    except (targets.DeviceError, targets.ToolMissingError) as error:
        return {"failure": str(error).splitlines()[0][:160]}
    if task == "classifier":
        same = cost.answers == expected
    else:
        same = np.abs(cost.answers.astype(np.float64) - expected) <= REGRESSION_TOLERANCE * np.ptp(expected)
    measured = dataclasses.asdict(cost)
    del measured["answers"]
    return measured | {"agreement": float(np.mean(same)), "cost": round(cost.cost, 1)}


def _first_error(output: str) -> str:
    output = output.replace("‘", "'").replace("’", "'")  # gcc's quotes follow the locale
    if "CPU time limit" in output or "signal 24" in output or "SIGXCPU" in output:
        return f"more than {device.COMPILE_SECONDS} s of compiling"
    found = re.search(r"error: (.*)|(relocation truncated[^\n]*)|(undefined reference[^\n]*)", output)
    return next(text for text in found.groups() if text)[:140] if found else (output.strip().splitlines() or ["?"])[-1][:140]


def _by_how_much(message: str) -> str:
    found = re.search(r"has (\d+) B of (\w+), .* needs (\d+) B", message)
    return f"needs {int(found[3]):,} of {int(found[1]):,} B of {found[2]}" if found else message[:140]
