"""Makes python/emlearn/report/estimates.json.gz from builds of random models: run it when estimates are no longer within their promise.

Needs the cross compilers of all targets. Builds are cached, so that a run after a stop goes on where the one before was. What models gave
is kept in build/estimates, so that after a change of some families ``--again`` names only those.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import gzip
import json
import os
import pickle
import re
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from emlearn import targets
from emlearn.cpp import Part
from emlearn.report import estimate
from emlearn.report.terms import Unit, units
from emlearn.targets import TARGETS, CompileError, Target, device, lab
from emlearn.targets.build import build
from emlearn.targets.elf import Elf
from emlearn.targets.flash import MAP, split
from emlearn.targets.sources import NAME, Operation, render, text
from estimate_samples import Sample
from fit_estimates import describe, fit
from random_models import COMMON, GENERATED, MOST_FEATURES, MOST_VALUES, NoModelError, families, random_model

CHIPS = ("avr-atmega328p", "cortex-m0plus", "cortex-m4f", "rv32imc")

#: Random models per family, unless the command says otherwise, of the kinds that are converted most, and of trees that are code; tests take
#: others, from TEST_NUMBERS on.
COUNT, COMMON_COUNT, GENERATED_COUNT = 48, 900, 380
TEST_NUMBERS = 10_000

FILE = Path(estimate.__file__).with_name(estimate.FILE)
KEPT = Path(__file__).resolve().parents[1] / "build" / "estimates"
_OWN = re.compile(r"_ZN7emlearn\d[a-z0-9]*?\d+([a-z_]+)IvE\d+[a-z_]+E\s+0x[0-9a-f]+\s+(0x[1-9a-f][0-9a-f]*)")
_LINKED = re.compile(r"6tablesIvE\d+([a-z_0-9]+?)E?\s+0x[0-9a-f]+\s+0x[1-9a-f]")


@dataclasses.dataclass(frozen=True)
class Build:
    """What one firmware of a random model gave.

    Attributes
    ----------
    chip : str
    ops : tuple of str
    sample : Sample
        Without units, which are read off the text when it is fitted.
    """

    chip: str
    ops: tuple[str, ...]
    sample: Sample


@dataclasses.dataclass(frozen=True)
class Kept:
    """A random model's text, the C type of its row, and its builds."""

    part: Part
    x: str
    builds: tuple[Build, ...]

    def samples(self) -> Iterator[tuple[str, Sample]]:
        """(chip, sample) of each build, with its units."""
        read: dict[tuple[str, ...], tuple[Unit, ...]] = {}
        for one in self.builds:
            found = read.setdefault(one.ops, tuple(units(self.part, one.ops, self.x)))
            yield one.chip, dataclasses.replace(one.sample, units=found)


def measured(family: str, number: int) -> Kept | None:
    """What builds of one random model gave on all chips; None where there is no such model."""
    try:
        model = random_model(family, number)
    except NoModelError:
        return None
    names = tuple(model.record.ops)
    wanted = [names[:1]] if number % 2 == 0 else [(names[number // 2 % len(names)],)]
    if family == COMMON and (number % 3 == 0 or max(model.record.task.n_classes, default=0) == 2):  # two classes have kernels of their own
        wanted = [(name,) for name in names[:2]]
    if len(names) > 1 and number % 6 == 0:
        wanted.append(names)
    builds = tuple(one for chip in CHIPS for one in _builds(model, chip, wanted, (family, number)))
    return Kept(_light(model.part()), model.input.c_type, builds)


def _light(part: Part) -> Part:
    """Without the values of tables, of which units tell no more than their number and a lone one's sign."""
    tables = tuple(
        dataclasses.replace(table, values=np.zeros_like(table.values) if table.values.size > 1 else table.values, strings=())
        for table in part.tables
    )
    children = tuple((name, _light(child)) for name, child in part.children)
    return dataclasses.replace(part, tables=tables, children=children, golden=())


def _builds(model, chip: str, wanted: Sequence[tuple[str, ...]], group: tuple[str, int]) -> Iterator[Build]:
    target = TARGETS[chip]
    for names in wanted:
        ops = lab.operations(model, names)
        try:
            path, bare = (built(target, model, ops, empty) for empty in (False, True))
        except CompileError:  # double on AVR, tables beyond its limit
            continue
        parts, (full, empty) = split(path, bare), (Elf.read(file) for file in (path, bare))
        where = (path.parent / MAP).read_text(errors="replace")
        where = where[where.index("Linker script and memory map") :]
        own = {f"{estimate.SHARED}{name}": int(size, 16) for name, size in _OWN.findall(where)}
        sample = Sample(
            group=group,
            code=parts.code,
            flash=full.flash_bytes - empty.flash_bytes,
            ram=full.ram_bytes - empty.ram_bytes,
            stack=_stack(model, target, ops) if group[1] % 3 == 0 else None,
            members=parts.parts | own,
            linked=tuple(sorted(set(_LINKED.findall(where)))),
            units=(),
        )
        yield Build(chip, names, sample)


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


def _job(family: str, number: int, again: bool) -> list[tuple[str, Sample]]:
    """The samples of a random model, of an earlier run where they are kept; `again` makes them anew."""
    kept = KEPT / f"{family}-{number}.pkl"
    if again or not kept.exists():
        new = kept.with_suffix(".new")
        new.write_bytes(zlib.compress(pickle.dumps(measured(family, number))))
        os.replace(new, kept)
    found: Kept | None = pickle.loads(zlib.decompress(kept.read_bytes()))
    return [] if found is None else list(found.samples())


def main() -> None:
    """Build, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=COUNT, help="random models per family (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="builds at a time (default: %(default)s)")
    parser.add_argument("--again", nargs="*", metavar="FAMILY", help=f"make only models of these anew: {COMMON}, {', '.join(families())}")
    options = parser.parse_args()
    if missing := {tool.install for name in CHIPS for tool in TARGETS[name].tools if tool.find() is None}:
        raise SystemExit(f"compilers are missing: {'; '.join(sorted(missing))}")
    start = time.monotonic()
    KEPT.mkdir(parents=True, exist_ok=True)
    jobs = [(COMMON, number) for number in range(COMMON_COUNT)] + [(GENERATED, number) for number in range(GENERATED_COUNT)]
    jobs += [(family, number) for number in range(options.count) for family in families()]
    again = [options.again is None or family in options.again for family, _ in jobs]
    found: dict[str, list[Sample]] = {chip: [] for chip in CHIPS}
    with ProcessPoolExecutor(options.jobs) as pool:
        for done, result in enumerate(pool.map(_job, *zip(*jobs), again), 1):
            for chip, sample in result:
                found[chip].append(sample)
            if done % 20 == 0:
                print(f"{done} of {len(jobs)} models, {time.monotonic() - start:.0f} s", file=sys.stderr)
        described = describe([sample for more in found.values() for sample in more])
        known = {"described": described, "targets": {chip: fit(chip, found[chip], described, pool) for chip in CHIPS}}
    FILE.write_bytes(gzip.compress(json.dumps(known).encode(), mtime=0))
    print(f"{sum(map(len, found.values()))} builds in {time.monotonic() - start:.0f} s", file=sys.stderr)
    print("models left aside: errors in parts of 5 % or 64 B, of 19 of 20 and at worst")
    for chip in CHIPS:
        for name, family in known["targets"][chip]["families"].items():
            print(chip, name or "constant", ", ".join(f"{kind} {most:.2f} / {worst:.2f}" for kind, (most, worst) in family["off"].items()))


if __name__ == "__main__":
    main()
