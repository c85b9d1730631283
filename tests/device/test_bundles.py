"""Headers that carry what they need, of every family, on every kind of chip: no include path, no warning.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import warnings
from pathlib import Path

import emlearn
import pytest
from emlearn.cpp import Signature
from emlearn.registry import FAMILIES, family_of

CHIPS = {
    "host": ["g++", "-std=c++11"],
    "avr": ["avr-g++", "-std=gnu++11", "-mmcu=atmega2560", "-Os"],
    "cortex-m0plus": ["arm-none-eabi-g++", "-std=gnu++14", "-mcpu=cortex-m0plus", "-mthumb", "-Os"],
    "cortex-m4f": ["arm-none-eabi-g++", "-std=gnu++17", "-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard", "-O2"],
    "riscv": ["riscv64-unknown-elf-g++", "-std=gnu++20", "-march=rv32imc", "-mabi=ilp32", "--specs=picolibc.specs", "-Os"],
}
#: Whose compilers are also asked by the tests of single models.
RARE = ("cortex-m0plus", "riscv")
FLAGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fno-exceptions", "-c", "main.cpp"]


@pytest.mark.parametrize("chip", [pytest.param(chip, marks=[pytest.mark.campaign] if chip in RARE else []) for chip in CHIPS])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_bundle_needs_nothing_else(family: str, chip: str, tmp_path: Path) -> None:
    compiler = CHIPS[chip]
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed: tools/setup_system.sh")
    cases = importlib.import_module(f"parity.cases.{family}").CASES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = (emlearn.convert(case(0)[0]) for case in cases.values())
        model = next(each for each in models if family_of(each.record).__name__.split(".")[-1] == family)
    model.save(tmp_path / "model.hpp", bundle=True)
    calls = []
    for op in model.record.ops:
        signature, out = Signature.of(model.record.task, op), "int32_t" if op == "predict" and model.record.task.is_discrete else "float"
        buffer = f"static {out} {op}[{model.record.task.width(op)}];"
        calls.append(f"{buffer} model::{op}(x, {op});" if signature.out else f"static_cast<void>(model::{op}(x));")
    text = f'#include "model.hpp"\nvoid ask(const {model.input.c_type}* x) {{ {" ".join(calls)} }}\n'
    (tmp_path / "main.cpp").write_text(text)
    outcome = subprocess.run([*compiler, *FLAGS], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
