"""Targets and builds: what is told where something is missing, and that builds are shared, fresh and whole.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from emlearn import InvalidInputError, targets
from emlearn.inputs import Input
from emlearn.record import Task
from emlearn.targets import build as builds
from emlearn.targets import lab
from emlearn.targets.elf import Elf
from emlearn.targets.tools import Tool

HEADER = "#include <stdint.h>\nnamespace model { inline float predict(const int16_t* x) { return x[0] * 0.5f; } }\n"
MODEL = SimpleNamespace(
    record=SimpleNamespace(task=Task("regressor"), ops=("predict",)),
    input=Input.make("int16", 1, 0, None, 1, ()),
    save=lambda name: HEADER,
)
ROWS = np.array([[1], [2], [-3]], dtype=np.int16)
FILES = {"main.cpp": "int main() { return 3; }\n"}
COMMAND = ["g++", "main.cpp", "-o", "program"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "emlearn" / "builds"


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("emlearn.targets.tools.importlib.util.find_spec", lambda name: None)


def test_an_unknown_target_lists_the_known_ones():
    with pytest.raises(InvalidInputError, match=r"target='avr-atmega328' .*did you mean 'avr-atmega328p'.*host, .*cortex-m0plus"):
        targets.run("avr-atmega328", MODEL, ROWS)
    with pytest.raises(InvalidInputError, match="sizes and costs are for chips"):
        targets.measure("host", MODEL, ROWS)


@pytest.mark.parametrize("ops", [("transform",), (), "predict"])
def test_operations_that_the_model_does_not_offer(ops):
    with pytest.raises(InvalidInputError, match=r"ops=.*the model offers: predict"):
        targets.run("host", MODEL, ROWS, ops)


def test_rows_are_checked_and_none_are_run_for_none():
    with pytest.raises(InvalidInputError, match=r"1\.5 is no int16"):
        targets.run("host", MODEL, [[1.5]])
    assert targets.run("host", MODEL, ROWS)["predict"].tolist() == [[0.5], [1.0], [-1.5]]
    empty = targets.run("host", MODEL, ROWS[:0])["predict"]
    assert empty.shape == (0, 1) and empty.dtype == np.float32
    with pytest.raises(InvalidInputError, match="no rows"):
        targets.measure("cortex-m0plus", MODEL, ROWS[:0])


def test_an_emulator_that_the_target_does_not_have():
    with pytest.raises(InvalidInputError, match="emulator='qemu': host runs on native"):
        targets.run("host", MODEL, ROWS, emulator="qemu")


@pytest.mark.parametrize(
    "name, match",
    [
        ("host", r"needs g\+\+, .*apt-get install g\+\+"),
        ("avr-atmega328p", r"needs avr-g\+\+, .*libsimavr.*apt-get install gcc-avr.*apt-get install libsimavr-dev"),
        ("cortex-m0plus", r"needs arm-none-eabi-g\+\+, .*qemu-system-arm, .*apt-get install gcc-arm.*apt-get install qemu-system-arm"),
    ],
)
def test_missing_tools_are_named_with_the_command_that_gets_them(name, match, nothing_installed):
    with pytest.raises(targets.ToolMissingError, match=match):
        targets.run(name, MODEL, ROWS)
    assert {tool.name for tool in targets.TARGETS[name].tools} <= {tool.name for tool in targets.TARGETS[name].missing}


def test_another_compiler_that_is_missing():
    with pytest.raises(targets.ToolMissingError, match=r"needs clang\+\+-99"):
        targets.run("host", MODEL, ROWS, compiler="clang++-99")


def test_without_a_counter_the_other_emulator_still_answers(monkeypatch):
    if targets.TARGETS["cortex-m0plus"].missing:
        pytest.skip("cortex-m0plus needs more tools: tools/setup_system.sh")
    monkeypatch.setattr(Tool, "find", lambda self: None if self.module else "/here")
    found = targets.measure("cortex-m0plus", MODEL, ROWS)["predict"]
    assert found.answers.tolist() == [[0.5], [1.0], [-1.5]]
    assert found.flash > 0
    assert found.cost is None and found.unit == "" and found.stack is None


def test_each_target_is_described_in_full():
    for name, target in targets.TARGETS.items():
        assert target.name == name and target.title and target.core
        for tool in [*target.tools, *(tool for emulator in target.emulators for tool in emulator.tools)]:
            assert tool.install.startswith(("apt-get install ", "pip install "))
        if target.memory is not None:
            assert target.unit in (("cycles", "instructions") if target.emulators else ("",))
            assert target.clock_hz > 0
        assert bool(target.picojoule) == bool(target.picojoule_of)


def test_a_target_without_an_emulator_gives_sizes_and_no_answers():
    target = targets.TARGETS["esp8266"]
    with pytest.raises(InvalidInputError, match=r"target='esp8266' is compiled only, .*choose one of host, avr-atmega328p"):
        targets.run("esp8266", MODEL, ROWS)
    if target.missing:
        pytest.skip("esp8266 needs a compiler: tools/setup_system.sh")
    found = targets.measure("esp8266", MODEL, ROWS)["predict"]
    assert found.answers is None and found.cost is None and found.stack is None and found.ram is None and found.unit == ""
    assert found.flash == found.split.code + found.split.tables + found.split.library > 0
    assert "__mulsf3" in found.not_counted  # it is in the chip's ROM


def test_a_build_is_done_once_and_again_when_anything_changes(cache):
    first = builds.build(FILES, COMMAND)
    made = (first / "program").stat().st_mtime_ns
    assert builds.build(FILES, COMMAND) == first and (first / "program").stat().st_mtime_ns == made
    others = {
        builds.build({"main.cpp": FILES["main.cpp"] + " "}, COMMAND),
        builds.build(FILES, [*COMMAND, "-O1"]),
        builds.build(FILES | {"more.hpp": ""}, COMMAND),
    }
    assert len(others | {first}) == 4
    assert sorted(os.listdir(first)) == ["program"]
    assert not [path for path in cache.iterdir() if path.name.startswith("build-")]


def test_a_change_in_the_library_is_a_new_build(monkeypatch, tmp_path):
    (tmp_path / "x.hpp").write_text("// one\n")
    monkeypatch.setattr(builds, "get_include", lambda: str(tmp_path))
    first = builds.build(FILES, COMMAND)
    (tmp_path / "x.hpp").write_text("// two\n")
    assert builds.build(FILES, COMMAND) != first


def test_builds_at_the_same_time_share_one_folder(cache):
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: builds.build(FILES, COMMAND), range(8)))
    assert len(folders) == 1 and (folders.pop() / "program").exists()
    assert len(list(cache.iterdir())) == 1


def test_a_failed_build_is_kept_and_not_taken_for_a_good_one(cache):
    for _ in range(2):
        with pytest.raises(targets.CompileError) as error:
            builds.build({"main.cpp": "int main() { return nothing; }"}, COMMAND)
        assert (Path(error.value.folder) / "main.cpp").exists()
        assert "g++ main.cpp" in str(error.value) and "nothing" in str(error.value)


def test_old_builds_go(cache):
    old = builds.build(FILES, COMMAND)
    before = time.time() - builds.KEEP_SECONDS - 10
    os.utime(old, (before, before))
    builds._sweep.cache_clear()  # as in another process
    new = builds.build(FILES, [*COMMAND, "-O1"])
    assert new.exists() and not old.exists()


def test_a_cache_that_cannot_be_written_is_done_without(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert targets.run("host", MODEL, ROWS)["predict"][1, 0] == 1.0


def test_sections_segments_and_symbols_of_a_firmware():
    target = targets.TARGETS["cortex-m0plus"]
    if any(tool.find() is None for tool in target.tools):
        pytest.skip("cortex-m0plus needs a compiler: tools/setup_system.sh")
    from emlearn.targets.sources import program

    files = program(MODEL, lab.operations(MODEL, None), target.port)
    firmware = Elf.read(lab.compiled(target, files))
    symbols = firmware.symbols()
    assert 0 < symbols["main"] < target.memory.flash_size
    assert symbols["emlearn_row"] >= target.memory.ram_start
    (first, code), *_ = firmware.segments(where_it_runs=True)
    assert first == target.memory.flash_start and code[4:8] == symbols["reset"].to_bytes(4, "little")
    assert firmware.ram_bytes >= ROWS.itemsize + 4
    with pytest.raises(ValueError, match="no 32-bit"):
        Elf.read(Path(os.path.realpath("/proc/self/exe")))
