"""Makes python/emlearn/report/estimates.json from builds of random models: run it when estimates are no longer within their promise.

Needs the cross compilers of all targets. Builds are cached, so that a run after a stop goes on where the one before was.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from emlearn import targets
from emlearn.report import estimate
from emlearn.report.terms import units
from emlearn.targets import TARGETS, CompileError, Target, device, lab
from emlearn.targets.build import build
from emlearn.targets.elf import Elf
from emlearn.targets.flash import MAP, split
from emlearn.targets.sources import NAME, Operation, render, text
from fit_estimates import Sample, describe, fit
from random_models import COMMON, MOST_FEATURES, MOST_VALUES, NoModelError, families, random_model

CHIPS = ("avr-atmega328p", "cortex-m0plus", "cortex-m4f", "rv32imc")

#: Random models per family, unless the command says otherwise, and of the kinds that are converted most; tests take others, from
#: TEST_NUMBERS on.
COUNT, COMMON_COUNT = 120, 500
TEST_NUMBERS = 10_000

FILE = Path(estimate.__file__).with_name(estimate.FILE)
_LINKED = re.compile(r"6tablesIvE\d+([a-z_0-9]+?)E?\s+0x[0-9a-f]+\s+0x[1-9a-f]")


def samples(family: str, number: int, chips: Sequence[str]) -> dict[str, list[Sample]]:
    """What builds of one random model gave, per target."""
    try:
        model = random_model(family, number)
    except NoModelError:
        return {}
    part, names = model.part(), tuple(model.record.ops)
    wanted = [names[:1]] if number % 2 == 0 else [(names[number // 2 % len(names)],)]
    if len(names) > 1 and number % 6 == 0:
        wanted.append(names)
    return {chip: list(_samples(model, part, chip, wanted, (family, number))) for chip in chips}


def _samples(model, part, chip: str, wanted: Sequence[tuple[str, ...]], group: tuple[str, int]) -> Iterator[Sample]:
    target = TARGETS[chip]
    for names in wanted:
        ops = lab.operations(model, names)
        try:
            path, bare = (built(target, model, ops, empty) for empty in (False, True))
        except CompileError:  # double on AVR, tables beyond its limit
            continue
        parts, (full, empty) = split(path, bare), (Elf.read(file) for file in (path, bare))
        where = (path.parent / MAP).read_text(errors="replace")
        linked = _LINKED.findall(where[where.index("Linker script and memory map") :])
        yield Sample(
            group=group,
            code=parts.code,
            flash=full.flash_bytes - empty.flash_bytes,
            ram=full.ram_bytes - empty.ram_bytes,
            stack=_stack(model, target, ops) if group[1] % 3 == 0 else None,
            members=parts.parts,
            linked=tuple(sorted(set(linked))),
            units=tuple(units(part, names, model.input.c_type)),
        )


def built(target: Target, model, ops: Sequence[Operation], empty: bool, features: int = MOST_FEATURES, values: int = MOST_VALUES) -> Path:
    """As :func:`emlearn.targets.lab.compiled`, but everything around the model is compiled once for all models of that size or less.

    The header brings what it needs of the library, so that only models whose code has changed are built again.
    """
    alike = [dataclasses.replace(op, width=values) for op in ops]
    known = {"name": NAME, "ops": alike, "type": model.input.c_type, "n_features": features}
    command = [target.compiler, *target.flags, f"-std={target.std}"]
    around = {"probe.hpp": render("probe.hpp.j2", known), "main.cpp": render("main.cpp.j2", known), "port.cpp": text(target.port)}
    objects = build(around, [*command, "-c", "main.cpp", "port.cpp"], ["main.o", "port.o"], bundled=True)
    header = render("empty.hpp.j2", known) if empty else _bare(model)
    files = {f"{NAME}.hpp": header, "probe.hpp": around["probe.hpp"], "probe.cpp": render("probe.cpp.j2", known)}
    if target.linker:
        files["chip.ld"] = render(target.linker, {"memory": target.memory})
        command.append("-Tchip.ld")
    inputs = ["probe.cpp", str(objects / "main.o"), str(objects / "port.o")]
    return (
        build(files, [*command, f"-Wl,-Map={MAP}", *inputs, "-o", "program", *target.libraries], ["program", MAP], bundled=True) / "program"
    )


@functools.lru_cache(maxsize=1)
def _bare(model) -> str:
    """The model's header without comments."""
    return re.sub(r"^\s*//.*\n", "", model.save(name=NAME, bundle=True), flags=re.MULTILINE)


def _stack(model, target, ops) -> int | None:
    """The deepest over a few rows, where the chip has the memory and an emulator counts."""
    counting = [emulator for emulator in target.emulators if emulator.unit and all(tool.find() for tool in emulator.tools)]
    if not counting:
        return None
    rng = np.random.default_rng(0)
    raw = model.input.check(np.clip(np.rint(rng.normal(scale=30, size=(4, model.input.n_features))), 0, 100))
    small = target.memory.ram_size < 16 * max(MOST_FEATURES, MOST_VALUES)
    room = (max(32, model.input.n_features), max(32, *(op.width for op in ops))) if small else ()
    path = built(target, model, ops, False, *room)
    try:
        record = device.step(target, counting[0], path, raw, ops, device.LIMIT, 60)
    except targets.DeviceError:  # too little RAM: then nobody asks for its stack
        return None
    return max(int(record[op.name]["stack"].max()) for op in ops)


def _job(arguments: tuple[str, int, Sequence[str]]) -> dict[str, list[Sample]]:
    return samples(*arguments)


def main() -> None:
    """Build, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=COUNT, help="random models per family (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="builds at a time")
    parser.add_argument("--targets", nargs="+", default=list(CHIPS), help="default: %(default)s")
    options = parser.parse_args()
    chips = options.targets
    if missing := {tool.install for name in chips for tool in TARGETS[name].tools if tool.find() is None}:
        raise SystemExit(f"compilers are missing: {'; '.join(sorted(missing))}")
    start = time.monotonic()
    jobs = [(COMMON, number, chips) for number in range(COMMON_COUNT)]
    jobs += [(family, number, chips) for number in range(options.count) for family in families()]
    found: dict[str, list[Sample]] = {chip: [] for chip in chips}
    with ProcessPoolExecutor(options.jobs) as pool:
        for done, result in enumerate(pool.map(_job, jobs), 1):
            for chip, more in result.items():
                found[chip] += more
            if done % 20 == 0:
                print(f"{done} of {len(jobs)} models, {time.monotonic() - start:.0f} s", file=sys.stderr)
    described = describe([sample for more in found.values() for sample in more])
    known = {"described": described, "targets": {chip: fit(found[chip], described) for chip in chips}}
    FILE.write_text(_lines(known), encoding="utf-8")
    print(f"{sum(map(len, found.values()))} builds in {time.monotonic() - start:.0f} s", file=sys.stderr)
    print("models left aside: errors in parts of 5 % or 64 B, of 19 of 20 and at worst")
    for chip in chips:
        for name, family in known["targets"][chip]["families"].items():
            print(chip, name or "constant", ", ".join(f"{kind} {most:.2f} / {worst:.2f}" for kind, (most, worst) in family["off"].items()))


def _lines(known: dict[str, Any]) -> str:
    """As JSON, a family's list to a line."""
    text = json.dumps(known, indent=1)
    return re.sub(r"\[[^\[\]{}]*\]", lambda found: re.sub(r"\s*\n\s*", " ", found[0]), text) + "\n"


if __name__ == "__main__":
    main()
