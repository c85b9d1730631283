"""Emitted headers of networks in integers: compiled everywhere, damaged, and equal to the reference to the bit on emulated chips.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn.families import mlp
from emlearn.targets import TARGETS, measure, run
from mlp_networks import HIDDEN, KINDS, network, prune, raw_rows

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Wdouble-promotion", "-Werror", "-I", emlearn.get_include()]
ARM = ["arm-none-eabi-g++", "-mthumb", "-fno-exceptions", "-fno-rtti", "-Os"]
COMPILERS = {
    "g++ c++11": ["g++", "-std=c++11", "-O2"],
    "g++ c++23": ["g++", "-std=c++23", "-O2"],
    "clang++ c++14": ["clang++-16", "-std=c++14", "-O2"],
    "clang++ c++20": ["clang++-16", "-std=c++20"],
    "avr gnu++11": ["avr-g++", "-mmcu=atmega328p", "-std=gnu++11", "-Os"],
    "avr gnu++14": ["avr-g++", "-mmcu=atmega328p", "-std=gnu++14", "-Os"],
    "cortex-m0 c++11": [*ARM, "-mcpu=cortex-m0plus", "-std=c++11"],
    "cortex-m0 c++17, not optimised": [*ARM, "-mcpu=cortex-m0plus", "-std=c++17", "-O0"],
    "cortex-m4 c++20": [*ARM, "-mcpu=cortex-m4", "-std=c++20"],
    "cortex-m4 c++17, not optimised": [*ARM, "-mcpu=cortex-m4", "-std=c++17", "-O0"],
    "cortex-m3 c++14": [*ARM, "-mcpu=cortex-m3", "-std=c++14"],
    "cortex-m55 c++11": [*ARM, "-mcpu=cortex-m55", "-mfloat-abi=hard", "-std=c++11"],
    "cortex-m55 c++20, not optimised": [*ARM, "-mcpu=cortex-m55", "-mfloat-abi=hard", "-std=c++20", "-O0"],
}
CHIPS = ["avr-atmega328p", "cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc"]
TYPES = ["int16", "float32", "uint8", "int32", "int8", "uint16"]


def made(number: int, sizes: list[int] | None = None) -> tuple[emlearn.Model, np.ndarray]:
    """A random network, every kind, step, mode and intake in turn, some pruned and without weights of zero, and rows for it."""
    rng = np.random.default_rng(number)
    sizes = sizes or [int(rng.integers(1, 50)), *rng.integers(1, 24, rng.integers(0, 4)).tolist()]
    dtype = TYPES[number % len(TYPES)]
    estimator = network(KINDS[(number + number // 6) % len(KINDS)], HIDDEN[number // 2 % 4], sizes, number)
    pruned = number % 4 == 1
    if pruned:
        prune(estimator, 0.3)
    rows = raw_rows(dtype, sizes[0], number, 24)
    rows = rows[4:] if dtype == "float32" else rows
    model = emlearn.convert(
        estimator,
        input=dtype,
        input_scale=1 if dtype == "float32" else 0.002,
        numeric=("int8", "int16")[number // 3 % 2],
        calibration=rows[:14],
        optimize=("speed", "size", "balanced")[number % 3],
    )
    if pruned:
        layers = tuple(dataclasses.replace(layer, sparse=True) for layer in model.record.layers)
        model.record = dataclasses.replace(model.record, layers=layers)
    return model, rows


def compile_all(compiler: list[str], folder: Path) -> str:
    """The complaints of a compiler, empty where it has none."""
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed: tools/setup_system.sh")
    command = [*compiler, *WARNINGS, "-c", "unit.cpp", "-o", "unit.o"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return outcome.stderr if outcome.returncode else ""


@pytest.mark.parametrize("compiler", COMPILERS.values(), ids=COMPILERS)
def test_compiles_without_a_warning(compiler: list[str], tmp_path: Path) -> None:
    text = ""
    for number in range(12):
        model, _ = made(number, [5, 6, 3][: 1 + number % 3])
        model.save(tmp_path / f"m{number}.hpp")
        text += f'#include "m{number}.hpp"\n'
        width, single = model.record.task.width("predict"), model.record.task.n_outputs == 1 and model.record.task.kind != "multilabel"
        out = "int32_t" if model.record.task.is_discrete else "float"
        call = f"out[0] = m{number}::predict(x)" if single else f"m{number}::predict(x, out)"
        text += f"void p{number}(const {model.input.c_type}* x, {out} (&out)[{width}]);\n"
        text += f"void p{number}(const {model.input.c_type}* x, {out} (&out)[{width}]) {{ {call}; }}\n"
        if model.record.task.is_discrete:
            text += f"void q{number}(const {model.input.c_type}* x, float* out);\n"
            text += f"void q{number}(const {model.input.c_type}* x, float* out) {{ m{number}::predict_proba(x, out); }}\n"
    (tmp_path / "unit.cpp").write_text(text)
    assert not compile_all(compiler, tmp_path)


DAMAGE = {
    "nothing": (r"$^", "", ""),
    "an accumulator too narrow": (r"(bits\(\) \{ return) 32; \}", r"\1 24; }", "layer 0 is damaged, or a sum of it can overflow"),
    "a bias too few": (r"bias0\[4\]( EMLEARN_FLASH = \{\s*)[^,]*,", r"bias0[3]\1", "layer 0 is damaged"),
    "lanes that were not proven": (r"run\(\) \{ return 0; \}", r"run() { return 300; }", "layer 0 is damaged, or a sum of it can overflow"),
}


@pytest.mark.parametrize("compiler", ["g++ c++23", "clang++ c++14", "avr gnu++14", "cortex-m0 c++17, not optimised", "cortex-m4 c++20"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_tables_are_refused(damage: str, compiler: str, tmp_path: Path) -> None:
    pattern, replacement, message = DAMAGE[damage]
    estimator = network("multiclass", "relu", [300, 4], seed=4)
    estimator.coefs_[0][...] = np.abs(estimator.coefs_[0]) + 1
    estimator.coefs_[1], estimator.intercepts_[1] = estimator.coefs_[1][:, :3], estimator.intercepts_[1][:3]
    estimator.classes_, estimator.n_outputs_ = np.arange(3), 3
    rows = np.random.default_rng(0).integers(0, 256, (30, 300)).astype(np.uint8)
    text = emlearn.convert(estimator, input="uint8", numeric="int8", calibration=rows).save(name="m")
    damaged, count = re.subn(pattern, replacement, text, count=1)
    if "few" in damage:
        damaged = damaged.replace("tables<T>::bias0[4]", "tables<T>::bias0[3]")
    assert count == (damage != "nothing")
    (tmp_path / "m.hpp").write_text(damaged)
    (tmp_path / "unit.cpp").write_text('#include "m.hpp"\n')
    complaint = compile_all(COMPILERS[compiler], tmp_path)
    assert message in complaint and bool(complaint) == bool(message), complaint


def bit_equal(number: int, targets: list[str]) -> None:
    model, rows = made(number)
    for target in targets:
        answers = run(target, model, rows)
        for op in model.record.ops:
            assert answers[op].reshape(len(rows), -1).tobytes() == mlp.reference(model.record, op, rows).tobytes(), (number, target, op)
        with np.errstate(over="ignore"):  # scikit-learn's own, in exp
            assert model.verify(rows).ok


def test_the_compiled_header_on_the_host() -> None:
    for number in range(4):
        bit_equal(number, ["host"])


@pytest.mark.device
@pytest.mark.parametrize("target", CHIPS)
def test_equal_to_the_bit_on_a_chip(target: str) -> None:
    if missing := [tool.name for tool in TARGETS[target].tools if tool.find() is None]:
        pytest.skip(f"{target} needs {', '.join(missing)}: tools/setup_system.sh")
    for number in range(6):
        bit_equal(number, [target])


@pytest.mark.device
@pytest.mark.campaign
@pytest.mark.parametrize("number", range(200))
def test_many_networks_on_all_chips(number: int) -> None:
    bit_equal(number, ["host", *CHIPS])


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus"])
def test_no_float_is_computed_for_a_class(target: str) -> None:
    """Raw integers in, a class out: no function of soft-float is linked in."""
    if missing := [tool.name for tool in TARGETS[target].tools if tool.find() is None]:
        pytest.skip(f"{target} needs {', '.join(missing)}: tools/setup_system.sh")
    estimator = network("multiclass", "tanh", [6, 5], seed=1)
    rows = np.random.default_rng(0).integers(-3000, 3000, (40, 6)).astype(np.int16)
    model = emlearn.convert(estimator, input="int16", input_scale=0.001, numeric="int8", calibration=rows)
    found = measure(target, model, rows[:5], ["predict"])["predict"]
    assert found.split.library < 100, found.split.parts
    buffers = sum(model.record.buffers())
    assert buffers <= found.stack <= buffers + 230
