"""What comes before measuring: environments, trained cases, converted sources. Each step is done once while its inputs stay the same.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import emlearn

from . import networks, ours
from .cases import Case
from .environments import PACKAGES, Environment, environment_of
from .tools import TOOLS, cmsis_nn, tflite_micro
from .tools.attempt import Attempt

HERE = Path(__file__).resolve().parent
_COMPILERS = ("avr-g++", "arm-none-eabi-g++", "riscv64-unknown-elf-g++", "g++", "valgrind")


class Stages:
    """The steps before measuring, for a choice of tools."""

    def __init__(self, build: Path, tools: Sequence[str]) -> None:
        self._build = build
        self._tools = [tool for tool in tools if tool in TOOLS]
        self._ours = ours.NAME in tools
        self._environments = {name: Environment(build / "environments", name) for name in PACKAGES}

    def folder(self, case: Case) -> Path:
        return self._build / "cases" / case.name

    def attempts(self, case: Case) -> Iterator[tuple[str, list[Attempt]]]:
        """Of every tool in turn, what it makes of the case."""
        why = self._train(case)
        if why:
            yield "all", [Attempt("", "float32", failure=why)]
            return
        if self._ours:
            yield ours.NAME, list(ours.generate(self.folder(case)))
        for tool in self._tools:
            yield tool, self._generate(tool, case)

    def environment(self, what: str) -> tuple[Environment, str]:
        """Where a tool or framework lives, and why it is not there ("" where it is)."""
        environment = self._environments[environment_of(what)]
        return environment, environment.install(what)

    def throughput(self, chosen: Sequence[Case]) -> list[dict[str, Any]]:
        """Rows per second as ratios; see throughput.py."""
        from . import throughput

        return throughput.measure(self, [case for case in chosen if case.name in throughput.CASES])

    def versions(self) -> dict[str, str]:
        """Of everything that a figure depends on."""
        found = {"emlearn (this library)": emlearn.__version__, "python": platform.python_version()}
        found |= {name: importlib.metadata.version(name) for name in ("numpy", "scikit-learn", "unicorn")}
        for tool in self._tools:
            found[tool] = ", ".join(PACKAGES[environment_of(tool)][tool])
        sources = {"CMSIS-NN": cmsis_nn, "TFLite Micro": tflite_micro}
        found |= {tool: sources[tool].version() for tool in self._tools if tool in sources}
        for compiler in _COMPILERS:
            try:
                said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
            except OSError:
                continue
            found[compiler] = said.splitlines()[0]
        return found

    def _train(self, case: Case) -> str:
        """Train unless it is done; why it cannot be, or ""."""
        python = Path(sys.executable)
        if case.framework:
            environment, why = self.environment(case.framework)
            if why:
                return why
            python = environment.python
        code = [HERE / name for name in ("cases.py", "layers.py", "networks.py", networks.WEIGHTS.name)]
        stamp = _digest(*code, importlib.metadata.version("scikit-learn"), importlib.metadata.version("numpy"))
        mark = self.folder(case) / "stamp"
        if mark.exists() and mark.read_text() == stamp:
            return ""
        command = [str(python), "-m", "benchmarks.cases", case.name, str(self.folder(case))]
        done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"training failed: {(done.stderr.strip().splitlines() or ['?'])[-1][:200]}"
        mark.write_text(stamp)
        return ""

    def _generate(self, tool: str, case: Case) -> list[Attempt]:
        environment, why = self.environment(tool)
        if why:
            return [Attempt("", "float32", failure=why)]
        code = [HERE / "tools" / f"{name}.py" for name in (TOOLS[tool], "attempt", "exact", "quantised")]
        stamp = _digest(*code, HERE / "generate.py", self.folder(case) / "stamp", *PACKAGES[environment_of(tool)][tool])
        out = self.folder(case) / f"{TOOLS[tool]}-{stamp[:16]}.json"
        if not out.exists():
            new = out.with_suffix(".new")
            command = [str(environment.python), "-m", "benchmarks.generate", tool, str(self.folder(case)), str(new)]
            done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
            if done.returncode:
                return [Attempt("", "float32", failure=f"crashed: {(done.stderr.strip().splitlines() or ['?'])[-1][:200]}")]
            os.replace(new, out)
        fields = {field.name for field in dataclasses.fields(Attempt)}
        return [Attempt(**{key: value for key, value in entry.items() if key in fields}) for entry in json.loads(out.read_text())]


def _digest(*parts: Path | str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()
