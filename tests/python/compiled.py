"""Headers compiled, not run: as strictly as anybody may, in the oldest language and the newest, for the cores of chips.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from emlearn import Model, get_include
from emlearn.cpp import Signature

COMPILERS = {
    "c++11": ["g++", "-std=c++11"],
    "c++23": ["g++", "-std=c++23"],
    "avr": ["avr-g++", "-std=gnu++11", "-mmcu=atmega2560", "-Os"],
    "thumb-1": ["arm-none-eabi-g++", "-std=gnu++14", "-mcpu=cortex-m0plus", "-mthumb", "-Os"],
    "dsp": ["arm-none-eabi-g++", "-std=gnu++17", "-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard", "-O2"],
}
FLAGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fno-exceptions", "-c", "main.cpp"]


def compile_bundle(model: Model, source: str, compiler: list[str], folder: Path) -> None:
    """The text `source`, which uses model.hpp, compiles without warnings and without the library's folder; on AVR no table is in RAM."""
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed: tools/setup_system.sh")
    model.save(folder / "model.hpp", bundle=True)
    (folder / "main.cpp").write_text(f'#include "model.hpp"\n{source}\n')
    chip = ["-mmcu=atmega328p"] if compiler[0] == "avr-g++" else []
    outcome = subprocess.run([*compiler, *chip, "-Os", *FLAGS], cwd=folder, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    if chip:
        names = subprocess.run(["avr-nm", "-C", "main.o"], cwd=folder, capture_output=True, text=True, check=True).stdout
        assert not [line for line in names.splitlines() if "tables<void>" in line and " d " in line.lower()]


def compile_all(name: str, models: Iterable[Model], folder: Path) -> None:
    """All operations of all models in one file, by one of COMPILERS; models of double are left out on AVR, where it has 32 bits."""
    compiler = COMPILERS[name]
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed: tools/setup_system.sh")
    text = []
    for k, model in enumerate(models):
        if name == "avr" and model.input.dtype == "float64":
            continue
        model.save(folder / f"net{k}.hpp")
        calls = []
        for op in model.record.ops:
            signature, kind = (
                Signature.of(model.record.task, op),
                "int32_t" if op == "predict" and model.record.task.is_discrete else "float",
            )
            out = f"static {kind} {op}[{model.record.task.width(op)}];"
            calls.append(f"{out} net{k}::{op}(x, {op});" if signature.out else f"static_cast<void>(net{k}::{op}(x));")
        text.append(f'#include "net{k}.hpp"\nvoid ask{k}(const {model.input.c_type}* x) {{ {" ".join(calls)} }}\n')
    (folder / "main.cpp").write_text("\n".join(text))
    outcome = subprocess.run([*compiler, f"-I{get_include()}", *FLAGS], cwd=folder, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr[:3000]
