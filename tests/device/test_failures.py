"""Programs that crash, hang or do not fit: found, named with the row, and the machine left clean.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from emlearn import targets
from handmade import body, handmade

ROWS = np.arange(10, dtype=np.int16).reshape(-1, 1)
CHIPS = [("avr-atmega328p", "simavr"), ("cortex-m0plus", "unicorn"), ("cortex-m0plus", "qemu"), ("cortex-m4f", "unicorn")]
CHIPS += [("cortex-m55", "qemu"), ("rv32imc", "unicorn"), ("rv32imc", "qemu")]

WILD = "if (x[0] == 7) reinterpret_cast<void (*)()>(0x{:x})(); return x[0];"
HANG = 'while (x[0] == 7) asm volatile(""); return x[0];'
DEEP = "volatile char a[{}]; if (x[0] == 7) {{ a[0] = 1; return a[0] + 6; }} return x[0];"


@pytest.mark.device
@pytest.mark.parametrize("name, kind", CHIPS)
def test_a_wild_jump(name, kind, installed):
    installed(name, kind)
    with pytest.raises(targets.DeviceError) as error:
        targets.run(name, body(WILD.format(0x3001 if name.startswith("avr") else 0x30000001)), ROWS, emulator=kind)
    assert error.value.row == 7


@pytest.mark.device
@pytest.mark.parametrize("name, kind", CHIPS)
def test_an_endless_loop(name, kind, installed):
    installed(name, kind)
    with pytest.raises(targets.DeviceError, match="end") as error:
        targets.run(name, body(HANG), ROWS, emulator=kind, limit=100_000, seconds=5)
    assert error.value.row == 7


@pytest.mark.device
@pytest.mark.parametrize("name, size", [("avr-atmega328p", 2100), ("avr-atmega328p", 4400), ("cortex-m0plus", 17000), ("rv32imc", 410_000)])
def test_a_stack_that_runs_into_the_data(name, size, installed):
    installed(name)
    emulator = "simavr" if name.startswith("avr") else "unicorn"
    with pytest.raises(targets.DeviceError, match=r"row [07]: the stack ran into the static data") as error:
        targets.run(name, body(DEEP.format(size)), ROWS, emulator=emulator)
    assert error.value.row == (7 if name == "rv32imc" else 0)  # where the compiler makes the frame only when it is used


@pytest.mark.device
def test_an_endless_loop_while_qemu_counts(installed):
    installed("cortex-m55")
    with pytest.raises(targets.DeviceError, match="cortex-m55, row 7: no end within the limit of instructions") as error:
        targets.measure("cortex-m55", body(HANG), ROWS, limit=100_000, seconds=20)
    assert error.value.row == 7


@pytest.mark.device
def test_a_chip_that_sleeps(installed):
    installed("avr-atmega328p")
    with pytest.raises(targets.DeviceError, match="row 7: the chip went to sleep"):
        targets.run("avr-atmega328p", body('if (x[0] == 7) asm volatile("sleep"); return x[0];'), ROWS)


@pytest.mark.device
@pytest.mark.parametrize("name", ["avr-atmega328p", "cortex-m0plus", "rv32imc"])
def test_too_much_memory_is_told_in_bytes(name, installed):
    installed(name)
    memory = targets.TARGETS[name].memory
    size = memory.ram_size - 2
    with pytest.raises(targets.TooLargeError, match=r"of RAM, .* B too many: convert with optimize='size'"):
        targets.run(name, body(f"static volatile char big[{size}]; big[x[0]] = 1; return big[x[0]];"), ROWS)
    flash = memory.flash_size
    if name.startswith("avr"):
        code = f'asm volatile(".skip {flash}"); return 0;'
    else:
        code = f"static const volatile char table[{flash}] = {{1}}; return table[x[0]];"
    with pytest.raises(targets.TooLargeError, match=r"of flash, .* B too many"):
        targets.run(name, body(code), ROWS)


@pytest.mark.device
def test_tables_beyond_the_chips_addresses_are_told_in_the_headers_words(installed):
    installed("avr-atmega328p")
    words = "the tables of model have 70000 bytes, and their addresses must fit 16 bits on this chip: convert a smaller model"
    with pytest.raises(targets.TooLargeError, match=f"avr-atmega328p: {words}"):
        targets.run("avr-atmega328p", handmade(f'static_assert(sizeof(int) > 2, "{words}");'), np.zeros((1, 4)))


@pytest.mark.parametrize("stop, match", [("__builtin_trap();", "SIGILL at row 7"), ('for (;;) asm volatile("");', "did not end within")])
def test_a_crash_on_the_host(stop, match):
    with pytest.raises(targets.DeviceError, match=match):
        targets.run("host", body(f"if (x[0] == 7) {{ {stop} }} return x[0];"), ROWS, seconds=2)


def test_a_sanitizers_finding_is_shown():
    with pytest.raises(targets.DeviceError, match=r"(?s)row 0.*global-buffer-overflow"):
        targets.run("host", body("return x[1];"), ROWS, flags=["-fsanitize=address", "-g"])
    with pytest.raises(targets.DeviceError, match=r"(?s)row 1.*signed integer overflow"):
        targets.run(
            "host",
            body("int big = 0x7fffffff; return big + x[0] - 1;"),
            ROWS,
            flags=["-fsanitize=undefined", "-fno-sanitize-recover=all"],
        )


def test_a_compile_error_shows_the_command_and_keeps_the_folder():
    with pytest.raises(targets.CompileError) as error:
        targets.run("host", handmade("namespace model { float predict(const float*) { return nothing; } }"), np.zeros((1, 4)))
    assert "nothing" in error.value.output and "g++" in error.value.command
    folder = Path(error.value.folder)
    assert str(folder) in str(error.value) and (folder / "model.hpp").read_text().startswith("namespace model")
