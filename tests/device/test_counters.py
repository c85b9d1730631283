"""The counters, held against functions that were counted by hand in the chips' manuals.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
import pytest
from cases import CASES
from emlearn import targets
from emlearn.targets import device, lab, qemu
from emlearn.targets.sources import program
from handmade import DOT, body, handmade

ONE = np.ones((1, 1), dtype=np.int16)

# Every function ends as the compiler ends it: two ldi (r24, r25), ret. Cycles by "AVR Instruction Set Manual" (DS40002198):
# ldi, nop, dec 1; brne 2 taken, 1 not; ret 4, and 5 where the program counter has 22 bits; push and pop 2; rcall 3 and 4; lpm 3.
AVR = {
    "nothing": ("", "memory", 6, 3),
    "five nops": (r"nop\n nop\n nop\n nop\n nop", "memory", 11, 8),
    "a loop of ten": (r"ldi r18, 10\n 1: dec r18\n brne 1b", "r18", 6 + 1 + 10 + 9 * 2 + 1, 3 + 1 + 20),
    "push and pop": (r"push r18\n pop r18", "memory", 10, 5),
    "a flash read": (r"lpm r18, Z", "r18", 9, 4),
}

# It ends with movs (r0), bx lr. Cycles by ARM DDI 0484C, table 3-1: movs, subs, nop 1; b<cond> 2 taken, 1 not; bx 2; bl 3;
# ldr, str 2; push, pop 1 + N; pop with pc 3 + N; muls 1; dmb 3.
M0PLUS = {
    "nothing": ("", "memory", 3, 2),
    "five nops": (r"nop\n nop\n nop\n nop\n nop", "memory", 8, 7),
    "a loop of ten": (r"movs r3, #10\n 1: subs r3, #1\n bne 1b", "r3, cc", 3 + 1 + 10 + 9 * 2 + 1, 2 + 1 + 20),
    "push and pop": (r"push {r1, r2, r3}\n pop {r1, r2, r3}", "memory", 3 + 4 + 4, 4),
    "a load and a store": (r"sub sp, #4\n str r3, [sp]\n ldr r3, [sp]\n add sp, #4", "r3, memory", 3 + 1 + 2 + 2 + 1, 6),
    "a product": (r"muls r3, r2", "r3, cc", 4, 3),
    "a barrier": (r"dmb", "memory", 6, 3),
    "a jump": (r"b 1f\n nop\n 1:", "memory", 5, 3),
    # movs, push {r4, lr} 3, pop {r4, pc} 5
    "a frame": ("", "r4", 1 + 3 + 5, 3),
    # push {lr} 2, bl 3, push {r3, lr} 3, pop {r3, pc} 5, b 2, movs 1, pop {pc} 4
    "a call": (r"bl 1f\n b 2f\n 1: push {r3, lr}\n pop {r3, pc}\n 2:", "r3, lr", 20, 7),
}


def function(code: str, clobbers: str):
    names = ", ".join(f'"{name}"' for name in clobbers.split(", "))
    return body(f'asm volatile("{code}" ::: {names}); return 0;')


def cost(name: str, model, rows=ONE):
    return targets.measure(name, model, rows)["predict"]


@pytest.mark.device
@pytest.mark.parametrize("case", AVR)
def test_avr_cycles(case, installed):
    code, clobbers, cycles, instructions = AVR[case]
    for name, wider in (("avr-atmega328p", 0), ("avr-atmega2560", 1)):
        installed(name)
        found = cost(name, function(code, clobbers))
        assert (found.cycles[0], found.instructions[0]) == (cycles + wider, instructions)


@pytest.mark.device
@pytest.mark.parametrize("case", M0PLUS)
def test_cortex_m0plus_cycles(case, installed):
    installed("cortex-m0plus")
    code, clobbers, cycles, instructions = M0PLUS[case]
    found = cost("cortex-m0plus", function(r".syntax unified\n " + code, clobbers))
    assert (found.cycles[0], found.instructions[0]) == (cycles, instructions)


@pytest.mark.device
@pytest.mark.parametrize("name", ["cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55"])
def test_instructions_of_larger_cores(name, installed):
    installed(name)
    found = cost(name, function(r".syntax unified\n movs r3, #10\n 1: subs r3, #1\n bne 1b", "r3, cc"))
    assert found.cycles is None and found.unit == "instructions"
    assert found.instructions[0] == 2 + 1 + 20
    assert found.microseconds is None


# It ends with li (a0), ret.
RV32 = {
    "nothing": ("", "memory", 2),
    "five nops": (r"nop\n nop\n nop\n nop\n nop", "memory", 7),
    "a loop of ten": (r"li t0, 10\n 1: addi t0, t0, -1\n bnez t0, 1b", "t0", 2 + 1 + 20),
    "a call": (r"mv t1, ra\n jal 1f\n j 2f\n 1: ret\n 2: mv ra, t1", "t1", 2 + 5),
}


@pytest.mark.device
@pytest.mark.parametrize("case", RV32)
def test_instructions_of_risc_v(case, installed):
    installed("rv32imc")
    code, clobbers, instructions = RV32[case]
    found = cost("rv32imc", function(code, clobbers))
    assert found.cycles is None and found.unit == "instructions" and found.instructions[0] == instructions


@pytest.mark.device
@pytest.mark.parametrize(("name", "skipped"), [("cortex-m4f", 0), ("cortex-m55", 1)])
def test_instructions_whose_condition_fails(name, skipped, installed):
    """Unicorn passes over them, QEMU counts them; docs/device-lab.md says so."""
    installed(name)
    found = cost(name, function(r".syntax unified\n movs r3, #0\n cmp r3, #1\n ite eq\n moveq r2, #1\n movne r2, #2", "r2, r3, cc"))
    assert found.instructions[0] == 2 + 4 + skipped


@pytest.mark.device
@pytest.mark.parametrize(("name", "case"), [(n, c) for n in ("cortex-m0plus", "cortex-m33", "rv32imc") for c in ("network", "mixture")])
def test_two_counters_agree(name, case, installed):
    """QEMU's plugin, which counts on the Cortex-M55 alone, against unicorn where both know the core."""
    installed(name)
    target, (model, X) = targets.TARGETS[name], CASES[case]()
    ops, rows = lab.operations(model, None), model.input.check(X[::20])
    path = lab.compiled(target, program(model, ops, target.port))
    one, other = (device.step(target, emulator, path, rows, ops, 10**7, 60) for emulator in target.emulators)
    for op in model.record.ops:
        assert np.array_equal(one[op]["answer"], other[op]["answer"])
        more = one[op]["instructions"].astype(int) - other[op]["instructions"].astype(int)
        assert np.all(more >= 0) and np.all(more < 20 if name == "cortex-m33" else more == 0)
        if name != "rv32imc":  # the plugin takes main's stack pointer for the lowest address that main writes, as Arm's push does
            assert np.array_equal(one[op]["stack"], other[op]["stack"])


@pytest.mark.device
def test_a_plugin_for_another_qemu_is_compiled_again(installed, monkeypatch):
    installed("cortex-m55")
    monkeypatch.setattr(qemu, "PLUGIN_VERSION", 99)
    found = cost("cortex-m55", function(r"nop\n nop", "memory"))
    assert found.instructions[0] == 4


@pytest.mark.device
@pytest.mark.parametrize("name", ["avr-atmega328p", "avr-atmega2560", "cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc"])
def test_the_cost_follows_the_row_and_is_the_same_each_time(name, installed):
    installed(name)
    model = body(r'for (int16_t i = 0; i < x[0]; ++i) asm volatile("nop"); return x[0];')
    rows = np.array([[3], [1], [4], [1], [5], [9]], dtype=np.int16)
    first, second = cost(name, model, rows), cost(name, model, rows)
    assert np.array_equal(first.cost, second.cost)
    assert np.array_equal(first.answers[:, 0], rows[:, 0])
    per_turn = (first.cost.astype(int) - int(first.cost[1])) / np.maximum(rows[:, 0] - 1, 1)
    assert len(set(per_turn[rows[:, 0] > 1])) == 1 and per_turn[0] > 0


@pytest.mark.device
@pytest.mark.parametrize("name", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc"])
def test_stack_and_static_memory(name, installed):
    installed(name)
    frame = "volatile char a[%d]; a[0] = 1; a[%d] = 2; return a[0];"
    small, large = (cost(name, body(frame % (n, n - 1))) for n in (320, 640))
    assert 320 <= large.stack - small.stack <= 336
    # A frame of 320 bytes crosses a byte of AVR's stack pointer, whose halves are written one after the other.
    assert 320 <= small.stack < 360
    assert (small.ram, large.ram) == (0, 0)
    static = cost(name, body("static volatile int16_t seen[50]; seen[x[0]] = 1; return seen[0];"))
    assert static.ram == 100
    assert static.ram_free == small.ram_free - 100 - static.stack + small.stack


@pytest.mark.device
@pytest.mark.parametrize("name", ["avr-atmega328p", "cortex-m0plus"])
def test_flash_counts_the_table_once_and_nothing_for_nothing(name, installed):
    installed(name)
    assert cost(name, body("return 0;")).flash == 0
    table = """#include <emlearn/flash.hpp>
    namespace model { namespace detail {
    template <class = void> struct tables { static constexpr uint8_t v[%d] EMLEARN_FLASH = {1, 2, 3}; };
    #if __cplusplus < 201703L
    template <class T> constexpr uint8_t tables<T>::v[%d];
    #endif
    } inline int predict(const int16_t* x) { return ::emlearn::flash::read(detail::tables<>::v + x[0]); } }"""
    sizes = [cost(name, handmade(table % (n, n), kind="classifier", dtype="int16", n_features=1)) for n in (100, 1100)]
    assert sizes[1].flash - sizes[0].flash == 1000
    assert sizes[1].ram == 0


@pytest.mark.device
def test_float_answers_travel_as_bits(installed):
    rows = np.array([[1, 2, 3, 4], [1e-38, 1e-40, 0, 0], [np.inf, 0, 0, 0], [-0.0, 0, -0.0, -0.0]], dtype=np.float32)
    host = targets.run("host", handmade(DOT), rows)["predict"]
    for name in ("avr-atmega328p", "cortex-m0plus", "rv32imc"):
        installed(name)
        assert host.tobytes() == targets.run(name, handmade(DOT), rows)["predict"].tobytes()


@pytest.mark.device
@pytest.mark.parametrize("name", [name for name, target in targets.TARGETS.items() if target.memory is not None])
def test_the_three_parts_of_flash_add_up(name, installed):
    installed(name)
    table = 700
    text = """#include <emlearn/flash.hpp>
    #include <math.h>
    namespace model { namespace detail {
    template <class = void> struct tables { static constexpr uint8_t v[%d] EMLEARN_FLASH = {1, 2, 3}; };
    #if __cplusplus < 201703L
    template <class T> constexpr uint8_t tables<T>::v[%d];
    #endif
    } inline float predict(const int16_t* x) { return 0.5f * ::emlearn::flash::read(detail::tables<>::v + x[0])%s; } }"""
    sizes = [
        targets.measure(name, handmade(text % (table, table, more), dtype="int16", n_features=1), ONE, ["predict"])["predict"]
        for more in ("", " + ldexpf(x[0], x[0])")
    ]
    for found in sizes:
        split = found.split
        assert split.code + split.tables + split.library == found.flash
        assert table <= split.tables < table + 64 and 0 < split.code < 200
        assert split.library == sum(split.parts.values()) >= 0
    if name != "esp8266":
        assert sizes[1].split.library > sizes[0].split.library
