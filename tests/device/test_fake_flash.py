"""On the host, flash that traps: a table that is read as ordinary memory, as would silently go wrong on AVR, ends the program.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from cases import CASES
from emlearn import targets
from handmade import DOT, handmade

FAKES = Path(__file__).resolve().parents[1] / "cpp" / "fakes"
FILES = {name: (FAKES / name).read_text() for name in ("avr/pgmspace.h", "flash.cpp", "flash.ld")}
# Without optimization no read of a table is computed by the compiler.
FLAGS = ["-O0", "-DEMLEARN_FAKE_AVR", "-I.", "-Wl,-T,flash.ld"]
CLANG = next((name for name in ("clang++-16", "clang++") if shutil.which(name)), "clang++")
ROWS = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
READ = "::emlearn::flash::read(detail::tables<>::w + i)"


def run(model, rows, compiler="g++", std="c++17", **more):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: tools/setup_system.sh")
    return targets.run("host", model, rows, compiler=compiler, std=std, flags=FLAGS, extra=FILES | more)


@pytest.mark.parametrize("compiler", ["g++", CLANG])
@pytest.mark.parametrize("std", ["c++11", "c++17"])
def test_reads_through_the_flash_functions_work_and_others_trap(compiler, std):
    assert READ in DOT
    right = run(handmade(DOT), ROWS, compiler, std)["predict"]
    assert np.array_equal(right, targets.run("host", handmade(DOT), ROWS)["predict"])
    with pytest.raises(targets.DeviceError, match="SIGSEGV at row 0"):
        run(handmade(DOT.replace(READ, "detail::tables<>::w[i]")), ROWS, compiler, std)
    with pytest.raises(targets.DeviceError, match="not in flash"):
        run(handmade(DOT.replace(READ, READ + " * ::emlearn::flash::read(x + i)")), ROWS, compiler, std)


def test_a_header_whose_tables_the_fake_does_not_see_is_refused():
    with pytest.raises(targets.DeviceError, match="no table was found"):
        run(handmade(DOT.replace("tables", "elsewhere")), ROWS)


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_model_reads_its_tables_from_flash(name):
    model, X = CASES[name]()
    rows = model.input.check(X[:30])
    if "tables<" not in model.save():
        pytest.skip("generated code: there are no tables")
    fake, plain = run(model, rows), targets.run("host", model, rows)
    for op in model.record.ops:
        assert np.array_equal(fake[op], plain[op]) or np.allclose(fake[op], plain[op], rtol=1e-5, atol=1e-6)


def test_labels_come_from_flash_too():
    model, X = CASES["tree with string labels"]()
    labels = [str(label) for label in model.classes_]
    checks = "".join(f'  if (strcmp_P("{text}", model::label_of({i})) != 0) abort();\n' for i, text in enumerate(labels))
    source = f"""#include <stdlib.h>
#include "model.hpp"
static int strcmp_P(const char* ram, const char* flash) {{
  while (*ram && *ram == static_cast<char>(pgm_read_byte(flash))) ++ram, ++flash;
  return *ram - static_cast<char>(pgm_read_byte(flash));
}}
__attribute__((constructor)) static void check() {{
{checks}}}
"""
    assert len(run(model, X[:5], **{"labels.cpp": source})["predict"]) == 5
    with pytest.raises(targets.DeviceError, match="SIGABRT"):
        run(model, X[:5], **{"labels.cpp": source.replace(f'"{labels[0]}"', '"another"')})
