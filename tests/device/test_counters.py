"""The counters, held against functions that were counted by hand in the chips' manuals.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
import pytest
from emlearn import targets
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
@pytest.mark.parametrize("name", ["cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33"])
def test_instructions_of_larger_cores(name, installed):
    installed(name)
    found = cost(name, function(r".syntax unified\n movs r3, #10\n 1: subs r3, #1\n bne 1b", "r3, cc"))
    assert found.cycles is None and found.unit == "instructions"
    assert found.instructions[0] == 2 + 1 + 20
    assert found.microseconds is None


@pytest.mark.device
@pytest.mark.parametrize("name", ["avr-atmega328p", "avr-atmega2560", "cortex-m0plus", "cortex-m4f"])
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
@pytest.mark.parametrize("name", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
def test_stack_and_static_memory(name, installed):
    installed(name)
    frame = "volatile char a[%d]; a[0] = 1; a[%d] = 2; return a[0];"
    small, large = (cost(name, body(frame % (n, n - 1))) for n in (320, 640))
    assert 320 <= large.stack - small.stack <= 328
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
    for name in ("avr-atmega328p", "cortex-m0plus"):
        installed(name)
        assert host.tobytes() == targets.run(name, handmade(DOT), rows)["predict"].tobytes()
