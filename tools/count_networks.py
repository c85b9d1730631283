"""Counts where random integer networks answer the same bits, and the RAM that they take: a table of docs/models/networks.md.

    python tools/count_networks.py [--networks 120] [--chips NAME ...] [--lines]

Networks are those of the tests: `perceptrons` any kind, activation, mode, intake and pruning (``tests/python/test_mlp_integer_header.py``),
`convolutions` any layers, windows and activations (``tests/python/random_networks.py``), so many of each, int8 and int16 by turns. What the
numpy reference answers is compared with the kernels on the host and with the emitted header on each chip, value by value, in every
operation. *Planned* is the working memory that the header states, *beside it* what the stack of all calls took more, least and most;
perceptrons are called with it too. `--lines` computes as many layers of convolutions line by line as can be, where it pays or not. Exits
with 1 where a value differs.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import emlearn
import numpy as np
from emlearn.registry import family_of
from emlearn.targets import catalog, device, lab
from emlearn.targets.sources import program

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "python"))

import random_networks
import test_mlp_integer_header

HOST = "host"
CHIPS = ("avr-atmega2560", "cortex-m0plus", "cortex-m4f", "rv32imc")
HEAD = ("networks", "where", "how many", "rows", "values", "differ", "planned RAM", "beside it")

Made = Callable[[int], tuple[emlearn.Model, np.ndarray]]
KINDS: dict[str, Made] = {
    "perceptrons": test_mlp_integer_header.made,
    "convolutions": lambda number: random_networks.integers(number, 12),
}


@dataclasses.dataclass
class Count:
    """What was seen of one kind of network in one place."""

    networks: int = 0
    rows: int = 0
    values: int = 0
    differ: int = 0
    planned: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()

    def line(self, kind: str, where: str) -> str:
        cells = [f"{number:,}" for number in (self.networks, self.rows, self.values, self.differ)]
        cells += [f"{min(each):,} to {max(each):,} B" if each else "" for each in (self.planned, self.beside)]
        return f"| {kind} | {where} | " + " | ".join(cells) + " |"


def main(arguments: list[str]) -> int:
    """Print a line for each kind and place as soon as the kind is counted; 1 where a value differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--networks", type=int, default=120, help="of each kind")
    parser.add_argument("--chips", nargs="*", default=CHIPS)
    parser.add_argument("--lines", action="store_true", help="as many layers line by line as can be, of convolutions alone")
    chosen = parser.parse_args(arguments)
    print("| " + " | ".join(HEAD) + " |\n|---|---|" + "---:|" * (len(HEAD) - 2), flush=True)
    wrong = 0
    for kind, made in KINDS.items() if not chosen.lines else [("convolutions, line by line", by_line)]:
        counts = {where: Count() for where in (HOST, *chosen.chips)}
        for number in range(chosen.networks):
            model, rows = made(number)
            expected = {op: family_of(model.record).reference(model.record, op, rows) for op in model.record.ops}
            for where, count in counts.items():
                if not (where.startswith("avr") and model.input.dtype == "float64"):  # double has 32 bits there, which headers refuse
                    add(count, where, model, rows, expected, f"{kind} {number}")
        for where, count in counts.items():
            wrong += count.differ
            print(count.line(kind, where), flush=True)
    return int(wrong > 0)


def by_line(number: int) -> tuple[emlearn.Model, np.ndarray]:
    """With as many layers line by line as can be."""
    model, rows = KINDS["convolutions"](number)
    model.record = dataclasses.replace(model.record, by_line=len(model.record.strips()))
    return model, rows


def add(count: Count, where: str, model: emlearn.Model, rows: np.ndarray, expected: dict[str, np.ndarray], name: str) -> None:
    """One network in one place."""
    if where == HOST:
        found = {op: family_of(model.record).run(model.record, op, rows) for op in expected}
    else:
        found, stack = on_chip(where, model, rows)
        planned = planned_bytes(model)
        count.planned += (planned,)
        count.beside += (stack - planned,)
    differ = sum(int(np.count_nonzero(found[op] != expected[op])) for op in expected)
    if differ:
        print(f"DIFFERS on {where}: {name}, {differ} values", flush=True)
    count.networks, count.rows, count.differ = count.networks + 1, count.rows + len(rows), count.differ + differ
    count.values += sum(values.size for values in expected.values())


def on_chip(chip: str, model: emlearn.Model, rows: np.ndarray) -> tuple[dict[str, np.ndarray], int]:
    """The answers of every operation, all in one firmware, and the deepest stack of ``predict``."""
    target, ops = catalog.find(chip), lab.operations(model, None)
    built = lab.compiled(target, program(model, ops, target.port))
    records = device.step(target, target.emulators[0], built, rows, ops, device.LIMIT, 300)
    return {op.name: records[op.name]["answer"] for op in ops}, int(records["predict"]["stack"].max())


def planned_bytes(model: emlearn.Model) -> int:
    """Of working memory, as the report says it."""
    return int(model.describe()["working memory"].removesuffix(" B").replace(",", ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
