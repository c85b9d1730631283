"""The public headers, one by one: each compiles alone and twice, at every standard, and keeps to the rules of device code.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
HEADERS = sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.hpp"))

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Wundef", "-Wdouble-promotion", "-Werror"]
BARE = ["-ffreestanding", "-fno-exceptions", "-fno-rtti"]
STANDARDS = ["c++11", "c++14", "c++17", "c++20", "c++23"]
CLANG = next((name for name in ("clang++-16", "clang++") if shutil.which(name)), "clang++")
COMPILERS = {
    **{f"g++ {standard}": ["g++", f"-std={standard}"] for standard in STANDARDS},
    **{f"clang++ {standard}": [CLANG, f"-std={standard.replace('c++23', 'c++2b')}"] for standard in STANDARDS},
    # What the Arduino core compiles with, and the two ends of the Cortex-M range.
    "avr gnu++11": ["avr-g++", "-mmcu=atmega328p", "-std=gnu++11", "-fno-exceptions", "-fno-rtti"],
    "avr gnu++14": ["avr-g++", "-mmcu=atmega328p", "-std=gnu++14", "-fno-exceptions", "-fno-rtti"],
    "cortex-m0 c++11": ["arm-none-eabi-g++", "-mcpu=cortex-m0", "-mthumb", "-std=c++11", *BARE],
    "cortex-m4 c++20": ["arm-none-eabi-g++", "-mcpu=cortex-m4", "-mthumb", "-std=c++20", *BARE],
}
C_HEADERS = {"math.h", "stddef.h", "stdint.h", "string.h"}


def compile_headers(compiler: list[str], text: str, folder: Path, *options: str) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed: tools/setup_system.sh")
    source = folder / "headers.cpp"
    source.write_text(text)
    command = [*compiler, *WARNINGS, "-I", str(INCLUDE), str(source), *(options or ("-fsyntax-only",))]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert outcome.returncode == 0, f"{' '.join(command)}\n{text}{outcome.stderr}"


@pytest.mark.parametrize("compiler", COMPILERS.values(), ids=COMPILERS)
@pytest.mark.parametrize("header", HEADERS)
def test_compiles_alone_and_twice(header: str, compiler: list[str], tmp_path: Path) -> None:
    compile_headers(compiler, f"#include <{header}>\n#include <{header}>\n", tmp_path)


@pytest.mark.parametrize("standard", ["c++11", "c++17"])
@pytest.mark.parametrize("order", [HEADERS, HEADERS[::-1]], ids=["forwards", "backwards"])
def test_two_translation_units_link(order: list[str], standard: str, tmp_path: Path) -> None:
    everything = "".join(f"#include <{header}>\n" for header in order)
    for name in ("one", "two"):
        compile_headers(["g++", f"-std={standard}"], everything, tmp_path, "-c", "-o", f"{name}.o")
    command = ["g++", "-shared", "one.o", "two.o", "-o", "both.so"]
    linked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert linked.returncode == 0, linked.stderr


@pytest.mark.parametrize("header", HEADERS)
def test_survives_arduino_macros(header: str, tmp_path: Path) -> None:
    """Arduino.h defines these before a sketch includes anything else."""
    macros = """
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#define min(a,b) ((a)<(b)?(a):(b))
#define max(a,b) ((a)>(b)?(a):(b))
#define abs(x) ((x)>0?(x):-(x))
#define round(x) ((x)>=0?(long)((x)+0.5):(long)((x)-0.5))
#define radians(deg) ((deg)*DEG_TO_RAD)
#define degrees(rad) ((rad)*RAD_TO_DEG)
#define sq(x) ((x)*(x))
#define constrain(amt,low,high) ((amt)<(low)?(low):((amt)>(high)?(high):(amt)))
#define bit(b) (1UL << (b))
#define lowByte(w) ((uint8_t) ((w) & 0xff))
#define highByte(w) ((uint8_t) ((w) >> 8))
#define bitRead(value, bit) (((value) >> (bit)) & 0x01)
#define F(text) (text)
#define B0 0
#define B1 1
#define PI 3.14
#define HIGH 1
#define LOW 0
#define INPUT 0
#define OUTPUT 1
#define SERIAL 0
#define DISPLAY 1
#define DEFAULT 1
#define INTERNAL 3
#define EXTERNAL 0
#define CHANGE 1
"""
    compile_headers(["g++", "-std=gnu++11"], f"{macros}#include <{header}>\n", tmp_path)


@pytest.mark.parametrize("header", HEADERS)
def test_begins_with_its_purpose_and_licence(header: str) -> None:
    first, second, third, *_ = (INCLUDE / header).read_text().splitlines()
    assert re.fullmatch(r"// \S.{10,}", first)
    assert second == "// SPDX-License-Identifier: MIT"
    guard = re.sub(r"[/.]", "_", header).upper()
    assert third == f"#ifndef {guard}"


@pytest.mark.parametrize("header", HEADERS)
def test_is_at_most_three_pages(header: str) -> None:
    assert len((INCLUDE / header).read_text().splitlines()) <= 300


@pytest.mark.parametrize("header", HEADERS)
def test_conditions_stand_in_config_and_flash_only(header: str) -> None:
    lines = (INCLUDE / header).read_text().splitlines()
    conditions = [line for line in lines if re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else|pragma)\b", line)]
    guard, *rest = conditions
    assert guard.startswith("#ifndef EMLEARN_")
    if header not in ("emlearn/config.hpp", "emlearn/flash.hpp") and not header.startswith("emlearn/detail/cores/"):
        assert rest == []


@pytest.mark.parametrize("header", HEADERS)
def test_includes_c_headers_and_its_neighbours_only(header: str) -> None:
    path = INCLUDE / header
    text = path.read_text()
    allowed = C_HEADERS | ({"avr/pgmspace.h"} if header == "emlearn/flash.hpp" else set())
    assert set(re.findall(r"#\s*include\s*<(.*?)>", text)) <= allowed
    for neighbour in re.findall(r'#\s*include\s*"(.*?)"', text):
        assert (path.parent / neighbour).resolve().is_relative_to(INCLUDE)
        assert (path.parent / neighbour).is_file()


@pytest.mark.parametrize("header", HEADERS)
def test_uses_no_heap_exception_or_static_constructor(header: str) -> None:
    code = re.sub(r"//.*|/\*.*?\*/|\"(\\.|[^\"\\])*\"", "", (INCLUDE / header).read_text())
    found = re.findall(r"(?<!= )\b(new|delete|malloc|calloc|realloc|free|throw|try|catch|dynamic_cast|typeid|goto|virtual|std)\b", code)
    assert found == []


def test_there_are_headers() -> None:
    assert {"emlearn/config.hpp", "emlearn/flash.hpp", "emlearn/version.hpp"} <= set(HEADERS)
