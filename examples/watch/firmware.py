"""Compiles the watch's whole program: runs it here on every window, and sizes it for an Arduino Uno.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import emlearn
import numpy as np
from recordings import Windows

SOURCE = Path(__file__).with_name("firmware") / "main.cpp"
_FLAGS = ("-Os", "-Wall", "-Wextra", "-Werror")


def run_here(folder: Path, windows: Windows) -> tuple[np.ndarray, np.ndarray] | None:
    """Features (int16) and labels that the C++ program finds in the samples of all windows; None without g++."""
    program = _compile(folder, "watch", "g++", "-std=c++11")
    if program is None:
        return None
    answer = subprocess.run([program], input=windows.samples.astype("<i2").tobytes(), capture_output=True, check=True).stdout.decode()
    rows = [line.split() for line in answer.splitlines()]
    return np.array([row[:-1] for row in rows]).astype(np.int16), np.array([row[-1] for row in rows])


def uno_size(folder: Path) -> tuple[int, int] | None:
    """Bytes of flash and of static RAM of the whole program on an ATmega328P; None without its compiler."""
    program = _compile(folder, "watch.elf", "avr-g++", "-std=gnu++11", "-mmcu=atmega328p", "-fno-threadsafe-statics")
    if program is None or shutil.which("avr-size") is None:
        return None
    sizes = subprocess.run(["avr-size", program], capture_output=True, text=True, check=True).stdout.splitlines()[1].split()
    text, data, bss = (int(size) for size in sizes[:3])
    return text + data, data + bss


def _compile(folder: Path, name: str, compiler: str, *flags: str) -> str | None:
    if shutil.which(compiler) is None:
        return None
    program = str(folder / name)
    command = [compiler, *_FLAGS, *flags, f"-I{emlearn.get_include()}", f"-I{folder}", str(SOURCE), "-o", program]
    subprocess.run(command, check=True)
    return program
