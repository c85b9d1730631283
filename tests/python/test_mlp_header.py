"""Emitted headers of multilayer perceptrons: compiled, run, linked twice, damaged, and on emulated chips.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ctypes
import functools
import re
import shutil
import subprocess
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn.inputs import C_TYPES
from emlearn.targets import TARGETS, run
from mlp_networks import HIDDEN, KINDS, network, raw_rows

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Wdouble-promotion", "-Werror", "-I", emlearn.get_include()]
HOST = {
    "g++ c++11": ["g++", "-std=c++11", "-O2"],
    "g++ c++17": ["g++", "-std=c++17", "-O2"],
    "clang++ c++11": ["clang++-16", "-std=c++11", "-O2"],
    "clang++ c++20": ["clang++-16", "-std=c++20", "-O2"],
}
AVR = ["avr-g++", "-mmcu=atmega328p", "-Os", "-fno-exceptions"]


@functools.cache
def models() -> dict[str, tuple[emlearn.Model, np.ndarray]]:
    """Every kind with every activation, with changing depths and input types."""
    result = {}
    depths, types = [[3, 4], [3], [3, 5, 4], [3, 4, 6, 2]], list(C_TYPES)
    for i, kind in enumerate(KINDS):
        for j, hidden in enumerate(HIDDEN):
            dtype = types[(len(HIDDEN) * i + j) % len(types)]
            sizes = depths[(i + j) % len(depths)]
            scale = 0.02 if np.issubdtype(dtype, np.integer) else 1
            model = emlearn.convert(network(kind, hidden, sizes, seed=10 * i + j), input=dtype, input_scale=scale)
            result[f"{kind.replace(' ', '_')}_{hidden}"] = model, raw_rows(dtype, 3, seed=j)
    return result


def compile_all(compiler: list[str], source: Path, *options: str) -> str:
    """The compiler's complaints, empty where it has none."""
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed: tools/setup_system.sh")
    outcome = subprocess.run([*compiler, *WARNINGS, str(source), *options], capture_output=True, text=True, check=False, cwd=source.parent)
    assert outcome.returncode == 0 or outcome.stderr
    return outcome.stderr if outcome.returncode else ""


def wrapper(name: str, model: emlearn.Model, suffix: str) -> str:
    """C functions that answer many rows."""
    text = []
    for op in model.record.ops:
        discrete = op == "predict" and model.record.task.is_discrete
        out, width = "int32_t" if discrete else "float", model.record.task.width(op)
        single = op == "predict" and model.record.task.n_outputs == 1 and model.record.task.kind != "multilabel"
        call = f"out[0] = {name}::{op}(x)" if single else f"{name}::{op}(x, out)"
        text.append(
            f'extern "C" void {name}_{op}{suffix}(const {C_TYPES[model.record.input]}* x, long n, {out}* out);\n'
            f'extern "C" void {name}_{op}{suffix}(const {C_TYPES[model.record.input]}* x, long n, {out}* out) {{\n'
            f"  for (long i = 0; i < n; ++i, x += {name}::n_features, out += {width}) {call};\n}}\n"
        )
    return "".join(text)


def write(folder: Path) -> list[str]:
    """All headers, and two translation units that use all of them."""
    for name, (model, _) in models().items():
        model.save(folder / f"{name}.hpp")
    for suffix in ("", "_again"):
        text = "".join(f'#include "{name}.hpp"\n' for name in models())
        text += "".join(wrapper(name, model, suffix) for name, (model, _) in models().items())
        (folder / f"unit{suffix}.cpp").write_text(text)
    return ["unit.cpp", "unit_again.cpp"]


@pytest.mark.parametrize("compiler", HOST.values(), ids=HOST)
def test_answers_of_the_compiled_header(compiler: list[str], tmp_path: Path) -> None:
    units = write(tmp_path)
    assert not compile_all(compiler, tmp_path / units[0], units[1], "-shared", "-fPIC", "-o", "all.so")
    library = ctypes.CDLL(str(tmp_path / "all.so"))
    for (name, (model, raw)), suffix in zip(list(models().items()) * 2, [""] * len(models()) + ["_again"] * len(models()), strict=True):
        for op in model.record.ops:
            kernel = model.answer(op, raw)
            answer = np.full_like(kernel, 77)
            function = getattr(library, f"{name}_{op}{suffix}")
            function(raw.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(len(raw)), answer.ctypes.data_as(ctypes.c_void_p))
            # The same float steps and the same libm: equal to the bit.
            assert np.array_equal(answer, kernel, equal_nan=True), (name, op)


@pytest.mark.parametrize("standard", ["gnu++11", "gnu++14"])
def test_avr(standard: str, tmp_path: Path) -> None:
    if standard == "gnu++11":
        for name in [name for name, (model, _) in models().items() if model.record.input == "float64"]:
            assert "double has less than 64 bits" in _avr(name, standard, tmp_path)
    for name in [name for name, (model, _) in models().items() if model.record.input != "float64"]:
        assert not _avr(name, standard, tmp_path)


def _avr(name: str, standard: str, folder: Path) -> str:
    model, _ = models()[name]
    model.save(folder / f"{name}.hpp")
    (folder / f"{name}.cpp").write_text(f'#include "{name}.hpp"\n' + wrapper(name, model, ""))
    return compile_all([*AVR, f"-std={standard}"], folder / f"{name}.cpp", "-c", "-o", f"{name}.o")


def test_tables_beyond_avr_are_refused_in_words(tmp_path: Path) -> None:
    model = emlearn.convert(network("multiclass", "relu", [100, 90], seed=0))
    model.save(tmp_path / "large.hpp")
    (tmp_path / "large.cpp").write_text('#include "large.hpp"\n')
    assert "weights0 has 36000 bytes, and one table may have 32767 on this chip" in compile_all(
        [*AVR, "-std=gnu++11"], tmp_path / "large.cpp", "-fsyntax-only"
    )
    assert not compile_all(["g++", "-std=c++17"], tmp_path / "large.cpp", "-fsyntax-only")


DAMAGE = {
    "nothing": (r"$^", "", ""),
    "infinite weight": (r"(weights1\[12\] EMLEARN_FLASH = \{\s*)[^,]*,", r"\1__builtin_inff(),", "layer 1 is damaged"),
    "weight not a number": (r"(weights0\[12\] EMLEARN_FLASH = \{\s*)[^,]*,", r'\1__builtin_nanf(""),', "layer 0 is damaged"),
    "infinite bias": (r"(bias1\[3\] EMLEARN_FLASH = \{\s*)[^,]*,", r"\1-__builtin_inff(),", "layer 1 is damaged"),
    "a weight too few": (r"weights1\[12\]( EMLEARN_FLASH = \{\s*)[^,]*,", r"weights1[11]\1", "layer 1 is damaged"),
    "a bias too many": (r"bias0\[4\]( EMLEARN_FLASH = \{\s*)", r"bias0[5]\g<1>1.0f,", "layer 0 is damaged"),
    "a wrong bias": (r"(bias1\[3\] EMLEARN_FLASH = \{\s*)[^,]*,([^,]*),[^}]*\}", r"\g<1>0.0f,1e9f,0.0f}", "golden row 1 must give 2"),
}


@pytest.mark.parametrize(
    "compiler", [HOST["g++ c++17"], ["clang++-16", "-std=c++14"], [*AVR, "-std=gnu++14"]], ids=["g++", "clang++", "avr"]
)
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_tables_are_refused(damage: str, compiler: list[str], tmp_path: Path) -> None:
    pattern, replacement, message = DAMAGE[damage]
    estimator = network("multiclass", "relu", [3, 4], seed=5)
    estimator.coefs_[1], estimator.intercepts_[1] = estimator.coefs_[1][:, :3], estimator.intercepts_[1][:3]
    estimator.classes_, estimator.n_outputs_ = np.arange(3), 3
    model = emlearn.convert(estimator)
    assert {golden.answer for golden in model.part().golden} - {1}
    text = model.save(name="m")
    # In the first definition only; later ones, for C++11 and C++14, repeat the lengths.
    damaged, count = re.subn(pattern, replacement, text, count=1)
    if "too" in damage:
        old, new = re.search(r"(\w+)\[(\d+)\]", pattern.replace("\\", "")), re.search(r"(\w+)\[(\d+)\]", replacement)
        damaged = damaged.replace(f"tables<T>::{old[0]}", f"tables<T>::{new[0]}")
    assert count == (damage != "nothing")
    (tmp_path / "m.hpp").write_text(damaged)
    (tmp_path / "m.cpp").write_text('#include "m.hpp"\n')
    complaint = compile_all(compiler, tmp_path / "m.cpp", "-fsyntax-only")
    assert message in complaint and bool(complaint) == bool(message)


def test_golden_rows_are_the_models_own_answers() -> None:
    seen = 0
    for model, _ in models().values():
        golden = model.part().golden
        plain = model.record.hidden in ("identity", "relu") or len(model.record.sizes) == 2
        assert bool(golden) <= (plain and model.record.task.kind == "classifier")
        for row in golden:
            assert row.row.dtype == model.record.input
            assert model.answer("predict", row.row[None, :])[0, 0] == row.answer
            seen += 1
    assert seen >= 6


def test_a_whole_prediction_is_a_constant(tmp_path: Path) -> None:
    model = emlearn.convert(network("regressor", "relu", [2, 3], seed=1), input="int16")
    model.save(tmp_path / "m.hpp")
    wanted = float(model.predict(np.array([[3, -2]]))[0])
    (tmp_path / "m.cpp").write_text(
        '#include "m.hpp"\nconstexpr int16_t row[2] = {3, -2};\n'
        f'static_assert(m::predict(row) > {wanted - 1e-5!r}f && m::predict(row) < {wanted + 1e-5!r}f, "");\n'
    )
    for compiler in (["g++", "-std=c++14"], ["clang++-16", "-std=c++14"]):
        assert not compile_all(compiler, tmp_path / "m.cpp", "-fsyntax-only")


@pytest.mark.device
@pytest.mark.parametrize("target", ["host", "cortex-m0plus", "cortex-m4f", "avr-atmega328p"])
def test_on_a_chip(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    wanted = TARGETS[target]
    if missing := [tool.name for tool in wanted.tools if tool.find() is None]:
        pytest.skip(f"{target} needs {', '.join(missing)}: tools/setup_system.sh")
    for kind, hidden in zip(KINDS, [*HIDDEN, "tanh", "logistic"], strict=True):
        model = emlearn.convert(network(kind, hidden, [4, 6, 5], seed=3), input="int16", input_scale=0.01)
        raw = raw_rows("int16", 4, seed=4)
        assert (report := model.verify(raw, target=target)).ok, str(report)
        answers = run(target, model, raw)
        for op in model.record.ops:
            if op != "predict" or not model.record.task.is_discrete:
                bound = emlearn.families.mlp.bound(model.record, op, raw)
                assert np.all(np.abs(answers[op] - model.answer(op, raw)) <= bound)
