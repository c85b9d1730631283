"""Emitted headers on every compiler and standard: no warnings, the same answers, one copy of the tables.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from cases import CASES
from emlearn import targets
from emlearn.targets import lab
from emlearn.targets.elf import Elf
from emlearn.targets.sources import program
from handmade import body, handmade

FAKES = Path(__file__).resolve().parents[1] / "cpp" / "fakes"
CLANG = next((name for name in ("clang++-16", "clang++") if shutil.which(name)), "clang++")
STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"]
# The Arduino core's own flags for AVR, and what it defines before a sketch's includes.
ARDUINO = ["-fpermissive", "-fno-exceptions", "-ffunction-sections", "-fdata-sections", "-flto", "-Wall", "-Wextra", "-Werror"]
POISON = ["-include", "Arduino.h", "-I."]
PRELUDE = {"Arduino.h": (FAKES / "Arduino.h").read_text()}
SECOND = {
    "second.cpp": '#include "model.hpp"\n#include "probe.hpp"\nextern "C" {\n%s second(const %s* x%s);\n'
    "%s second(const %s* x%s) { %s model::predict(x%s); }\n}\n"
}

MATRIX = [("g++", "c++11"), ("g++", "c++14"), ("g++", "c++17"), ("g++", "c++20"), ("g++", "c++23")]
MATRIX += [(CLANG, "c++11"), (CLANG, "c++14"), (CLANG, "c++17"), (CLANG, "c++20"), (CLANG, "c++2b")]


def has(program_name: str) -> None:
    if shutil.which(program_name) is None:
        pytest.skip(f"{program_name} is not installed: tools/setup_system.sh")


@pytest.mark.parametrize("compiler, std", MATRIX)
@pytest.mark.parametrize("name", ["tree with string labels", "forest on integers", "soft vote", "multilabel network"])
def test_every_standard_without_a_warning(name, compiler, std):
    has(compiler)
    model, X = CASES[name]()
    rows = model.input.check(X[:40])
    plain = targets.run("host", model, rows)
    strict = targets.run("host", model, rows, compiler=compiler, std=std, flags=STRICT)
    for op in model.record.ops:
        assert np.array_equal(plain[op], strict[op]) or np.allclose(plain[op], strict[op], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_model_under_the_sanitizers(name):
    model, X = CASES[name]()
    flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1", *STRICT]
    targets.run("host", model, model.input.check(X[:40]), std="c++11", flags=flags)


@pytest.mark.device
@pytest.mark.parametrize("name", CASES)
def test_the_stock_arduino_core_compiles_every_kind_of_model(name, installed):
    installed("avr-atmega328p")
    model, _ = CASES[name]()
    target = targets.TARGETS["avr-atmega2560"]  # the larger flash: here only the compiler is asked
    lab.compiled(target, program(model, lab.operations(model, None), target.port) | PRELUDE, flags=[*ARDUINO, *POISON])


@pytest.mark.device
def test_the_arduino_macros_are_in_force(installed):
    installed("avr-atmega328p")
    target, model = targets.TARGETS["avr-atmega2560"], body("int min = 3; int max(); return min;")
    with pytest.raises(targets.CompileError, match=r"min|max"):
        lab.compiled(target, program(model, lab.operations(model, None), target.port) | PRELUDE, flags=[*ARDUINO, *POISON])


@pytest.mark.device
@pytest.mark.parametrize("std", ["gnu++11", "gnu++14"])
@pytest.mark.parametrize("name", ["avr-atmega2560", "cortex-m0plus", "cortex-m4f"])
def test_two_translation_units_share_one_copy_of_the_tables(name, std, installed):
    installed(name)
    for case in ("forest on integers", "network", "naive Bayes"):
        model, _ = CASES[case]()
        target, chosen = targets.TARGETS[name], lab.operations(model, ["predict"])
        files = program(model, chosen, target.port)
        parts = [chosen[0].returns, model.input.c_type, chosen[0].out_parameter] * 2
        second = {"second.cpp": SECOND["second.cpp"] % (*parts, "" if chosen[0].out else "return", chosen[0].out_argument)}
        once = Elf.read(lab.compiled(target, files, std=std)).flash_bytes
        twice = Elf.read(lab.compiled(target, files | second, std=std, flags=["-Wl,-u,second"])).flash_bytes
        tables = sum(table.n_bytes for table in model.part().all_tables)
        assert 0 < twice - once < max(tables / 2, 700), f"{case}: {tables} B of tables, {twice - once} B more for the second use"


@pytest.mark.device
def test_the_check_above_finds_a_second_copy(installed):
    """Constants at namespace scope have a copy in each translation unit: the form that emitted headers avoid."""
    installed("cortex-m0plus")
    text = """#include <stdint.h>
    namespace model { constexpr uint8_t t[3000] = {1, 2};
    inline int predict(const int16_t* x) { return t[x[0]]; } }"""
    model = handmade(text, kind="classifier", dtype="int16", n_features=1)
    target, chosen = targets.TARGETS["cortex-m0plus"], lab.operations(model, None)
    files = program(model, chosen, target.port)
    other = """#include "model.hpp"
    extern "C" { int second(const int16_t* x); int second(const int16_t* x) { return model::t[x[1]]; } }
    """
    once = Elf.read(lab.compiled(target, files)).flash_bytes
    twice = Elf.read(lab.compiled(target, files | {"second.cpp": other}, flags=["-Wl,-u,second"])).flash_bytes
    assert twice - once > 3000


def test_two_translation_units_on_the_host():
    for compiler in ("g++", CLANG):
        has(compiler)
        for std in ("c++11", "c++17"):
            model, X = CASES["forest on integers"]()
            second = SECOND["second.cpp"] % ("int", "int16_t", "", "int", "int16_t", "", "return", "")
            rows = model.input.check(X[:5])
            again = targets.run("host", model, rows, compiler=compiler, std=std, flags=STRICT, extra={"second.cpp": second})
            assert np.array_equal(again["predict"], targets.run("host", model, rows)["predict"])
